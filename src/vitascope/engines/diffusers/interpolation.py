"""Interpolation: frames between two of a model's, where the film has more frames a second.

Every point is moved along the optical flow between the two frames, from both sides, and the two
results are blended. Where the sides disagree, as behind what moves, the side that fits is taken;
where the frames have nothing in common, as at a cut, the nearer one is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from vitascope.engines.native import RgbFrame

_FLOW_EDGE = 512
"""Pixels of the longer edge at which flow is searched for; finer detail moves with it."""

_CUT = 24.0
"""Mean difference, of 255, of the two frames brought together above which they are two scenes."""

_SOFT = 8.0
"""Levels of difference, of 255, over which a side that does not fit loses its weight."""


class Between:
    """Two neighbouring frames, and all that lies between them.

    Args:
        first: shape (h, w, 3).
        second: the same.
    """

    def __init__(self, first: RgbFrame, second: RgbFrame) -> None:
        self._first, self._second = first, second
        self._flows: tuple[Any, Any] | None = None
        self._cut: bool | None = None

    def at(self, place: Fraction) -> RgbFrame:
        """The picture at a place from 0, the first frame, to 1, the second."""
        if place == 0 or np.array_equal(self._first, self._second):
            return self._first
        share = float(place)
        if self._flows is None:
            self._flows = self._searched()
        forth, back = self._flows
        # Backward mapping: flow is read where the point arrives, which is near enough for parts
        # of a frame's time.
        from_first = _moved(self._first, -share * forth)
        from_second = _moved(self._second, -(1 - share) * back)
        apart = np.abs(from_first.astype(np.float32) - from_second).mean(axis=2)
        if float(apart.mean()) > _CUT:
            return self._first if place < Fraction(1, 2) else self._second
        return _blended(from_first, from_second, share, _doubt(forth, back, share))

    def _searched(self) -> tuple[Any, Any]:
        """Flow from each frame to the other, in pixels, shape (h, w, 2)."""
        height, width = self._first.shape[:2]
        scale = min(1.0, _FLOW_EDGE / max(height, width))
        small = (max(16, round(width * scale)), max(16, round(height * scale)))
        one, other = (
            cv2.cvtColor(cv2.resize(each, small, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
            for each in (self._first, self._second)
        )
        search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        ratio = np.array((width / small[0], height / small[1]), np.float32)
        flows = (search.calc(one, other, None), search.calc(other, one, None))
        forth, back = (cv2.resize(flow, (width, height)) * ratio for flow in flows)
        return forth, back


def _moved(picture: RgbFrame, flow: Any) -> RgbFrame:
    """Each point taken from where the flow leads."""
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.asarray(_read(picture, x + flow[..., 0], y + flow[..., 1]), np.uint8)


def _read(values: Any, x: Any, y: Any) -> Any:
    """The values at (x, y): bilinear between the points, those of the edge outside."""
    return cv2.remap(values, x, y, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)


def _doubt(forth: Any, back: Any, share: float) -> tuple[Any, Any]:
    """The forward-backward error of both flows in pixels, at the interpolated time."""
    height, width = forth.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))

    def missed(flow: Any, other: Any, part: float) -> Any:
        there = _read(other, x + part * flow[..., 0], y + part * flow[..., 1])
        return np.linalg.norm(flow + there, axis=2)

    return missed(forth, back, 1 - share), missed(back, forth, share)


def _blended(first: RgbFrame, second: RgbFrame, share: float, doubt: tuple[Any, Any]) -> RgbFrame:
    """Both by their nearness, and by how far their flows can be trusted."""
    trust = [np.exp(-each / _SOFT) + 1e-3 for each in doubt]
    ahead = share * trust[1] / ((1 - share) * trust[0] + share * trust[1])
    mixed = first + (second.astype(np.float32) - first) * ahead[..., None]
    return np.asarray(np.rint(mixed).clip(0, 255), np.uint8)


def frames_between(
    natives: Iterator[RgbFrame], count: int, fps: int, rate: Fraction
) -> Iterator[RgbFrame]:
    """A film's frames from a model's, holding two of the model's at a time.

    Args:
        natives: the model's frames.
        count: how many of the film's are wanted.
        fps: frames a second of the model.
        rate: frames a second of the film.
    """
    at, second = 0, next(natives)
    between = Between(second, second)
    for number in range(count):
        place = number * Fraction(fps) / rate
        while at <= place:
            first, second = second, next(natives, second)
            between, at = Between(first, second), at + 1
        yield between.at(place - (at - 1))
