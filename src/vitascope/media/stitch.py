"""Stitch: one film after another in one file, their pictures copied bit for bit."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from vitascope.errors import VitascopeError
from vitascope.media import profile
from vitascope.media.probe import MediaFacts, facts, open_film, picture_of
from vitascope.media.sound import Block, AudioResampler, SoundTrack, samples
from vitascope.spec import SAMPLE_RATE, samples_in

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet

_SPOILT = 2
"""AAC frames before a film's end whose coding knew of the silence after it."""

_WARM_UP = 6
"""AAC frames in which a coder finds its stride; what comes of them is thrown away."""

_EASE = SAMPLE_RATE // 200
"""Samples over which a jump at the joint is eased."""


class CannotCopy(VitascopeError):
    """Two films differ in form, so that the packets of one can't follow those of the other."""


def stitch(head: Path, tail: Path, out: Path) -> MediaFacts:
    """Join two films in the output profile.

    Every picture packet of both is copied. So are the sound packets of the head, but for its last
    tenth of a second; from there on the sound is encoded anew in one go, across the joint. A film
    that is carried on again and again thus loses nothing. Only the order of its pictures is kept in
    memory. Their times are set anew, evenly spaced: short films have other delays between decoding
    and showing than long ones, and one track can have only one.

    Args:
        head: the first film.
        tail: the one that goes on where the first ends.
        out: where the joined film goes; after an error nothing is left there.

    Raises:
        CannotCopy: the films differ in size or in form.
        JobError: `invalid_video`; one of them is no film that can be read.
    """
    with open_film(head) as first, open_film(tail) as second:
        fps = _common_rate(first, second)
        options = profile.container_options(fps)
        try:
            with av.open(out, "w", format="mp4", container_options=options) as joined:
                _write(joined, fps, first, head, tail)
        except BaseException:
            out.unlink(missing_ok=True)
            raise
    with open_film(out) as film:
        return facts(film)


def _common_rate(head: InputContainer, tail: InputContainer) -> Fraction:
    """The films' frames a second. What would not play through is refused."""
    one, other = picture_of(head), picture_of(tail)
    if (one.width, one.height) != (other.width, other.height):
        raise CannotCopy(
            f"One film is {one.width}x{one.height}, the other {other.width}x{other.height}."
        )
    if one.average_rate != other.average_rate:
        raise CannotCopy(
            f"One film has {one.average_rate} frames a second, the other {other.average_rate}."
        )
    fps = one.average_rate or Fraction(0)
    for track in (one, other):
        if track.codec_context.name != "h264" or fps <= 0:
            raise CannotCopy("A film is not in the output profile.")
        if track.time_base != Fraction(1, profile.track_ticks(fps)):
            raise CannotCopy("A film is not in the output profile.")
    if one.codec_context.extradata != other.codec_context.extradata:
        raise CannotCopy("The films' pictures were encoded with different settings.")
    return fps


def _write(
    joined: OutputContainer, fps: Fraction, first: InputContainer, head: Path, tail: Path
) -> None:
    picture = joined.add_stream_from_template(picture_of(first))
    sound = profile.add_sound(joined)
    sound.codec_context.open()
    orders = (_shown_order(head), _shown_order(tail))
    before = samples_in(len(orders[0]), fps)
    lengths = (before, samples_in(len(orders[0]) + len(orders[1]), fps) - before)
    merged = heapq.merge(
        ((packet, picture) for packet in _pictures((head, tail), orders, fps)),
        ((packet, sound) for packet in _sounds(sound, head, tail, lengths)),
        key=lambda pair: (pair[0].dts or 0) * pair[0].time_base,
    )
    for packet, stream in merged:
        packet.stream = stream
        joined.mux(packet)


def _shown_order(path: Path) -> list[int]:
    """For each picture packet of a film, in the order of decoding, when it is shown: 0 is first."""
    with open_film(path) as film:
        times = [packet.pts for packet in film.demux(picture_of(film)) if packet.pts is not None]
    places = {time: place for place, time in enumerate(sorted(times))}
    return [places[time] for time in times]


