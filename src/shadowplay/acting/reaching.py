"""Reaching: hands and the tips of tools come to what is worked on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shadowplay.acting.biting import PAWS, is_beast, suit
from shadowplay.acting.handling import middle_of, span_of, things_under, turn_round
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

_LEAVES = tuple(0.05 * k for k in range(7, 24))
"""How high an animal may eat from what is taller than it, in its heights: where that is widest."""

_SEATED = -16
"""How far the chest of one bends who sits, likewise."""

_STEPS = (16, 8, 4, 2)
_MOMENTS = tuple(0.15 * k for k in range(16))
"""Seconds at which a hand is looked at that goes to and fro."""

_STIFF = 4e-6
"""How much a degree counts that a joint bends, beside squared heights of the figure."""

_INSIDE, _BEHIND, _BITE = 0.2, 0.4, 0.02
"""How far within the edge of a broad thing one works, before it and behind it, or bites, in the
doer's heights."""

_ABOVE, _HIGHEST, _SPOUT, _LOG = 1.16, 0.74, 0.54, 0.18
"""How high one picks what hangs, works on a tall thing, pours on one, and saws a trunk, likewise.
"""

_TREAD, _HUB = 0.04, 0.34
"""How high on a vehicle its wheels are looked for, in its heights, and metres to their hubs."""

_UDDER = 0.16
"""How far behind the middle of an animal its udder is, in its lengths."""

_EDGE = 0.08
"""How far from the frame's edge one is at least who works, in its widths."""

_BLADES, _FIGHTS = 0.25, 1.2
"""How far a blade ends before the other's hand, likewise, and the second at which that is seen."""

_RIM, _OVER = 0.45, 0.2
"""How high on what lies on a table a hand gets, in its heights, and how far in, in its widths."""

_APART, _POUR = 0.75, 0.1
"""How far apart two are at least at a thing's two ends, and how far above a thing one pours."""

KICKED, PAST = frozenset({"foot", "goal", "past"}), 0.6
"""Ends of the way of what is kicked, and how far past another it flies, in the kicker's heights."""


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
    doer, middle = who[0], middle_of(thing)
    if not isinstance(doer.actor, BonedFigure) or (thing is doer) != (where == "ground"):
        _work_by_machine(who, thing)
        return
    where = suit(who, thing, where)
    mates = [f for f in cast if any(f.work) and abs(f.x + f.work[0] - middle) < span_of([thing])]
    beast = not isinstance(thing.actor, Prop)
    taken = where == "hand" or (where == "middle" and beast)
    if taken and (mate := next((f for f in mates if f not in who), None)):
        where, way = "middle", middle - middle_of(doer)  # on the other side
        doer.x += 2 * way if way * mate.facing > 0 else 0.0
    away = (middle - middle_of(doer)) * doer.facing < 0
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
    tip = hand(doer, at, "bill") if where == "sip" else _tip(doer, tool, at)
    for seat in things_under(who, cast) if beast else ():
        thing.order = max(thing.order, seat.order + 0.2)  # a dog sits before the bench
    nearer = (
        0.05 if beast and where in ("head", "mouth", "hand", "low", "wheel") else 0.0
    )  # before the head
    for figure in (*(who if nearer else ()), *filter(None, [tool])):
        figure.order = max(figure.order, thing.order + 0.1 + nearer)  # but not before its front
    _step_up(who, aim, tip, thing, brings=where == "pat" and doer.role.relation != "at")


def _work_by_machine(who: list[Figure], thing: Figure) -> None:
    """Put machines on both sides of a thing by turns, so that their tips are at its edges."""
    for k, machine in enumerate(who):
        side = who[0].facing * (1 if k % 2 else -1)
        if isinstance(machine.actor, Prop) and machine is not thing:
            if machine.facing == side:
                turn_round(machine)
            edge = middle_of(thing) + side * _half(thing, thing.box.middle[1], side)
            machine.x = edge - machine.offset(*machine.actor.tip)[0]


def _step_up(who: list[Figure], aim: Spot, tip: Spot, thing: Figure, *, brings: bool) -> None:
    """Move doers so that the tip of the first one's tool, or its hand, is where it works.

    Or the first one `brings` the thing to where its hand is, on what that one is on.
    """
    doer = who[0]
    if doer.role.action == "kneel" and isinstance(thing.actor, Prop):  # which it would hide
        thing.order = max(thing.order, doer.order + 0.1)
    if brings:
        thing.x, thing.row = thing.x + tip[0] - aim[0], doer.row
        thing.lift, thing.sink, thing.depth = doer.lift, doer.sink, doer.depth
        return
    for figure in who:
        side = doer.facing * figure.facing  # or it is at the other end of the thing
        figure.x += (aim[0] - tip[0]) * side
        across = aim[0] - figure.x if side > 0 else doer.x - aim[0]
        figure.work = across, aim[1] - figure.lift
        if side < 0:
            _keep_apart(doer, figure)
        if not figure.grounded:  # nor does it swim on
            figure.acts = tuple((start, action, 0.0) for start, action, _ in figure.acts)
        if not figure.grounded and thing.grounded:
            figure.row = thing.row - aim[1] + tip[1] - figure.lift  # it swims
        elif figure.grounded and figure.doing(0.0) == "fly":
            figure.lift += aim[1] - tip[1]


