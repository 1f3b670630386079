"""Formations: the marks of a group's members beside, behind and above one another."""

from __future__ import annotations

import math

from shadowplay.art import library
from shadowplay.scene import Role
from shadowplay.sprites.marks import FEW, Box

RISE = 0.3
"""How far up the ground one is who is a height farther away, in heights."""

_APART = 0.4
"""How far things are from one another at least, in heights."""


def formation(role: Role, where: str, box: Box, *, wide: bool) -> list[tuple[float, float]]:
    """Marks of a group's members in boxes: forward and up (or away from the camera).

    Those who are long have their heads at one end, which nobody nearer may hide, but for vehicles.
    Geese and the like fly in a wedge, however many. Posts stand apart.
    """
    count, long = role.count, box.long
    if count == 1:
        return [(0.0, 0.0)]
    in_wedge = (
        where == "sky" and role.action == "fly" and library.facts(role.actor).flock == "wedge"
    )
    if in_wedge and count > FEW:
        return _wedge(count, 1.0 if wide else 0.6, 0.3)
    if where == "sky":
        return _crowd(count, wide=wide) if count > FEW else _wedge(count, 0.7, 0.5 if wide else 0.6)
    ranks: tuple[float, ...]
    if count > FEW:
        gap, ranks = (0.6, (0.0, 2.2, 1.1)) if long else (0.66, (0.0, 1.6, 0.8))
    elif where == "ground" and library.facts(role.actor).crewed:
        gap, ranks = 0.66, (0.0, 1.3)  # cars may hide half of those beyond them
    elif count >= (4 if wide else 3):
        gap, ranks = (0.84, (0.0, 1.3)) if long else (0.78, (0.0, 0.5))
    else:
        gap, ranks = (1.06 if long or wide else 0.86), (0.0,)
    if library.has(role.actor):
        gap = max(gap, 0.84, _APART * box.height / box.width)
    start, deep = (count - 1) / 2, len(ranks)
    return [((k - start) * gap, ranks[k % deep]) for k in range(count)]


def extent(marks: list[tuple[float, float]], where: str) -> tuple[float, float]:
    """How wide and how high a formation is on a part of the stage, in boxes."""
    wide, high = (max(each) - min(each) for each in zip(*marks, strict=True))
    return 1 + wide, 1 + high * (1.0 if where == "sky" else RISE)


def _wedge(count: int, back: float, aside: float) -> list[tuple[float, float]]:
    """Marks behind the first, by turns on one side of it and on the other."""
    steps = [(k + 1) // 2 for k in range(count)]
    middle = back * sum(steps) / count
    return [
        (middle - back * step, (1 if k % 2 else -1) * aside * step) for k, step in enumerate(steps)
    ]


def _crowd(count: int, *, wide: bool) -> list[tuple[float, float]]:
    """Marks of a large group in the sky: staggered rows."""
    across = math.ceil(math.sqrt(count * (2.0 if wide else 0.7)))
    rows = math.ceil(count / across)
    marks = []
    for row in range(rows):
        here = min(across, count - row * across)
        for k in range(here):
            x = (k - (here - 1) / 2) * 1.2 + (0.3 if row % 2 else -0.3)
            marks.append((x, (row - (rows - 1) / 2) * 1.05 + 0.12 * (k % 2)))
    return marks
