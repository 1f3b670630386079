"""Enacting: deeds become changes of the figures that take part, and clouds about them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from shadowplay.acting import reaching, ways
from shadowplay.acting.biting import is_beast, taken, works_with
from shadowplay.acting.framing import fit
from shadowplay.acting.giving import hand_over, one_by_one, passed, use_both_hands
from shadowplay.acting.handling import (
    bring,
    bring_along,
    middle_of,
    span_of,
    things_under,
    turn_round,
    use,
)
from shadowplay.acting.reacting import react
from shadowplay.acting.sizes import resize
from shadowplay.acting.spots import Emitter, by_themselves, on_ground
from shadowplay.acting.surrounding import roll, step_aside
from shadowplay.acting.towing import keep_pace, keep_under_foot, ropes
from shadowplay.acting.turns import Turns, in_order
from shadowplay.art import library
from shadowplay.art.cast import lives
from shadowplay.deeds import NEVER, PARTIES, SPECKS, VERBS, Party
from shadowplay.scene import Action, Deed, Scene
from shadowplay.sprites.changes import Change
from shadowplay.sprites.marks import Figure, box_of

_SOAR, _WINGS = 0.36, 0.62
"""How high one that lands or takes off is in the air, and how large, in the frame's heights."""

_LEAPT, _FLAT = 0.6, 0.12
"""How high stones are on which one leaps, and what lies on a table at most, in its heights."""

_HEAVY = 0.8  # how high one is at most who is held by another, in that one's heights
_EDGE = 0.08  # how far from the frame's edge one is at least who works, in its widths
_FEW = 3  # of a group so many have clouds of their own


class Room(NamedTuple):
    """The frame's size, and the rows of the ground and of the water, which may be 0."""

    width: int
    height: int
    ground: float
    water: float


def enact(scene: Scene, figures: list[Figure], room: Room) -> list[Emitter]:
    """Let a scene's deeds change its figures, the whole cast on its marks, and make clouds."""
    for figure in figures:
        figure.acts = tuple(
            (start, action, _speed(figure, action) if goes else 0.0)
            for start, action, goes in figure.role.acts
            if figure.speed or not figure.climb
        )
        if figure.role.stays:
            figure.speed = 0.0
    keep_pace(figures)
    figures += ropes(figures)
    keep_under_foot(figures)
    emitters: list[Emitter] = []
    turns = Turns(scene.deeds, figures)
    for deed in in_order(scene.deeds):
        turns.begin(deed)
        found: list[Emitter] = []
        for k, (one, pair) in enumerate(one_by_one(deed, figures)):
            found += _Enacted(one, figures, room, pair, k).emitters(len(emitters) + len(found))
        turns.delay(deed)
        emitters += [one._replace(cloud=turns.within(deed, one.cloud)) for one in found]
    turns.end()
    step_aside(figures, scene.deeds, room.width)
    reaching.let_go(figures)
    use_both_hands(figures, scene.deeds)
    react(scene.deeds, figures)
    figures.sort(key=lambda f: (f.depth, f.order, f.sink if f.grounded else f.row * 0.001))
    return on_ground(by_themselves(figures, emitters), scene)


def _speed(figure: Figure, action: Action) -> float:
    if action == figure.role.action:
        return figure.speed
    return figure.actor.speed(action) * figure.scale * figure.facing * figure.rate


def _bound(figure: Figure) -> bool:
    """Whether one has its place beside a thing, or has its hands at something already."""
    return bool(figure.role.relation) or any(figure.work)