def _moment(doer: Figure, tool: Figure | None, where: str) -> float:
    """When a tool that goes to and fro is at what it works on: at its lowest, or farthest ahead."""
    if where == "blow":
        return max(_MOMENTS, key=lambda t: _tip(doer, tool, t)[0] * doer.facing)
    lowest = where in ("top", "ground", "trunk", "teeth")
    return min(_MOMENTS, key=lambda t: _tip(doer, tool, t)[1]) if lowest else 0.0


def _keep_apart(one: Figure, other: Figure) -> None:
    """Move two back who would put their heads together."""
    near = _APART * one.pixels_high - abs(middle_of(other) - middle_of(one))
    for figure in (one, other) if near > 0 else ():
        figure.x -= figure.facing * near / 2


def _aim(doer: Figure, thing: Figure, where: str) -> Spot:
    """Where on a thing one works."""
    high = doer.pixels_high
    if where in ("head", "mouth", "hand", "sip"):
        right, up = thing.offset(*thing.hand(0.0, where.replace("hand", "grip"))[:2])
        down = 0.06 * high if where == "head" else 0.0
        return thing.x + right - 0.02 * high * doer.facing, thing.lift + up - down
    if where == "blow" and isinstance(thing.actor, BonedFigure):
        right, up = thing.offset(*thing.hand(_FIGHTS)[:2])
        return thing.x + right - _BLADES * high * doer.facing, thing.lift + up
    if where == "trunk":
        return middle_of(thing), doer.lift + _LOG * high
    if where == "wheel":  # the foremost one
        low = crossings(thing.actor, thing.role.action, thing.variant, _TREAD * thing.box.top, 1)
        right, _ = thing.offset(sum(sorted(low)[-2:]) / 2, 0.0)
        return thing.x + right, thing.lift + _HUB * thing.scale / thing.actor.height
    if where == "teeth" and thing.pixels_high > 0.8 * high and not thing.actor.place("in"):
        down = (doer.lift - thing.lift) / thing.scale
        halves = [_half(thing, down + one * high / thing.scale, doer.facing) for one in _LEAVES]
        k = max(range(len(halves)), key=lambda k: (round(halves[k] / high, 1), k))
        aside = (halves[k] - _BITE * high) * doer.facing
        return middle_of(thing) - aside, doer.lift + _LEAVES[k] * high
    if where in PAWS:
        up, nose = (share * high for share in PAWS[where])
        half = _half(thing, (doer.lift + up - thing.lift) / thing.scale, doer.facing)
        return middle_of(thing) - (half + nose) * doer.facing, doer.lift
    place = thing.actor.place("in") or thing.actor.place("on")
    top = place.start[1] if place and isinstance(thing.actor, Prop) else thing.box.top
    if where == "teeth" and (grip := thing.actor.place("grip")):
        top = min(top, max(2 * grip.start[1], 0.4 * top))  # without the steam
    middle = thing.box.middle[1]
    table = has_top(thing, doer)
    shares = {} if table else {"middle": middle, "at": middle, "low": 0.36 * thing.box.top}
    most = {"high": _ABOVE, "over": _SPOUT}.get(where, _HIGHEST)
    up = min(thing.lift + shares.get(where, top) * thing.scale, doer.lift + most * high)
    if where == "low":
        back = 0.0 if isinstance(thing.actor, Prop) else _UDDER * thing.box.width * thing.scale
        return middle_of(thing) - back * thing.facing, up
    half = _half(thing, (up - thing.lift) / thing.scale, doer.facing)
    aside = max(0.0, half - (_BEHIND if table else _INSIDE) * high) * (-doer.facing)
    return middle_of(thing) + aside, up + (_POUR * high if where == "over" else 0.0)


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


