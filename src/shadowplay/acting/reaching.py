"""Reaching: hands and the tips of tools come to what is worked on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from shadowplay.acting.biting import PAWS, is_beast, suit
from shadowplay.acting.handling import middle_of, things_under, turn_round
from shadowplay.acting.surrounding import has_top, is_table
from shadowplay.art import library
from shadowplay.art.actors import Actor, Guise
from shadowplay.art.boned import BonedFigure
from shadowplay.art.prop import Prop
from shadowplay.scene import Action
from shadowplay.sprites.marks import Figure

Spot = tuple[float, float]
"""A column of the frame, and pixels above the line on which figures stand."""

Ending = Callable[[Figure, float], Spot]

_JOINTS = {"chest": (-64, 24), "upper.n": (-60, 80), "fore.n": (-50, 50)}
"""What bends so that a hand gets somewhere, and how much more, in degrees."""

_NECK = {"chest": (-16, 24), "neck": (-70, 90), "head": (-40, 40)}
"""Likewise of an animal, whose mouth gets there."""

_SEATED = -16  # how far the chest of one bends who sits, likewise
_STEPS = (16, 8, 4, 2)  # degrees by which joints are tried
_STIFF = 4e-6  # how much a degree counts that a joint bends, beside squared heights of the figure
_MOMENTS = tuple(0.15 * k for k in range(16))
"""Seconds at which a hand is looked at that goes to and fro."""

_FIGHTS = 1.2  # the second at which blades are seen to meet

# In heights of the doer:
_INSIDE = 0.2  # how far within the edge of a broad thing one works, before it
_BEHIND = 0.4  # likewise behind it
_ABOVE = 1.16  # how high one picks what hangs
_HIGHEST = 0.74  # how high one works on a tall thing at most
_SPOUT = 0.54  # how high one pours on it at most
_POUR = 0.1  # how far above a thing one pours
_APART = 0.75  # how far apart two are at least at a thing's two ends
_LEAVES = tuple(0.05 * k for k in range(7, 24))
"""How high an animal may eat from what is taller than it: where that is widest."""

_HUB = 0.34  # metres to the hub of a wheel
_RIM = 0.45  # how high on what lies on a table a hand gets, in its heights
_OVER = 0.2  # how far over that the hand gets, in its widths
KICKED = frozenset({"foot", "goal", "past"})  # ends of the way of what is kicked
PAST = 0.6  # how far past another that flies, in the kicker's heights


def touch(
    who: list[Figure], tool: Figure | None, thing: Figure, where: str, cast: list[Figure]
) -> None:
    """Let doers bend, and stand so, that a tool or a hand comes to a thing.

    Args:
        who: the doers, with their arms as the verb asks; the first one's hand gets there.
        tool: what that one holds.
        thing: what is worked on; the doer itself for the ground.
        where: one of the places that `deeds.toml` says of `touch`.
        cast: all figures, of whom some may be at work on the same one already.
    """
    doer, middle, beast = who[0], thing.middle, not thing.is_thing
    if not isinstance(doer.actor, BonedFigure) or (thing is doer) != (where == "ground"):
        _work_by_machine(who, thing)
        return
    where = suit(who, thing, where)
    busy = [one for one in cast if any(one.work) and one not in who]
    mates = (one for one in busy if abs(one.x + one.work[0] - middle) < thing.pixels_wide)
    taken = where == "hand" or (where == "middle" and beast)
    if taken and (mate := next(mates, None)):
        where, way = "middle", middle - doer.middle  # on the other side
        doer.x += 2 * way if way * mate.facing > 0 else 0.0
    away = (middle - doer.middle) * doer.facing < 0
    # A hairdresser is behind whose hair it is.
    if doer.facing != thing.facing if where == "head" else away:
        for figure in who:
            turn_round(figure)
    toward = {"mouth": -1.0, "hand": -1.0, "trunk": 1.0, "sip": 1.0}.get(where, 0.0)
    if thing.facing == -toward * doer.facing and thing.role.action != "lie":
        for one in (thing, *things_under([thing], cast)):  # with its chair
            turn_round(one)  # it looks at who feeds it, and falls away from who fells it
    at = _moment(doer, tool, where)
    aim = (_tip(doer, tool, at)[0], doer.lift)
    aim = aim if where == "ground" else _aim(doer, thing, where)
    angles = {} if where in (*PAWS, "sip") else bent(doer, tool, aim, at)
    for figure in who:
        figure.actor = figure.actor.guised(Guise(lean=angles))
    for seat in things_under(who, cast) if beast else ():
        thing.order = max(thing.order, seat.order + 0.2)  # a dog sits before the bench
    before = beast and where in ("head", "mouth", "hand", "low", "wheel")
    for figure in (*(who if before else ()), *filter(None, [tool])):
        nearer = thing.order + (0.15 if before else 0.1)  # but not before its front
        figure.order = max(figure.order, nearer)
    tip = hand(doer, at, "bill") if where == "sip" else _tip(doer, tool, at)
    _step_up(who, aim, tip, thing)


def _work_by_machine(who: list[Figure], thing: Figure) -> None:
    """Put machines on both sides of a thing by turns, so that their tips are at its edges."""
    up = thing.lift + thing.box.middle[1] * thing.scale
    for k, machine in enumerate(who):
        side = who[0].facing * (1 if k % 2 else -1)
        if isinstance(machine.actor, Prop) and machine is not thing:
            if machine.facing == side:
                turn_round(machine)
            edge = thing.middle + side * _half(thing, up, side)
            machine.x = edge - machine.offset(*machine.actor.tip)[0]


def _step_up(who: list[Figure], aim: Spot, tip: Spot, thing: Figure) -> None:
    """Move doers so that the tip of the first one's tool, or its hand, is where it works."""
    doer = who[0]
    if doer.role.action == "kneel" and thing.is_thing:  # which it would hide
        thing.order = max(thing.order, doer.order + 0.1)
    for figure in who:
        side = doer.facing * figure.facing  # or it is at the other end of the thing
        figure.x += (aim[0] - tip[0]) * side
        across = aim[0] - figure.x if side > 0 else doer.x - aim[0]
        figure.work = across, aim[1] - figure.lift
        if side < 0:
            _keep_apart(doer, figure)
        if figure.grounded:
            figure.lift += aim[1] - tip[1] if figure.doing(0.0) == "fly" else 0.0
            continue
        figure.acts = tuple((start, action, 0.0) for start, action, _ in figure.acts)
        if thing.grounded:  # it swims
            figure.row = thing.row - aim[1] + tip[1] - figure.lift


