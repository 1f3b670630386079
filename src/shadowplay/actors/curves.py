"""Outlines: from a handful of control points to smooth closed polygons, tubes and bent skins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.actors.base import Points

Vec = tuple[float, float]
Matrix = NDArray[np.float32]

MOST_POINTS = 60
"""No outline has more points; a frame draws dozens of them."""


def controls(text: str, scale: float = 0.01) -> tuple[list[Vec], list[bool]]:
    """Control points written as `x,y` in hundredths, and which of them are corners (`x,y!`)."""
    points: list[Vec] = []
    corners: list[bool] = []
    for word in text.split():
        x, y = word.rstrip("!").split(",")
        points.append((float(x) * scale, float(y) * scale))
        corners.append(word.endswith("!"))
    return points, corners


def outline(text: str, *, scale: float = 0.01, most: int = MOST_POINTS) -> Points:
    """The closed smooth curve through control points; see `controls` for their notation."""
    return thinned(smooth(*controls(text, scale)), most)


def polygon(text: str, *, scale: float = 0.01) -> Points:
    """The closed polygon with just these vertices."""
    return np.array(controls(text, scale)[0], np.float32)


def smooth(points: Sequence[Vec], corners: Sequence[bool], per: int = 8) -> Points:
    """A closed centripetal Catmull-Rom spline, broken at its corners.

    Source: Yuksel, Schaefer, Keyser: Parameterization and applications of Catmull-Rom curves, 2011.
    """
    p = np.array(points, np.float64)
    before, after = np.roll(p, 1, 0), np.roll(p, -1, 0)
    knot_in = np.sqrt(exact.lengths(p - before))[:, None] + 1e-6
    knot_out = np.sqrt(exact.lengths(after - p))[:, None] + 1e-6
    arriving, leaving = (p - before) / knot_in, (after - p) / knot_out
    tangent = arriving - (after - before) / (knot_in + knot_out) + leaving
    sharp = np.array(corners)[:, None]
    start = np.where(sharp, leaving, tangent) * knot_out
    end = np.roll(np.where(sharp, arriving, tangent) * knot_in, -1, 0)
    u = np.linspace(0, 1, per, endpoint=False)[:, None, None]
    curve = (
        (2 * (u * u * u) - 3 * u**2 + 1) * p
        + ((u * u * u) - 2 * u**2 + u) * start
        + (3 * u**2 - 2 * (u * u * u)) * after
        + ((u * u * u) - u**2) * end
    )
    ordered: Points = curve.transpose(1, 0, 2).reshape(-1, 2).astype(np.float32)
    return ordered


def thinned(points: Points, most: int = MOST_POINTS) -> Points:
    """The same outline with only the points that tell, `most` at the most (Douglas-Peucker)."""
    tolerance = 0.0006
    while True:
        thin = np.asarray(cv2.approxPolyDP(points, tolerance, True), np.float32).reshape(-1, 2)
        if len(thin) <= most:
            return thin
        tolerance *= 1.25


def disc(x: float, y: float, rx: float, ry: float | None = None, n: int = 24) -> Points:
    """An ellipse of `n` points."""
    a = np.linspace(0, math.tau, n, endpoint=False)
    return np.stack([x + rx * exact.cos(a), y + (ry or rx) * exact.sin(a)], 1).astype(np.float32)


def turned(points: Points, angle: float, x: float = 0.0, y: float = 0.0) -> Points:
    """Turned by `angle` (radians, anticlockwise) about the origin, then moved to (x, y)."""
    c, s = math.cos(angle), math.sin(angle)
    out = exact.product(points, np.array([[c, s], [-s, c]], np.float32))
    out += np.array((x, y), np.float32)
    return out


def moved(points: Points, x: float, y: float) -> Points:
    """Moved by (x, y)."""
    return points + np.array((x, y), np.float32)


class Tube:
    """A tapered outline along a chain of joints: bones stay straight, joints are rounded.

    The positions along the chain are linear in its joints, so they are worked out once; posing is
    two small matrix products.

    Args:
        joints: how many joints the chain has.
        stations: (where, front, back) each: `where` counts joints (1.5 is halfway between the
            second and the third), `front` and `back` are the half-widths to the left and to the
            right of the way down the chain, in actor units.
        rounding: how much of each bone next to a joint is bent.
    """

    def __init__(
        self, joints: int, stations: Iterable[tuple[float, float, float]], rounding: float = 0.28
    ) -> None:
        table = np.array(list(stations), np.float64)
        rows = [_chain_weights(joints, u, rounding) for u in table[:, 0]]
        self._along = np.array([row[0] for row in rows] + [row[1] for row in rows], np.float32)
        self._front = table[:, 1:2].astype(np.float32)
        self._back = table[:, 2:3].astype(np.float32)
        self._n = len(table)

    def sides(self, joints: Sequence[Vec]) -> tuple[Points, Points]:
        """Both sides from the chain's root to its end."""
        line = exact.product(self._along, np.array(joints, np.float32))
        spine, way = line[: self._n], line[self._n :]
        length = np.sqrt((way * way).sum(1, keepdims=True)) + np.float32(1e-6)
        normal = np.empty_like(way)
        normal[:, 0] = -way[:, 1]
        normal[:, 1] = way[:, 0]
        normal /= length
        return spine + normal * self._front, spine - normal * self._back

    def outline(self, joints: Sequence[Vec], end: Points | None = None) -> Points:
        """The closed outline; `end` (a foot, a hand) is joined in at the chain's end."""
        front, back = self.sides(joints)
        parts = (front, back[::-1]) if end is None else (front, end, back[::-1])
        return np.concatenate(parts)


