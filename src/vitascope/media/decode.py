"""Reading films back: their pictures one by one, the last few of them, their sound."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from vitascope.errors import JobError
from vitascope.media.house import TRACK_TICKS
from vitascope.media.probe import invalid, length, open_film, picture_of
from vitascope.shot import FPS, SAMPLE_RATE


def frames(path: Path) -> Iterator[av.VideoFrame]:
    """Every picture of a film, in order of showing; memory does not grow with the film.

    Raises:
        JobError: `invalid_video`; it is no film, or it is broken where it was read.
    """
    with open_film(path) as film:
        picture = picture_of(film)
        picture.thread_type = "AUTO"
        try:
            yield from film.decode(picture)
        except av.FFmpegError as error:
            raise _broken() from error


def last_frames(path: Path, count: int) -> list[av.VideoFrame]:
    """The last pictures of a film, at most `count` of them, found from its end.

    Raises:
        JobError: `invalid_video`; it is no film, it is broken, or holds no picture.
    """
    with open_film(path) as film:
        picture = picture_of(film)
        picture.thread_type = "AUTO"
        fps = picture.average_rate or Fraction(FPS)
        from_end = (length(film, picture) - count / fps, Fraction(0))
        for start in from_end:  # where seeking misses, as in a file without an index: everything
            kept: deque[av.VideoFrame] = deque(maxlen=count)
            try:
                film.seek(max(0, int(start * av.time_base)))
                kept.extend(film.decode(picture))
            except av.FFmpegError as error:
                raise _broken() from error
            if len(kept) == count:
                break
    if not kept:
        raise invalid("there is no whole picture in it")
    return list(kept)


def samples(path: Path) -> Iterator[NDArray[np.float32]]:
    """The sound of a film as it is presented, exactly as long as its picture track.

    What an encoder needed before and after is cut off, what is missing is silence.

    Yields:
        Blocks of float32 at 48 kHz, shape (2, n).

    Raises:
        JobError: `invalid_video`; it is no film, or it is broken where it was read.
    """
    with open_film(path) as film:
        left = round(length(film, picture_of(film)) * SAMPLE_RATE)
        for block in _heard(film):
            if left <= 0:
                return
            yield block[:, :left]
            left -= block.shape[1]
    while left > 0:
        yield np.zeros((2, min(left, SAMPLE_RATE)), np.float32)
        left -= SAMPLE_RATE
