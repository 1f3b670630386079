"""Nearing: which part of a picture is shown: a close-up's, or that of a small cast."""

from __future__ import annotations

import math
from collections.abc import Set

from shadowplay.acting.biting import is_beast
from shadowplay.art import library
from shadowplay.colour import Floats
from shadowplay.names import is_puppet
from shadowplay.picture.camera import WHOLE, Camera, Part
from shadowplay.picture.light import KeyLight
from shadowplay.scene import Scene
from shadowplay.shot import Size
from shadowplay.sprites.marks import FEW, Box, Figure, placed_at

LARGER = 1.8  # how much larger a close-up is drawn than other pictures
_MOST = 1.5  # how much of that it is shown at most
_FILLS = (0.86, 0.88)  # how wide and high what is to be seen is at most, in frames
_ABOVE = 0.35  # the share of the room that is left above those who are seen
_STEPS = ((1.45, 1.4), (1.14, 1.22))
"""From how much room on a picture is shown how much larger: in steps, so that a remix in which a
wolf takes a fox's place keeps the rest."""

_HIDDEN = 0.45  # how much weather hides a sun that need not be seen
_HEAD = 0.03  # how much of the height is left above heads
_ROOMY = (0.64, 0.78)  # how wide and high those are at most who are seen whole, in frames
_UPRIGHT = (0.86, 0.62)  # likewise in a frame that is high
_AHEAD = 0.58  # the share of the room beside them that is left where the lead looks
_BUST, _SEATED = 0.56, 0.66  # how much of one who stands, or sits, is seen from the head on
_FRONT = 0.6  # how much of an animal is seen from its nose on
_SMALL = 0.7  # how high, beside the tallest, are things that are seen whole
_TOP = 0.4  # how much of a thing is seen that somebody works at
_CLOSE = 0.25  # how far from one a thing may be that is seen with that one, in heights
_TIMES = (0.0, 1.3, 2.6, 3.9)  # seconds at which those are looked at who are to be seen

Sides = tuple[float, float, float, float]
"""The first column and row, and the last."""


def window(
    figures: list[Figure], scene: Scene, shown: Size, camera: Camera, ground: Floats | None
) -> Part:
    """The part of the scene's picture that is shown in a frame: faces, hands, and their things."""
    wide, high = scene.size
    # What is thrown or kicked leaves; it is seen until then.
    until = {name: deed.start for deed in scene.deeds for name in (deed.what, deed.whom)}
    seen, used = _seen(figures, until.keys()), {figure.role.to for figure in figures}
    boxes = []
    for figure in seen:
        part = _part(figure, used=figure.role.actor in used, alone=len(seen) == 1)
        leaves = until.get(figure.role.actor, math.inf) if figure.is_thing else math.inf
        boxes += _boxes(figure, part, camera, ground, leaves)
    left, top, right, low = _around(boxes or [(0.0, 0.0, wide, high)], scene.size)
    across, down = max(1.0, right - left), max(1.0, low - top)
    most = min(_MOST, _FILLS[0] * shown.width / across, _FILLS[1] * shown.height / down)
    scale = max(shown.width / wide, most)
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
        flies = figure.in_air and not figure.holder
        for left, top, right, low in _boxes(figure, figure.box, camera, ground):
            if right - left < size.width and right > 0 and left < size.width:
                boxes.append((left, top, right, max(low, stage) if flies else low))
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


def sides_at(figure: Figure, part: Box, x: float, row: float) -> Sides:
    """Where in the picture a part of a figure is whose origin is at a place."""
    ends = sorted(x + figure.facing * figure.scale * edge for edge in (part.left, part.right))
    return ends[0], row - figure.scale * part.top, ends[1], row - figure.scale * part.bottom


def _boxes(
    figure: Figure, part: Box, camera: Camera, ground: Floats | None, until: float = math.inf
) -> list[Sides]:
    """Where a part of a figure is at some of the first seconds, `until` one of them."""
    return [
        sides_at(figure, _turned(figure, part, t), *placed_at(figure, t, camera.at(t), ground))
        for t in _TIMES
        if t <= until
    ]


def _turned(figure: Figure, part: Box, t: float) -> Box:
    """A part of a figure at a time, turned with it: about its middle if it rolls."""
    (across, up), half = part.middle, math.hypot(part.width, part.height) / 2
    if figure.radius:
        return Box(across - half, up - half, across + half, up + half)
    turn = math.radians(figure.state(t).turn)
    ends = [(x, y) for x in (part.left, part.right) for y in (part.bottom, part.top)]
    columns = [x * math.cos(turn) + y * math.sin(turn) for x, y in ends]
    rows = [y * math.cos(turn) - x * math.sin(turn) for x, y in ends]
    return Box(min(columns), min(rows), max(columns), max(rows))


def _around(boxes: list[Sides], size: Size) -> Sides:
    """All that of boxes is in the picture."""
    left, top, right, low = zip(*boxes, strict=True)
    right_most, lowest = min(size.width, max(right)), min(size.height, max(low))
    return max(0.0, min(left)), max(0.0, min(top)), right_most, lowest


def _seen(figures: list[Figure], acted: Set[str]) -> list[Figure]:
    """Those who are to be seen: all who live, but no crowd, and their things, if these are small.

    What others are on or at is seen as far as it is near them; what something is done to, by the
    names `acted`, also where it is far from them.
    """
    fed = [figure for figure in figures if is_beast(figure) and figure.role.relation == "at"]
    bases = {f.role.to for f in figures if f.role.relation != "in" and f not in fed}
    places = {figure.role.to for figure in figures if figure.role.relation == "in"}
    near = [figure for figure in figures if figure.depth >= 1 and figure.role.count <= FEW]
    alive = [figure for figure in near if not figure.is_thing]
    most = _SMALL * max((figure.pixels_high for figure in alive), default=math.inf)
    bases -= {f.role.actor for f in near if f.role.actor in acted and f.pixels_wide < most}
    things = [
        figure
        for figure in near
        if figure.is_thing
        and figure.role.actor not in bases
        and (figure.role.actor in acted | places or figure.role.relation or _by(figure, alive))
        and (figure.holder or figure.pixels_high < most or figure.role.actor in places)
    ]
    return [*alive, *things] or figures[:1]


def _by(thing: Figure, figures: list[Figure]) -> bool:
    """Whether a thing is close to one of some figures, or there are none."""
    gaps = (
        abs(thing.middle - one.middle)
        - (thing.pixels_wide + one.pixels_wide) / 2
        - _CLOSE * one.pixels_high
        for one in figures
    )
    return min(gaps, default=0.0) <= 0


def _part(figure: Figure, *, used: bool, alone: bool) -> Box:
    """What is to be seen of one; of a thing that somebody is at, or on, it is the top."""
    box, name = figure.box, figure.role.actor
    back, bottom = box.left, box.bottom
    upright = figure.role.action in ("stand", "walk", "run", "wave", "dance", "hug")
    if figure.is_thing or is_puppet(name):
        bottom = box.top - (_TOP if used else 1.0) * box.height
    elif library.facts(name).person:
        bottom = box.top - (_BUST if upright else _SEATED) * box.height
    elif alone and upright and figure.grounded and box.long:
        back, bottom = box.right - _FRONT * box.width, box.top - _FRONT * box.height
    return Box(back, bottom, box.right, box.top)
