"""Nearing: which part of a picture is shown: a close-up's, or that of a small cast."""

from __future__ import annotations

import math
from collections.abc import Set

from shadowplay.acting.biting import is_beast
from shadowplay.acting.handling import middle_of, span_of
from shadowplay.art import library
from shadowplay.art.prop import Prop
from shadowplay.colour import Floats
from shadowplay.names import is_puppet
from shadowplay.picture.camera import WHOLE, Camera, Part
from shadowplay.picture.light import KeyLight
from shadowplay.scene import Scene
from shadowplay.shot import Size
from shadowplay.sprites.marks import FEW, Box, Figure, placed_at

LARGER, _MOST = 1.8, 1.5
"""How much larger a close-up is drawn than other pictures, and how much of that it is shown."""

_FILLS = (0.86, 0.88)
"""How wide and high what is to be seen is at most, in shares of the frame."""

_ABOVE = 0.35
"""The share of the room that is left above those who are seen."""

_STEPS, _HIDDEN, _HEAD = ((1.45, 1.4), (1.14, 1.22)), 0.45, 0.03
"""From how much room on a picture is shown how much larger: in steps, so that a remix in which a
wolf takes a fox's place keeps the rest; how much weather hides a sun that need not be seen; and
how much of the height is left above heads."""

_ROOMY, _UPRIGHT, _AHEAD = (0.64, 0.78), (0.86, 0.62), 0.58
"""How wide and high those are at most who are seen whole, in shares of a frame that is wide, and of
one that is high; and the share of the room beside them that is left where the lead looks."""

_BUST, _SEATED, _FRONT = 0.56, 0.66, 0.6
"""How much of one who stands, or sits, is seen from the head on, and of an animal from its nose on.
"""

_BELOW, _SMALL = 0.3, 0.7
"""How much of what one is on is seen, in the heights of that one, and how high, beside the tallest,
are things that are seen whole."""

_TOP = 0.4  # how much of a thing is seen that somebody works at

_CLOSE = 0.25
"""How far from one a thing may be that is seen with that one, in heights."""

_TIMES = (0.0, 1.3, 2.6, 3.9)
"""At which seconds those are looked at who are to be seen."""

Sides = tuple[float, float, float, float]


def window(
    figures: list[Figure], scene: Scene, shown: Size, camera: Camera, ground: Floats | None
) -> Part:
    """The part of the scene's picture that is shown in a frame: faces, hands, and their things."""
    wide, high = scene.size
    # What is thrown or kicked leaves; it is seen until then.
    until = {name: deed.start for deed in scene.deeds for name in (deed.what, deed.whom)}
    seen = _seen(figures, until.keys())
    times = [(f, t) for f in seen for t in _TIMES if t <= until.get(f.role.actor, t) or _alive(f)]
    spots = [(f, *placed_at(f, t, camera.at(t), ground)) for f, t in times]
    used = {figure.role.to for figure in figures}
    alone = len(seen) == 1
    boxes = [_sides(f, x, row, used=f.role.actor in used, alone=alone) for f, x, row in spots]
    least = shown.width / wide
    if not boxes:
        return Part(least, 0.0, 0.0)
    left, top, right, low = _around(boxes, scene.size)
    fits = (_FILLS[0] * shown.width / max(1.0, right - left), _FILLS[1] * shown.height / (
        max(1.0, low - top)))  # fmt: skip
    scale = max(least, min(_MOST, *fits))
    across, down = shown.width / scale, shown.height / scale
    column = (left + right - across) / 2
    row = top - _ABOVE * (down - (low - top))
    return Part(scale, min(max(0.0, column), wide - across), min(max(0.0, row), high - down))


def whole_cast(
    figures: list[Figure], size: Size, camera: Camera, ground: Floats | None, stage: float
) -> Sides | None:
    """Where in the picture the cast is in the film's first seconds; None if nobody is there.

    The land down to the row `stage` belongs to one who flies.
    """
    boxes = []
    for figure in figures:
        for t in _TIMES:
            x, row = placed_at(figure, t, camera.at(t), ground)
            left, top, right, low = _edges(figure, x, row)
            if not (figure.grounded or figure.afloat or figure.holder):
                low = max(low, stage)
            if right - left < size.width and right > 0 and left < size.width:
                boxes.append((left, top, right, low))
    return _around(boxes, size) if boxes else None


