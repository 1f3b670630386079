"""Layers: planar, premultiplied pictures that slide over a frame by quarters of a pixel."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay.colour import Yuv
from shadowplay.picture.tiles import SOLID, cut

Plane = NDArray[np.uint8]
N = TypeVar("N", np.uint8, np.float32)

NOWHERE = 1 << 20  # a row below every frame

_CATMULL_ROM = np.asarray([
    [0.0, 1.0, 0.0, 0.0],
    [-0.0703125, 0.8671875, 0.2265625, -0.0234375],
    [-0.0625, 0.5625, 0.5625, -0.0625],
    [-0.0234375, 0.2265625, 0.8671875, -0.0703125],
], np.float32)  # fmt: skip
"""Weights of four neighbours for a shift by 0, 1/4, 1/2 and 3/4 pixel."""


_EDGE = 2  # how far those neighbours are away
_SHARP = 16  # where neighbours differ by fewer levels, a step of a whole pixel is not seen


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
        u, v = (np.full((height // 2, width // 2), 128, np.uint8) for _ in range(2))
        return cls(np.full((height, width), 16, np.uint8), u, v)

    def above(self, row: float) -> Picture:
        """What of it is above a row, to the next even one."""
        line = max(2, min(self.height, int(row + 1) // 2 * 2))
        return Picture(self.y[:line], self.u[: line // 2], self.v[: line // 2])

    def part(self, left: int, top: int, right: int, bottom: int) -> Picture:
        """Its pixels between two columns and two rows, which are even."""
        half = slice(top // 2, bottom // 2), slice(left // 2, right // 2)
        return Picture(self.y[top:bottom, left:right], self.u[half], self.v[half])

    def times(self, share: Plane, small: Plane) -> Picture:
        """As much of it as is said, of 255, for luma and for chroma."""
        return Picture(times(self.y, share), times(self.u, small), times(self.v, small))

    def mix(self, other: Picture, share: float) -> None:
        """Mix so much of another picture into it, 0 to 1, in place."""
        for own, more in zip(self, other, strict=True):
            cv2.addWeighted(own, 1 - share, more, share, 0, own)

    def lay(self, paint: Picture, mask: NDArray[Any]) -> None:
        """Mix another picture into it, in place, by a mask of any size: 0 to 1, or bytes."""
        levels = mask.astype(np.float32) * 255 if mask.dtype != np.uint8 else mask
        share: Plane = np.asarray(cv2.convertScaleAbs(levels), np.uint8)
        for own, more in zip(self, paint, strict=True):
            blend(own, more, np.asarray(cv2.resize(share, own.shape[::-1]), np.uint8))

    def take(self, other: Picture, rows: int = NOWHERE, top: int = 0) -> None:
        """Copy another picture, or its first rows, or those from `top`, which is even, on."""
        half = slice(top // 2, -(-rows // 2))
        np.copyto(self.y[top:rows], other.y[top:rows])
        np.copyto(self.u[half], other.u[half])
        np.copyto(self.v[half], other.v[half])


def over(target: Plane, inverse: Plane, paint: Plane) -> None:
    """Lay premultiplied paint over a target, in place."""
    if target.size:
        cv2.multiply(target, inverse, target, 1 / 255)
        cv2.add(target, paint, target)


def blend(target: Plane, paint: Plane, share: Plane) -> None:
    """Mix paint into a target by a share of 0 to 255 for each pixel, in place."""
    over(target, ~share, times(paint, share))


def paint_of(drawn: Picture, inverse: Plane, small: Plane) -> Picture:
    """What was drawn on a blank picture, premultiplied; that is seen as much as is said."""
    planes = []
    for plane, seen, level in zip(drawn, (inverse, small, small), (16, 128, 128), strict=True):
        ground = cv2.convertScaleAbs(seen, alpha=level / 255)
        planes.append(np.asarray(cv2.subtract(plane, ground), np.uint8))
    return Picture(*planes)


def lighten(target: Plane, shine: Plane, level: int) -> None:
    """Mix a level into a plane by a mask."""
    cv2.multiply(target, cv2.bitwise_not(shine), target, 1 / 255)
    cv2.add(target, cv2.convertScaleAbs(shine, alpha=level / 255), target)


def tint(picture: Picture, mask: Plane, left: int, top: int, tone: Yuv) -> None:
    """Mix a colour into a picture by a mask whose first pixel is at an even place."""
    high, wide = mask.shape[0] // 2 * 2, mask.shape[1] // 2 * 2
    here, mask = picture.part(left, top, left + wide, top + high), mask[:high, :wide]
    small = halved(mask)
    lighten(here.y, mask, tone.y)
    lighten(here.u, small, tone.u)
    lighten(here.v, small, tone.v)


def halved(plane: NDArray[N]) -> NDArray[N]:
    """A plane at half its size: as large as chroma beside luma."""
    half = (plane.shape[1] // 2, plane.shape[0] // 2)
    return np.asarray(cv2.resize(plane, half, interpolation=cv2.INTER_AREA), plane.dtype)


def times(plane: Plane, share: Plane) -> Plane:
    """A plane, as much of it as is said, of 255."""
    return np.asarray(cv2.multiply(plane, share, scale=1 / 255), np.uint8)


def _shifted(source: Plane, x: int, y: int) -> Plane:
    """A plane without its border, moved to the left and up by quarter pixels."""
    moved, across, down = source, _CATMULL_ROM[x : x + 1], _CATMULL_ROM[y : y + 1].T
    for shift, weights, anchor in ((x, across, (1, 0)), (y, down, (0, 1))):
        if shift:
            made = cv2.filter2D(moved, -1, weights, None, anchor, 0, cv2.BORDER_REPLICATE)
            moved = np.asarray(made, np.uint8)
    return moved[_EDGE:-_EDGE, _EDGE:-_EDGE]


class _Tile(NamedTuple):
    """A rectangle of a layer that is copied, or blended by its inverse alpha."""

    place: tuple[int, int, int, int]  # first column and row, and those behind the last
    luma: list[Plane]  # its paint and, if it is blended, inverse alpha, both with a border
    chroma: list[list[Plane]]  # of U and of V the same, without
    phases: dict[tuple[int, int], list[Plane]]  # the luma moved by quarter pixels, so far as used

    def moved(self, phase: tuple[int, int]) -> list[Plane]:
        """The luma without its border, moved to the left and up by quarter pixels."""
        if phase not in self.phases:
            self.phases[phase] = [_shifted(plane, *phase) for plane in self.luma]
        return self.phases[phase]


def _lay(
    target: Plane, parts: Sequence[Plane], column: int, row: int, rows: tuple[int, int]
) -> None:
    """Copy paint to some rows of a target, or blend it if its inverse alpha is there, too."""
    high, wide = parts[0].shape
    # Slices of an array from below 0, or of nothing, would be others.
    a, c = (-column if column < 0 else 0), (rows[0] - row if row < rows[0] else 0)
    b, d = min(wide, target.shape[1] - column), min(high, rows[1] - row)
    if a >= b or c >= d:
        return
    here = target[c + row : d + row, a + column : b + column]
    if (a, c, b, d) != (0, 0, wide, high):
        parts = [plane[c:d, a:b] for plane in parts]
    if len(parts) > 1:
        over(here, parts[1], parts[0])
    else:
        np.copyto(here, parts[0])


class Layer:
    """A picture with transparency that was drawn once and is laid over many frames.

    It is cut into tiles: what is empty is left out, and what is opaque is copied.

    Attributes:
        left: where its first column belongs when nothing has moved, in pixels.
        top: where its first row belongs, in pixels; even, as is `left`.
        solid: the row of the frame from which the layer hides everything behind it.
        soft: it has no sharp edges, so it moves by whole pixels.
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
        blur: int = 0,
    ) -> None:
        """Take straight (not premultiplied) planes; `alpha` is at luma's resolution.

        Edges become `blur` pixels wide, out of focus.
        """
        self.left: float = left
        self.top: float = top
        paint, small = times(luma, alpha), halved(alpha)
        u, v = (times(plane, small) for plane in chroma)
        if blur:
            room, less = 2 * blur + 2, (blur + 1) // 2
            self.top -= room
            paint, alpha = (_blurred(one, blur, room, wraps=wraps) for one in (paint, alpha))
            u, v, small = (_blurred(one, less, room // 2, wraps=wraps) for one in (u, v, small))
        height, self.width = paint.shape
        self._period = self.width if wraps else 0
        holes = np.flatnonzero(alpha.min(axis=1) < 255)
        solid = int(holes[-1]) + 3 if holes.size else 0
        self.solid = self.top + solid if wraps and solid < height else NOWHERE
        self.soft = all(
            cv2.norm(plane[1:], plane[:-1], cv2.NORM_INF) < _SHARP
            and cv2.norm(plane[:, 1:], plane[:, :-1], cv2.NORM_INF) < _SHARP
            for plane in (paint, alpha)
        )
        self._grain = 4 if self.soft else 1
        side = cv2.BORDER_WRAP if wraps else cv2.BORDER_REPLICATE
        sheets = [_bordered(paint, side), _bordered(~alpha, side)]
        through = ~small
        self._tiles = []
        for kind, first, upper, end, lower in cut(sheets[1], _EDGE):
            bordered = slice(upper, lower + 2 * _EDGE), slice(first, end + 2 * _EDGE)
            luma_parts = [sheet[bordered] for sheet in sheets[: 1 if kind == SOLID else 2]]
            here = slice(upper // 2, lower // 2), slice(first // 2, end // 2)
            blended = [] if kind == SOLID else [through[here]]
            chroma_parts = [[u[here], *blended], [v[here], *blended]]
            self._tiles.append(_Tile((first, upper, end, lower), luma_parts, chroma_parts, {}))

    @classmethod
    def of_paint(cls, paint: Picture, inverse: Plane, small: Plane, left: int, top: int) -> Layer:
        """A layer that is blended as a whole, of premultiplied planes whose edge is empty.

        It moves by half pixels, because a film has many such, and each keeps its shifted copies.

        Args:
            paint: of the layer.
            inverse: of the alpha, as large as luma.
            small: the same, as large as chroma.
            left: where the first column belongs; even, as is `top`.
            top: where the first row belongs.
        """
        made = cls.__new__(cls)
        made.left, made.top, made.soft = left + _EDGE, top + _EDGE, False
        made._grain = 2
        made.solid, made._period = NOWHERE, 0
        height, made.width = inverse.shape[0] - 2 * _EDGE, inverse.shape[1] - 2 * _EDGE
        u, v, through = (plane[1:-1, 1:-1] for plane in (paint.u, paint.v, small))
        place = (0, 0, made.width, height)
        made._tiles = [_Tile(place, [paint.y, inverse], [[u, through], [v, through]], {})]
        return made

    def at(self, x: float, y: float, period: int = 0) -> Layer:
        """The same layer elsewhere, and again after so many pixels, if it is not 0."""
        made = copy(self)
        vars(made).pop("rows", None)
        made.left, made.top, made._period = self.left + x, self.top + y, period
        return made

    @cached_property
    def rows(self) -> tuple[float, float]:
        """The first row with something on it, and the one behind the last, when unmoved."""
        places = [tile.place for tile in self._tiles] or [(0, 0, 0, 0)]
        return self.top + min(p[1] for p in places), self.top + max(p[3] for p in places)

    def coarsen(self, grain: int) -> None:
        """From now on move by so many quarters of a pixel at least: fewer copies are shifted."""
        self._grain = max(grain, self._grain)

    def place(self, x: float, y: float) -> tuple[int, int]:
        """Where the layer is when it has moved by (`x`, `y`) pixels, in quarter pixels."""
        x, y = x + self.left, y + self.top
        grain = self._grain
        return round(x * 4 / grain) * grain, round(y * 4 / grain) * grain

    def draw(
        self, picture: Picture, x: float, y: float, floor: int = NOWHERE, first: int = 0
    ) -> None:
        """Lay the layer over a picture, moved by (`x`, `y`) pixels to the right and down.

        Only rows from `first` on, which is even, and above `floor` are drawn.
        """
        across, down = self.place(x, y)
        phase = (-across & 3, -down & 3)
        column, row = -(-across >> 2), -(-down >> 2)
        # Nobody sees half a pixel of chroma.
        half_column, half_row = (across + 4) >> 3, (down + 4) >> 3
        rows = first, min(floor, picture.height)
        half_rows = first // 2, min(-(-floor // 2), picture.u.shape[0])
        for tile in self._tiles:
            left, top, right, bottom = tile.place
            if top + row < rows[1] and bottom + row > rows[0]:
                for at in self._turns(left + column, right - left, self._period, picture.width):
                    _lay(picture.y, tile.moved(phase), at, top + row, rows)
            left, wide, period = left // 2, right // 2 - left // 2, self._period // 2
            for at in self._turns(left + half_column, wide, period, picture.u.shape[1]):
                for target, parts in zip(picture[1:], tile.chroma, strict=True):
                    _lay(target, parts, at, top // 2 + half_row, half_rows)

    def _turns(self, column: int, wide: int, period: int, shown: int) -> Sequence[int]:
        """Where a tile begins, as often as it is seen."""
        if not period:
            return (column,)
        return range((column + wide) % period - wide, shown, period)


def _blurred(plane: Plane, radius: int, room: int, *, wraps: bool) -> Plane:
    """A premultiplied plane out of focus, with so much empty room above as its edges need."""
    side = cv2.BORDER_WRAP if wraps else cv2.BORDER_CONSTANT
    more = cv2.copyMakeBorder(plane, room, 0, 0, 0, cv2.BORDER_CONSTANT)
    more, edge = cv2.copyMakeBorder(more, 0, 0, room, room, side), 2 * radius + 1
    for _ in range(2):
        more = cv2.blur(more, (edge, edge), None, (-1, -1), cv2.BORDER_REPLICATE)
    return np.asarray(more[:, room:-room], np.uint8)


def _bordered(plane: Plane, side: int) -> Plane:
    """A plane with what lies beyond its edges."""
    tall = cv2.copyMakeBorder(plane, 0, 0, _EDGE, _EDGE, side)
    made = cv2.copyMakeBorder(tall, _EDGE, _EDGE, 0, 0, cv2.BORDER_REPLICATE)
    return np.asarray(made, np.uint8)


def fill(picture: Picture, points: NDArray[np.floating], *tones: tuple[int, int, int]) -> None:
    """Fill an outline, given in pixels, or several as long, each with a colour of Y, U and V."""
    points = points.reshape(-1, *points.shape[-2:])
    luma, chroma = (np.rint(part).astype(np.int32) for part in (points * 16, points * 8 - 4))
    for large, small, (y, u, v) in zip(luma, chroma, tones, strict=False):
        cv2.fillPoly(picture.y, [large], y, cv2.LINE_AA, 4)
        cv2.fillPoly(picture.u, [small], u, cv2.LINE_AA, 4)
        cv2.fillPoly(picture.v, [small], v, cv2.LINE_AA, 4)