def _chain_weights(joints: int, u: float, rounding: float) -> tuple[Matrix, Matrix]:
    """The weight of each joint in the position and in the tangent at `u` along a chain."""
    place, way = np.zeros(joints, np.float32), np.zeros(joints, np.float32)
    nearest = round(u)
    if 0 < nearest < joints - 1 and abs(u - nearest) < rounding:
        v = (u - nearest + rounding) / (2 * rounding)
        a, b, c = (1 - v) ** 2, 2 * v * (1 - v), v * v
        place[nearest - 1] = a * rounding
        place[nearest + 1] = c * rounding
        place[nearest] = b + (a + c) * (1 - rounding)
        way[nearest - 1], way[nearest], way[nearest + 1] = v - 1, 1 - 2 * v, v
        return place, way
    first = min(max(math.floor(u), 0), joints - 2)
    place[first], place[first + 1] = first + 1 - u, u - first
    way[first], way[first + 1] = -1, 1
    return place, way


def stations(text: str, scale: float = 0.01) -> list[tuple[float, float, float]]:
    """Stations of a `Tube` written as `where:front/back` (or `where:both`), in hundredths."""
    table = []
    for word in text.split():
        where, widths = word.split(":")
        front, _, back = widths.partition("/")
        table.append((float(where), float(front) * scale, float(back or front) * scale))
    return table


def frame(angle: float, x: float, y: float, pivot: Vec = (0.0, 0.0)) -> Matrix:
    """The (2, 3) transform that turns about `pivot`, then moves by (x, y)."""
    c, s = math.cos(angle), math.sin(angle)
    px, py = pivot
    return np.array(
        [[c, -s, x + px - c * px + s * py], [s, c, y + py - s * px - c * py]], np.float32
    )


def carried(at: Vec, by: Matrix) -> Vec:
    """A point carried by a (2, 3) transform."""
    x, y = at
    (a, b, c), (d, e, f) = by.tolist()
    return a * x + b * y + c, d * x + e * y + f


def carried_all(points: Points, by: Matrix) -> Points:
    """An outline carried by a (2, 3) transform."""
    return exact.product(points, by[:, :2].T) + by[:, 2]
