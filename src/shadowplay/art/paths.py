"""Paths: the curves that an SVG's path data describes, and the outlines of strokes."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Outline = NDArray[np.float64]
"""A closed outline of shape (1 + 3n, 2), y down: a start, then two controls and an end n times."""

TOKEN = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_ROUND = 0.5522847498307936
"""How far the controls of a quarter of a circle are from its ends, in radii."""

_STEPS = 10
"""Straight pieces that a curve has when its stroke becomes an outline."""

Point = tuple[float, float]


def ring(x: float, y: float, rx: float, ry: float) -> Outline:
    """The outline of an ellipse."""
    k = _ROUND
    unit = [(1, 0), (1, k), (k, 1), (0, 1), (-k, 1), (-1, k), (-1, 0), (-1, -k), (-k, -1), (0, -1)]
    unit += [(k, -1), (1, -k), (1, 0)]
    return np.asarray([(x + rx * u, y + ry * v) for u, v in unit])


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


def split(line: Outline, flaw: float) -> Outline:
    """The same curves, those that bend much in halves until two straight pieces show each.

    Args:
        line: an outline.
        flaw: how far the pieces may be from the curve.
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
        straight = np.allclose(b, a + (d - a) / 3, atol=1e-6) and np.allclose(
            c, d - (d - a) / 3, atol=1e-6
        )
        for n in range(1, (1 if straight else _STEPS) + 1):
            t = 1.0 if straight else n / _STEPS
            s = 1 - t
            points.append(
                a * (s * s * s) + b * (3 * s * s * t) + c * (3 * s * t * t) + d * (t * t * t)
            )
    pieces = [ring(float(x), float(y), reach, reach) for x, y in points]
    for one, other in pairwise(points):
        across, down = float(other[0] - one[0]), float(other[1] - one[1])
        length = math.sqrt(across * across + down * down)
        if length < 1e-9:
            continue
        side = np.asarray([-down, across]) * (reach / length)
        corners = [one + side, one - side, other - side, other + side, one + side]
        box = straight_line(np.asarray(corners))
        pieces.append(box if area(box) > 0 else box[::-1].copy())
    return pieces


def chains(text: str) -> list[tuple[Outline, bool]]:
    """The curves of a path's `d`, and whether each is closed."""
    return _Path(text).made()


class _Path:
    """Reads the commands of one path."""

    def __init__(self, text: str) -> None:
        self._text = TOKEN.findall(_spaced_flags(text))[::-1]
        self._at: Point = (0.0, 0.0)
        self._start: Point = (0.0, 0.0)
        self._lines: list[tuple[list[Point], bool]] = []
        self._last: tuple[str, Point] = ("", (0.0, 0.0))

    def made(self) -> list[tuple[Outline, bool]]:
        """All curves that have a length."""
        command = ""
        while self._text:
            if self._text[-1].isalpha():
                command = self._text.pop()
            else:
                command = {"m": "l", "M": "L"}.get(command, command)
            self._step(command)
        return [(np.asarray(line), closed) for line, closed in self._lines if len(line) > 1]

    def _number(self) -> float:
        return float(self._text.pop())

    def _point(self, command: str) -> Point:
        x, y = self._number(), self._number()
        return (x + self._at[0], y + self._at[1]) if command.islower() else (x, y)

    def _step(self, command: str) -> None:
        kind = command.lower()
        if kind == "m":
            self._start = self._at = self._point(command)
            self._lines.append(([self._at], False))
            return
        if kind == "z":
            line, _ = self._lines[-1]
            if self._at != self._start:
                self._to(self._start)
            self._lines[-1] = (line, True)
            self._at = self._start
            return
        if self._lines[-1][1]:  # a path goes on after it was closed
            self._lines.append(([self._at], False))
        getattr(self, f"_{kind}", self._unread)(command)

    def _unread(self, command: str) -> None:
        raise ValueError(f"the path command {command!r} is not read")

    def _l(self, command: str) -> None:
        self._to(self._point(command))

    def _h(self, command: str) -> None:
        x = self._number()
        self._to((x + self._at[0] if command == "h" else x, self._at[1]))

    def _v(self, command: str) -> None:
        y = self._number()
        self._to((self._at[0], y + self._at[1] if command == "v" else y))

    def _c(self, command: str) -> None:
        self._curve(self._point(command), self._point(command), self._point(command), "c")

    def _s(self, command: str) -> None:
        self._curve(self._mirrored("c"), self._point(command), self._point(command), "c")

    def _q(self, command: str) -> None:
        self._bow(self._point(command), self._point(command))

    def _t(self, command: str) -> None:
        self._bow(self._mirrored("q"), self._point(command))

    def _a(self, command: str) -> None:
        rx, ry, turn, large, sweep = (self._number() for _ in range(5))
        end = self._point(command)
        for one, other, last in _arc(self._at, end, abs(rx), abs(ry), turn, large != 0, sweep != 0):
            self._curve(one, other, last, "")

    def _mirrored(self, kind: str) -> Point:
        if self._last[0] != kind:
            return self._at
        x, y = self._last[1]
        return 2 * self._at[0] - x, 2 * self._at[1] - y

    def _to(self, end: Point) -> None:
        (a, b), (c, d) = self._at, end
        one = (a + (c - a) / 3, b + (d - b) / 3)
        self._curve(one, (c - (c - a) / 3, d - (d - b) / 3), end, "")

    def _bow(self, control: Point, end: Point) -> None:
        (x, y), (a, b), (c, d) = control, self._at, end
        one = (a + (x - a) * 2 / 3, b + (y - b) * 2 / 3)
        self._curve(one, (c + (x - c) * 2 / 3, d + (y - d) * 2 / 3), end, "")
        self._last = ("q", control)

    def _curve(self, one: Point, other: Point, end: Point, kind: str) -> None:
        self._lines[-1][0].extend([one, other, end])
        self._at, self._last = end, (kind, other)


