"""Normalises a film from anywhere: writes it in the output profile, or refuses it with a reason."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from vitascope.errors import JobError
from vitascope.media import profile
from vitascope.media.clock import clock_of
from vitascope.media.decode import decoded
from vitascope.media.encode import Progress
from vitascope.media.probe import (
    LARGEST,
    MediaFacts,
    facts,
    invalid,
    open_film,
    picture_of,
    picture_tracks,
    told_length,
)
from vitascope.media.reshape import Reshape, even, shown_size
from vitascope.media.sound import Block, samples
from vitascope.media.writer import FilmWriter
from vitascope.spec import FPS, SAMPLE_RATE, Size, samples_in

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_SAME_RATE = Fraction(1, 2000)
"""How far a rate may be off from another to count as the same: headers round."""


_BACK = 1
"""Seconds by which a picture may be shown before the one that was decoded before it."""

_SAME_SHAPE = Fraction(1, 20)
"""How far the shape of pixels may differ from the first one's: studios round it in several ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is taken, so that no file can eat the machine.

    Attributes:
        pixels: of one picture, as it is stored and as it is shown; 4096x2176 fits.
        longest: longer edge of a picture in pixels.
        seconds: length of the film.
        frames: pictures in the file, however fast they follow each other.
        smallest: shorter edge of a picture in pixels.
        decoded_pixels: of all pictures that are decoded, those that are not used included.
    """

    pixels: int = LARGEST.width * LARGEST.height
    longest: int = 8192
    seconds: int = 120
    frames: int = 120 * 120
    smallest: int = 16
    decoded_pixels: int = 4_000_000_000


def normalise(
    source: Path,
    out: Path,
    *,
    size: Size | None = None,
    fps: Fraction | None = None,
    limits: Limits | None = None,
    progress: Progress = lambda phase, done, total: None,
    note: Callable[[str], None] = lambda text: None,
) -> MediaFacts:
    """Write a film again in the output profile.

    Pictures are set upright, cropped and scaled to `size`, recoloured to BT.709, repeated or left
    out to come at an even rate by their time stamps. Sound becomes 48 kHz stereo as long as the
    pictures; where there is none, there is silence.

    Args:
        source: any file with moving pictures in it.
        out: where the new film goes; after an error nothing is left there.
        size: of the new film; without it, the source's own, made even.
        fps: frames a second of the new film; without it, the one of `profile.RATES` that is nearest
            to the source's.
        limits: what to refuse.
        progress: told "normalise", in frames.
        note: told in a sentence what the new film lacks of the source.

    Raises:
        JobError: `invalid_video`; it can't be read or is beyond the limits. `video_too_costly`;
            it has more pixels than are decoded.
    """
    limits = limits or Limits()
    clock = clock_of(source)
    with open_film(source) as film:
        known = clock.corrected(facts(film))
        _check_headers(known, limits)
        picture = picture_of(film)
        _tell_choice(film, picture, note)
        if picture.frames * known.size.width * known.size.height > limits.decoded_pixels:
            raise _too_costly(limits)  # its index says so: nothing need be decoded to know
        picture.thread_type = "AUTO"
        pictures = decoded(film, picture, bad_packets=max(2, known.frames // 50), clock=clock)
        first = next(pictures, None)
        if first is None:
            raise invalid("there is no whole picture in it")
        aspect = known.aspect
        target = even(size or shown_size(first, aspect))
        rate = fps or profile.nearest_rate(known.fps)
        total = max(1, round(known.seconds * rate))
        most = int(limits.seconds * rate)
        _tell_rates(known.fps, rate, note)
        with (
            closing(samples(source, origin=_begin(first), clock=clock, note=note)) as sound,
            tempfile.TemporaryDirectory(dir=out.parent) as folder,
            FilmWriter(out, target, rate) as new,
        ):
            reshape = Reshape(target, aspect, Path(folder))
            beside = _Beside(sound, new, rate)
            for frame, count in steady(
                _limited(_alike(chain([first], pictures), picture), aspect, limits), known.fps, rate
            ):
                shaped = reshape(frame)
                for _ in range(count):
                    if new.frames == most:
                        raise _too_long(limits)
                    new.picture(shaped)
                    beside.up_to(new.frames)
                    progress("normalise", min(new.frames, total), total)
            if not clock.restarts:
                _check_whole(new.frames / rate, told_length(picture))
    progress("normalise", total, total)
    with open_film(out) as written:
        return facts(written)


def _tell_rates(fps: Fraction, rate: Fraction, note: Callable[[str], None]) -> None:
    """Say that pictures are left out or repeated, if they are."""
    if abs(fps / rate - 1) > _SAME_RATE:
        change = "some of its pictures are left out" if fps > rate else "some are shown twice"
        note(
            f"The video has {_written(fps)} frames a second and becomes one of {_written(rate)}: "
            f"{change}."
        )


def _tell_choice(film: InputContainer, used: VideoStream, note: Callable[[str], None]) -> None:
    """Say which pictures are shown, if there are others and these are not the first."""
    tracks = picture_tracks(film)
    if used is not tracks[0]:
        note(f"Of {len(tracks)} picture tracks, number {tracks.index(used) + 1} is shown.")


def _begin(frame: av.VideoFrame) -> Fraction | None:
    """When a picture is shown, in seconds by the file's clock, if it says so."""
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base


def _written(fps: Fraction) -> str:
    return f"{float(fps):.3f}".rstrip("0").rstrip(".")


