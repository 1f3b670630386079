"""Layers: planar, premultiplied pictures that slide over a frame by quarters of a pixel."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

NOWHERE = 1 << 20
"""A row below every frame."""

_CATMULL_ROM = (
    (0.0, 1.0, 0.0, 0.0),
    (-0.0703125, 0.8671875, 0.2265625, -0.0234375),
    (-0.0625, 0.5625, 0.5625, -0.0625),
    (-0.0234375, 0.2265625, 0.8671875, -0.0703125),
)
"""Weights of four neighbours for a shift by 0, 1/4, 1/2 and 3/4 pixel."""


class Picture(NamedTuple):
    """The planes of one frame, luma at full and chroma at half resolution."""

    y: Plane
    u: Plane
    v: Plane

    @property
    def width(self) -> int:
        """Columns of luma."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Rows of luma."""
        return int(self.y.shape[0])

    @classmethod
    def blank(cls, width: int, height: int) -> Picture:
        """A black picture."""
        half = (height // 2, width // 2)
        return cls(
            np.full((height, width), 16, np.uint8),
            np.full(half, 128, np.uint8),
            np.full(half, 128, np.uint8),
        )


def over(target: Plane, inverse: Plane, paint: Plane) -> None:
    """Lay premultiplied paint over a target, in place."""
    if target.size:
        cv2.multiply(target, inverse, target, 1 / 255)
        cv2.add(target, paint, target)


def lighten(target: Plane, shine: Plane, level: int) -> None:
    """Mix a level into a plane by a mask."""
    cv2.multiply(target, cv2.bitwise_not(shine), target, 1 / 255)
    cv2.add(target, cv2.convertScaleAbs(shine, alpha=level / 255), target)


class Sheet:
    """One plane of a layer with its inverse alpha, and its copies shifted by quarter pixels."""

    def __init__(self, paint: Plane, inverse: Plane, solid: int, *, wraps: bool) -> None:
        self.solid = solid
        self.wraps = wraps
        self.height, self.width = paint.shape
        self._phases = {(0, 0): (paint, inverse)}

    def _phase(self, x: int, y: int) -> tuple[Plane, Plane]:
        found = self._phases.get((x, y))
        if found is None:
            paint, inverse = self._phases[0, 0]
            found = self._shifted(paint, x, y), self._shifted(inverse, x, y)
            self._phases[x, y] = found
        return found

    def _shifted(self, plane: Plane, x: int, y: int) -> Plane:
        side = cv2.BORDER_WRAP if self.wraps else cv2.BORDER_REPLICATE
        wide = cv2.copyMakeBorder(plane, 0, 0, 2, 2, side)
        across = np.asarray([_CATMULL_ROM[x]], np.float32)
        down = np.asarray([_CATMULL_ROM[y]], np.float32).T
        if x:
            wide = cv2.filter2D(wide, -1, across, anchor=(1, 0), borderType=cv2.BORDER_REPLICATE)
        if y:
            wide = cv2.filter2D(wide, -1, down, anchor=(0, 1), borderType=cv2.BORDER_REPLICATE)
        return np.ascontiguousarray(wide[:, 2:-2], np.uint8)

    def draw(self, target: Plane, x: int, y: int, floor: int) -> None:
        """Lay the sheet on a plane; row 0, column 0 go to (`x`, `y`) in quarter pixels.

        Rows of the target from `floor` on are left alone.
        """
        paint, inverse = self._phase(-x & 3, -y & 3)
        column, row = -(-x >> 2), -(-y >> 2)
        first, last = max(0, row), min(floor, target.shape[0], row + self.height)
        if last <= first:
            return
        solid = min(last, max(first, row + self.solid))
        for left, right, source in self._spans(column, target.shape[1]):
            here = slice(source, source + right - left)
            over(
                target[first:solid, left:right],
                inverse[first - row : solid - row, here],
                paint[first - row : solid - row, here],
            )
            target[solid:last, left:right] = paint[solid - row : last - row, here]

    def _spans(self, column: int, width: int) -> list[tuple[int, int, int]]:
        """Parts of the target's columns and where in the sheet each begins."""
        if not self.wraps:
            left, right = max(0, column), min(width, column + self.width)
            return [(left, right, left - column)] if right > left else []
        spans = []
        left = 0
        while left < width:
            source = (left - column) % self.width
            right = min(width, left + self.width - source)
            spans.append((left, right, source))
            left = right
        return spans


class Layer:
    """A picture with transparency that was drawn once and is laid over many frames.

    Attributes:
        left: where its first column belongs when nothing has moved, in pixels.
        top: where its first row belongs, in pixels; even, as is `left`.
        solid: the row of the frame from which the layer hides everything behind it.
    """

    def __init__(
        self,
        luma: Plane,
        alpha: Plane,
        chroma: tuple[Plane, Plane],
        *,
        left: int = 0,
        top: int = 0,
        wraps: bool = False,
    ) -> None:
        """Take straight (not premultiplied) planes; `alpha` is at luma's resolution."""
        self.left, self.top = left, top
        height, width = luma.shape
        small = np.asarray(
            cv2.resize(alpha, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8
        )
        solid = _solid_from(alpha)
        self.solid = top + solid if wraps and solid < height else NOWHERE
        self._luma = _sheet(luma, alpha, solid, wraps=wraps)
        half = min(small.shape[0], -(-solid // 2) + 1)
        self._chroma = tuple(_sheet(part, small, half, wraps=wraps) for part in chroma)

    @property
    def width(self) -> int:
        """Columns; the period of a layer that wraps around."""
        return int(self._luma.width)

    def draw(self, picture: Picture, x: float, y: float, floor: int = NOWHERE) -> None:
        """Lay the layer over a picture, moved by (`x`, `y`) pixels to the right and down."""
        x, y = x + self.left, y + self.top
        self._luma.draw(picture.y, round(x * 4), round(y * 4), floor)
        half = -(-floor // 2)
        for sheet, plane in zip(self._chroma, (picture.u, picture.v), strict=True):
            sheet.draw(plane, round(x * 2), round(y * 2), half)


class Scattered:
    """A layer of one period most of which is empty: only its pieces are kept and drawn.

    It looks and is used like a `Layer` that wraps around.
    """

    def __init__(self, period: int, pieces: list[Layer]) -> None:
        self.width = period
        self.solid = NOWHERE
        self.top = min((piece.top for piece in pieces), default=0)
        self._pieces = pieces

    def draw(self, picture: Picture, x: float, y: float, floor: int = NOWHERE) -> None:
        """Lay the pieces in sight over a picture, moved by (`x`, `y`) pixels."""
        for piece in self._pieces:
            at = (piece.left + x + piece.width) % self.width - piece.width
            while at < picture.width:
                piece.draw(picture, at - piece.left, y, floor)
                at += self.width


def runs(used: NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """Where runs of True begin and end; runs less than `gap` apart count as one."""
    places = np.flatnonzero(used)
    if not places.size:
        return []
    breaks = np.flatnonzero(np.diff(places) > gap)
    starts = places[np.concatenate([[0], breaks + 1])]
    ends = places[np.concatenate([breaks, [len(places) - 1]])] + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _sheet(plane: Plane, alpha: Plane, solid: int, *, wraps: bool) -> Sheet:
    paint = np.asarray(cv2.multiply(plane, alpha, scale=1 / 255), np.uint8)
    return Sheet(paint, np.asarray(cv2.bitwise_not(alpha), np.uint8), solid, wraps=wraps)


def _solid_from(alpha: Plane) -> int:
    """The first row from which on all is opaque."""
    lowest = alpha.min(axis=1)
    holes = np.flatnonzero(lowest < 255)
    return min(alpha.shape[0], int(holes[-1]) + 3) if holes.size else 0


def fill(picture: Picture, points: NDArray[np.floating], y: int, u: int, v: int) -> None:
    """Fill an outline, given in pixels, with one colour on all three planes."""
    luma = np.rint(points * 16).astype(np.int32)
    cv2.fillPoly(picture.y, [luma], y, cv2.LINE_AA, 4)
    chroma = np.rint(points * 8 - 4).astype(np.int32)
    cv2.fillPoly(picture.u, [chroma], u, cv2.LINE_AA, 4)
    cv2.fillPoly(picture.v, [chroma], v, cv2.LINE_AA, 4)
