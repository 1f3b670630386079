"""Paths: the curves that an SVG's path data describes, and the outlines of strokes."""

from __future__ import annotations

import cmath
import math
import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import svgelements
from numpy.typing import ArrayLike, NDArray
from svgelements import Arc, Close, Move, Path

Outline = NDArray[np.float64]
"""A closed outline of shape (1 + 3n, 2), y down: a start, then two controls and an end n times."""

Curves = tuple[Outline, bool]  # a line of curves, and whether it is closed
Point = tuple[float, float]
Piece = tuple[str, list[Point]]  # a command of a plain path, and its points
_ROUND = 0.5522847498307936  # how far the controls of a quarter circle are from its ends, in radii
_STEPS = 10  # straight pieces that a curve has when its stroke becomes an outline
_POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3, "Z": 0}  # how many points plain commands take
_COMMAND = re.compile(r"([MLQCZ])([^MLQCZ]*)")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_PLAIN = frozenset("MLQCZ ,\t\r\n")


def ring(x: float, y: float, rx: float, ry: float) -> Outline:
    """The outline of an ellipse."""
    k = _ROUND
    unit = [(1, 0), (1, k), (k, 1), (0, 1), (-k, 1), (-1, k), (-1, 0), (-1, -k), (-k, -1), (0, -1)]
    return np.asarray([(x + rx * u, y + ry * v) for u, v in (*unit, (k, -1), (1, -k), (1, 0))])


def up(point: Point, unit: float) -> Point:
    """A point of a drawing, y up, in lengths of which a unit of the drawing has so many."""
    return point[0] * unit, -point[1] * unit


def turned(
    points: ArrayLike, size: complex, about: ArrayLike = (0.0, 0.0), to: ArrayLike | None = None
) -> Outline:
    """Points turned and made larger by a complex number, about a point, which goes to `to`."""
    ways = np.asarray(points, np.float64) - np.asarray(about)
    made: Outline = ways * size.real + ways[..., ::-1] * (-size.imag, size.imag)
    made += np.asarray(about if to is None else to)
    return made


def closed_line(line: Outline) -> Outline:
    """The line with a straight way back to its start, if it ends elsewhere."""
    if (line[0] == line[-1]).all():
        return line
    return np.concatenate([line, _straight(line[-1], line[0])])


def _straight(one: NDArray[np.float64], other: NDArray[np.float64]) -> Outline:
    return np.asarray([one + (other - one) / 3, other - (other - one) / 3, other])


def straight_line(corners: NDArray[np.float64]) -> Outline:
    """Straight pieces between points, as curves."""
    return np.concatenate([corners[:1], *(_straight(a, b) for a, b in pairwise(corners))])


def polygon(corners: NDArray[np.float64]) -> Outline:
    """A closed outline of straight pieces."""
    return closed_line(straight_line(corners))


def split(line: Outline, flaw: float) -> Outline:
    """The same curves, those that bend much in halves until two straight pieces show each.

    `flaw` is how far the pieces may be from the curve.
    """
    pieces = [line[:1]]
    for k in range(0, len(line) - 1, 3):
        pieces += _halved(line[k : k + 4], flaw, 4)
    return np.concatenate(pieces)


def _halved(curve: NDArray[np.float64], flaw: float, depth: int) -> list[NDArray[np.float64]]:
    """A curve without its start, in as many parts as it needs."""
    a, b, c, d = curve
    off = np.abs(np.stack([b - (2 * a + d) / 3, c - (a + 2 * d) / 3])).max()
    if depth == 0 or off * 0.19 <= flaw:  # 3/4 of the controls' distance, a quarter with two pieces
        return [curve[1:]]
    ab, bc, cd = (a + b) / 2, (b + c) / 2, (c + d) / 2
    abc, bcd = (ab + bc) / 2, (bc + cd) / 2
    middle = (abc + bcd) / 2
    first = _halved(np.stack([a, ab, abc, middle]), flaw, depth - 1)
    return first + _halved(np.stack([middle, bcd, cd, d]), flaw, depth - 1)


def box(outlines: list[Outline]) -> tuple[Outline, Outline]:
    """The least and the greatest x and y of outlines."""
    points = np.concatenate(outlines)
    return points.min(axis=0), points.max(axis=0)


def area(line: Outline) -> float:
    """The area inside the polygon of an outline's points; its sign tells the turn."""
    x, y = line[:, 0], line[:, 1]
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def oriented(outlines: list[Outline]) -> list[Outline]:
    """The same outlines, the largest of them turning in the positive way."""
    largest = max(outlines, key=lambda line: abs(area(line)))
    if area(largest) >= 0:
        return outlines
    return [line[::-1].copy() for line in outlines]


