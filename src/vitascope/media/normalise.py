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
    track_length,
    video_track,
    video_tracks,
)
from vitascope.media.reshape import Reshape, even, shown_size
from vitascope.media.sound import Block, samples
from vitascope.media.writer import FilmWriter
from vitascope.spec import FPS, SAMPLE_RATE, Size, samples_in

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_SAME_RATE = Fraction(1, 2000)
"""Relative difference up to which two frame rates count as equal: headers round them."""

_BACK = 1
"""Seconds by which a time stamp may be lower than the one before it."""

_SAME_SHAPE = Fraction(1, 20)
"""Relative difference up to which two pixel aspect ratios count as equal: encoders round them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of a file from outside, so that it can't exhaust the machine.

    Attributes:
        pixels: maximum of pixels per frame, stored and displayed; 4096x2176 is allowed.
        longest: maximum of a frame's longer edge in pixels.
        seconds: maximum length.
        frames: maximum number of frames.
        smallest: minimum of a frame's shorter edge in pixels.
        decoded_pixels: maximum of pixels in all decoded frames together.
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
    """Decode a film and write it again in the output profile.

    Frames are rotated upright, cropped and scaled to `size`, and converted to BT.709. They are
    repeated or dropped by their time stamps to reach a constant rate. Sound becomes 48 kHz stereo
    of the same length; missing sound becomes silence.

    Args:
        source: a video file of any supported kind.
        out: the file to write; after an error there is none.
        size: size of the new film; by default the source's, rounded down to even numbers.
        fps: frame rate of the new film; by default the one in `profile.RATES` that is nearest to
            the source's.
        limits: what to refuse.
        progress: receives "normalise", in frames.
        note: receives sentences about what of the source is not in the new film.

    Raises:
        JobError: `invalid_video`; the file can't be read or is beyond the limits.
            `video_too_costly`; it has more pixels than `limits.decoded_pixels`.
    """
    limits = limits or Limits()
    clock = clock_of(source)
    with open_film(source) as film:
        known = clock.corrected(facts(film))
        _check_headers(known, limits)
        picture = video_track(film)
        _note_choice(film, picture, note)
        if picture.frames * known.size.width * known.size.height > limits.decoded_pixels:
            raise _too_costly(limits)  # by its index, before anything is decoded
        picture.thread_type = "AUTO"
        pictures = decoded(film, picture, bad_packets=max(2, known.frames // 50), clock=clock)
        first = next(pictures, None)
        if first is None:
            raise invalid("it has no complete frame")
        aspect = known.aspect
        target = even(size or shown_size(first, aspect))
        rate = fps or profile.nearest_rate(known.fps)
        total = max(1, round(known.seconds * rate))
        most = int(limits.seconds * rate)
        _note_rates(known.fps, rate, note)
        with (
            closing(samples(source, origin=_presented_at(first), clock=clock, note=note)) as sound,
            tempfile.TemporaryDirectory(dir=out.parent) as folder,
            FilmWriter(out, target, rate) as new,
        ):
            reshape = Reshape(target, aspect, Path(folder))
            sound_writer = _SoundWriter(sound, new, rate)
            accepted = _limited(_same_aspect(chain([first], pictures), picture), aspect, limits)
            for frame, count in steady(accepted, known.fps, rate):
                shaped = reshape(frame)
                for _ in range(count):
                    if new.frames == most:
                        raise _too_long(limits)
                    new.add_frame(shaped)
                    sound_writer.write_until(new.frames)
                    progress("normalise", min(new.frames, total), total)
            if not clock.restarts:
                _check_complete(new.frames / rate, track_length(picture))
    progress("normalise", total, total)
    with open_film(out) as written:
        return facts(written)


def _note_rates(fps: Fraction, rate: Fraction, note: Callable[[str], None]) -> None:
    """Note that frames are dropped or repeated, if they are."""
    if abs(fps / rate - 1) > _SAME_RATE:
        change = "some of its pictures are left out" if fps > rate else "some are shown twice"
        note(
            f"The video has {_written(fps)} frames a second and becomes one of {_written(rate)}: "
            f"{change}."
        )


def _note_choice(film: InputContainer, used: VideoStream, note: Callable[[str], None]) -> None:
    """Note which video track is used, if it is not the first one."""
    tracks = video_tracks(film)
    if used is not tracks[0]:
        note(f"Of {len(tracks)} picture tracks, number {tracks.index(used) + 1} is shown.")


def _presented_at(frame: av.VideoFrame) -> Fraction | None:
    """A frame's presentation time in seconds of the file's clock, if it has one."""
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base


def _written(fps: Fraction) -> str:
    return f"{float(fps):.3f}".rstrip("0").rstrip(".")


class _SoundWriter:
    """Writes sound as far as frames are written, and silence after its end."""

    def __init__(self, blocks: Iterator[Block], film: FilmWriter, fps: Fraction) -> None:
        self._blocks = blocks
        self._film = film
        self._fps = fps
        self._rest = np.zeros((2, 0), np.float32)
        self._written = 0

    def write_until(self, frames: int) -> None:
        """Write the sound up to the end of this number of frames."""
        due = samples_in(frames, self._fps) - self._written
        while self._rest.shape[1] < due:
            silence = np.zeros((2, SAMPLE_RATE), np.float32)
            block = next(self._blocks, silence)
            self._rest = np.concatenate((self._rest, block), axis=1)
        self._film.add_sound(self._rest[:, :due])
        self._rest = self._rest[:, due:]
        self._written += due


def steady(
    frames: Iterable[av.VideoFrame], fps: Fraction, rate: Fraction = Fraction(FPS)
) -> Iterator[tuple[av.VideoFrame, int]]:
    """Each frame that is kept, with how often it is repeated to reach a constant rate.

    An output frame shows the latest input frame that has started by then, or starts within a
    quarter of an output frame, because time stamps are often rounded to milliseconds.

    Args:
        frames: frames with any time stamps.
        fps: the rate of frames without time stamps.
        rate: the output frame rate.
    """
    shown, held, end = 0, None, 0
    for place, frame in _timed(frames, fps, rate):
        begin = math.ceil(place - Fraction(1, 4))
        if held is not None and begin > shown:
            yield held, begin - shown
            shown = begin
        held, end = frame, max(begin, round(place + _duration(frame, fps) * rate), 1)
    if held is not None and end > shown:
        yield held, end - shown


def _timed(
    frames: Iterable[av.VideoFrame], fps: Fraction, rate: Fraction
) -> Iterator[tuple[Fraction, av.VideoFrame]]:
    """Each frame with its time after the first one, in frames of the output rate."""
    origin: Fraction | None = None
    now = Fraction(0)
    for frame in frames:
        time, before = _presented_at(frame), now
        if time is not None:
            now = time
        elif origin is not None:
            now += 1 / fps
        origin = now if origin is None else origin
        if now < before - _BACK:
            raise invalid(
                f"its clock goes back after {float(before - origin):.1f} seconds. Join its parts "
                "with a video editor"
            )
        yield (now - origin) * rate, frame


def _duration(frame: av.VideoFrame, fps: Fraction) -> Fraction:
    """A frame's duration in seconds."""
    if frame.duration and frame.time_base is not None:
        return frame.duration * frame.time_base
    return 1 / fps


def _same_aspect(frames: Iterable[av.VideoFrame], picture: VideoStream) -> Iterator[av.VideoFrame]:
    """The same frames; refuses a pixel aspect ratio that differs from the first one's."""
    first: Fraction | None = None
    for frame in frames:
        ratio = picture.codec_context.sample_aspect_ratio
        aspect = Fraction(ratio) if ratio and ratio > 0 else Fraction(1)
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
    """The same frames; refuses sizes, numbers and sums beyond the limits."""
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
    """Refuse a file whose headers are beyond the limits."""
    check_size(known.size, known.aspect, limits)
    if known.seconds > limits.seconds:
        raise _too_long(limits)
    if known.frames > limits.frames:
        raise invalid(f"it has {known.frames} pictures; at most {limits.frames} are taken")


def check_size(size: Size, aspect: Fraction, limits: Limits) -> None:
    """Refuse frames that are too large or too small, stored or displayed.

    Args:
        size: size of the stored frame.
        aspect: pixel aspect ratio, width by height.
        limits: the limits.

    Raises:
        JobError: `invalid_video`; the size is beyond the limits.
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


def _check_complete(written: Fraction, promised: Fraction | None) -> None:
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
