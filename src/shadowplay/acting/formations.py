"""Formations: the marks of a group's members beside, behind and above one another."""

from __future__ import annotations

import math

from shadowplay.art import library
from shadowplay.scene import Role
from shadowplay.sprites.marks import FEW


def formation(role: Role, where: str, *, wide: bool) -> list[tuple[float, float]]:
    """Marks of a group's members in boxes: forward and up (or away from the camera).

    Things that stay where they are overlap less. Geese and the like fly in a wedge, however many.
    """
    count = role.count
    if count == 1:
        return [(0.0, 0.0)]
    in_wedge = (
        where == "sky" and role.action == "fly" and library.facts(role.actor).flock == "wedge"
    )
    if in_wedge and count > FEW:
        return _wedge(count, 1.0 if wide else 0.6, 0.3)
    if count > FEW:
        return _crowd(count, where, wide=wide, still=library.has(role.actor))
    if where == "sky":
        return _wedge(count, 0.7, 0.5 if wide else 0.6)
    two_ranks = count >= (4 if wide else 3)
    gap = 0.66 if two_ranks else (0.94 if wide else 0.86)
    start = (count - 1) / 2
    return [((k - start) * gap, float(k % 2) * 0.9 if two_ranks else 0.0) for k in range(count)]


def _wedge(count: int, back: float, aside: float) -> list[tuple[float, float]]:
    """Marks behind the first, by turns on one side of it and on the other."""
    steps = [(k + 1) // 2 for k in range(count)]
    middle = back * sum(steps) / count
    return [
        (middle - back * step, (1 if k % 2 else -1) * aside * step) for k, step in enumerate(steps)
    ]


def _crowd(count: int, where: str, *, wide: bool, still: bool) -> list[tuple[float, float]]:
    """Marks of a large group: staggered rows in the sky, else three ranks."""
    if where != "sky":
        middle, gap = (count - 1) / 2, 0.84 if still else 0.56
        return [((k - middle) * gap, (0.0, 1.0, 0.5)[k % 3]) for k in range(count)]
    across = math.ceil(math.sqrt(count * (2.0 if wide else 0.7)))
    rows = math.ceil(count / across)
    marks = []
    for row in range(rows):
        here = min(across, count - row * across)
        for k in range(here):
            x = (k - (here - 1) / 2) * 1.2 + (0.3 if row % 2 else -0.3)
            marks.append((x, (row - (rows - 1) / 2) * 1.05 + 0.12 * (k % 2)))
    return marks
