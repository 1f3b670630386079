"""Sizes: one plane has one scale, at which the largest fits and the smallest is seen."""

from __future__ import annotations

import math
from typing import NamedTuple

from shadowplay.art import library
from shadowplay.art.cast import extent
from shadowplay.art.prop import Prop
from shadowplay.scene import CLIMBING, Scene
from shadowplay.shot import Size
from shadowplay.sprites.marks import Figure

LARGEST = 0.74  # how high the largest is at most, in shares of the frame's height
_TALLEST = 0.76  # how high a thing is at most, likewise
_HANGING = 0.82  # how high the upper end of what hangs is at most, likewise
_CLIMBED = 1.15  # how high the upper end of what is climbed is at most, likewise
_WIDEST, _LONGEST = 0.92, 2.2  # how wide a thing is at most, and how wide a bridge, likewise
_FLOWN = 0.5  # how wide one that is ridden in the air is, likewise
_RIDER = 0.3  # how high a rider at least is on it, in its heights
HUGE = 15.0  # how many metres high what stands in the distance is
_CUT = 0.7  # how much of what one is on is seen at least
_BELOW = 0.1  # up to where on a thing the hand is of one above whom all of it is, in its heights
_CLOSED = 0.15  # the radius from which on a place in a thing is a room with a roof, in metres
_BENT = 0.4  # the least share of its size that one inside has
_INSIDE = 0.85  # how long one is who lies there, in the thing's widths
_ON_TOP = 0.24  # how high one is on a thing that is huge at most, as a share of it
_USUAL = {True: 3.8, False: 1.8}
"""How many metres high those are whom a place outdoors, or a room, is as large as."""

_CLOSEST = 1.8  # how much larger what stands there becomes for smaller ones
_RATIO = 4.0  # how many times as high as the other, or as low, one is drawn at most beside it


class Stage(NamedTuple):
    """The room there is, in pixels and rows of the frame."""

    width: int
    height: int
    ground: float | None  # the row that feet stand on, if there is ground
    water: float | None  # the row that hulls float on, if there is water
    sky: float  # the row of what flies
    facing: float  # which way the lead looks
    close: bool  # the lead is wanted large


def closeness(scene: Scene, *, outdoors: bool) -> float:
    """How much larger what stands in a place is, so that those who fill the frame look right."""
    ours = [role for role in scene.cast if not library.facts(role.actor).scenery]
    high = max((extent(role.actor) for role in ours), default=HUGE)
    if any(role.action in ("fly", "swim", "sail") for role in ours) or scene.far:
        return 1.0
    return min(_CLOSEST, max(1.0, math.sqrt(_USUAL[outdoors] / high)))


def metres(figure: Figure) -> float:
    """How many metres high a figure is."""
    return figure.actor.height * figure.box.room(figure.role.action)


def resize(figure: Figure, factor: float) -> None:
    """Make a figure larger or smaller about its foot, or its middle if it flies."""
    middle = figure.middle
    if not figure.grounded and not figure.afloat:
        figure.row -= figure.box.middle[1] * figure.scale * (1 - factor)
    figure.scale *= factor
    figure.middle = middle
    figure.hasten(factor)


def fit_inside(figure: Figure, target: Figure, radius: float) -> None:
    """Make one no higher than the room of a radius inside a thing, if that is closed above.

    One who lies in it is no longer than it.
    """
    share = 2 * radius * target.scale / figure.pixels_high if radius > _CLOSED else 1.0
    if figure.role.action == "lie":
        share = min(share, _INSIDE * target.pixels_wide / figure.pixels_wide)
    if target.grounded == figure.grounded:
        resize(figure, min(1.0, max(_BENT, share)))
    elif target.afloat and library.facts(target.role.actor).crewed:  # as large as who rows it
        resize(figure, min(1.0, target.metre / figure.metre))


def ride(figure: Figure, target: Figure, width: float) -> None:
    """Draw one that flies so large that its rider is seen, who is not much too large for it."""
    resize(target, max(1.0, _FLOWN * width / target.pixels_wide))
    true = target.metre * figure.actor.height * figure.box.height
    resize(figure, min(1.0, max(true, _RIDER * target.pixels_high) / figure.pixels_high))


def dwarf(group: list[Figure], tall: Figure, cast: list[Figure]) -> None:
    """Make all so small that a tower on which some stand is seen to be one, and they whole."""
    share = _ON_TOP * tall.pixels_high / group[0].pixels_high
    for figure in cast if share < 1 and tall.actor.height > HUGE else ():
        if figure.depth >= 1 or figure in group:
            resize(figure, share)


def beside(lead: Figure, high: float, frame: Size) -> float:
    """How many pixels high one of so many metres is beside the lead, within bounds."""
    ratio = min(_RATIO, max(1 / _RATIO, high / metres(lead)))
    return min(ratio * lead.pixels_high, LARGEST * frame.height)


def fitting(prop: Prop, count: int, lead: Figure, stage: Stage) -> float:
    """The largest scale at which a row of a prop still fits into the frame."""
    wide, high = prop.size
    wide *= 1.15 * (count - 1) + 1
    most, role, across = _TALLEST, lead.role, _LONGEST if prop.wide else _WIDEST
    used, own = role.to == prop.name, lead.box.height * lead.actor.height
    if prop.home == "ground" and prop.lift:
        most, high = _HANGING, _CUT * high + prop.lift  # some of a chain is above the frame
    elif used and role.relation in CLIMBING and library.facts(prop.name).steps:
        high += own  # one is on top of them at last
    elif used and role.relation in CLIMBING:
        most = _CLIMBED
    elif prop.wide and prop.place("through") and role.relation not in ("on", "across"):
        most = _CLIMBED  # a gate in a wall that goes on above the frame
    elif used and not prop.wide:
        top = prop.place(role.relation)
        if top or role.relation == "on":
            # Both are seen, and the frame's lower edge may cut off some of the thing.
            high = max(high, _CUT * (top.start[1] if top else high) + own)
    if used and role.relation == "between" and lead.in_air:
        most = min(most, _FLOWN)
    grip = prop.place("grip")
    if grip is not None and grip.start[1] < _BELOW * high:
        high += own  # who holds it is below it
    return min(most * stage.height / max(high, 0.01), across * stage.width / max(wide, 0.01))


def water_row(water: tuple[float, float], size: Size) -> float:
    """The row where one is in the water whose surface shows between two rows."""
    top, bottom = water
    return top + (bottom - top) * (0.42 if size.width >= size.height else 0.3) + 4
