"""Takes a few frames of a clip, spread over its first seconds, upright and scaled down."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import dropwhile, islice
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from vitascope.media.clock import clock_of
from vitascope.media.decode import decoded
from vitascope.media.downscale import fitted, planes, to_srgb
from vitascope.media.normalise import Limits, check_size
from vitascope.media.probe import facts, invalid, open_film, video_track
from vitascope.media.reshape import Reshape, even, shown_size
from vitascope.spec import Size

COUNT = 20
"""The maximum number of stills."""

EDGE = 960
"""The maximum of their longer edge, in pixels."""

SECONDS = 10
"""How much of a clip is used."""

_TOLERANCE = 1e-3
_DECODED = 60 * SECONDS
"""The maximum number of decoded frames."""


@dataclass(frozen=True, slots=True)
class Still:
    """One frame of a clip.

    Attributes:
        rgb: sRGB, shape (h, w, 3).
        sharpness: the variance of its luma's Laplacian.
        at: seconds from the file's beginning.
    """

    rgb: NDArray[np.uint8]
    sharpness: float
    at: float = 0.0


def stills(
    film: Path,
    limits: Limits,
    *,
    span: tuple[float, float] | None = None,
    at: float | None = None,
) -> list[Still]:
    """Evenly spaced frames of a clip, in order of time.

    Args:
        film: the clip.
        limits: what to refuse, and how much to decode.
        span: the part to take them from, in seconds, of a film in the output profile: its
            timestamps can be relied on. By default, the first seconds.
        at: a time in seconds from the file's beginning, of which there is a frame, too.

    Raises:
        JobError: `invalid_video`; the file can't be read, or is beyond the limits.
    """
    clock = clock_of(film)
    with open_film(film) as opened, tempfile.TemporaryDirectory() as folder:
        known = clock.corrected(facts(opened))
        check_size(known.size, known.aspect, limits)
        if known.seconds > limits.seconds:
            raise invalid(
                f"it is {float(known.seconds):.1f} seconds long, and {limits.seconds} is the most"
            )
        stream = video_track(opened)
        stream.thread_type = "AUTO"
        # To save time, frames that no other frame refers to are not decoded.
        stream.codec_context.skip_frame = "NONREF"
        most = min(_DECODED, limits.decoded_pixels // (known.size.width * known.size.height))
        seconds = known.seconds or Fraction(SECONDS)
        start = 0.0
        if span is not None:
            start, seconds = span[0], Fraction(span[1] - span[0])
            opened.seek(int(start * av.time_base))  # to the keyframe before
        seconds = min(seconds, Fraction(SECONDS))
        pictures = decoded(opened, stream, bad_packets=8, clock=clock)
        pictures = dropwhile(lambda frame: (frame.time or 0.0) < start - _TOLERANCE, pictures)
        pictures = islice(pictures, most)
        reshape: Reshape | None = None
        found = []
        extra = None if at is None else at - start - float(1 / known.fps) / 2
        for now, frame in _spread(pictures, seconds, known.fps, extra):
            check_size(Size(frame.width, frame.height), known.aspect, limits)
            if reshape is None:
                size = even(fitted(shown_size(frame, known.aspect), EDGE))
                reshape = Reshape(size, known.aspect, Path(folder))
            found.append(_still(reshape(frame), start + now))
    if not found:
        raise invalid("it has no complete frame")
    return found


def _spread(
    frames: Iterator[av.VideoFrame], seconds: Fraction, fps: Fraction, extra: float | None
) -> Iterator[tuple[float, av.VideoFrame]]:
    """The first frame of each of `COUNT` equal parts of the time, and the first from `extra` on.

    Each comes with its seconds since the first.
    """
    origin: Fraction | None = None
    now, part = Fraction(0), 0
    for frame in frames:
        if frame.pts is not None and frame.time_base is not None:
            now = frame.pts * frame.time_base
        elif origin is not None:
            now += 1 / fps
        origin = now if origin is None else origin
        place = (now - origin) * COUNT / seconds
        if place >= COUNT:
            return
        asked = extra is not None and now - origin >= extra
        if place >= part or asked:
            part = max(part, int(place) + 1)
            extra = None if asked else extra
            yield float(now - origin), frame


def _still(frame: av.VideoFrame, at: float) -> Still:
    light = planes(frame)[0]
    edge = cv2.Laplacian(cv2.GaussianBlur(light, (0, 0), 1.0), cv2.CV_32F)
    return Still(to_srgb(frame, Size(frame.width, frame.height)), float(edge.var()), at)
