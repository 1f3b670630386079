"""The canvas: the encoder's own frames as pictures to draw into, and back."""

from __future__ import annotations

from collections.abc import Iterator

import av
import numpy as np

from shadowplay.picture.dissolve import Drawn
from shadowplay.picture.layers import Picture
from shadowplay.shot import Shot


def frames_of(drawn: Drawn, shot: Shot, *, clock: float) -> Iterator[av.VideoFrame]:
    """Draw a shot's frames straight into frames for the encoder.

    Args:
        drawn: what has a picture at every moment.
        shot: says how many frames of what size, and how many a second.
        clock: the moment of the first, in seconds.
    """
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
