"""Ways: how far deeds take those who leap, fly, get up or go round, within the frame."""

from __future__ import annotations

import math
from collections.abc import Sequence

from shadowplay.acting.handling import turn_round
from shadowplay.acting.sizes import resize
from shadowplay.deeds import Party
from shadowplay.scene import SIDES, Action
from shadowplay.sprites.marks import Figure, Leap

_RUN_UP = 0.9  # seconds after a deed's beginning at which one is over what one leaps over
_RUN = 0.62  # how far before it one is at first in a frame that stays, in its widths
_CLEAR = 1.08  # how high above the ground one is who leaps over a thing, in its heights
_HEADROOM = 0.86  # the part of the frame above the ground that one who leaps may reach
_LONGEST = 0.62  # half of the seconds that one leaps at most over what is broad
_FLIGHT = 0.19  # half of the part of a jump that is in the air
_HOP = 2.4  # seconds of the jump of one who has wheels, or who hops along anyway
_ONCE = 1e6  # pixels after which something comes again that never does

_BEFORE, _EDGE, _NEARER = 0.3, 0.03, 0.012
"""How far before a seat's middle one gets up from it at least, in its heights; how far a seat is
from the frame's edge, in its widths, and how much lower one stands before another."""


def leap_over(
    who: list[Figure],
    things: list[Figure],
    alive: list[Figure],
    start: float,
    room: tuple[int, int, float, float],
) -> None:
    """Let those who go on their way leap over a thing, or through it, whenever they meet it.

    With a camera that goes along the thing comes into the frame, else they do. Of all who are
    `alive`, those who look on stand behind their way.
    """
    (width, height, ground, _), thing = room, things[0]
    for one in alive:
        aside = one.grounded and one not in (*who, *things)
        one.order, one.sink = one.order - 0.4 * aside, one.sink - 0.025 * height * aside
    ring = thing.actor.place("through")
    top = ring.at(0.5)[1] - ring.radius if ring else _CLEAR * thing.box.top
    over = _HEADROOM * ground / (top * thing.scale + who[0].pixels_high)
    for figure in (*who, *things) if over < 1 else ():
        resize(figure, over)
    pace = who[0].speed - thing.speed
    if not pace:
        return
    slower = _RUN * width / abs(pace) / (start + _RUN_UP) if who[0].span else 1.0
    for figure in who if slower < 1 else ():
        figure.hasten(slower)
    pace *= min(1.0, slower)
    ahead = pace * (start + _RUN_UP)
    moved = (width / 2 if who[0].span else who[0].middle + ahead) - thing.middle
    for figure in things:
        figure.x += moved
    for k, figure in enumerate(who):
        if figure.span:
            figure.middle = thing.middle - ahead * (1 + 0.2 * k)
            figure.span = max(figure.span, width - figure.x + figure.pixels_wide)
        figure.leap = _leap(figure, thing, pace, top * thing.scale)


def _leap(figure: Figure, thing: Figure, pace: float, top: float) -> Leap:
    """How one leaps who comes nearer to a thing by so many pixels a second, `top` pixels high."""
    jumps = "jump" in figure.actor.actions
    period, touch = figure.actor.beats("jump", figure.variant) if jumps else (0.0, 0.0)
    how: Action = "jump" if period else figure.role.action  # a bicycle has wheels
    flight = _FLIGHT * (period or _HOP)
    shapes = figure.actor.pose(how, touch - flight, figure.variant)
    low = min(float(shape.points[:, 1].min()) for shape in shapes)
    broad = (thing.pixels_wide + 0.6 * figure.pixels_wide) / 2 / abs(pace)
    at, every = (thing.middle - figure.middle) / pace, (figure.span or thing.span or _ONCE)
    half, high = max(flight, min(broad, _LONGEST)), max(0.0, top - low * figure.scale)
    return Leap(at, every / abs(pace), half, touch, flight, high, how)


def bring_near(who: list[Figure], other: list[Figure], wide: float, high: float) -> None:
    """Let one who flies come down to one who does not; it grows up to so many pixels."""
    for ground, air in ((who, other), (other, who)):
        if not (ground[0].grounded and air[0].in_air):
            continue
        for figure in air:
            size = ground[0].metre / figure.metre
            most = min(high / figure.pixels_high, wide / figure.pixels_wide)
            figure.scale *= max(1.0, min(size, most))
            middle = figure.box.middle[1] * figure.scale
            low = 0.62 * ground[0].pixels_high - middle
            figure.row = ground[0].row - max(low, -figure.box.bottom * figure.scale)