def _spaced_flags(text: str) -> str:
    """The same path with blanks around the flags of its arcs, which may stand without any."""
    number = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)[\s,]*"
    return re.sub(
        r"[aA][^a-zA-Z]*(?:[eE][-+]?\d+[^a-zA-Z]*)*",
        lambda found: re.sub(
            rf"{number * 3}([01])[\s,]*([01])[\s,]*{number * 2}",
            r" \1 \2 \3 \4 \5 \6 \7 ",
            found[0],
        ),
        text,
    )


def _arc(
    start: Point, end: Point, rx: float, ry: float, turn: float, large: bool, sweep: bool
) -> list[tuple[Point, Point, Point]]:
    """An arc as curves of at most a quarter turn each. Source: SVG 2, appendix B.2.4."""
    if not rx or not ry or start == end:
        (a, b), (c, d) = start, end
        return [((a + (c - a) / 3, b + (d - b) / 3), (c - (c - a) / 3, d - (d - b) / 3), end)]
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    dx, dy = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    x, y = c * dx + s * dy, c * dy - s * dx
    small = math.sqrt(x * x / (rx * rx) + y * y / (ry * ry))
    rx, ry = rx * max(1.0, small), ry * max(1.0, small)
    square = rx * rx * ry * ry - rx * rx * y * y - ry * ry * x * x
    factor = math.sqrt(max(0.0, square / (rx * rx * y * y + ry * ry * x * x)))
    factor *= -1 if large == sweep else 1
    u, v = factor * rx * y / ry, -factor * ry * x / rx
    middle = (c * u - s * v + (start[0] + end[0]) / 2, s * u + c * v + (start[1] + end[1]) / 2)
    first = math.atan2((y - v) / ry, (x - u) / rx)
    way = math.atan2((-y - v) / ry, (-x - u) / rx) - first
    if sweep and way < 0:
        way += math.tau
    elif not sweep and way > 0:
        way -= math.tau
    count = max(1, math.ceil(abs(way) / (math.pi / 2) - 1e-9))
    step = way / count
    reach = 4 / 3 * math.tan(step / 4)

    def placed(px: float, py: float) -> Point:
        px, py = px * rx, py * ry
        return middle[0] + c * px - s * py, middle[1] + s * px + c * py

    curves = []
    for k in range(count):
        a, b = first + k * step, first + (k + 1) * step
        (ca, sa), (cb, sb) = (math.cos(a), math.sin(a)), (math.cos(b), math.sin(b))
        last = end if k == count - 1 else placed(cb, sb)
        one = placed(ca - reach * sa, sa + reach * ca)
        curves.append((one, placed(cb + reach * sb, sb - reach * cb), last))
    return curves
