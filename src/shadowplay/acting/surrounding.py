"""Surrounding: several stand about another, in a line with it, or share the places on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from shadowplay.acting.framing import APART, narrow, parties_of
from shadowplay.acting.handling import bring, foot, middle_of, span_of, stand_with, turn_round
from shadowplay.acting.sizes import resize
from shadowplay.art import library
from shadowplay.art.actors import Actor, Place
from shadowplay.art.cast import lives
from shadowplay.art.prop import Prop
from shadowplay.deeds import VERBS, Party
from shadowplay.scene import Deed, Role
from shadowplay.sprites.marks import FEW, Figure, box_of
from shadowplay.words.timing import fitting

_BESIDE = 0.9  # the part of its width that one takes beside another
_FREE = 1.7  # likewise beside those who do something
_WIDEST = 0.9  # how wide all together are at most, as a share of the frame's width
_AWAY = 0.25  # how far those who look on are from those who are busy, in the narrower ones' widths
_COMES = 0.15  # where what rolls is at first, as a share of the frame's width
_BACK = 0.1  # how far behind its mark it is then, likewise
_OVER = 0.1  # how much of one in a group may be over another
_ROOM = 0.75  # how wide one is who has something in hand at least, in its heights
_UNDER = 0.4  # how far before a table's end a chair's middle is, in halves of its width
_SIDE = 0.26  # how far apart those are who sit behind a table at most, in its widths
_ABREAST = 0.9  # likewise in their own widths
_STEP, _CLOSE = 1.08, 0.6  # the part of its width that one takes in a line, and takes at least
LOW = 0.62  # how high one is at most, beside another, who goes in a line behind that one
_LINES = {"follow": False, "behind": False, "before": True, "toward": False, "away": True}
"""Relations of those who go before or behind others who go, and whether they are before them."""

_BORNE = 0.4  # the largest share of its height that one carries in its arms
_DEEP = 0.02  # how much nearer or farther than the thing one is, in the frame's heights
_SEAT = 0.42  # the part of its width that one needs who sits beside another
_LEAST = 0.7  # how much smaller those become at least who have too little room
_OVERLAP = 1.25  # how much wider than their place all may be who lie there side by side
_FARTHER = 0.36  # how much higher one lies who is behind another in a bed, in that one's heights


def surround(group: list[Figure], others: Sequence[Figure], height: float) -> None:
    """Put figures on both sides of others by turns, so that each looks at them."""
    target = others[len(others) // 2]
    target.depth, target.fade = group[0].depth, group[0].fade
    free = _FREE if others[0].role.acts else 1.0
    reach = [free * span_of(others) / 2] * 2
    for k, figure in enumerate(group):
        right, wide = bool(k % 2), figure.pixels_wide
        figure.face(leftward=right)
        figure.middle = middle_of(*others) + (reach[right] + wide / 2) * (1 if right else -1)
        reach[right] += _BESIDE * wide
        figure.grounded, figure.afloat, figure.row = target.grounded, target.afloat, target.row
        # By turns they are farther away and nearer, so that nobody hides another.
        near = 1 if k // 2 % 2 else -1
        figure.order = target.order + 0.3 * near
        figure.sink = target.sink + _DEEP * near * height


def line_up(group: list[Figure], other: list[Figure], width: int, *, ahead: bool) -> None:
    """Let a group go behind others, or before them, one after another in the frame's width."""
    side = other[0].facing * (1 if ahead else -1)
    at = middle_of(*other) + side * span_of(other) / 2
    room = _WIDEST * width - span_of(other)
    step = max(_CLOSE, min(_STEP, room / sum(figure.pixels_wide for figure in group)))
    for figure in group:
        figure.face(leftward=other[0].role.leftward)
        wide = figure.pixels_wide
        figure.middle = at + side * _STEP * wide / 2
        at += side * step * wide
        if figure.grounded and other[0].lift > 0:  # on a bridge
            figure.lift = other[0].lift + foot(other[0]) - foot(figure)
            stand_with(figure, other[0])
            figure.order = other[0].order
        figure.speed = abs(figure.speed) * figure.facing if other[0].speed else 0.0


