"""Enacting: deeds become changes of the figures that take part, and clouds about them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

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
from shadowplay.acting.leaping import bring_near, leap_over, stay_in_frame
from shadowplay.acting.reaching import (
    flies,
    hand,
    keep_inside,
    let_go,
    meet_hands,
    reach_over,
    touch,
)
from shadowplay.acting.reacting import react
from shadowplay.acting.sizes import resize
from shadowplay.acting.spots import Emitter, by_themselves, on_ground
from shadowplay.acting.surrounding import roll, step_aside
from shadowplay.acting.towing import keep_pace, keep_under_foot, ropes
from shadowplay.acting.turns import Turns, beside, from_seat, go_round, in_order
from shadowplay.art import library
from shadowplay.art.prop import Prop
from shadowplay.deeds import NEVER, PARTIES, SPECKS, VERBS, Party, Verb
from shadowplay.scene import Action, Deed, Scene
from shadowplay.sprites.changes import Change
from shadowplay.sprites.marks import Figure, box_of
from shadowplay.words.timing import lives

_SOAR, _WINGS = 0.36, 0.62
"""How high one that lands or takes off is in the air, and how large, in the frame's heights."""

_LEAPT, _FLAT = 0.6, 0.12
"""How high stones are on which one leaps, and what lies on a table at most, in its heights."""

_DRIVEN = ("soak", "drive_through")
"""What wheels meet and do not leap over."""

_HEAVY = 0.8
"""How high one is at most who is held by another, in that one's heights."""

_FEW = 3
"""Of a group so many have clouds of their own."""


class Room(NamedTuple):
    """The frame's size, and the rows of the ground and of the water, which may be 0."""

    width: int
    height: int
    ground: float
    water: float


def enact(scene: Scene, figures: list[Figure], room: Room) -> list[Emitter]:
    """Let a scene's deeds change its figures.

    Args:
        scene: whose deeds and roles count.
        figures: of the whole cast on their marks; they are changed.
        room: of the frame.

    Returns:
        The clouds that come with the deeds.
    """
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
    let_go(figures)
    use_both_hands(figures, scene.deeds)
    react(scene.deeds, figures)
    figures.sort(key=lambda f: (f.depth, f.order, f.sink if f.grounded else f.row * 0.001))
    return on_ground(by_themselves(figures, emitters), scene)


def _speed(figure: Figure, action: Action) -> float:
    if action == figure.role.action:
        return figure.speed
    return figure.actor.speed(action) * figure.scale * figure.facing * figure.rate


