"""Hauling: figures push and pull things, and several carry one between them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from shadowplay.acting.handling import arms_for, bring, middle_of, stand_with, turn_round, use
from shadowplay.acting.reaching import bent, crossings
from shadowplay.acting.sizes import resize
from shadowplay.acting.surrounding import is_table
from shadowplay.acting.towing import is_dragged
from shadowplay.art import library
from shadowplay.art.actors import Guise
from shadowplay.deeds import Party, Track
from shadowplay.sprites.changes import Change
from shadowplay.sprites.marks import Figure

_UPRIGHT = 1.3  # what is this much higher than wide is carried lying
_INSIDE = 0.05  # how far from the end of a thing a hand is, in its lengths
_UP = 0.6  # how high on that end it is, from the lower edge to the upper one
_CLEAR = 0.12  # how far above the ground a thing is at least, in its carriers' heights
_FARTHER = 0.03  # how much farther away those behind it, or beside others, are, in their heights
_LONG = 0.5  # how long a tow rope is, in heights of what pulls
_HITCH = 0.85  # where a shaft ends on one without hands
_RIMS, _NEAR = (0.86, 0.72, 0.58, 0.44), 0.08
"""How high on a thing hands may be that push it, in its heights, and how far from its end, in its
widths."""

_STOOPS = 0.28  # how high one's hands are at least, in one's heights
_PACKED = 0.45  # how far behind one another those are who push one thing, in their widths


def move(group: Sequence[Figure], target: Figure, *, ahead: bool) -> None:
    """Let figures push a thing before them, or pull it behind them."""
    stiff, arms = target.is_thing, arms_for(target) or "push"
    roped = not ahead and (is_dragged(target) or not stiff)
    target.face(leftward=group[0].role.leftward)
    # The last one of a group has it.
    for figure in sorted(group, key=lambda one: one.x * one.facing, reverse=not ahead):
        use(figure, arms if ahead else "pull" if stiff else "leash")
        end = _pushed(figure, target) if ahead else target.box.right
        hand = (figure.box.right if ahead else _HITCH * figure.box.left) * figure.scale
        if ahead or library.facts(figure.role.actor).person:
            hand = figure.hand(0.0)[0] * figure.scale
        hand -= _LONG * figure.pixels_high if roped else 0.0
        target.x = figure.x + figure.facing * (hand - end * target.scale)
        stand_with(target, figure)
        target.speed, target.depth, target.fade = figure.speed, figure.depth, figure.fade
    mates = sorted(group, key=lambda one: -one.x * one.facing) if ahead else []
    for k, one in enumerate(mates):  # all have their hands on it, beside one another
        one.x = mates[0].x - _PACKED * k * one.pixels_wide * one.facing
        one.order, one.sink = one.order - 0.1 * k, one.sink - _FARTHER * k * one.pixels_high


def _pushed(figure: Figure, target: Figure) -> float:
    """Bend one to a thing so that its hands are at that, and say where its end is there."""
    if not library.facts(figure.role.actor).person:
        return target.box.left
    box, (x, y, _), edge = target.box, figure.hand(0.0), target.box.left
    own = (y * figure.scale) / target.scale
    for level in (own, *(share * box.top for share in _RIMS)):
        edges = crossings(target.actor, target.role.action, target.variant, level, 1)
        if level <= own and edges and min(edges) < box.left + _NEAR * box.width:
            edge = min(edges)
            break
    else:
        level = _RIMS[-1] * box.top
    level = max(level, _STOOPS * figure.pixels_high / target.scale)
    if level < own and not arms_for(target):
        aim = figure.column(x), figure.lift + level * target.scale
        figure.actor = figure.actor.guised(Guise(lean=bent(figure, None, aim, 0.0)))
    return edge


def bear_together(thing: Figure, carriers: Sequence[Figure], cast: Sequence[Figure]) -> None:
    """Let the hindmost and the foremost have the ends of a thing, and the rest be behind it.

    Those of the cast who are on the thing go along.
    """
    carriers = sorted(carriers, key=lambda one: one.x * one.facing)
    hind, front, mark = carriers[0], carriers[-1], middle_of(*carriers)
    thing.face(leftward=hind.role.leftward)
    old, share = (thing.middle, thing.lift), hind.metre / thing.metre
    resize(thing, share)
    thing.speed, thing.depth, thing.acts = hind.speed, hind.depth, ()
    for one in carriers:
        use(one, "bear")
        one.speed = hind.speed
    if hind.speed:
        use(front, "bear_behind")
    elif front.facing == hind.facing:
        turn_round(front)
    near, far, turn = _ends(thing, hind)
    (x, y, _), right, up = hind.hand(0.0), *thing.offset(far[0] - near[0], far[1] - near[1], turn)
    front.x = hind.column(x) + right - front.hand(0.0)[0] * front.scale * front.facing
    slope = front.lift + front.hand(0.0)[1] * front.scale - hind.lift - y * hind.scale - up
    turn -= math.degrees(math.atan2(slope, abs(right)))
    thing.changes.append(Change(Party({"turn": Track(((0.0, turn),))})))
    for k, one in enumerate(carriers[1:-1], 1):
        one.middle = hind.middle + (front.middle - hind.middle) * k / (len(carriers) - 1)
        one.sink -= _FARTHER * one.pixels_high
        one.order = hind.order - 0.1
    bring(carriers, mark)
    stand_with(thing, hind)
    thing.holder, thing.grip, thing.order = hind, near, hind.order + 0.05
    thing.x, thing.lift = hind.x, hind.lift
    right, up = thing.carried(hind, 0.0)
    thing.x, thing.lift = hind.x + right, hind.lift + up
    for one in cast:
        if one.role.to == thing.role.actor and one.role.relation in ("on", "in"):
            _take_along(one, thing, old, share)


def _ends(thing: Figure, hind: Figure) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Where the hindmost and the foremost hold a thing, and how far it is turned forward."""
    box, most = thing.box, (hind.hand(0.0)[1] - _CLEAR) * hind.scale / thing.scale
    if box.height > _UPRIGHT * box.width:
        x, inside = box.middle[0], _INSIDE * box.height
        return (x, box.bottom + inside), (x, box.top - inside), 90.0
    inside, levels = _INSIDE * box.width, [most + box.bottom]
    for x in (box.left + inside, box.right - inside):
        edges = crossings(thing.actor, thing.role.action, thing.variant, x, 0) or [box.top]
        low, top = min(edges), max(edges)
        levels.append(top if is_table(thing) else low + _UP * (top - low))
    level = min(levels)
    return (box.left + inside, level), (box.right - inside, level), 0.0


def _take_along(one: Figure, thing: Figure, old: tuple[float, float], share: float) -> None:
    """Let one who is on a thing that is carried go where that goes."""
    holder, (middle, lift) = thing.holder, old
    assert holder is not None
    x = thing.middle + (one.x - middle) * share
    up = thing.lift + (one.lift - lift) * share
    right, above, _ = holder.hand(0.0)
    across = (holder.column(right) - x) * one.facing / one.scale
    one.grip = across, (holder.lift + above * holder.scale - up) / one.scale
    one.x, one.lift, one.speed, one.depth = x, up, holder.speed, holder.depth
    stand_with(one, holder)
    one.holder, one.order = holder, thing.order + 0.05