class _Beside:
    """Writes sound beside pictures: never ahead of them, silence where it has ended."""

    def __init__(self, blocks: Iterator[Block], film: FilmWriter, fps: Fraction) -> None:
        self._blocks = blocks
        self._film = film
        self._fps = fps
        self._rest = np.zeros((2, 0), np.float32)
        self._given = 0

    def up_to(self, frames: int) -> None:
        """Write as much sound as goes with so many pictures."""
        due = samples_in(frames, self._fps) - self._given
        while self._rest.shape[1] < due:
            silence = np.zeros((2, SAMPLE_RATE), np.float32)
            block = next(self._blocks, silence)
            self._rest = np.concatenate((self._rest, block), axis=1)
        self._film.sound(self._rest[:, :due])
        self._rest = self._rest[:, due:]
        self._given += due


def steady(
    frames: Iterable[av.VideoFrame], fps: Fraction, rate: Fraction = Fraction(FPS)
) -> Iterator[tuple[av.VideoFrame, int]]:
    """Each picture with the number of frames for which it is shown; some are not shown at all.

    At each frame the latest picture is shown that has begun by then, or does so within a quarter
    of a frame: time stamps are often rounded to milliseconds.

    Args:
        frames: pictures at any distances.
        fps: how many of them come in a second, where they do not say when they are shown.
        rate: frames a second to come out.
    """
    shown, held, end = 0, None, 0
    for place, frame in _placed(frames, fps, rate):
        begin = math.ceil(place - Fraction(1, 4))
        if held is not None and begin > shown:
            yield held, begin - shown
            shown = begin
        held, end = frame, max(begin, round(place + _lasts(frame, fps) * rate), 1)
    if held is not None and end > shown:
        yield held, end - shown


def _placed(
    frames: Iterable[av.VideoFrame], fps: Fraction, rate: Fraction
) -> Iterator[tuple[Fraction, av.VideoFrame]]:
    """Each picture with its time after the first one's, in frames of the new rate."""
    origin: Fraction | None = None
    now = Fraction(0)
    for frame in frames:
        told, before = _begin(frame), now
        if told is not None:
            now = told
        elif origin is not None:
            now += 1 / fps
        origin = now if origin is None else origin
        if now < before - _BACK:
            raise invalid(
                f"its clock goes back after {float(before - origin):.1f} seconds. Join its parts "
                "with a video editor"
            )
        yield (now - origin) * rate, frame


def _lasts(frame: av.VideoFrame, fps: Fraction) -> Fraction:
    """How many seconds a picture is to be shown."""
    if frame.duration and frame.time_base is not None:
        return frame.duration * frame.time_base
    return 1 / fps


def _alike(frames: Iterable[av.VideoFrame], picture: VideoStream) -> Iterator[av.VideoFrame]:
    """The same frames, as long as their pixels keep the shape of the first one's."""
    first: Fraction | None = None
    for frame in frames:
        told = picture.codec_context.sample_aspect_ratio
        aspect = Fraction(told) if told and told > 0 else Fraction(1)
        first = aspect if first is None else first
        if abs(aspect / first - 1) > _SAME_SHAPE:
            raise invalid(
                "the shape of its pixels changes in the middle. Write it with square pixels "
                "throughout, or send its parts"
            )
        yield frame


def _limited(
    frames: Iterable[av.VideoFrame], aspect: Fraction, limits: Limits
) -> Iterator[av.VideoFrame]:
    """The same frames, as long as each, their number and their sum are within the limits."""
    pixels = 0
    for number, frame in enumerate(frames):
        if number == limits.frames:
            raise invalid(f"it has more than {limits.frames} pictures")
        pixels += frame.width * frame.height
        if pixels > limits.decoded_pixels:
            raise _too_costly(limits)
        check_size(Size(frame.width, frame.height), aspect, limits)
        yield frame


def _check_headers(known: MediaFacts, limits: Limits) -> None:
    """Refuse at once what the headers already give away."""
    check_size(known.size, known.aspect, limits)
    if known.seconds > limits.seconds:
        raise _too_long(limits)
    if known.frames > limits.frames:
        raise invalid(f"it has {known.frames} pictures; at most {limits.frames} are taken")


def check_size(size: Size, aspect: Fraction, limits: Limits) -> None:
    """Refuse pictures by their size, as they are stored and as they are shown.

    Args:
        size: of a picture as it is stored.
        aspect: width by height of one of its pixels.
        limits: what is taken.

    Raises:
        JobError: `invalid_video`; they are too large or too small.
    """
    if not min(size):
        raise invalid(
            "the size of its pictures can't be read, or is beyond what is taken "
            f"({limits.pixels} pixels)"
        )
    shown = Size(round(size.width * aspect), size.height)
    for verb, seen in (("are", size), ("are shown at", shown)):
        if seen.width * seen.height > limits.pixels:
            raise invalid(f"its pictures {verb} {seen}; at most {limits.pixels} pixels are taken")
        if max(seen) > limits.longest:
            raise invalid(
                f"its pictures {verb} {seen}; each edge must be {limits.longest} pixels or shorter"
            )
        if min(seen) < limits.smallest:
            raise invalid(
                f"its pictures {verb} {seen}; each edge must be {limits.smallest} pixels or longer"
            )


def _check_whole(written: Fraction, promised: Fraction | None) -> None:
    if promised and written < promised * Fraction(9, 10) - Fraction(1, 2):
        raise invalid(f"it breaks off after {float(written):.1f} of {float(promised):.1f} seconds")


def _too_costly(limits: Limits) -> JobError:
    return JobError(
        "video_too_costly",
        f"The video can't be used: all its pictures together have more than "
        f"{limits.decoded_pixels / 1e9:g} billion pixels. Send a shorter or smaller one.",
    )


def _too_long(limits: Limits) -> JobError:
    return invalid(f"it is longer than {limits.seconds} seconds")
