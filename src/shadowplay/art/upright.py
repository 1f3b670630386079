"""Upright: animals that do people's work, as people with the heads of animals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from shadowplay.art.garments import beyond
from shadowplay.art.svg import Anchor, Drawing

PREFIX = "upright_"
"""What the names of these figures begin with."""

HIGH, _WIDE = 30.0, 30.0
"""The height and the width of their heads, in hundredths of a person's height."""

NECK = (0.8, -85.0)
"""Where the head begins."""


def table(name: str, animal: dict[str, Any], person: dict[str, Any]) -> dict[str, Any]:
    """What is said of an animal on two legs: a person in all but head, colours and height.

    Args:
        name: the animal.
        animal: what its TOML says, of which `upright` is the height on two legs in metres.
        person: what is said of the person.
    """
    return person | {
        "names": {},
        "beast": name,
        "height": animal["upright"],
        "art": ["youth"],
        "also": {"hands": 1.14, "shoes": 1.0},
        "wraps": {},
        "kinds": [],
        "looks": {},
        "place": animal.get("place", ()),
        "coat": person["coat"] | furs(animal) | {"hand": "head", "shoe": "head"},
    }


def furs(animal: Mapping[str, Any]) -> dict[str, Any]:
    """The coats of an animal's head: what is said of all of it is said of the head."""
    coat = dict(animal.get("coat", {}))
    return coat | {"head": coat.pop("all", "#8a7460")}


def head_of(made: Drawing, carriers: Mapping[str, str]) -> Drawing:
    """The head of an animal's drawing, where a person's is, in hundredths of a person's height.

    Args:
        made: the whole animal, y down.
        carriers: its bones, and the one that carries each.
    """
    bones = made.pivots
    front = "neck" if "neck" in bones else "body"
    head, neck = (np.asarray(bones[name].start) for name in ("head", front))
    way = (head - neck) / float(np.hypot(*(head - neck)))
    at = head - (head - neck) * (0.4 if front == "neck" else 0.3)
    carried = ["head"]
    for bone in carried:
        carried += [one for one, carrier in carriers.items() if carrier == bone]
    found = Drawing()
    for part in made.parts:
        own = part.name.split("~")[0].split("+")
        if own[0] in carried:
            found.parts.append(part)
        elif "head" in own and (cut := beyond(part, at, way)):
            found.parts.append(part._replace(outlines=cut))
    points = np.concatenate([line for part in found.parts for line in part.outlines])
    low, high = points.min(axis=0), points.max(axis=0)
    size = min(HIGH / (high[1] - low[1]), _WIDE / (high[0] - low[0]))
    for k, part in enumerate(found.parts):
        lines = [(line - at) * size + NECK for line in part.outlines]
        name = "~".join(["head", *part.name.split("~")[1:]])
        kind = part.kind or "tint"
        found.parts[k] = part._replace(outlines=lines, name=name, group="head", kind=kind)
    found.pivots["head"] = Anchor(NECK, NECK)
    return found
