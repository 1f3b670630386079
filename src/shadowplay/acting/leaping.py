"""Leaping: who jumps over what it comes to, or flies, stays in the frame."""

from __future__ import annotations

import math

from shadowplay.acting.handling import middle_of, span_of
from shadowplay.acting.sizes import resize
from shadowplay.deeds import Party
from shadowplay.scene import Action
from shadowplay.sprites.marks import Figure, Leap
from shadowplay.words.timing import fitting

_RUN_UP = 0.9
"""Seconds after a deed's beginning at which one is over the thing that it leaps over."""

_RUN = 0.62
"""How far before the thing one is at first in a frame that does not go along, in its widths."""

_CLEAR = 1.08
"""How high above the ground one is who leaps over a thing, in its heights."""

_HEADROOM = 0.86
"""The part of the frame above the ground that one who leaps may reach."""

_LONGEST = 0.62
"""Half of the seconds that one leaps at most over what is broad."""

_ALONG, _PLACE, _PACE = 0.3, 0.08, 0.13
"""How far before the middle of a thing that one leaps along one is at first, how far those are
apart who do, and how far one gets in a second, in its widths."""

_FLIGHT = 0.19
"""Half of the part of a jump that is in the air."""

_HOP = 2.4
"""Seconds of the jump of one who has wheels, or who hops along anyway."""

Frame = tuple[float, float, float]
_ONCE = 1e6
"""Pixels after which something comes again that never does."""


def _leap_on(who: list[Figure], thing: Figure) -> None:
    """Let those who are on a thing leap along it, from its end that is behind them."""
    wide = span_of([thing])
    for figure in who:
        side = figure.facing * (_ALONG + _PLACE * figure.variant)
        figure.x += middle_of(thing) - side * wide - middle_of(figure)
        figure.speed = figure.facing * _PACE * wide
        figure.acts = ((0.0, fitting("jump", figure.actor.actions), figure.speed),)


def leap_over(
    who: list[Figure], things: list[Figure], alive: list[Figure], start: float, frame: Frame
) -> None:
    """Let those who go on their way leap over a thing, or through it, whenever they meet it.

    With a camera that goes along the thing comes into the frame, else they do. Of all who are
    `alive`, those who look on stand behind their way. `frame` has the row of the ground, too.
    """
    width, height, ground = frame
    for one in alive:
        aside = one.grounded and one not in (*who, *things)
        one.order, one.sink = one.order - 0.4 * aside, one.sink - 0.025 * height * aside
    thing = things[0]
    if (who[0].role.relation, who[0].role.to) == ("on", thing.role.actor):
        _leap_on(who, thing)
        return
    ring = thing.actor.place("through")
    top = ring.at(0.5)[1] - ring.radius if ring else _CLEAR * thing.box.top
    over = _HEADROOM * ground / (top * thing.scale + who[0].pixels_high)
    for figure in (*who, *things) if over < 1 else ():
        resize(figure, over)
        figure.acts = tuple((s, action, speed * over) for s, action, speed in figure.acts)
    pace = who[0].speed - thing.speed
    if not pace:
        return
    slower = _RUN * width / abs(pace) / (start + _RUN_UP) if who[0].span else 1.0
    for figure in who if slower < 1 else ():
        figure.speed *= slower
        figure.acts = tuple((s, action, speed * slower) for s, action, speed in figure.acts)
    pace *= min(1.0, slower)
    ahead = pace * (start + _RUN_UP)
    moved = (width / 2 if who[0].span else middle_of(who[0]) + ahead) - middle_of(thing)
    for figure in things:
        figure.x += moved
    for k, figure in enumerate(who):
        if figure.span:
            figure.x += middle_of(thing) - ahead * (1 + 0.2 * k) - middle_of(figure)
            figure.span = max(figure.span, width - figure.x + span_of([figure]))
        jumps = "jump" in figure.actor.actions
        period, touch = figure.actor.beats("jump", figure.variant) if jumps else (0.0, 0.0)
        how: Action = "jump" if period else figure.role.action  # a bicycle has wheels
        period = period or _HOP
        at = (middle_of(thing) - middle_of(figure)) / pace
        every, flight = (figure.span or thing.span or _ONCE) / abs(pace), _FLIGHT * period
        shapes = figure.actor.pose(how, touch - flight, figure.variant)
        low = min(float(shape.points[:, 1].min()) for shape in shapes)
        high = max(0.0, top * thing.scale - low * figure.scale)
        broad = (span_of([thing]) + 0.6 * span_of([figure])) / 2 / abs(pace)
        half = max(flight, min(broad, _LONGEST))
        figure.leap = Leap(at, every, half, touch, flight, high, how)


def bring_near(who: list[Figure], other: list[Figure], wide: float, high: float) -> None:
    """Let one who flies come down to one who does not; it grows up to so many pixels."""
    for ground, air in ((who, other), (other, who)):
        if not ground[0].grounded or air[0].grounded or air[0].afloat:
            continue
        metre = ground[0].scale / ground[0].actor.height
        for figure in air:
            size = figure.actor.height * metre / figure.scale
            most = min(high / figure.pixels_high, wide / span_of([figure]))
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
            free = (width - figure.x if right > 0 else figure.x) - 0.7 * span_of([figure])
            units[name] = (math.copysign(min(abs(right), max(0.0, free / most)), right), up)