def stand_by(role: Role, actor: Actor, lead: Figure, column: float) -> Role:
    """Let one in a column beside a lead that stays look at it, if it stays, too."""
    bound = lead.role.to == role.actor and lead.role.relation not in APART
    if bound or role.to or actor.speed(role.action) or library.facts(role.actor).crewed:
        return role
    return replace(role, leftward=column > lead.middle)


def meet(group: list[Figure], relation: str, other: list[Figure], width: int) -> bool:
    """Put living beings in a relation to others; whether no more is to be done for that.

    Who is with another, or stands over it, stands beside it unless that one is small enough for
    its arms. Those who go are in one line.
    """
    one, target = group[0], other[0]
    borne = len(other) == 1 and target.actor.height < _BORNE * one.actor.height
    stands = one.grounded and not one.speed
    if (relation == "with" and not borne) or (relation == "over" and stands):
        for figure in group:
            figure.role = replace(figure.role, relation="", to="")
        return True
    in_line = relation == "follow" or (relation in _LINES and target.speed and one.speed)
    if in_line:
        line_up(group, other, width, ahead=_LINES[relation])
    return bool(in_line)


def step_aside(figures: Sequence[Figure], deeds: Sequence[Deed], width: int) -> None:
    """Let those who have their hands on nobody stand before the busiest ones, turned to them."""
    done = {deed.what for deed in deeds}
    near = [f for f in figures if f.grounded and (f.depth >= 1 or f.role.actor in done)]
    goes = [f for f in near if f.speed or any(speed for *_, speed in f.acts)]
    near = [f for f in near if not (f in goes or f.holder or f.radius)]
    near += [one for one in figures if one.holder in near]
    bonds = [(deed, VERBS[deed.verb]) for deed in deeds if VERBS[deed.verb].binds]
    ties: list[tuple[str, ...]] = [(d.who, d.what) for d, _ in bonds]
    for name in dict.fromkeys(f.role.actor for f in near if (f.role.actor,) * 2 not in ties):
        _spread([f for f in near if f.role.actor == name], near)
    ties += [(d.who, d.whom) for d, verb in bonds if "whom" in verb.parties]
    ties += [(f.role.actor, f.role.to) for f in near if not _is_free(f)]
    parties = parties_of(near, ties, {f.role.relation for f in near})
    doers = [name for deed in deeds for name in (deed.who, deed.what)]
    busy = max(parties, default=[], key=lambda one: _business(one, doers))
    if not _business(busy, doers)[0]:
        return
    left, right = _ends(busy)
    moved, large = False, any(f.pixels_wide > _WIDEST * width for f in busy)
    ahead = sum(figure.facing for figure in busy if lives(figure.role.actor))
    for party in [one for one in parties if one is not busy]:
        if not all(f.holder in party or (lives(f.role.actor) and _is_free(f)) for f in party):
            continue
        start, end = _ends(party)
        room = _AWAY * min(end - start, right - left)
        ways = (left - room - end, right + room - start)
        fits = right - left + room + end - start < width
        behind = fits and (start + end - left - right) * ahead < 0
        if (behind or ways[0] < 0 < ways[1]) and not large:
            way, moved = ways[ahead > 0] if fits and ahead else min(ways, key=abs), True
            start, end = start + way, end + way
            for figure in party:
                figure.x += way
        if (left + right - start - end) * party[0].facing < 0:
            for figure in [one for one in party if one.holder is None]:
                turn_round(figure)
        left, right = min(left, start), max(right, end)
    if moved:
        near = [f for f in figures if f.grounded and f.depth >= 1 and not f.radius]
        narrow(near, (left, right), width)