def _keep_apart(one: Figure, other: Figure) -> None:
    """Move two back who would put their heads together."""
    near = _APART * one.pixels_high - abs(other.middle - one.middle)
    for figure in (one, other) if near > 0 else ():
        figure.x -= figure.facing * near / 2


def _moment(doer: Figure, tool: Figure | None, where: str) -> float:
    """When a tool that goes to and fro is at what it works on: at its lowest, or farthest ahead."""
    if where == "blow":
        return max(_MOMENTS, key=lambda t: _tip(doer, tool, t)[0] * doer.facing)
    lowest = where in ("top", "ground", "trunk", "teeth")
    return min(_MOMENTS, key=lambda t: _tip(doer, tool, t)[1]) if lowest else 0.0


def _aim(doer: Figure, thing: Figure, where: str) -> Spot:
    """Where on a thing one works."""
    high, ahead = doer.pixels_high, doer.facing
    if where in ("head", "mouth", "hand", "sip"):
        x, y, _ = thing.hand(0.0, where.replace("hand", "grip"))
        down = 0.06 * high if where == "head" else 0.0
        return thing.column(x) - 0.02 * high * ahead, thing.lift + y * thing.scale - down
    if where == "blow" and isinstance(thing.actor, BonedFigure):
        x, y, _ = thing.hand(_FIGHTS)
        # A blade ends before the other's hand.
        return thing.column(x) - 0.25 * high * ahead, thing.lift + y * thing.scale
    if where == "trunk":
        return thing.middle, doer.lift + 0.18 * high
    if where == "wheel":  # the foremost one
        low = crossings(thing.actor, thing.role.action, thing.variant, 0.04 * thing.box.top, 1)
        return thing.column(sum(sorted(low)[-2:]) / 2), thing.lift + _HUB * thing.metre
    if where == "teeth" and thing.pixels_high > 0.8 * high and not thing.actor.place("in"):
        halves = [_half(thing, doer.lift + up * high, ahead) for up in _LEAVES]
        k = max(range(len(halves)), key=lambda k: (round(halves[k] / high, 1), k))
        aside = (halves[k] - 0.02 * high) * ahead
        return thing.middle - aside, doer.lift + _LEAVES[k] * high
    if where in PAWS:
        up, nose = (share * high for share in PAWS[where])
        return thing.middle - (_half(thing, doer.lift + up, ahead) + nose) * ahead, doer.lift
    return _on_surface(doer, thing, where)