def _half(thing: Figure, level: float, facing: float) -> float:
    """Pixels from a thing's middle to its edge at a height, on the side of one who faces it so."""
    found = crossings(thing.actor, thing.role.action, thing.variant, level, 1)
    sides = [(x - thing.box.middle[0]) * -facing * thing.facing for x in found]
    return max(0.0, *sides, 0.0) * thing.scale


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
    high, plain = doer.pixels_high, doer.actor
    joints = _NECK if is_beast(doer) else _JOINTS
    best = dict.fromkeys(joints, 0.0)
    if doer.role.action in ("sit", "perch"):
        joints = joints | {"chest": (_SEATED, joints["chest"][1])}

    def miss(angles: dict[str, float]) -> float:
        doer.actor = plain.guised(Guise(lean=angles | {"upper.f": angles.get("upper.n", 0.0)}))
        x, y = _tip(doer, tool, t)
        # It can step nearer, unless it sits, but not fly.
        steps = 1.0 if doer.role.action in ("sit", "perch") else 0.3
        aside, up = steps * (aim[0] - x) / high, (aim[1] - y) / high
        return aside * aside + up * up + _STIFF * sum(a * a for a in angles.values())

    least = miss(best)
    for step in _STEPS:
        better = True
        while better:
            better = False
            for joint, (low, top) in joints.items():
                for way in (step, -step):
                    tried = best | {joint: best[joint] + way}
                    if not low <= tried[joint] <= top:
                        continue
                    if (score := miss(tried)) < least - 1e-9:
                        best, least, better = tried, score, True
    doer.actor = plain
    return best | {"upper.f": best.get("upper.n", 0.0)}


def keep_inside(who: list[Figure], figures: list[Figure], width: int) -> None:
    """Move all who are near the camera, so that those who work are in the frame."""
    middle, half = middle_of(*who), 0.5 * span_of(who) + _EDGE * width
    aside = max(0.0, half - middle) + min(0.0, width - half - middle)
    for figure in figures if aside else ():
        figure.x += aside if figure.depth >= 1 else 0.0


def let_go(figures: list[Figure]) -> None:
    """Let those who jump into the water end what they did till then: swing on a rope."""
    for figure in figures:
        jumps = [one.start for one in figure.changes if "water" in one.party.tracks]
        for change in figure.changes if jumps else ():
            if "water" not in change.party.tracks:
                change.until = min(jumps)


def reach_over(doer: Figure, cast: list[Figure]) -> None:
    """Let one who sits at a table have its hand, or tool, at its own of what lies there."""
    seats = {f.role.actor: f.role.to for f in cast if f.role.relation == "at"}
    seats = {name: to for name, to in seats.items() if to == seats.get(doer.role.to)}
    mates = [f for f in cast if f.role.relation == "on" and f.role.to in seats and f.side == "all"]
    tables = [f for f in cast if f.role.actor in seats.values() and is_table(f)]
    lies = [f for f in cast if f.role.relation == "on" and f.role.to in seats.values()]
    if not (doer in mates and tables and lies and isinstance(doer.actor, BonedFigure)):
        return
    tool = next((f for f in cast if f.holder is doer), None)
    at, (left, right) = _moment(doer, None, "top"), _sides(tables[0], _INSIDE * doer.pixels_high)
    tool = tool if _tip(doer, tool, at)[1] < _tip(doer, None, at)[1] else None  # not a fan of cards
    column = min(max(_tip(doer, tool, at)[0], left), right)
    mates, lies = sorted(mates, key=middle_of), sorted(lies, key=middle_of)
    if len(lies) >= len(mates):
        lies = [lies[mates.index(doer)]]
        lies[0].x += column - middle_of(lies[0])
    thing = min(lies, key=lambda f: abs(middle_of(f) - column))
    left, right = _sides(thing, _OVER * span_of([thing]))
    aim = min(max(column, left), right), thing.lift + _RIM * thing.pixels_high
    lean = bent(doer, tool, aim, at) | {"upper.f": 0.0}
    doer.actor = doer.actor.guised(Guise(lean=lean))


def meet_hands(one: Figure, other: Figure) -> None:
    """Let the hands of two meet halfway between them, as high as they hold them."""
    column = (middle_of(one) + middle_of(other)) / 2
    up = (_tip(one, None, 0.0)[1] + _tip(other, None, 0.0)[1]) / 2
    for figure in (one, other):
        lean = bent(figure, None, (column, up), 0.0) | {"upper.f": 0.0}
        figure.actor = figure.actor.guised(Guise(lean=lean))


def _sides(thing: Figure, within: float) -> Spot:
    """The columns of a thing's edges, so many pixels within."""
    half = max(0.0, span_of([thing]) / 2 - within)
    return middle_of(thing) - half, middle_of(thing) + half


def resting_place(figure: Figure, thing: Figure, end: Ending) -> Callable[[float], Spot]:
    """Where a thing is at a time that another has got, or that lies on it, as `hand`."""
    if not (isinstance(figure.actor, Prop) or library.facts(figure.role.actor).crewed):
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
