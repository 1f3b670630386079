"""Outlines: the shapes of one pose in the frame, as OpenCV fills them."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.actors.base import Shape
from shadowplay.colour import Yuv
from shadowplay.layers import Picture, Plane
from shadowplay.marks import Figure


class Outlines:
    """The shapes of one pose in the frame, as fixed-point numbers for OpenCV."""

    def __init__(
        self,
        shapes: Sequence[Shape],
        figure: Figure,
        x: float,
        row: float,
        flat: NDArray[np.float64] | None = None,
    ) -> None:
        """Put the origin at column `x` and row `row`; `flat` maps actor units to pixels."""
        self.shapes, self.x = shapes, x
        points = np.concatenate([shape.points for shape in shapes])
        if flat is None:
            points = points * np.asarray([figure.scale * figure.facing, -figure.scale])
        else:
            points = exact.product(points, flat)
        self._points = points + np.asarray([x, row])
        self._ends = np.cumsum([len(shape.points) for shape in shapes]).tolist()
        self._fix()

    def _fix(self) -> None:
        self._luma = np.rint(self._points * 16).astype(np.int32)
        self._chroma = np.rint(self._points * 8 - 4).astype(np.int32)

    def _part(self, n: int) -> slice:
        return slice(self._ends[n - 1] if n else 0, self._ends[n])

    def moved(self, across: float, down: float) -> Outlines:
        """The same shapes a little farther right and down."""
        other = copy(self)
        other._points = self._points + np.asarray([across, down])
        other._fix()
        return other

    def bounds(self, n: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """The corners of shape `n`, in pixels."""
        points = self._points[self._part(n)]
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return (float(left), float(top)), (float(right), float(bottom))

    def fill(self, picture: Picture, n: int, tone: Yuv) -> None:
        """Fill shape `n` on all three planes."""
        chroma = [self._chroma[self._part(n)]]
        cv2.fillPoly(picture.y, [self._luma[self._part(n)]], tone.y, cv2.LINE_AA, 4)
        cv2.fillPoly(picture.u, chroma, tone.u, cv2.LINE_AA, 4)
        cv2.fillPoly(picture.v, chroma, tone.v, cv2.LINE_AA, 4)

    def fill_luma(self, plane: Plane, n: int, level: int) -> None:
        """Fill shape `n` on one plane only."""
        cv2.fillPoly(plane, [self._luma[self._part(n)]], level, cv2.LINE_AA, 4)
