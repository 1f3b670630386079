"""Joins two films; the video packets are copied bit for bit."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from vitascope.errors import VitascopeError
from vitascope.media import profile
from vitascope.media.probe import MediaFacts, facts, open_film, video_track
from vitascope.media.sound import AudioResampler, Block, SoundTrack, samples
from vitascope.spec import SAMPLE_RATE, samples_in

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream

_SPOILT = 2
"""AAC frames at a film's end that depend on the silence after it."""

_WARM_UP = 6
"""AAC frames that an encoder or decoder needs to settle; their output is discarded."""

_SLOPE = SAMPLE_RATE // 200
"""Samples over which a step at the joint is smoothed."""


class CannotCopy(VitascopeError):
    """The films' encodings differ, so that their packets can't be joined."""


def stitch(head: Path, tail: Path, out: Path) -> MediaFacts:
    """Join two films in the output profile.

    All video packets are copied, and so are the head's sound packets except for its last tenth of a
    second. From there on the sound is decoded and encoded again in one go, across the joint, so
    that repeated extensions do not degrade a film. Only the order of the frames is kept in memory.
    Their time stamps are computed anew, evenly spaced: short films have another delay between
    decoding and presentation than long ones, and a track can have only one.

    Args:
        head: the first film.
        tail: the film that continues it.
        out: the file to write; after an error there is none.

    Raises:
        CannotCopy: the films differ in size or encoding.
        JobError: `invalid_video`; one of them can't be read.
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
    """The films' frame rate; refuses films that could not be played through."""
    one, other = video_track(head), video_track(tail)
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
        raise CannotCopy("The films' videos were encoded with different settings.")
    return fps


def _write(
    joined: OutputContainer, fps: Fraction, first: InputContainer, head: Path, tail: Path
) -> None:
    picture = joined.add_stream_from_template(video_track(first))
    sound = profile.add_sound(joined)
    sound.codec_context.open()
    orders = (presentation_order(head), presentation_order(tail))
    before = samples_in(len(orders[0]), fps)
    lengths = (before, samples_in(len(orders[0]) + len(orders[1]), fps) - before)
    tracks = [
        (video_packets((head, tail), orders, fps), picture),
        (_sound_packets(sound, head, tail, lengths), sound),
    ]
    for packet, stream in in_order_of_time(tracks):
        packet.stream = stream
        joined.mux(packet)


def in_order_of_time(
    tracks: Iterable[tuple[Iterator[Packet[Any]], Stream]],
) -> Iterator[tuple[Packet[Any], Stream]]:
    """The packets of all tracks by the time at which they are decoded, each with its stream."""
    return heapq.merge(
        *(zip(packets, repeat(stream)) for packets, stream in tracks),
        key=lambda pair: (pair[0].dts or 0) * pair[0].time_base,
    )


def presentation_order(path: Path) -> list[int]:
    """For each video packet in decoding order, the number of its frame in presentation order."""
    with open_film(path) as film:
        times = [packet.pts for packet in film.demux(video_track(film)) if packet.pts is not None]
    places = {time: place for place, time in enumerate(sorted(times))}
    return [places[time] for time in times]


def video_packets(
    films: Sequence[Path], orders: Sequence[Sequence[int]], fps: Fraction
) -> Iterator[Packet[Any]]:
    """The video packets of films in a row, as many ticks apart as a frame lasts.

    Of each film as many packets as its order has are taken.
    """
    ticks = profile.frame_ticks(fps)
    places = (number - place for order in orders for number, place in enumerate(order))
    delay = max(places, default=0)
    done = 0
    for path, order in zip(films, orders, strict=True):
        with open_film(path) as film:
            packets = (one for one in film.demux(video_track(film)) if one.pts is not None)
            for number, place in enumerate(order):
                packet = next(packets)
                packet.pts = (done + place) * ticks
                packet.dts = (done + number - delay) * ticks
                packet.duration = ticks
                yield packet
        done += len(order)


def _sound_packets(
    stream: AudioStream, head: Path, tail: Path, lengths: tuple[int, int]
) -> Iterator[Packet[Any]]:
    """The sound packets of the joined film: first copied, then newly encoded ones."""
    kept = _copyable(stream, head, lengths[0])
    begin = max(0, kept - _WARM_UP)
    ending: Iterable[Block]
    if kept:
        ending = []
        yield from _copied(head, kept, begin, lengths[0], ending)
    else:
        ending = samples(head, lengths[0])
    track = SoundTrack(stream, first=begin * profile.AUDIO_FRAME)
    for block in _smoothed(ending, samples(tail, lengths[1])):
        yield from _from(kept, track.encode(block))
    yield from _from(kept, track.finish())


def _from(place: int, packets: Iterable[Packet[Any]]) -> Iterator[Packet[Any]]:
    """The packets that are presented from this AAC frame on."""
    for packet in packets:
        if packet.pts is not None and packet.pts >= place * profile.AUDIO_FRAME:
            yield packet


def _copyable(stream: AudioStream, head: Path, length: int) -> int:
    """How many AAC frames of the head can be copied; none if its encoding differs."""
    with open_film(head) as film:
        if not film.streams.audio:
            return 0
        track = film.streams.audio[0]
        same = track.codec_context.extradata == stream.codec_context.extradata
        if not same or track.time_base != Fraction(1, SAMPLE_RATE) or track.start_time != 0:
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
            place = packet.pts // profile.AUDIO_FRAME  # 0 is presented first, -1 is priming
            blocks: list[Block] = []
            if place >= begin - _WARM_UP:
                for frame in packet.decode():
                    blocks.extend(resampler.add(frame))
            if place < kept:
                yield packet
            for block in blocks:
                ending.append(block[:, :left])
                left -= ending[-1].shape[1]
    ending.append(np.zeros((2, max(0, left)), np.float32))


def _smoothed(head: Iterable[Block], tail: Iterable[Block]) -> Iterator[Block]:
    """Both sounds in turn; a step between them is smoothed to a slope."""
    last = np.zeros((2, 0), np.float32)
    for block in head:
        last = np.concatenate((last, block), axis=1)[:, -_SLOPE:]
        yield block
    for number, block in enumerate(tail):
        yield block if number else _smooth(last, block)


def _smooth(before: Block, after: Block) -> Block:
    if before.shape[1] < 2 or after.shape[1] < 2:
        return after
    usual = np.abs(np.diff(before)).mean(axis=1) + np.abs(np.diff(after[:, :_SLOPE])).mean(axis=1)
    step = before[:, -1] - after[:, 0]
    step[np.abs(step) < 3 * usual] = 0  # noise has such steps everywhere
    smoothed = after.copy()
    count = min(_SLOPE, after.shape[1])
    slope = 0.5 + 0.5 * np.cos(np.pi * np.arange(count, dtype=np.float32) / _SLOPE)
    smoothed[:, :count] += step[:, None] * slope
    return smoothed