def stay_in_frame(
    figure: Figure, party: Party, units: dict[str, tuple[float, float]], width: int, ground: float
) -> None:
    """Let what flies along, and who jumps into the water, go no farther than the frame's edge."""
    for name, track in party.tracks.items():
        right, up = units.get(name, (0.0, 0.0))
        most = max((level for _, level in track.keys), default=0.0) or 1.0
        if name == "above" and party.travels:
            line = ground + figure.sink if figure.grounded else figure.row
            free = 0.98 * (line - figure.lift - figure.box.top * figure.scale)
            units[name] = (right, min(up, max(0.0, free / most)))
        elif name == "aside" and "water" in party.tracks:
            free = (width - figure.x if right > 0 else figure.x) - 0.7 * figure.pixels_wide
            units[name] = (math.copysign(min(abs(right), max(0.0, free / most)), right), up)


def from_seat(
    figure: Figure, seat: Figure, cast: Sequence[Figure], width: int
) -> dict[str, tuple[float, float]]:
    """How far a seat's place is to the right and up from one who was on it before, in pixels.

    The seat is put behind that one, with the table that it is at.
    """
    place, wide = seat.actor.place("on") or seat.actor.place("in"), seat.pixels_wide
    assert place is not None
    behind = figure.middle - figure.facing * (0.3 * wide + _BEFORE * figure.pixels_high)
    half = min(0.5 * width, 0.5 * wide + _EDGE * width)
    way = min(max(behind, half), width - half) - seat.middle
    own = {seat.role.actor, seat.role.to} - {""}
    for one in cast:
        with_it = one.role.actor in own or (one.role.to in own and one.holder is None)
        one.x += way if with_it and one is not figure else 0.0
    if seat.facing != figure.facing:
        turn_round(seat)
    figure.order = max(figure.order, seat.order + 0.3)
    x, y = place.at(0.5)
    right = seat.column(x) - figure.x
    up = seat.lift + y * seat.scale + figure.sink - seat.sink
    return {"seat": (right, 0.0), "perched": (0.0, up)}


def beside(figure: Figure, cast: Sequence[Figure], width: int) -> float:
    """Pixels from its mark to beside what it is on, or before what is broad."""
    if figure.holder:
        return 0.0
    wide = next((one.pixels_wide for one in cast if one.role.actor == figure.role.to), 0.0)
    off = (wide if wide < 0.4 * width else 0.0) / 2 + 0.2 * figure.pixels_high
    behind = figure.x if figure.facing > 0 else width - figure.x
    return min(off, max(0.0, behind - 1.3 * figure.pixels_high))


def go_round(
    side: str, figure: Figure, other: Figure, cast: Sequence[Figure], width: int
) -> dict[str, tuple[float, float]]:
    """How far one goes to a side of another, in pixels to the right; all move into the frame."""
    gap = (figure.pixels_wide + other.pixels_wide) / 2 + _EDGE * width
    aside, middle = SIDES.get(side, 0) * gap, other.middle
    if not aside and gap > other.pixels_wide:
        aside = 0.15 * figure.pixels_wide * figure.facing  # it hides nothing small
    mark = figure.middle - middle
    share = min(1.0, (1 - 2 * _EDGE) * width / (abs(aside - mark) + figure.pixels_wide))
    for one in (figure, other):
        resize(one, share)
    aside, mark = aside * share, mark * share
    figure.middle = middle + mark
    if (aside - mark) * figure.facing < 0:
        turn_round(figure)
    if side in ("before", "behind"):
        away = 1 if side == "before" else -1
        figure.order, figure.sink = other.order + 0.3 * away, other.sink + _NEARER * away * width
    room = figure.pixels_wide / 2 + _EDGE * width
    keep_inside(cast, middle + min(aside, mark) - room, middle + max(aside, mark) + room, width)
    return {"round": (aside - mark, 0.0)}


def keep_inside(cast: Sequence[Figure], left: float, right: float, width: int) -> None:
    """Move all who are near the camera, so that two columns are in the frame."""
    inward = max(0.0, -left) + min(0.0, width - right)
    for one in cast:
        one.x += inward if one.depth >= 1 else 0.0
