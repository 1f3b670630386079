"""The canvas: the encoder's own frames as pictures to draw into, and films that dissolve there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import av
import numpy as np

from shadowplay.art.treads import ease
from shadowplay.picture.layers import Picture
from shadowplay.shot import Shot

SECONDS = 1.5  # how long a change of weather, time or action takes when a film is carried on


class Drawn(Protocol):
    """Anything that has a picture at every moment."""

    def draw(self, picture: Picture, t: float) -> None:
        """Draw the moment `t`, in seconds, into `picture`."""


def frames_of(drawn: Drawn, shot: Shot, *, clock: float) -> Iterator[av.VideoFrame]:
    """Draw a shot's frames straight into frames for the encoder; `clock` is the first's second."""
    first = round(clock * shot.fps)
    for k in range(shot.frame_count):
        frame = av.VideoFrame(shot.size.width, shot.size.height, "yuv420p")
        drawn.draw(picture_of(frame), float((first + k) / shot.fps))
        yield frame


def picture_of(frame: av.VideoFrame) -> Picture:
    """The frame's own memory as planes of exactly its size."""
    views = []
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        views.append(rows[:, : plane.width])
    return Picture(*views)


class Dissolve:
    """Shows one film up to a moment and eases into another after it, for so many seconds."""

    def __init__(self, before: Drawn, after: Drawn, at: float, seconds: float = SECONDS) -> None:
        self._before, self._after, self._at, self._seconds = before, after, at, seconds
        self._other: Picture | None = None

    def draw(self, picture: Picture, t: float) -> None:
        """Draw the moment `t`: the first film, a mixture, or the second."""
        share = (t - self._at) / self._seconds
        (self._before if share < 1 else self._after).draw(picture, t)
        if 0 < share < 1:
            if self._other is None:
                self._other = Picture.blank(picture.width, picture.height)
            self._after.draw(self._other, t)
            picture.mix(self._other, ease(share))