def _on_surface(doer: Figure, thing: Figure, where: str) -> Spot:
    """Where one works on top of a thing, at its side or below it."""
    high = doer.pixels_high
    place = thing.actor.place("in") or thing.actor.place("on")
    top = place.start[1] if place and thing.is_thing else thing.box.top
    if where == "teeth" and (grip := thing.actor.place("grip")):
        top = min(top, max(2 * grip.start[1], 0.4 * top))  # without the steam
    middle, table = thing.box.middle[1], has_top(thing, doer)
    levels = {} if table else {"middle": middle, "at": middle, "low": 0.36 * thing.box.top}
    most = {"high": _ABOVE, "over": _SPOUT}.get(where, _HIGHEST)
    up = min(thing.lift + levels.get(where, top) * thing.scale, doer.lift + most * high)
    if where == "low":
        back = 0.0 if thing.is_thing else 0.16 * thing.pixels_wide  # where the udder is
        return thing.middle - back * thing.facing, up
    within = (_BEHIND if table else _INSIDE) * high
    aside = max(0.0, _half(thing, up, doer.facing) - within)
    return thing.middle - aside * doer.facing, up + (_POUR * high if where == "over" else 0.0)


def crossings(actor: Actor, action: Action, variant: int, at: float, axis: int) -> list[float]:
    """Where outlines cross a column (axis 0) or a level (axis 1), in the actor's units."""
    lines = [one.points.astype(float) for one in actor.pose(action, 0.0, variant)]
    if isinstance(actor, Prop):
        lines = [line for part in actor.parts for line in part.outlines]
    found: list[float] = []
    for line in lines:
        after = np.roll(line, -1, axis=0)
        rises = after[:, axis] - line[:, axis]
        share = (at - line[:, axis]) / np.where(rises == 0, 1, rises)
        places = line[:, 1 - axis] + share * (after[:, 1 - axis] - line[:, 1 - axis])
        found += places[(rises != 0) & (share >= 0) & (share <= 1)].tolist()
    return found


def _half(thing: Figure, up: float, facing: float) -> float:
    """Pixels from a thing's middle to its edge so high up, on the side of one who faces it so."""
    level = (up - thing.lift) / thing.scale
    found = crossings(thing.actor, thing.role.action, thing.variant, level, 1)
    sides = [(x - thing.box.middle[0]) * -facing * thing.facing for x in found]
    return max([0.0, *sides]) * thing.scale


def _tip(doer: Figure, tool: Figure | None, t: float) -> Spot:
    """Where a doer's hand, or the tip of its tool, is at a time."""
    x, y, turn = doer.hand(t)
    right, up = doer.offset(x, y)
    if tool is not None and isinstance(tool.actor, Prop):
        tip, grip = tool.actor.tip, tool.grip
        far, high = tool.offset(tip[0] - grip[0], tip[1] - grip[1], turn)
        right, up = right + far, up + high
    return doer.x + right, doer.lift + up


def bent(doer: Figure, tool: Figure | None, aim: Spot, t: float) -> dict[str, float]:
    """What degrees to add to its joints, so that it gets to the height of a place, and near."""
    high, plain, sits = doer.pixels_high, doer.actor, doer.role.action in ("sit", "perch")
    joints = _NECK if is_beast(doer) else _JOINTS
    best = dict.fromkeys(joints, 0.0)
    if sits:
        joints = joints | {"chest": (_SEATED, joints["chest"][1])}

    def miss(angles: dict[str, float]) -> float:
        doer.actor = plain.guised(Guise(lean=angles | {"upper.f": angles.get("upper.n", 0.0)}))
        x, y = _tip(doer, tool, t)
        # It can step nearer, unless it sits, but not fly.
        aside, up = (1.0 if sits else 0.3) * (aim[0] - x) / high, (aim[1] - y) / high
        return aside * aside + up * up + _STIFF * sum(a * a for a in angles.values())

    least = miss(best)
    for step in _STEPS:
        better = True
        while better:
            better = False
            for (joint, (low, top)), way in product(joints.items(), (step, -step)):
                tried = best | {joint: best[joint] + way}
                if low <= tried[joint] <= top and (score := miss(tried)) < least - 1e-9:
                    best, least, better = tried, score, True
    doer.actor = plain
    return best | {"upper.f": best.get("upper.n", 0.0)}


