"""Peeping: what a thing covers, and where the head of one who is behind it, or in it, is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from shadowplay.art.paths import Outline
from shadowplay.art.prop import Prop
from shadowplay.picture.layers import Plane
from shadowplay.sprites.marks import Figure

_DOTS, _STEP = 96, 0.03
"""Dots along the longer side of a thing, and from one try to the next, in its widths."""

_HEAD, _HIDDEN, _ABREAST = 0.2, 0.4, 0.8
"""How large a head is in heights, how much of it may be hidden, and how far apart two are."""

_COVERED, _SOME = 0.7, 13
"""How much of one may be hidden, and every which dot of it is asked for that."""

_ROUND = np.asarray([(x / 4, y / 4) for x in range(-7, 3) for y in range(-3, 7)])
"""Points of a head about its mouth that looks to the right, in halves of its size."""


class Cover(NamedTuple):
    """What a figure covers."""

    mask: Plane  # 1 where it does, its lowest row first, as it is drawn
    dots: float  # how many of its rows or columns are as long as a unit of the figure's
    left: float  # left, low: where the first column and row are, in its units
    low: float

    def over(self, points: Outline) -> float:
        """How many of some points, in the figure's units, are covered, as a share."""
        columns, rows = ((points - (self.left, self.low)) * self.dots).astype(np.int64).T
        high, wide = self.mask.shape
        inside = (columns >= 0) & (rows >= 0) & (columns < wide) & (rows < high)
        return float(self.mask[rows[inside], columns[inside]].sum()) / max(1, len(points))

    @property
    def points(self) -> Outline:
        """Some of what is covered, in the figure's units."""
        rows, columns = np.nonzero(self.mask)
        return (np.stack([columns, rows], 1) / self.dots + (self.left, self.low))[::_SOME]

    def top(self, x: float) -> float:
        """How high the figure is in a column, in its units."""
        at = int((x - self.left) * self.dots)
        column = self.mask[:, min(self.mask.shape[1] - 1, max(0, at))]
        return self.low + (int(np.flatnonzero(column)[-1]) / self.dots if column.any() else 0.0)


def cover_of(figure: Figure, group: str = "") -> Cover:
    """What a figure covers at the clock's zero, or one group of a prop does."""
    if isinstance(figure.actor, Prop):
        parts = [one.outlines for one in figure.actor.parts if group in ("", one.group)]
    else:
        shapes = figure.actor.pose(figure.role.action, 0.0, figure.variant)
        parts = [[one.points.astype(np.float64)] for one in shapes]
    points = np.concatenate([line for lines in parts for line in lines] or [np.zeros((1, 2))])
    (left, low), (wide, high) = points.min(axis=0).tolist(), np.ptp(points, axis=0).tolist()
    dots = _DOTS / max(wide, high, 0.01)
    mask = np.zeros((int(high * dots) + 1, int(wide * dots) + 1), np.uint8)
    for lines in parts:
        cv2.fillPoly(mask, [((line - (left, low)) * dots).astype(np.int32) for line in lines], 1)
    return Cover(mask, dots, left, low)


def clear(
    figure: Figure, target: Figure, aside: float, taken: Sequence[float], *, inside: bool = False
) -> float:
    """The way from the target's middle, nearest to `aside`, where a head behind it is seen.

    `taken` are columns of others, beside whom it stands. One inside has the target's front before
    it, and its head before the back.
    """
    cover, behind = cover_of(target, "front" if inside else ""), cover_of(target)
    wide, own = target.pixels_wide, figure.pixels_wide
    body = cover_of(figure).points * (figure.scale * figure.facing, figure.scale)
    face = np.asarray(figure.offset(*figure.hand(0.0, "mouth")[:2]))
    half = _HEAD * figure.pixels_high / 2
    head = _ROUND * (half * figure.facing, half) + face
    mark = figure.box.middle[0] * figure.scale * figure.facing

    def hidden(points: Outline, way: float) -> float:
        """How much is hidden of what is so many pixels from its origin."""
        seen = points + np.asarray([way - mark, figure.lift - target.lift])
        own = (target.scale * target.facing, target.scale)
        at = seen / own + (target.box.middle[0], 0.0)
        return cover.over(at) + (1 - behind.over(at) if inside else 0.0)

    reach, around = (0.5 * own, aside) if inside else (
        0.5 * wide + (0.35 + _ABREAST * len(taken)) * own, 0.0)  # fmt: skip
    ways = (aside, *(around + k * _STEP * wide for k in range(int(-reach / wide / _STEP), 40)))
    free = [
        way
        for way in ways
        if abs(way - around) <= reach
        and all(abs(target.middle + way - other) > _ABREAST * own for other in taken)
    ]

    def missing(way: float) -> tuple[float, float]:
        """How much too much of it is hidden there, and how far it has to go."""
        hides = hidden(head, way)
        seen = hides < _HIDDEN and (inside or hidden(body, way) < _COVERED)
        return 0.0 if seen else 1 + round(hides, 1), abs(way - aside)

    return min(free, key=missing, default=aside)