def roll(thing: Figure, known: Party, who: Sequence[Figure], width: int, height: int) -> None:
    """Let what rolls turn, and by itself come from the frame's edge before those whom it passes."""
    thing.radius = thing.box.height / 2 if known.rolls else thing.radius
    if known.rolls and not who and thing.grounded and thing.role.relation in APART:
        whole = 0.0 if thing.is_thing else _BACK * width + thing.pixels_wide / 2
        start = max(_COMES * width, whole)  # no animal comes in half
        thing.middle = start if thing.facing > 0 else width - start
        thing.order, thing.sink, thing.span = thing.order + 0.5, thing.sink + _DEEP * height, 0.0


def _is_free(figure: Figure) -> bool:
    """Whether one stands by itself, or near another who lives."""
    role = figure.role
    near = role.relation in APART or role.relation == "before"
    return near and not figure.climb and (not role.to or lives(role.to))


def _spread(group: list[Figure], near: Sequence[Figure]) -> None:
    """Put members of a group apart who stand too near one another for their arms."""
    if not (1 < len(group) <= FEW and all(lives(f.role.actor) and _is_free(f) for f in group)):
        return
    group.sort(key=middle_of)
    middle, right = middle_of(*group), -math.inf
    for figure in group:
        held = [one for one in near if one.holder is figure]
        start, end = _ends([figure])
        wide = max(end - start, _ROOM * figure.pixels_high * bool(held))
        way = max(0.0, right + (wide - end + start) / 2 - start)
        figure.x += way
        right = end + way - _OVER * wide
    bring(group, middle)


def _business(party: Sequence[Figure], doers: Sequence[str]) -> tuple[int, int]:
    """How much a party does, and how many it has: of those who only look on nobody holds much."""
    done = sum(name in {figure.role.actor for figure in party} for name in doers)
    return done + 2 * any(figure.holder for figure in party), len(party)


def _ends(figures: Sequence[Figure]) -> tuple[float, float]:
    """The first and the last column of figures, with arms that reach out and what these hold."""
    sides = []
    for one in figures:
        box, mark = one.box, one.x
        if one.holder is not None:
            mark = one.holder.x + one.carried(one.holder, 0.0)[0]
        elif not one.is_thing:
            box = box_of(one.actor, one.role.action)
        corners = [(x, y) for x in (box.left, box.right) for y in (box.bottom, box.top)]
        sides += [mark + one.offset(*corner, one.state(0.0).turn)[0] for corner in corners]
    return min(sides), max(sides)


