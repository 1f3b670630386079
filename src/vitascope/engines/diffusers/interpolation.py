"""Interpolates frames if a film's frame rate is above the model's.

Both neighbouring frames are warped along the optical flow between them and blended. Where the two
results differ, as in occluded areas, the more consistent one gets more weight; at a cut, the nearer
frame is shown. A configured interpolator draws instead, except at a cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from vitascope.engines.diffusers.picture_models import Interpolator
from vitascope.engines.native import RgbFrame

_FLOW_EDGE = 512
"""Pixels of the longer edge at which the flow is computed."""

_CUT = 24.0
"""Mean difference, of 255, between the two warped frames above which they are two scenes."""

_SOFT = 8.0
"""Flow error in pixels at which the weight of a side falls to 1/e."""


class Between:
    """Interpolates between two neighbouring frames.

    Args:
        first: shape (h, w, 3).
        second: the same.
        interpolator: draws the pictures between; without it they are warped and blended.
    """

    def __init__(
        self, first: RgbFrame, second: RgbFrame, interpolator: Interpolator | None = None
    ) -> None:
        self._first, self._second = first, second
        self._interpolator = interpolator
        self._flows: tuple[Any, Any] | None = None

    def at(self, place: Fraction) -> RgbFrame:
        """The picture at a time from 0, the first frame, to 1, the second."""
        if place == 0 or np.array_equal(self._first, self._second):
            return self._first
        share = float(place)
        if self._flows is None:
            self._flows = self._computed_flows()
        forth, back = self._flows
        # Backward mapping reads the flow at the target point, an error below a frame's motion.
        from_first = _warped(self._first, -share * forth)
        from_second = _warped(self._second, -(1 - share) * back)
        difference = np.abs(from_first.astype(np.float32) - from_second).mean(axis=2)
        if float(difference.mean()) > _CUT:
            return self._first if place < Fraction(1, 2) else self._second
        if self._interpolator is not None:
            return self._interpolator.between(self._first, self._second, share)
        return _blended(from_first, from_second, share, _flow_errors(forth, back, share))

    def _computed_flows(self) -> tuple[Any, Any]:
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


def _warped(picture: RgbFrame, flow: Any) -> RgbFrame:
    """The picture, each point read at the position that the flow gives."""
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.asarray(_read(picture, x + flow[..., 0], y + flow[..., 1]), np.uint8)


def _read(values: Any, x: Any, y: Any) -> Any:
    """The values at (x, y): bilinear, and repeated beyond the edges."""
    return cv2.remap(values, x, y, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)


def _flow_errors(forth: Any, back: Any, share: float) -> tuple[Any, Any]:
    """The forward-backward error of both flows in pixels, at the interpolated time."""
    height, width = forth.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))

    def error(flow: Any, other: Any, part: float) -> Any:
        there = _read(other, x + part * flow[..., 0], y + part * flow[..., 1])
        return np.linalg.norm(flow + there, axis=2)

    return error(forth, back, 1 - share), error(back, forth, share)


def _blended(first: RgbFrame, second: RgbFrame, share: float, errors: tuple[Any, Any]) -> RgbFrame:
    """Both pictures, weighted by their distance in time and by their flow errors."""
    trust = [np.exp(-each / _SOFT) + 1e-3 for each in errors]
    ahead = share * trust[1] / ((1 - share) * trust[0] + share * trust[1])
    mixed = first + (second.astype(np.float32) - first) * ahead[..., None]
    return np.asarray(np.rint(mixed).clip(0, 255), np.uint8)


def frames_between(
    natives: Iterator[RgbFrame],
    count: int,
    fps: int,
    rate: Fraction,
    interpolator: Interpolator | None = None,
) -> Iterator[RgbFrame]:
    """A film's frames from a model's; two of the model's are in memory at a time.

    Args:
        natives: the model's frames.
        count: the number of the film's frames.
        fps: the model's frame rate.
        rate: the film's frame rate.
        interpolator: see `Between`.
    """
    at, second = 0, next(natives)
    between = Between(second, second)
    for number in range(count):
        place = number * Fraction(fps) / rate
        while at <= place:
            first, second = second, next(natives, second)
            between, at = Between(first, second, interpolator), at + 1
        yield between.at(place - (at - 1))
