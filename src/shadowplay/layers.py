"""Layers: planar, premultiplied pictures that slide over a frame by quarters of a pixel."""

from __future__ import annotations

from collections.abc import Sequence
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


_EDGE = 2
"""How far those neighbours are away."""

_AHEAD = 96
"""How many more columns and rows are shifted than are asked for, because the layer moves on."""


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


class _Shifted:
    """A plane moved by a part of a pixel, worked out where it was asked for so far.

    Attributes:
        plane: of the plane's size; right only in the columns and rows that were asked for.
    """

    def __init__(self, source: Plane, x: int, y: int) -> None:
        """Take a plane with its border; it moves to the left and up by quarter pixels."""
        self.plane: Plane = np.empty(
            (source.shape[0] - 2 * _EDGE, source.shape[1] - 2 * _EDGE), np.uint8
        )
        self._source = source
        self._across = np.asarray([_CATMULL_ROM[x]], np.float32) if x else None
        self._down = np.asarray([_CATMULL_ROM[y]], np.float32).T if y else None
        self._left = self._right = self._rows = 0

    def reach(self, left: int, right: int, rows: int) -> None:
        """Work out the columns from `left` to `right` of the first rows, unless that is done."""
        if left >= self._left and right <= self._right and rows <= self._rows:
            return
        high, wide = self.plane.shape
        if not self._rows:
            self._left = self._right = left
        if rows > self._rows:
            rows = min(high, rows + _AHEAD)
            self._fill(self._left, self._right, self._rows, rows)
            self._rows = rows
        if left < self._left:
            left = max(0, left - _AHEAD)
            self._fill(left, self._left, 0, self._rows)
            self._left = left
        if right > self._right:
            right = min(wide, right + _AHEAD)
            self._fill(self._right, right, 0, self._rows)
            self._right = right

    def _fill(self, left: int, right: int, top: int, bottom: int) -> None:
        if left == right:
            return
        edge = 2 * _EDGE
        moved = self._source[top : bottom + edge, left : right + edge]
        if self._across is not None:
            moved = _filtered(moved, self._across, (1, 0))
        if self._down is not None:
            moved = _filtered(moved, self._down, (0, 1))
        self.plane[top:bottom, left:right] = moved[_EDGE:-_EDGE, _EDGE:-_EDGE]


def _filtered(plane: Plane, weights: NDArray[np.float32], anchor: tuple[int, int]) -> Plane:
    made = cv2.filter2D(plane, -1, weights, anchor=anchor, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(made, np.uint8)


class Sheet:
    """Planes of a layer of one size and their inverse alpha, and copies a part of a pixel off."""

    def __init__(self, paints: Sequence[Plane], inverse: Plane, solid: int, *, wraps: bool) -> None:
        self.solid = solid
        self.wraps = wraps
        self.height, self.width = inverse.shape
        side = cv2.BORDER_WRAP if wraps else cv2.BORDER_REPLICATE
        # Rows that hide everything need no inverse.
        planes = (*paints, inverse[: max(1, solid)])
        self._planes = [_bordered(plane, side) for plane in planes]
        self._phases: dict[tuple[int, int], list[_Shifted]] = {}

    def _phase(self, x: int, y: int, left: int, right: int, rows: int) -> list[Plane]:
        """The planes moved by a part of a pixel, right at least in these columns and rows."""
        if not x and not y:
            return [plane[_EDGE:-_EDGE, _EDGE:-_EDGE] for plane in self._planes]
        found = self._phases.get((x, y))
        if found is None:
            found = self._phases[x, y] = [_Shifted(plane, x, y) for plane in self._planes]
        for one in found:
            one.reach(left, right, min(rows, one.plane.shape[0]))
        return [one.plane for one in found]

    def draw(self, targets: Sequence[Plane], x: int, y: int, floor: int) -> None:
        """Lay the sheet on planes; row 0, column 0 go to (`x`, `y`) in quarter pixels.

        Rows of the targets from `floor` on are left alone.
        """
        column, row = -(-x >> 2), -(-y >> 2)
        high, wide = targets[0].shape
        first, last = max(0, row), min(floor, high, row + self.height)
        spans = self._spans(column, wide)
        if last <= first or not spans:
            return
        begin = min(source for _, _, source in spans)
        end = max(source + right - left for left, right, source in spans)
        *paints, inverse = self._phase(-x & 3, -y & 3, begin, end, last - row)
        solid = min(last, max(first, row + self.solid))
        top, middle, bottom = first - row, solid - row, last - row
        for left, right, source in spans:
            stop = source + right - left
            if solid > first:
                through = inverse[top:middle, source:stop]
                for target, paint in zip(targets, paints, strict=True):
                    over(target[first:solid, left:right], through, paint[top:middle, source:stop])
            if last > solid:
                for target, paint in zip(targets, paints, strict=True):
                    target[solid:last, left:right] = paint[middle:bottom, source:stop]

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
        self._luma = _sheet((luma,), alpha, solid, wraps=wraps)
        half = min(small.shape[0], -(-solid // 2) + 1)
        self._chroma = _sheet(chroma, small, half, wraps=wraps)

    @property
    def width(self) -> int:
        """Columns; the period of a layer that wraps around."""
        return int(self._luma.width)

    def draw(self, picture: Picture, x: float, y: float, floor: int = NOWHERE) -> None:
        """Lay the layer over a picture, moved by (`x`, `y`) pixels to the right and down."""
        x, y = x + self.left, y + self.top
        self._luma.draw(picture[:1], round(x * 4), round(y * 4), floor)
        self._chroma.draw(picture[1:], round(x * 2), round(y * 2), -(-floor // 2))


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


def _sheet(planes: Sequence[Plane], alpha: Plane, solid: int, *, wraps: bool) -> Sheet:
    """The sheet of straight planes."""
    paints = [np.asarray(cv2.multiply(plane, alpha, scale=1 / 255), np.uint8) for plane in planes]
    return Sheet(paints, np.asarray(cv2.bitwise_not(alpha), np.uint8), solid, wraps=wraps)


def _bordered(plane: Plane, side: int) -> Plane:
    """A plane with what lies beyond its edges."""
    tall = cv2.copyMakeBorder(plane, 0, 0, _EDGE, _EDGE, side)
    made = cv2.copyMakeBorder(tall, _EDGE, _EDGE, 0, 0, cv2.BORDER_REPLICATE)
    return np.asarray(made, np.uint8)


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
