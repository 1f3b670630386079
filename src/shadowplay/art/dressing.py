"""Dressing: the drawings that a figure consists of, one over the other: body, head and clothes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from shadowplay.art.library import Card
from shadowplay.art.paths import Point
from shadowplay.art.svg import Anchor, Drawing, Part, read
from shadowplay.scene import Rgb

_NECK = (0.8, -86.0)
"""Where the head's bone is in the drawings of hats."""


def dressed(
    card: Card, name: str, clad: Collection[str], hat: tuple[str, Rgb | None] | None
) -> Drawing:
    """A figure's SVGs as one drawing.

    Args:
        card: what its TOML says.
        name: the SVG that it is drawn from if that says nothing.
        clad: which of its `wraps` it wears.
        hat: a hat of the art in place of its own, and its colour or None.
    """
    said, made = card.said, Drawing()
    for drawing in said.get("art", [name]):
        one = _read(card, drawing)
        made.parts += one.parts
        made.pivots |= one.pivots
        made.anchors |= one.anchors
    wraps = {k: v for k, v in said.get("wraps", {}).items() if k in clad}
    for drawing, size in (said.get("also", {}) | wraps).items():
        made.parts += _hung(_read(card, drawing), size, made)
    _enlarge(made, said)
    without = said.get("without", ())
    made.parts = [part for part in made.parts if part.group not in without]
    if hat is not None and "head" in made.pivots:
        size = said.get("head", 1.0) * said.get("skull", 1.0)
        made.parts = [part for part in made.parts if part.group != "hat"]
        for part in _read(card, hat[0]).parts:
            moved = _grown(part, size, _NECK, made.pivots["head"].start)
            made.parts.append(moved if hat[1] is None else moved._replace(kind="own", paint=hat[1]))
    return made


def _read(card: Card, name: str) -> Drawing:
    return read(card.folder.joinpath(f"{name}.svg").read_text(encoding="utf-8"))


def _grown(part: Part, size: float, start: Point, end: Point) -> Part:
    """A part `size` times as large, whose point `start` is at `end`."""
    lines = [(line - np.asarray(start)) * size + np.asarray(end) for line in part.outlines]
    return part._replace(outlines=lines)


def _hung(one: Drawing, size: float, made: Drawing) -> list[Part]:
    """The parts of a drawing of its own, each where the figure has its bone.

    Bones that the figure has not, such as those of a face, are carried by the first that it has.
    """
    hung, bones = [], made.pivots
    carrier = next(bone for bone in one.pivots if bone in bones)
    middle, at = np.asarray(one.pivots[carrier].start), np.asarray(bones[carrier].start)
    for bone in [bone for bone in one.pivots if bone not in bones]:
        x, y = (np.asarray(one.pivots[bone].start) - middle) * size + at
        bones[bone] = Anchor((float(x), float(y)), (float(x), float(y)), size)
        made.carriers[bone] = carrier
    for part in one.parts:
        bone = part.name.split("~")[0].split("+")[0]
        hung.append(_grown(part, size, one.pivots[bone].start, bones[bone].start))
    return hung


def _enlarge(made: Drawing, said: Mapping[str, Any]) -> None:
    """Make the head `skull` times as large and lift it by `neck`, with all that hangs on it."""
    size = said.get("skull", 1.0)
    if "head" not in made.pivots:
        return
    carried, start = ["head"], made.pivots["head"].start
    end = start[0], start[1] - said.get("neck", 0.0)
    for bone in carried:
        known = said["bones"] | made.carriers
        carried += [name for name, carrier in known.items() if carrier == bone]
    for k, part in enumerate(made.parts):
        if part.name.split("~")[0].split("+")[0] in carried:
            made.parts[k] = _grown(part, size, start, end)
    for bone in made.pivots.keys() & set(carried):
        x, y = (np.asarray(made.pivots[bone].start) - start) * size + end
        made.pivots[bone] = made.pivots[bone]._replace(start=(x, y), end=(x, y))
