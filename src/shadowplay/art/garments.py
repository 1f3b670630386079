"""Garments: what animals wear, cut from the outline of their own body."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from shadowplay.art.paths import Outline, area, box, closed_line, polygon, ring, split, turned
from shadowplay.art.svg import Drawing, Part
from shadowplay.colour import rgb
from shadowplay.scene import Rgb
from shadowplay.tables import load

_SAID = load("art/dressing.toml", dict[str, dict[str, Any]])
GARMENTS: dict[str, str] = _SAID["garments"]
"""What animals can wear, and its colour if the prompt names none."""

_LIMBS: dict[str, list[str]] = _SAID["limbs"]
SHADES = {name: (rgb(code), share) for name, (code, share) in _SAID["shades"].items()}
"""Names of paths that have another tone than what they lie on: a colour, and how much of it."""

_ROOM = 1.05  # how much wider than the body cloth is
_LOW = 1.25  # how far sleeves reach, in lengths of the upper bone
_FLAW = 0.4  # how far corners may be from the curve, in units of the drawing
_CLOTH = Rgb(0, 0, 0)  # a paint that stands for the colour of the coat
_UP = np.asarray((0.0, -1.0))

End = tuple[Outline, Outline, float]
"""Where cloth ends: no farther from a point along a way than so far."""


def fitted(garment: str, made: Drawing, said: Mapping[str, Any]) -> list[Part]:
    """The parts of a drawing in one of `GARMENTS`: as they are if it has no place for that."""
    if garment in ("glasses", "sunglasses"):
        return [*made.parts, *_glasses(garment, made, said)]
    covers = [*_on_trunk(garment, made), *_on_limbs(garment, made)]
    parts = [_bare(part, covers) for part in made.parts]
    return parts + [piece for part, ends in covers for piece in _sewn(garment, part, ends)]


def _bare(mark: Part, covers: list[tuple[Part, list[End]]]) -> Part:
    """A part without those of its outlines that are marks on fur under cloth."""
    if mark.label in ("", "shade"):
        return mark
    for part, ends in covers:
        if {*mark.bones} <= _bones(part):
            shown = [
                line
                for line in mark.outlines
                if any((((line - at) * way).sum(1) > most).any() for at, way, most in ends)
            ]
            mark = mark._replace(outlines=shown)
    return mark


def _on_trunk(garment: str, made: Drawing) -> Iterator[tuple[Part, list[End]]]:
    """The trunk, of four legs (from hips to neck) or upright (from body to head), if covered."""
    bones = made.pivots
    rear, front = ("hips", "neck") if "neck" in bones else ("body", "head")
    trunks = [part for part in made.parts if {rear, "head"} <= _bones(part)]
    trunk = max(trunks, key=lambda one: max(abs(area(x)) for x in one.outlines), default=None)
    if trunk is None or not {rear, "head"} <= bones.keys():
        return
    low, neck, head = (np.asarray(bones[name].start) for name in (rear, front, "head"))
    if rear == "body":
        neck = low + (head - low) * 0.8
    long = math.hypot(*(neck - low))
    along, up = (neck - low) / long, (head - neck) / math.hypot(*(head - neck))
    back, thick = np.asarray((along[1], -along[0])), (0.2 if rear == "hips" else 0.12) * long
    ends: dict[str, list[End]] = {
        "scarf": [(neck, up, 0.9 * thick), (neck, -up, 0.3 * thick)],
        "shirt": [(neck, up, 0.0), (low, -along, -0.15 * long)],
        "cloak": [(neck, up, 0.0), (low, -back, 0.2 * long)],
        "trousers": [(neck, up, 0.0), (low, along, 0.12 * long)],
    }
    ends["outfit"] = ends["shirt"]
    if garment in ends:
        yield trunk, ends[garment]


def _on_limbs(garment: str, made: Drawing) -> Iterator[tuple[Part, list[End]]]:
    """The limbs that are covered: of an upper bone that, of a foot or a paw all below its joint."""
    for part in made.parts:
        bones, covers = part.bones, _LIMBS.get(garment, [])
        limb = next((one for one in bones if one.split(".")[0] in covers), "")
        if part.label or len(bones) < 2 or not limb:
            continue
        start = np.asarray(made.pivots[limb].start)
        below = [one for one in bones[bones.index(limb) + 1 :] if one in made.pivots]
        if limb.startswith(("foot", "paw")):
            yield part, [(start, _UP, 0.0)]
        elif below:
            way = np.asarray(made.pivots[below[0]].start) - start
            long = math.hypot(*way)
            yield part, [(start, way / long, _LOW * long)]


def _sewn(garment: str, part: Part, ends: list[End]) -> Iterator[Part]:
    """A piece of cloth on the bones of a part and over it; of a scarf, the end that hangs, too."""
    cloth = _within(_points(part), ends)
    pieces = [cloth] if len(cloth) else []
    if garment == "scarf" and pieces:
        thick = max(abs(most) for _, _, most in ends) / 0.9
        corners = np.asarray([(-0.3, -0.2), (-1.1, 0.0), (-1.25, 1.9), (-0.45, 2.1)])
        pieces.append(cloth[cloth[:, 0].argmax()] + corners * thick)
    for points in pieces:
        wide = [polygon(turned(points, _ROOM, cloth.mean(axis=0)))]
        yield Part(f"{part.name}~worn.{garment}", part.group, "", wide, _CLOTH)


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
        name = f"{'+'.join(part.bones)}~worn.{garment}"
        for outlines in ([polygon(bar)], lens):
            yield Part(name, part.group, "", outlines, _CLOTH, holes=len(outlines) > 1)


def _bones(part: Part) -> set[str]:
    return set() if part.label else set(part.bones)


def _points(part: Part) -> Outline:
    """The corners of a part's largest outline, close enough to its curves."""
    line = max(part.outlines, key=lambda one: abs(area(one)))
    return split(closed_line(line), _FLAW)[:-1]


def _cut(points: Outline, at: Outline, way: Outline, most: float) -> Outline:
    """A polygon without what is farther along `way` from `at` than `most`."""
    kept: list[Outline] = []
    far = ((points - at) * way).sum(1) - most
    for k, (here, there) in enumerate(zip(far, np.roll(far, -1), strict=True)):
        if here <= 0:
            kept.append(points[k])
        if (here <= 0) != (there <= 0):
            after = points[(k + 1) % len(points)]
            kept.append(points[k] + (after - points[k]) * (here / (here - there)))
    return np.asarray(kept) if len(kept) > 2 else np.zeros((0, 2))


def _within(points: Outline, ends: Iterable[End]) -> Outline:
    """A polygon without what is beyond any of these ends."""
    for end in ends:
        points = _cut(points, *end)
    return points


def beyond(part: Part, lines: Iterable[tuple[Outline, Outline]]) -> list[Outline]:
    """What of a part's largest outline is farther along each way than the point beside it."""
    kept = _within(_points(part), [(at, -way, 0.0) for at, way in lines])
    return [polygon(kept)] if len(kept) else []