def stroked(line: Outline, reach: float, *, closed: bool) -> list[Outline]:
    """The outline of a stroke: a box for each straight piece, a disc for each end."""
    if closed:
        line = closed_line(line)
    points = [line[0]]
    for k in range(0, len(line) - 1, 3):
        a, b, c, d = line[k : k + 4]
        steps = 1 if np.allclose((b, c), _straight(a, d)[:2], atol=1e-6) else _STEPS
        for n in range(1, steps + 1):
            t, s = n / steps, 1 - n / steps
            points.append(
                a * (s * s * s) + b * (3 * s * s * t) + c * (3 * s * t * t) + d * (t * t * t)
            )
    pieces = [ring(float(x), float(y), reach, reach) for x, y in points]
    for one, other in pairwise(points):
        across, down = (other - one).tolist()
        length = math.sqrt(across * across + down * down)
        if length >= 1e-9:
            side = np.asarray([-down, across]) * (reach / length)
            corners = [one + side, one - side, other - side, other + side]
            pieces += oriented([polygon(np.asarray(corners))])
    return pieces


def curves_of(path: str | Path) -> list[Curves]:
    """The curves of path data that have a length, and whether each is closed.

    Raises:
        ValueError: svgelements can't read it.
    """
    plain = _plain(path) if isinstance(path, str) else None
    lines: list[tuple[list[Point], bool]] = []
    for name, points in _pieces(Path(path)) if plain is None else plain:
        if name == "M":
            lines.append((points[:1], False))
            points = points[1:]
        line, closed = lines[-1]
        if name == "Z":
            lines[-1] = (line + (cubic(line[-1], line[0]) if line[-1] != line[0] else []), True)
            continue
        if closed and points:  # a path goes on after it was closed
            line = line[:1]
            lines.append((line, False))
        size = _POINTS[name]
        for k in range(0, len(points), size):
            line += cubic(line[-1], *points[k : k + size])
    return [(np.asarray(line), closed) for line, closed in lines if len(line) > 1]


def _plain(said: str) -> list[Piece] | None:
    """The pieces of a path of absolute M, L, C, Q and Z alone; None for others.

    Nearly all art is so, and this is five times as fast as to make objects of every piece.
    """
    if not _PLAIN.issuperset(_NUMBER.sub("", said)) or not said.lstrip().startswith("M"):
        return None
    pieces = []
    for name, numbers in _COMMAND.findall(said):
        values = [float(number) for number in _NUMBER.findall(numbers)]
        if len(values) % (2 * _POINTS[name] or 1) or bool(values) != bool(_POINTS[name]):
            return None
        pieces.append((name, list(zip(values[::2], values[1::2], strict=True))))
    return pieces


def _pieces(path: Path) -> Iterator[Piece]:
    for piece in path:
        if isinstance(piece, Arc):
            yield "C", _quarters(piece)
        elif isinstance(piece, Close):
            yield "Z", []
        elif isinstance(piece, Move):
            yield "M", [_point(piece.end)]
        else:
            points = [_point(point) for point in piece][1:]
            yield " LQC"[len(points)], points


def _quarters(arc: Arc) -> list[Point]:
    """An arc as curves of at most a quarter turn each, without its start."""
    count = max(1, math.ceil(abs(arc.sweep) / (math.tau / 4) - 1e-9))
    step = arc.sweep / count
    reach = 4 / 3 * math.tan(step / 4) * 1j
    across, down = arc.prx - arc.center, arc.pry - arc.center
    points = []
    for k in range(count):
        start, end = (cmath.rect(1, arc.get_start_t() + n * step) for n in (k, k + 1))
        for spot in (start + reach * start, end - reach * end, end):
            points.append(_point(arc.center + across * spot.real + down * spot.imag))
    return points


def _point(point: svgelements.Point) -> Point:
    return float(point.x), float(point.y)


def cubic(start: Point, *rest: Point) -> list[Point]:
    """A straight piece, or a curve with one control or two, as a cubic one without its start."""
    (a, b), (c, d) = start, rest[-1]
    if len(rest) == 3:
        return list(rest)
    if len(rest) == 1:
        return [(a + (c - a) / 3, b + (d - b) / 3), (c - (c - a) / 3, d - (d - b) / 3), (c, d)]
    x, y = rest[0]
    one = (a + (x - a) * 2 / 3, b + (y - b) * 2 / 3)
    return [one, (c + (x - c) * 2 / 3, d + (y - d) * 2 / 3), (c, d)]
