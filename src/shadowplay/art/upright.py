"""Upright: animals that do people's work, as people with the heads of animals."""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from shadowplay.art.garments import beyond
from shadowplay.art.paths import area, box, turned
from shadowplay.art.svg import Anchor, Drawing

PREFIX = "upright_"  # what the names of these figures begin with
DRESSED = "_as_"  # what stands in their names before the figure whose clothes they wear
BODIES = ("youth", "man", "woman", "young_woman")  # drawings over which clothes are drawn
HIGH = 30.0  # the height of their heads, in hundredths of a person's height
NECK = (0.8, -85.0)  # where the head's bone is
_COLLAR = (0.8, -83.5)  # where the head ends, in the collar
_SIDE = 21.0  # the side of a square as large as their heads without ears and horns
_MOST = 51.0  # how high or wide a head may be with all that is on it
_NAPE = 0.5  # the radius of the round neck below it, in parts of that side
_ROUND = {"neck": range(0, 80, 13), "body": range(-52, 80, 13)}
"""The directions in which a head is cut off its neck or its body, in degrees toward the nape."""


def beast_of(name: str) -> str:
    """The animal that such a figure is, by its name; all others are themselves."""
    return name.removeprefix(PREFIX).partition(DRESSED)[0]


def furs(animal: Mapping[str, Any]) -> dict[str, Any]:
    """The coats of an animal's head: what is said of all of it is said of the head."""
    coat = dict(animal.get("coat", {}))
    if animal.get("person"):
        return {k: v for k, v in coat.items() if k in ("head", "hair", "ear", "brow")}
    return coat | {"head": coat.pop("all", "#8a7460")}


def carried_by(root: str, bones: Mapping[str, str]) -> list[str]:
    """A bone and all that it carries, of the table of who carries whom."""
    found = [root]
    for bone in found:
        found += [one for one, carrier in bones.items() if carrier == bone]
    return found


def own_head(made: Drawing, said: Mapping[str, Any]) -> Drawing:
    """The head of a person's drawing, with all that hangs on it, where it is."""
    carried = [x for x in carried_by("head", said["bones"] | made.carriers) if x in made.pivots]
    parts = [part for part in made.parts if part.bones[0] in carried]
    return Drawing(parts, pivots={bone: made.pivots[bone] for bone in carried})


def head_of(made: Drawing, said: Mapping[str, Any]) -> Drawing:
    """The head of an animal's drawing, where a person's is, in hundredths of a person's height.

    Args:
        made: the whole animal, y down.
        said: what its TOML says.
    """
    bones = made.pivots
    front = "neck" if "neck" in bones else "body"
    head, neck = (np.asarray(bones[name].start) for name in ("head", front))
    way = (head - neck) / math.hypot(*(head - neck))
    at = head - (head - neck) * (0.4 if front == "neck" else 0.3)
    cut = [beyond(part, [(at, way)]) for part in made.parts if "head" in part.bones]
    side = math.sqrt(max(abs(area(line)) for lines in cut for line in lines))
    middle, base = at + way * (_NAPE * side), []
    for degrees in _ROUND[front]:
        one = turned(way, cmath.rect(1, math.radians(degrees)))
        base.append((middle - one * (_NAPE * side), one))
    carried, found = carried_by("head", said["bones"]), Drawing()
    for part in made.parts:
        outlines = part.outlines if part.bones[0] in carried else []
        if not outlines and "head" in part.bones:
            outlines = beyond(part, base)
        if outlines:
            found.parts.append(part._replace(outlines=outlines))
    low, high = box([line for part in found.parts for line in part.outlines])
    size = min(_SIDE / side, _MOST / float((high - low).max()))
    for k, part in enumerate(found.parts):
        lines = [turned(line, size, at, _COLLAR) for line in part.outlines]
        name = "~".join(["head", *part.name.split("~")[1:]])
        kind = part.kind or "tint"
        found.parts[k] = part._replace(outlines=lines, name=name, group="head", kind=kind)
    found.pivots["head"] = Anchor(NECK, NECK)
    if crown := said.get("anchors", {}).get("head"):
        x, y = turned(head + np.asarray(crown["at"]) * (1, -1), size, at, _COLLAR)
        found.anchors["head"] = Anchor((x, y), (x, y))
    return found