class _Enacted:
    """One deed among the figures of a scene."""

    def __init__(
        self, deed: Deed, figures: list[Figure], room: Room, pair: Sequence[Figure], turn: int
    ) -> None:
        self._deed, self._figures, self._room = deed, figures, room
        self._verb = VERBS[deed.verb]
        self._groups = {
            party: self._named(getattr(deed, party)) for party in PARTIES if getattr(deed, party)
        }
        self._who = who = self._groups.get("who", [])
        for party in ("what", "whom"):
            if deed.who and deed.who == getattr(deed, party):
                self._groups[party] = who[1::2]
                self._who = self._groups["who"] = who = who[::2]
        both = [self._groups[party] for party in ("whom", "what") if self._groups.get(party)]
        alive = [one for one in both if self._verb.apart and lives(one[0].role.actor)]
        other = [*alive, *both, []][0]  # not the bench of whom one speaks to
        if who and other and not who[0].climb and not turn:
            mark, size = who[0].x, who[0].scale
            self._bring_together(other)
            bring_along(who, figures, mark, size)
        if pair:  # of several who get something, one
            self._groups |= {"what": [pair[0]], "whom": [pair[1]]}
        self._groups["tool"] = [figure for figure in figures if figure.holder in who]
        self._touch()
        fit(figures, who, other, room.width)
        self._groups["under"] = things_under(who, figures)
        self._change_all()
        hand_over(deed, self._groups, room.width)

    def _named(self, actor: str) -> list[Figure]:
        return [figure for figure in self._figures if actor and figure.role.actor == actor]

    def _change_all(self) -> None:
        """Let the deed change all who take part."""
        who = self._who
        for party, group in self._groups.items():
            known = self._verb.parties.get("who" if party == "under" else party)
            if known is None:
                continue
            leaves = "soar" in known.tracks and any(map(reaching.flies, who))  # its branch
            if party == "under" and ("ahead" not in known.tracks or leaves):
                continue
            for figure in group:
                if known.joins < 0 and who and who[0].is_thing:
                    resize(figure, who[0].scale / figure.metre)  # on a crane
                figure.changes.append(self._change(figure, party, known))
                use(figure, "" if self._at_work(figure, party) else known.arms, known.expression)
                roll(figure, known, who, self._room.width, self._room.height)
                if known.joins < NEVER:
                    self._join(figure, self._deed.start + known.joins)

    def _at_work(self, figure: Figure, party: str) -> bool:
        """Whether it has in the hand what that is to come to, or is at other work."""
        what, touches, works = self._deed.what, bool(self._verb.touch), any(figure.work)
        tools = {f.role.actor: f.actor for f in self._groups["tool"] if f.is_thing}
        if party == "who":
            works &= not touches  # who braids and yawns
            works |= any(library.facts(one).music for one in tools if one != what)
            works |= figure.role.relation == "push" and not figure.acts  # who laughs and goes on
            works |= bool(figure.climb) and is_beast(figure)  # with its paws
        return works or (touches and what in tools and tools[what].arms != "")

    def _touch(self) -> None:
        """Let a hand, or the tool in it, come to what it works on."""
        who, figures, parties = self._who, self._figures, self._verb.parties
        what, where = self._deed.what, works_with(self._verb, who)
        if not (who and where and "who" in parties) or who[0].climb:
            return
        doer, own = who[0], [*self._groups["tool"], *who]
        at = [doer.role.to] if doer.role.relation == "at" else []
        # What lies there is what is worked on.
        held = what in {f.role.actor for f in self._groups["tool"]}
        most = (NEVER if held else _FLAT) * doer.pixels_high
        lies = [f for f in figures if ("on", *at) == (f.role.relation, f.role.to)]
        names = [*at, what] if where == "at" else [what]
        names += [f.role.actor for f in lies if f.pixels_high < most] + at
        things = [f for name in names for f in self._named(name) if f not in own]
        things = [doer] if where in ("ground", "table") else things
        if not things:
            return
        for name, party in parties.items():  # hands are where the verb has them
            for figure in self._groups.get(name, []) if name != "tool" else ():
                use(figure, party.arms, party.expression)
                if where == "table":
                    reaching.reach_over(figure, figures)
        if where == "between":
            reaching.meet_hands(doer, things[0])
        if where in ("table", "between"):
            return
        tool = next((f for f in own if f.holder is doer and f.role.actor != what), None)
        near = min(things, key=lambda f: (f.actor is not things[0].actor, abs(f.x - doer.x)))
        mark, before = doer.middle, things_under(who, figures)
        reaching.touch(who, tool, near, where, figures)
        for under in before:  # whoever works on a ladder has it below
            under.x += doer.middle - mark
        ground = self._groups.get("what", []) if where == "ground" else None
        bring(self._named(self._verb.below) if ground is None else ground, doer.x + doer.work[0])
        middle, half = middle_of(*who), 0.5 * span_of(who) + _EDGE * self._room.width
        ways.keep_inside(figures, middle - half, middle + half, self._room.width)

    def _bring_together(self, other: list[Figure]) -> None:
        """Put two parties where they have to be for each other."""
        verb, who = self._verb, self._who
        if verb.follows or (verb.apart and not other[0].is_thing and other[0].depth >= 1):
            self._arrange(other)
        for thing in other if verb.follows else ():
            low = thing.actor.lift * thing.scale
            if thing.is_thing and thing.lift > low:  # it is no longer where it lay
                thing.lift, thing.row = low, who[0].row
                thing.sink, thing.order = who[0].sink, who[0].order
        for figure in who if verb.back else ():
            away = 0.5 * figure.pixels_wide + 0.04 * figure.pixels_high
            if (other[0].middle - figure.middle) * figure.facing > 0:
                turn_round(figure)
            figure.middle = other[0].middle + figure.facing * away
        if verb.meets:
            self._meet(other)
        for party, known in verb.parties.items():
            self._stand_with(self._groups.get(party, []), self._groups.get(known.place, []))

    @staticmethod
    def _stand_with(group: list[Figure], there: list[Figure]) -> None:
        """Put a group where another one is."""
        for figure in group if there else ():
            figure.grounded, figure.depth = there[0].grounded, there[0].depth
            figure.row = there[0].row
        if there:
            bring(group, middle_of(*there))

    def _meet(self, other: list[Figure]) -> None:
        """Let those who go on their way leap over what they meet, or drive past it."""
        who, verb = self._who, self._verb
        own = _LEAPT * who[0].pixels_high if verb.at == self._deed.what else NEVER
        for figure in other:
            resize(figure, min(1.0, own / figure.pixels_high))
        alive = [one for one in self._figures if lives(one.role.actor)]
        ways.leap_over(who, other, alive, self._deed.start, self._room)
        for figure in who if verb.meets == "drive" else ():
            figure.leap = None

    def _join(self, figure: Figure, second: float) -> None:
        """Put a figure into the hand, or the mouth, of the doer, or on the end of its tool."""
        holders, alive = self._groups["tool"] or self._who, lives(figure.role.actor)
        if not holders or figure in holders or library.facts(figure.role.actor).scenery:
            return
        holder, heavy = holders[0], figure.pixels_high > _HEAVY * holders[0].pixels_high
        if alive and heavy and not reaching.flies(holder):
            return  # no dog has a cook in its mouth, but an eagle a lamb in its claws
        figure.grip = taken(figure, holder)
        figure.holder, figure.joins = holder, second
        if alive and is_beast(holder) and reaching.flies(holder):
            figure.grasp = "claws"

    def _arrange(self, other: list[Figure]) -> None:
        """Put two parties into the frame, face to face or one before the other."""
        who, same, width = self._who, self._verb.follows, self._room.width
        ways.bring_near(who, other, 0.45 * width, 0.7 * self._room.height)
        apart = self._verb.apart * 0.25 * (who[0].pixels_high + other[0].pixels_high)
        if not same and any(map(_bound, (*who, *other))):
            self._arrange_about(other, apart)
            return
        if (share := 0.84 * width / (span_of(who) + span_of(other))) < 1:
            for figure in (*who, *other):
                resize(figure, share)
            apart *= share
        first, second, facing = span_of(who), span_of(other), who[0].facing
        gap = max(0.0, min(apart, 0.9 * width - first - second))
        ring = ("around", self._deed.who) in {(f.role.relation, f.role.to) for f in self._figures}
        middle, total = middle_of(*who, *other) if ring else width / 2, first + gap + second
        bring(who, middle - facing * (total - first) / 2)
        if (other[0].facing == facing) != same:
            for figure in other:
                turn_round(figure)
        bring(other, middle + facing * (total - second) / 2)
        for figure in other if same else ():
            figure.speed = who[0].speed
            figure.acts = tuple((s, action, who[0].speed) for s, action, _ in figure.acts)

    def _arrange_about(self, other: list[Figure], apart: float) -> None:
        """Bring two parties face to face, of which one or both keep their place beside a thing."""
        who, width = self._who, self._room.width
        kept, free = (who, other) if _bound(who[0]) else (other, who)
        if not any(map(_bound, free)):
            reach = (span_of(kept) + span_of(free)) / 2 + apart
            own, by = middle_of(*kept), kept[0].role
            near = self._named(by.to) if by.relation == "beside" else []
            reach *= kept[0].facing if not near else 1 if own > middle_of(*near) else -1
            at = own + (reach if 0.0 < own + reach < width else -reach)
            half = span_of(free) / 2 + 0.015 * width
            bring(free, min(max(at, half), width - half))
        seats = {f.role.actor for f in self._figures if f.role.relation == "at"}  # at a table
        for figure, toward in ((who[0], other[0]), (other[0], who[0])):
            back = (toward.middle - figure.middle) * figure.facing < 0
            turns = figure.role.to not in seats or toward.role.to in seats
            turns &= not any(figure.work)
            if back and turns and figure.role.action != "lie":
                turn_round(figure)

    def _change(self, figure: Figure, name: str, party: Party) -> Change:
        """What the deed does to a figure that takes part."""
        (width, tall, ground, water), tracks = self._room, party.tracks
        off = ways.beside(figure, self._figures, width)
        units: dict[str, tuple[float, float]] = {
            "ahead": (width * figure.facing, 0.0),
            "aside": (figure.metre * figure.facing, 0.0),
            "above": (0.0, figure.metre),
            "rise": (0.0, figure.pixels_high),
            "soar": (0.0, _SOAR * tall),
            "near": (self._gap(figure, name), 0.0),
            "water": (0.0, 0.0),
            "drop": (-figure.facing * off, -figure.lift),
        }
        if {"seat", "round"} & tracks.keys() and (other := self._groups.get("what")):
            go = ways.from_seat if "seat" in tracks else partial(ways.go_round, self._verb.side)
            units |= go(figure, other[0], self._figures, width)
        offset = {}
        if "coat" in tracks and self._who:
            reach = self._who[0].pixels_high / figure.pixels_wide
            offset["coat"] = reach if self._who[0].middle < figure.middle else -reach
        if figure.climb or (self._verb.touch and things_under([figure], self._figures)):
            units |= dict.fromkeys(("ahead", "near", "aside"), (0.0, 0.0))
        ways.stay_in_frame(figure, party, units, width, ground)
        line = ground + figure.sink if figure.grounded else figure.row
        if not figure.grounded and not figure.afloat:
            units["soar"] = (0.0, ground - (figure.row - figure.box.bottom * figure.scale))
            offset["soar"] = 1.0
        elif "soar" in tracks and reaching.flies(figure):
            flying = box_of(figure.actor, "fly")
            resize(figure, min(1.0, _WINGS * tall / (flying.height * figure.scale)))
            figure.aloft = 0.5 * figure.pixels_high
            # It is in the frame with what it comes down on, or leaves.
            room = line - figure.lift - figure.aloft - flying.top * figure.scale
            units["soar"] = (0.0, min(_SOAR * tall, max(0.0, 0.96 * room)))
        if "water" in tracks and water:
            high = 0.0 if "swim" in figure.actor.actions else figure.pixels_high / 2
            units["water"] = (0.0, line - figure.lift - water - high)
        passing = passed(self._deed, figure, party, self._groups, (width, tall))
        return Change(party, self._deed.start, units, offset, passing, water)

    def _gap(self, figure: Figure, name: str) -> float:
        """Pixels to the right until a figure touches the other, or is in the middle of a thing."""
        whom, what = self._groups.get("whom"), self._groups.get("what")
        if not (others := (whom or what) if name == "who" else self._who):
            return 0.4 * self._room.width * figure.facing
        other, goes_in = others[0], self._verb.name in ("enter", "come_out")
        gone = other.state(self._deed.start + 0.8).right  # of a stick that was thrown
        bites = is_beast(figure) and other.is_thing and not goes_in
        way = other.middle + gone - (reaching.hand(figure)[0] if bites else figure.middle)
        if other.is_thing or goes_in:
            return way
        edges = (figure.pixels_wide + other.pixels_wide) / 2
        return (1.0 if way > 0 else -1.0) * max(0.0, abs(way) - edges)

    def emitters(self, number: int) -> list[Emitter]:
        """The clouds of the deed."""
        made: list[Emitter] = []
        for cloud in self._verb.clouds:
            goals = self._groups.get(cloud.goes, [])
            for k, figures in enumerate(self._about(cloud.on, cloud.at)):
                goal = goals[k % len(goals)] if goals else None
                if goal or not cloud.goes or SPECKS[cloud.kind].speed[1]:
                    own = number + len(made)
                    made.append(Emitter(cloud, self._deed.start, figures, own, goal=goal))
        return made

    def _about(self, on: str, at: str) -> Sequence[tuple[Figure, ...]]:
        """Those about whom a cloud is."""
        if on == "sky":
            return [()]
        if on == "between":
            both = [group[0] for party in ("who", "what") if (group := self._groups.get(party))]
            if at == "blow":  # where their blades cross
                held = {id(f.holder): f for f in self._figures if f.holder}
                both = [held[id(one)] for one in both if id(one) in held]
            return [tuple(both)] if len(both) == 2 else []
        bare = [one for one in self._who if on == "tool" and any(one.work)]
        group = self._groups.get(on) or bare
        return [(one,) for one in group if one.side != "front"][:_FEW]