def stand_across(figure: Figure, target: Figure, place: Place, rank: int) -> None:
    """Let every other one of those at one place of a thing stand at its other end, and look at it.

    The third and later stand behind them; those who sit on a chair at a table look the way it does.
    """
    seat = place.means == "on" and target.role.relation == "at"
    if seat and figure.facing != target.facing:
        figure.x = 2 * target.column(place.at(0.5)[0]) - figure.x
        figure.face(leftward=not figure.role.leftward)
    if place.means != "at" or place.length or "perch" in place.poses:
        return
    wide, away = figure.pixels_wide, figure.middle - target.middle
    away += math.copysign(_BESIDE * (rank // 2) * wide, away)
    if rank % 2:
        away = -math.copysign(max(abs(away), wide / 2), away)
        turn_round(figure)
    figure.middle = target.middle + away
    _go_behind(figure, target, rank)


def stand_at(figure: Figure, target: Figure, rank: int, many: int = 1) -> None:
    """Let a member of a group be at one end of a thing, or behind a table; the rest behind these.

    A chair is so near that who sits on it has the knees below the table.
    """
    table, seat = is_table(target), figure.is_thing
    far, end = bool(rank % 2), target.box.right if rank % 2 else target.box.left
    if table and rank > 1:
        aside = rank - 2 - (many - 3) / 2
        aside *= min(_SIDE * target.pixels_wide, _ABREAST * figure.pixels_wide)
        figure.middle = target.middle + aside
        figure.face(leftward=aside > 0 or (aside == 0 and many % 2 == 0))
        figure.order = target.order - 0.4 - 0.02 * rank
        return
    figure.face(leftward=target.role.leftward != far)
    reach = (_UNDER if table and seat else 0.92) * figure.box.right
    reach += _BESIDE * (rank // 2) * figure.box.width
    figure.x = target.column(end) - reach * figure.scale * figure.facing
    if table and seat:
        figure.order = target.order - 0.06
    else:
        _go_behind(figure, target, rank)


def is_table(thing: Figure) -> bool:
    """Whether a thing has a top with legs below it, under which knees are."""
    return _top_of(thing) is not None and thing.actor.place("under") is not None


def has_top(thing: Figure, doer: Figure) -> bool:
    """Whether somebody can stand behind a thing and work on top of it: a table or a counter."""
    top = _top_of(thing)
    low = top is not None and top.start[1] * thing.scale < 0.8 * doer.pixels_high
    return low and not doer.is_thing


def _top_of(thing: Figure) -> Place | None:
    """The surface on a thing that hides some of those who are behind it."""
    top = thing.actor.place("on") if isinstance(thing.actor, Prop) and thing.actor.split else None
    return top if top and top.length > 0 else None


def _go_behind(figure: Figure, target: Figure, rank: int) -> None:
    """Put one who is at a thing before its lid and front, or behind what lies on a table's top."""
    if isinstance(target.actor, Prop) and target.actor.split:
        figure.order = target.order + (0.06 if has_top(target, figure) else 0.25)
    figure.order -= 0.02 * (rank // 2)


def share(figures: Sequence[Figure], target: Figure, place: Place) -> None:
    """Spread those who are on a target, or in it, over the place that it has for them.

    Who finds no room to lie beside another is behind it, who finds none on a low seat beside that.
    """
    if len(figures) < 2:
        return
    if figures[0].role.action == "lie":
        wide = sum(figure.pixels_wide for figure in figures)
        if wide < _OVERLAP * place.length * target.scale:
            _line_up(figures, target, place)
            return
        for k, figure in enumerate(figures):
            figure.lift += _FARTHER * k * figure.pixels_high
            figure.order -= 0.02 * k
        return
    seat = _SEAT * max(figure.pixels_wide for figure in figures)
    long, low = place.length * target.scale, place.start[1] * target.scale
    fits = len(figures)
    if place.means == "on" and target.grounded and low < figures[0].pixels_high:
        fits = min(fits, max(1, int(long / seat)))
    crowded = fits > 1 and place.means != "at"
    tight = max(_LEAST, min(1.0, long / (seat * fits))) if crowded else 1.0
    step = max(long / fits, tight * seat)
    middle = target.column(place.at(0.5)[0])
    for k, figure in enumerate(figures[:fits]):
        figure.lift += foot(figure) * (1 - tight)
        resize(figure, tight)
        figure.middle = middle + (k - (fits - 1) / 2) * step * target.facing
    for k, figure in enumerate(figures[fits:], 1):  # by turns to the right and to the left
        figure.take(fitting("stand", figure.actor.actions))
        stand_at(figure, target, k)
        figure.lift = target.lift - min(0.0, figure.box.bottom) * figure.scale


def make_room(
    figures: Sequence[Figure], things: Sequence[Figure], target: Figure, place: Place
) -> None:
    """Put things that lie where figures are ahead of these, all of them in the place's middle."""
    if not (figures and things):
        return
    row = [*sorted(figures, key=middle_of, reverse=figures[0].facing < 0), *things]
    _line_up(row, target, place)


def _line_up(row: Sequence[Figure], target: Figure, place: Place) -> None:
    """Put some side by side in the middle of a place, as close as that asks for."""
    wide = sum(one.pixels_wide for one in row)
    tight = min(1.0, max(1 / _OVERLAP, place.length * target.scale / wide))
    middle, at = target.column(place.at(0.5)[0]), -wide / 2
    for one in row:
        one.middle = middle + (at + one.pixels_wide / 2) * row[0].facing * tight
        at += one.pixels_wide