def part_of(cast: Sides, facing: float, scene: Scene, key: KeyLight | None) -> Part:
    """The part of the scene's picture in which a small cast is seen whole, and a low sun or moon.

    `facing` is which way its lead looks.
    """
    wide, high = scene.size
    if scene.far or scene.wonder or scene.angle in ("aerial", "shoulder"):
        return WHOLE
    veiled = key is None or key.veiled > _HIDDEN or scene.time == "day"
    if key and not veiled and 0 < key.x < wide and 0 < key.y < high:
        disc = (key.x - key.radius, key.y - key.radius, key.x + key.radius, key.y)
        cast = _around([cast, disc], scene.size)
    left, top, right, low = cast
    most = _ROOMY if wide > high else _UPRIGHT
    room = min(most[0] * wide / (right - left), most[1] * high / (low - top))
    scale = next((scale for least, scale in _STEPS if room >= least), 1.0)
    if scale == 1:
        return WHOLE
    across, down = wide / scale, high / scale
    behind = 1 - _AHEAD if facing > 0 else _AHEAD
    spare = wide - across, high - down
    share = min(max(0.0, (left - behind * (across - (right - left))) / spare[0]), 1.0)
    # The ground stays in the frame, unless somebody is too high above it.
    row = next((k * spare[1] for k in (1.0, 0.5) if top - k * spare[1] > _HEAD * high), 0.0)
    return Part(scale, round(2 * share) / 2 * spare[0], row)


def _around(boxes: list[Sides], size: Size) -> Sides:
    """The first column and row, and the last, of all that of boxes is in the picture."""
    left, top, right, low = ([box[k] for box in boxes] for k in range(4))
    return (
        max(0.0, min(left)), max(0.0, min(top)), min(size.width, max(right)),
        min(size.height, max(low)),
    )  # fmt: skip


def _alive(figure: Figure) -> bool:
    return not isinstance(figure.actor, Prop)


def _seen(figures: list[Figure], acted: Set[str]) -> list[Figure]:
    """Those who are to be seen: all who live, but no crowd, and their things, if these are small.

    What others are on or at is seen as far as it is near them; what something is done to, by the
    names `acted`, also where it is far from them.
    """
    fed = [figure for figure in figures if is_beast(figure) and figure.role.relation == "at"]
    bases = {f.role.to for f in figures if f.role.relation != "in" and f not in fed}
    places = {figure.role.to for figure in figures if figure.role.relation == "in"}
    near = [figure for figure in figures if figure.depth >= 1 and figure.role.count <= FEW]
    alive = [figure for figure in near if _alive(figure)]
    most = _SMALL * max((figure.pixels_high for figure in alive), default=math.inf)
    small = {f.role.actor for f in near if f.role.actor in acted and span_of([f]) < most}
    things = [
        figure
        for figure in near
        if not _alive(figure)
        and figure.role.actor not in bases - small
        and (figure.role.actor in acted | places or figure.role.relation or _by(figure, alive))
        and (figure.holder or figure.pixels_high < most or figure.role.actor in places)
    ]
    return [*alive, *things] or figures[:1]


def _by(thing: Figure, figures: list[Figure]) -> bool:
    """Whether a thing is close to one of some figures, or there are none."""
    ways = (
        abs(middle_of(thing) - middle_of(one))
        - (span_of([thing]) + span_of([one])) / 2
        - _CLOSE * one.pixels_high
        for one in figures
    )
    return min(ways, default=0.0) <= 0


def _sides(figure: Figure, x: float, row: float, *, used: bool, alone: bool) -> Sides:
    """The first column and row, and the last, of what is to be seen of one at a place.

    Of a thing that somebody is at, or on, it is the top.
    """
    box, name = figure.box, figure.role.actor
    back, top, bottom = box.left, box.top, box.bottom
    upright = figure.role.action in ("stand", "walk", "run", "wave", "dance", "hug")
    if isinstance(figure.actor, Prop) or is_puppet(name):
        bottom, upright = top - (_TOP if used else 1.0) * box.height, False
    elif library.facts(name).person:
        bottom = top - (_BUST if upright else _SEATED) * box.height
    elif alone and upright and figure.grounded and box.long:
        back, bottom = box.right - _FRONT * box.width, top - _FRONT * box.height
    elif figure.role.relation == "on":
        bottom -= _BELOW * box.height
    return _edges(figure, x, row, Box(back, bottom, box.right, top))


def _edges(figure: Figure, x: float, row: float, part: Box | None = None) -> Sides:
    """The first column and row, and the last, of one at a place, or of a part of it."""
    box, scale = part or figure.box, figure.scale
    ends = sorted(x + figure.facing * scale * edge for edge in (box.left, box.right))
    return ends[0], row - scale * box.top, ends[1], row - scale * box.bottom