def _reach(figure: Figure, tool: Figure | None, aim: Spot, t: float) -> None:
    """Let one hand of a figure, or its tool, come to a place; the other stays where it is."""
    lean = bent(figure, tool, aim, t) | {"upper.f": 0.0}
    figure.actor = figure.actor.guised(Guise(lean=lean))


def let_go(figures: list[Figure]) -> None:
    """Let those who jump into the water end what they did till then: swing on a rope."""
    for figure in figures:
        jumps = [one.start for one in figure.changes if "water" in one.party.tracks]
        for change in figure.changes if jumps else ():
            if "water" not in change.party.tracks:
                change.until = min(jumps)


def reach_over(doer: Figure, cast: list[Figure]) -> None:
    """Let one who sits at a table have its hand, or tool, at its own of what lies there."""
    tables = {f.role.actor: f.role.to for f in cast if f.role.relation == "at"}
    name, on = tables.get(doer.role.to, ""), [f for f in cast if f.role.relation == "on"]
    mates = [f for f in on if tables.get(f.role.to) == name and f.side == "all"]
    table = next((f for f in cast if f.role.actor == name and is_table(f)), None)
    lies = sorted((f for f in on if f.role.to == name), key=middle_of)
    if not (doer in mates and table and lies and isinstance(doer.actor, BonedFigure)):
        return
    tool, at = next((f for f in cast if f.holder is doer), None), _moment(doer, None, "top")
    tool = tool if _tip(doer, tool, at)[1] < _tip(doer, None, at)[1] else None  # not a fan of cards
    column = _within(table, _INSIDE * doer.pixels_high, _tip(doer, tool, at)[0])
    if len(lies) >= len(mates):
        lies = [lies[sorted(mates, key=middle_of).index(doer)]]
        lies[0].middle = column
    thing = min(lies, key=lambda f: abs(f.middle - column))
    column = _within(thing, _OVER * thing.pixels_wide, column)
    _reach(doer, tool, (column, thing.lift + _RIM * thing.pixels_high), at)


def meet_hands(one: Figure, other: Figure) -> None:
    """Let the hands of two meet halfway between them, as high as they hold them."""
    up = (_tip(one, None, 0.0)[1] + _tip(other, None, 0.0)[1]) / 2
    for figure in (one, other):
        _reach(figure, None, (middle_of(one, other), up), 0.0)


def _within(thing: Figure, margin: float, column: float) -> float:
    """The column nearest to another that is within a thing's edges, by a margin in pixels."""
    half = max(0.0, thing.pixels_wide / 2 - margin)
    return min(max(column, thing.middle - half), thing.middle + half)


def resting_place(figure: Figure, thing: Figure, end: Ending) -> Callable[[float], Spot]:
    """Where a thing is at a time that another has got, or that lies on it, as `hand`."""
    if not (figure.is_thing or library.facts(figure.role.actor).crewed):
        return lambda t: end(figure, t)
    place = figure.actor.place("in") or figure.actor.place("on")
    right, up = figure.offset(*(place.at(0.5) if place else figure.box.middle))
    up += figure.lift + (thing.grip[1] * thing.scale if place else 0.0)
    return lambda t: (figure.x + right, up)


def hand(figure: Figure, t: float = 0.0, means: str = "grip") -> Spot:
    """Where a figure's hand is at a time: a column of the frame, and pixels above its line."""
    state = figure.state(t)
    right, up = figure.offset(*figure.hand(t, means)[:2], state.turn)
    return figure.x + figure.way(t) + state.right + right, figure.lifted(t) + up


def toe(figure: Figure, t: float = 0.0) -> Spot:
    """Where a ball lies before a figure's foot, as `hand`."""
    gone = figure.way(t) + figure.state(t).right
    return figure.x + gone + 0.2 * figure.facing * figure.pixels_high, figure.lift


def flies(figure: Figure) -> bool:
    """Whether its origin is its middle while it flies."""
    return "fly" in figure.actor.actions and figure.actor.home_for("fly") == "air"