class _Enacted:
    """One deed among the figures of a scene."""

    def __init__(
        self, deed: Deed, figures: list[Figure], room: Room, pair: Sequence[Figure], turn: int
    ) -> None:
        self._deed, self._figures, self._room = deed, figures, room
        self._verb: Verb = VERBS[deed.verb]
        self._groups = {
            party: [f for f in figures if f.role.actor == getattr(deed, party)]
            for party in PARTIES
            if getattr(deed, party)
        }
        for party in ("what", "whom"):
            if deed.who and deed.who == getattr(deed, party):
                group = self._groups["who"]
                self._groups["who"], self._groups[party] = group[::2], group[1::2]
        who = self._groups.get("who")
        other = self._groups.get("whom") or self._groups.get("what")
        if who and other and not who[0].climb and not turn:
            mark, size = who[0].x, who[0].scale
            self._bring_together(who, other)
            bring_along(who, figures, mark, size)
        if pair:  # of several who get something, one
            self._groups |= {"what": [pair[0]], "whom": [pair[1]]}
        self._groups["tool"] = [figure for figure in figures if figure.holder in (who or ())]
        self._touch(who or [], figures)
        fit(figures, who or [], other or [], room.width)
        self._groups["under"] = things_under(who or [], figures)
        self._change_all(who or [])
        hand_over(deed, self._groups, room.width)

    def _change_all(self, who: list[Figure]) -> None:
        """Let the deed change all who take part."""
        for party, group in self._groups.items():
            known = self._verb.parties.get("who" if party == "under" else party)
            if known is None or (party == "under" and "ahead" not in known.tracks):
                continue
            if party == "under" and "soar" in known.tracks and any(map(flies, who)):
                continue  # a bird that flies up leaves its branch
            for figure in group:
                if known.joins < 0 and who and isinstance(who[0].actor, Prop):
                    resize(figure, who[0].scale * figure.actor.height / figure.scale)  # on a crane
                figure.changes.append(self._change(figure, party, known))
                use(figure, "" if self._at_work(figure, party) else known.arms, known.expression)
                roll(figure, known, who, self._room.width, self._room.height)
                if known.joins < NEVER:
                    self._join(figure, self._deed.start + known.joins)

    def _at_work(self, figure: Figure, party: str) -> bool:
        """Whether it has in the hand what that is to come to, or is at other work."""
        what = self._deed.what
        tools = {f.role.actor: f.actor for f in self._groups["tool"] if isinstance(f.actor, Prop)}
        plays = any(library.facts(one).music for one in tools if one != what)
        plays |= figure.role.relation == "push" and not figure.acts  # who laughs and goes on
        plays |= bool(figure.climb) and is_beast(figure)  # with its paws
        first = any(figure.work) and not self._verb.touch  # who braids and yawns
        works = plays or first if party == "who" else any(figure.work)
        return works or (bool(self._verb.touch) and what in tools and tools[what].arms != "")

    def _touch(self, who: list[Figure], figures: list[Figure]) -> None:
        """Let a hand, or the tool in it, come to what it works on."""
        what, where = self._deed.what, works_with(self._verb, who)
        at = [figure.role.to for figure in who[:1] if figure.role.relation == "at"]
        # What lies there is what is worked on.
        held = what in {f.role.actor for f in self._groups["tool"]}
        most = (NEVER if held else _FLAT) * (who[0].pixels_high if who else 0.0)
        flat = [f for f in figures if f.pixels_high < most]
        names = [*at, what] if where == "at" else [what]
        names += [f.role.actor for f in flat if ("on", *at) == (f.role.relation, f.role.to)] + at
        own = [*self._groups["tool"], *who]
        things = [f for n in names for f in figures if n and f.role.actor == n and f not in own]
        things = who[:1] if where in ("ground", "table") else things
        if not (where and "who" in self._verb.parties and who and things) or who[0].climb:
            return
        for name, party in self._verb.parties.items():  # hands are where the verb has them
            for figure in self._groups[name] if name in self._groups and name != "tool" else ():
                use(figure, party.arms, party.expression)
                if where == "table":
                    reach_over(figure, figures)
        if where == "between":
            meet_hands(who[0], things[0])
        if where in ("table", "between"):
            return
        tool = next((f for f in own if f.holder is who[0] and f.role.actor != what), None)
        near = min(things, key=lambda f: (f.actor is not things[0].actor, abs(f.x - who[0].x)))
        mark, before = middle_of(who[0]), things_under(who, figures)
        touch(who, tool, near, where, figures)
        for under in before:  # whoever works on a ladder has it below
            under.x += middle_of(who[0]) - mark
        below = [f for f in figures if f.role.actor == self._verb.below]
        made = self._groups.get("what", []) if where == "ground" else below
        bring(made, who[0].x + who[0].work[0])
        keep_inside(who, figures, self._room.width)

    def _bring_together(self, who: list[Figure], other: list[Figure]) -> None:
        """Put two parties where they have to be for each other."""
        follows, apart = self._verb.follows, self._verb.apart
        if follows or (apart and not isinstance(other[0].actor, Prop) and other[0].depth >= 1):
            self._arrange(who, other, apart, same=follows)
        for thing in other if follows else ():
            if isinstance(thing.actor, Prop) and thing.lift > thing.actor.lift * thing.scale:
                thing.lift = thing.actor.lift * thing.scale  # it is no longer where it lay
                thing.row, thing.sink, thing.order = who[0].row, who[0].sink, who[0].order
        if self._verb.back:
            self._turn_back(who, other[0])
        if self._verb.meets:
            own = _LEAPT * who[0].pixels_high if self._verb.at == self._deed.what else NEVER
            for figure in other:
                resize(figure, min(1.0, own / figure.pixels_high))
            alive = [one for one in self._figures if lives(one.role.actor)]
            frame = (self._room.width, self._room.height, self._room.ground)
            leap_over(who, other, alive, self._deed.start, frame)
            for figure in who if self._verb.name in _DRIVEN else ():
                figure.leap = None  # it drives past
        for party, group in self._groups.items():
            known = self._verb.parties.get(party)
            there = self._groups.get(known.place, []) if known else []
            bring(group if there else [], middle_of(*there) if there else 0.0)
            for figure in group if there else ():
                figure.grounded, figure.depth = there[0].grounded, there[0].depth
                figure.row = there[0].row

    def _turn_back(self, who: list[Figure], thing: Figure) -> None:
        """Put figures so that their backs are at a thing."""
        for figure in who:
            if (middle_of(thing) - middle_of(figure)) * figure.facing > 0:
                turn_round(figure)
            away = 0.5 * span_of([figure]) + 0.04 * figure.pixels_high
            figure.x += middle_of(thing) + figure.facing * away - middle_of(figure)

    def _join(self, figure: Figure, second: float) -> None:
        """Put a figure into the hand, or the mouth, of the doer, or on the end of its tool."""
        holders = self._groups["tool"] or self._groups.get("who", [])
        if not holders or figure in holders or library.facts(figure.role.actor).scenery:
            return
        heavy = figure.pixels_high > _HEAVY * holders[0].pixels_high
        if lives(figure.role.actor) and heavy and not flies(holders[0]):
            return  # no dog has a cook in its mouth, but an eagle a lamb in its claws
        figure.grip = taken(figure, holders[0])
        figure.holder, figure.joins = holders[0], second
        if lives(figure.role.actor) and is_beast(holders[0]) and flies(holders[0]):
            figure.grasp = "claws"

    def _arrange(self, who: list[Figure], other: list[Figure], apart: float, *, same: bool) -> None:
        """Put two parties into the frame so far apart, face to face or one before the other."""
        bring_near(who, other, 0.45 * self._room.width, 0.7 * self._room.height)
        if not same and any(figure.role.relation for figure in (*who, *other)):
            self._arrange_about(who, other, apart)
            return
        width, facing = self._room.width, who[0].facing
        if (share := 0.84 * width / (span_of(who) + span_of(other))) < 1:
            for figure in (*who, *other):
                resize(figure, share)
        first, second = span_of(who), span_of(other)
        high = (who[0].pixels_high + other[0].pixels_high) / 2
        gap = max(0.0, min(apart * 0.5 * high, 0.9 * width - first - second))
        ring = ("around", self._deed.who) in {(f.role.relation, f.role.to) for f in self._figures}
        middle, total = middle_of(*who, *other) if ring else width / 2, first + gap + second
        for group, at in (
            (who, middle - facing * (total - first) / 2),
            (other, middle + facing * (total - second) / 2),
        ):
            if group is other and (group[0].facing == facing) != same:
                for figure in group:
                    turn_round(figure)
            bring(group, at)
        for figure in other if same else ():
            figure.speed = who[0].speed
            figure.acts = tuple((s, action, who[0].speed) for s, action, _ in figure.acts)

    def _arrange_about(self, who: list[Figure], other: list[Figure], apart: float) -> None:
        """Bring two parties face to face, of which one or both keep their place beside a thing."""
        kept, free = (who, other) if who[0].role.relation else (other, who)
        if not any(figure.role.relation for figure in free):
            reach = (span_of(kept) + span_of(free)) / 2
            reach += apart * 0.25 * (who[0].pixels_high + other[0].pixels_high)
            own, by = middle_of(*kept), kept[0].role
            near = [f for f in self._figures if (by.relation, by.to) == ("beside", f.role.actor)]
            reach *= kept[0].facing if not near else 1 if own > middle_of(*near) else -1
            at = own + (reach if 0.0 < own + reach < self._room.width else -reach)
            half = span_of(free) / 2 + 0.015 * self._room.width
            at = min(max(at, half), self._room.width - half)
            bring(free, at)
        seats = {f.role.actor for f in self._figures if f.role.relation == "at"}  # at a table
        for figure, toward in ((who[0], other[0]), (other[0], who[0])):
            back = (middle_of(toward) - middle_of(figure)) * figure.facing < 0
            turns = figure.role.to not in seats or toward.role.to in seats
            if back and turns and figure.role.action != "lie":
                turn_round(figure)

    def _change(self, figure: Figure, name: str, party: Party | None) -> Change:
        assert party is not None
        units: dict[str, tuple[float, float]] = {
            "ahead": (self._room.width * figure.facing, 0.0),
            "aside": (figure.scale / figure.actor.height * figure.facing, 0.0),
            "above": (0.0, figure.scale / figure.actor.height),
            "rise": (0.0, figure.pixels_high),
            "soar": (0.0, _SOAR * self._room.height),
            "near": (self._gap(figure, name), 0.0),
            "water": (0.0, 0.0),
            "drop": (
                -figure.facing * beside(figure, self._figures, self._room.width),
                -figure.lift,
            ),
        }
        if {"seat", "round"} & party.tracks.keys() and (other := self._groups.get("what")):
            go = from_seat if "seat" in party.tracks else partial(go_round, self._verb.side)
            units |= go(figure, other[0], self._figures, self._room.width)
        offset = {}
        if "coat" in party.tracks and (painters := self._groups.get("who")):
            reach = painters[0].pixels_high / span_of([figure])
            offset["coat"] = reach if middle_of(painters[0]) < middle_of(figure) else -reach
        if figure.climb or (self._verb.touch and things_under([figure], self._figures)):
            units |= dict.fromkeys(("ahead", "near", "aside"), (0.0, 0.0))
        stay_in_frame(figure, party, units, self._room.width, self._room.ground)
        if not figure.grounded and not figure.afloat:
            low = figure.row - figure.box.bottom * figure.scale
            units["soar"] = (0.0, self._room.ground - low)
            offset["soar"] = 1.0
        elif "soar" in party.tracks and flies(figure):
            flying, tall = box_of(figure.actor, "fly"), self._room.height
            resize(figure, min(1.0, _WINGS * tall / (flying.height * figure.scale)))
            figure.aloft = 0.5 * figure.pixels_high
            # It is in the frame with what it comes down on, or leaves.
            line = self._room.ground if figure.grounded else figure.row
            room = line + figure.sink - figure.lift - figure.aloft - flying.top * figure.scale
            units["soar"] = (0.0, min(_SOAR * tall, max(0.0, 0.96 * room)))
        if "water" in party.tracks and self._room.water:
            low = (self._room.ground + figure.sink if figure.grounded else figure.row) - figure.lift
            high = 0.0 if "swim" in figure.actor.actions else figure.pixels_high / 2
            units["water"] = (0.0, low - self._room.water - high)
        frame = self._room.width, self._room.height
        passing = passed(self._deed, figure, party, self._groups, frame)
        return Change(party, self._deed.start, units, offset, passing, self._room.water)

    def _gap(self, figure: Figure, name: str) -> float:
        """Pixels to the right until a figure touches the other, or is in the middle of a thing."""
        who, whom, what = map(self._groups.get, PARTIES)
        other = (whom or what) if name == "who" else who
        if not other:
            return 0.4 * self._room.width * figure.facing
        gone = other[0].state(self._deed.start + 0.8).right  # of a stick that was thrown
        goes_in = self._verb.name in ("enter", "come_out")
        bites = is_beast(figure) and isinstance(other[0].actor, Prop) and not goes_in
        way = middle_of(other[0]) + gone - (hand(figure)[0] if bites else middle_of(figure))
        if isinstance(other[0].actor, Prop) or goes_in:
            return way
        edges = (span_of([figure]) + span_of([other[0]])) / 2
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
        if on == "sky":
            return [()]
        if on == "between":
            both = [group[0] for party in ("who", "what") if (group := self._groups.get(party))]
            if at == "blow":  # where their blades cross
                held = {id(f.holder): f for f in self._figures if f.holder}
                both = [held[id(one)] for one in both if id(one) in held]
            return [tuple(both)] if len(both) == 2 else []
        bare = [one for one in self._groups.get("who", []) if on == "tool" and any(one.work)]
        group = self._groups.get(on) or bare
        return [(one,) for one in group if one.side != "front"][:_FEW]