def _pictures(
    films: Sequence[Path], orders: Sequence[Sequence[int]], fps: Fraction
) -> Iterator[Packet[Any]]:
    """The picture packets of all films, as many ticks apart as a frame lasts."""
    ticks = profile.frame_ticks(fps)
    delay = max(number - place for order in orders for number, place in enumerate(order))
    done = 0
    for path, order in zip(films, orders, strict=True):
        with open_film(path) as film:
            packets = (one for one in film.demux(picture_of(film)) if one.pts is not None)
            for number, (packet, place) in enumerate(zip(packets, order, strict=True)):
                packet.pts = (done + place) * ticks
                packet.dts = (done + number - delay) * ticks
                packet.duration = ticks
                yield packet
        done += len(order)


def _sounds(
    stream: AudioStream, head: Path, tail: Path, lengths: tuple[int, int]
) -> Iterator[Packet[Any]]:
    """The sound packets of the joined film: copied ones first, then newly encoded ones."""
    kept = _copyable(stream, head, lengths[0])
    begin = max(0, kept - _WARM_UP)
    ending: Iterable[Block]
    if kept:
        ending = []
        yield from _copied(head, kept, begin, lengths[0], ending)
    else:
        ending = samples(head, lengths[0])
    track = SoundTrack(stream, first=begin * profile.AUDIO_FRAME)
    for block in _eased(ending, samples(tail, lengths[1])):
        yield from _from(kept, track.encode(block))
    yield from _from(kept, track.finish())


def _from(place: int, packets: Iterable[Packet[Any]]) -> Iterator[Packet[Any]]:
    """The packets whose sound is presented from this AAC frame on."""
    for packet in packets:
        if packet.pts is not None and packet.pts >= place * profile.AUDIO_FRAME:
            yield packet


def _copyable(stream: AudioStream, head: Path, length: int) -> int:
    """How many AAC frames of the head can be copied: none if it was encoded in another way."""
    with open_film(head) as film:
        if not film.streams.audio:
            return 0
        theirs = film.streams.audio[0]
        same = theirs.codec_context.extradata == stream.codec_context.extradata
        if not same or theirs.time_base != Fraction(1, SAMPLE_RATE) or theirs.start_time != 0:
            return 0
    return max(0, length // profile.AUDIO_FRAME - _SPOILT)


def _copied(
    head: Path, kept: int, begin: int, length: int, ending: list[Block]
) -> Iterator[Packet[Any]]:
    """The head's sound packets before frame `kept`; its sound from `begin` on goes to `ending`."""
    resampler = AudioResampler(Fraction(begin * profile.AUDIO_FRAME, SAMPLE_RATE))
    left = length - begin * profile.AUDIO_FRAME
    with open_film(head) as film:
        for packet in film.demux(film.streams.audio[0]):
            if packet.pts is None:
                continue
            place = packet.pts // profile.AUDIO_FRAME  # 0 is presented first, -1 primes the decoder
            blocks: list[Block] = []
            if place >= begin - _WARM_UP:
                for frame in packet.decode():
                    blocks.extend(resampler.take(frame))
            if place < kept:
                yield packet
            for block in blocks:
                ending.append(block[:, :left])
                left -= ending[-1].shape[1]
    ending.append(np.zeros((2, max(0, left)), np.float32))


def _eased(head: Iterable[Block], tail: Iterable[Block]) -> Iterator[Block]:
    """Both sounds in turn; if they do not meet, the step between them is drawn out to a slope."""
    last = np.zeros((2, 0), np.float32)
    for block in head:
        last = np.concatenate((last, block), axis=1)[:, -_EASE:]
        yield block
    for number, block in enumerate(tail):
        yield block if number else _ease(last, block)


def _ease(before: Block, after: Block) -> Block:
    if before.shape[1] < 2 or after.shape[1] < 2:
        return after
    usual = np.abs(np.diff(before)).mean(axis=1) + np.abs(np.diff(after[:, :_EASE])).mean(axis=1)
    step = before[:, -1] - after[:, 0]
    step[np.abs(step) < 3 * usual] = 0  # noise jumps all the time: there is nothing to mend
    eased = after.copy()
    count = min(_EASE, after.shape[1])
    slope = 0.5 + 0.5 * np.cos(np.pi * np.arange(count, dtype=np.float32) / _EASE)
    eased[:, :count] += step[:, None] * slope
    return eased
