"""Garments: what animals wear, cut from the outline of their own body."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from shadowplay.art.paths import area, box, closed_line, ring, split, straight_line
from shadowplay.art.svg import Drawing, Part
from shadowplay.colour import Floats

COLOURS = {
    "scarf": "#c8373a",
    "shirt": "#3f6fb0",
    "outfit": "#37435c",
    "cloak": "#b02f3c",
    "trousers": "#44597c",
    "shoes": "#7a4a2e",
    "gloves": "#b8463c",
    "glasses": "#4a3526",
    "sunglasses": "#15171d",
}
"""What animals can wear, and the colour that it has if the prompt names none."""

_SLEEVES = {
    "shirt": ("upper", "arm", "flipper"),
    "outfit": ("upper", "thigh", "arm", "flipper"),
    "trousers": ("thigh",),
    "shoes": ("foot", "paw"),
    "gloves": ("paw",),
}
"""The bones of limbs that each covers, by the first part of their names."""

_ROOM = 1.05
"""How much wider than the body cloth is."""

_FLAW = 0.4


def fitted(garment: str, made: Drawing, said: Mapping[str, Any]) -> Iterator[Part]:
    """The parts of one garment of `COLOURS` for a drawing; none if it has no place for it.

    Args:
        garment: a key of `COLOURS`.
        made: the figure's drawing, in its units, y down.
        said: what its TOML says.
    """
    if garment in ("glasses", "sunglasses"):
        yield from _glasses(garment, made, said)
        return
    bones = made.pivots
    rear, front = ("hips", "neck") if "neck" in bones else ("body", "head")
    if rear not in bones or "head" not in bones:
        return
    low, neck, head = (np.asarray(bones[name].start) for name in (rear, front, "head"))
    trunks = [part for part in made.parts if {rear, "head"} <= _bones(part)]
    trunk = max(trunks, key=_area, default=None)
    if trunk is None:
        return
    if rear == "body":
        neck, head = low + (head - low) * 0.8, head
    long = float(np.hypot(*(neck - low)))
    along, up = (neck - low) / long, (head - neck) / max(1e-6, float(np.hypot(*(head - neck))))
    if garment == "scarf":
        thick = 0.2 * long if rear == "hips" else 0.12 * long
        band = _between(trunk, neck, up, -0.3 * thick, 0.9 * thick)
        yield _cloth(garment, trunk, band)
        yield _cloth(garment, trunk, _end_of(band, thick))
    elif garment in ("shirt", "outfit"):
        cut = _between(trunk, low, along, (-0.1 if garment == "shirt" else -1.0) * long, 2 * long)
        yield _cloth(garment, trunk, _cut(cut, neck, up, 0.0))
    elif garment == "cloak":
        cut = _between(trunk, low, along, -2 * long, 1.1 * long)
        over = np.asarray((along[1], -along[0]))  # toward the back
        yield _cloth(garment, trunk, _cut(_cut(cut, low, -over, 0.2 * long), neck, up, 0.0))
    elif garment == "trousers":
        yield _cloth(garment, trunk, _between(trunk, low, along, -long, 0.12 * long))
    for part in made.parts:
        first = part.name.split("~")[0]
        covers = _SLEEVES.get(garment, ())
        if "~" not in part.name and "+" in first and (limb := _limb(first, covers)):
            yield from _sleeve(garment, part, made, limb)


def _sleeve(garment: str, part: Part, made: Drawing, limb: str) -> Iterator[Part]:
    """What covers a limb: of an upper bone that, of a foot or a paw all below its joint."""
    bones = [one for one in part.name.split("~")[0].split("+") if one in made.pivots]
    start = np.asarray(made.pivots[limb].start)
    end = made.pivots.get(bones[min(bones.index(limb) + 1, len(bones) - 1)])
    if limb.startswith(("foot", "paw")):
        yield _cloth(garment, part, _cut(_points(part), start, np.asarray((0.0, -1.0)), 0.0))
    elif end is not None and end.start != made.pivots[limb].start:
        way = np.asarray(end.start) - start
        yield _cloth(garment, part, _cut(_points(part), start, way, 1.25 * float((way * way).sum())))


def _glasses(garment: str, made: Drawing, said: Mapping[str, Any]) -> Iterator[Part]:
    """Glasses before the eyes; a lens is as wide as a third of the head's height above its bone."""
    crown = said.get("anchors", {}).get("head", {}).get("at")
    for part in [part for part in made.parts if part.name.endswith("~eye")]:
        low, high = box(part.outlines)
        (x, y), wide = (low + high) / 2, (high - low).max()
        size = max(0.8 * wide, 0.3 * math.hypot(*crown) if crown else 0.0)
        lens = [ring(x, y, 1.1 * size, 0.9 * size)]
        if garment == "glasses":
            lens.append(ring(x, y, 0.9 * size, 0.7 * size))
        bar = np.asarray([(-0.9, -0.5), (-2.4, -0.9), (-2.4, -0.6), (-0.9, -0.1)]) * size + (x, y)
        name = f"{part.name.split('~')[0]}~{garment}"
        for outlines in ([closed_line(straight_line(bar))], lens):
            yield Part(name, part.group, "", outlines, (0, 0, 0), holes=len(outlines) > 1)


def _bones(part: Part) -> set[str]:
    return set() if "~" in part.name else set(part.name.split("+"))


def _limb(bones: str, covers: tuple[str, ...]) -> str:
    """The first bone of a limb that is covered."""
    return next((one for one in bones.split("+") if one.split(".")[0] in covers), "")


def _area(part: Part) -> float:
    return max(abs(area(line)) for line in part.outlines)


def _points(part: Part) -> Floats:
    """The corners of a part's largest outline, close enough to its curves."""
    line = max(part.outlines, key=lambda one: abs(area(one)))
    return split(closed_line(line), _FLAW)[:-1:3]


def _between(part: Part, at: Floats, way: Floats, low: float, high: float) -> Floats:
    """What of a part is between two lines across `way`, as far from `at` as `low` and `high`."""
    return _cut(_cut(_points(part), at, way, high), at, -way, -low)


def _cut(points: Floats, at: Floats, way: Floats, most: float) -> Floats:
    """A polygon without what is farther along `way` from `at` than `most`."""
    kept: list[Floats] = []
    far = ((points - at) * way).sum(1) - most
    for k in range(len(points)):
        here, there = far[k], far[(k + 1) % len(points)]
        if here <= 0:
            kept.append(points[k])
        if (here <= 0) != (there <= 0):
            share = here / (here - there)
            kept.append(points[k] + (points[(k + 1) % len(points)] - points[k]) * share)
    return np.asarray(kept) if len(kept) > 2 else np.zeros((0, 2))


def _end_of(band: Floats, thick: float) -> Floats:
    """The end of a scarf that hangs from the front of its band."""
    if not len(band):
        return band
    x, y = band[band[:, 0].argmax()] - (0.6 * thick, 0.0)
    corners = [(0.3, -0.2), (-0.5, 0.0), (-0.65, 1.9), (0.15, 2.1)]
    return np.asarray([(x + right * thick, y + down * thick) for right, down in corners])


def _cloth(garment: str, part: Part, points: Floats) -> Part:
    """A piece of cloth on the bones of a part and over it."""
    outlines = []
    if len(points):
        middle = points.mean(axis=0)
        wide = middle + (points - middle) * _ROOM
        outlines = [closed_line(straight_line(wide))]
    bones = part.name.split("~")[0]
    return Part(f"{bones}~{garment}", part.group, "", outlines, (0, 0, 0))
