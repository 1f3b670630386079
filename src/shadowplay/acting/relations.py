"""Relations: props get their size and place beside the figures, and figures theirs on props."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from shadowplay.acting.framing import APART
from shadowplay.acting.handling import (
    climb,
    halves,
    hold,
    middle_of,
    move,
    shares,
    span_of,
    walk_up,
    work,
)
from shadowplay.acting.joining import NEAR, Joiner
from shadowplay.acting.sharing import make_room, share
from shadowplay.acting.sizes import Stage, dwarf, fitting, resize
from shadowplay.acting.surrounding import meet, stand_across, surround
from shadowplay.art import library
from shadowplay.art.actors import Actor, Place
from shadowplay.art.prop import Prop
from shadowplay.scene import CLIMBING, Role
from shadowplay.sprites.marks import Figure, box_of

_INSIDE = frozenset({"on", "in", "under", "through", "across"})
"""Relations whose figure is drawn between a prop's back and its front."""

_STAYS = _INSIDE | {"at", "behind", "before", "between", "around", "over", "toward", "away"}
"""Relations that hold only while the camera stays with the prop."""

_HELD = frozenset({"with", "carry", "head", "back", "shoulders"})
"""Relations of a thing to the one who holds it, there or in the hand, or of that one to it."""

_OR = {"in": "on", "under": "through"}
"""What one is at a thing that has no place for the first."""

_PASSING = frozenset({"through", "across", "over", "past"})
_SMALL, _GAP = 0.5, 0.16
"""Metres below which a thing can lie on a table, and between two that stand side by side."""

_SMALLEST, _LEGIBLE = 0.05, 0.28

_ON_IT, _RISING, _CUT_OFF = 0.24, 0.7, 1.9
"""How high the lead is at least on something larger, as a share of the frame's height, how much
less before it flies up, and how much larger than would fit into the frame that thing is at most:
the lower edge cuts it off."""

_IN_TOW = 0.75
"""How far behind each other animals go that one leads, in their lengths."""

_ABREAST, _STEP, _ABOVE = 1.1, 0.4, 1.15
"""How far apart those are who climb a thing, in their widths; and how much higher the next one is,
and is on what has room for one alone, in its heights."""

_SLOTS = (0.78, 0.16, 0.94, 0.55, 0.3)
"""Where props go that stand in no relation, across the frame as the lead looks."""


class Settled(NamedTuple):
    """All figures and props, and whether the camera has to stay with a prop."""

    figures: list[Figure]
    stays: bool


def settle(
    stage: Stage, actors: Mapping[str, Actor], roles: list[Role], figures: list[Figure]
) -> Settled:
    """Add the props of a cast to its figures, and put figures in their relations."""
    if not any(isinstance(actors[role.actor], Prop) or role.relation for role in roles):
        return Settled(figures, False)
    return _Settler(stage, actors, roles, figures).settled()


class _Settler:
    """Places one cast."""

    def __init__(
        self, stage: Stage, actors: Mapping[str, Actor], roles: list[Role], figures: list[Figure]
    ) -> None:
        self._stage, self._actors = stage, actors
        self._roles = {role.actor: role for role in roles}
        self._groups: dict[str, list[Figure]] = {}
        for figure in figures:
            self._groups.setdefault(figure.role.actor, []).append(figure)
        self._lead = figures[0]
        self._metre = self._lead.scale / self._lead.actor.height
        self._slots = list(_SLOTS)
        self._stays = self._rises = False
        self._shared: dict[tuple[str, str], tuple[Figure, Place]] = {}
        self._joiner = Joiner(stage, self._groups)

    def settled(self) -> Settled:
        """Place props from the lead outward, then figures on them."""
        self._lay_down()
        self._measure()
        waiting = [role for role in self._roles.values() if role.actor not in self._groups]
        while waiting:
            role = next((role for role in waiting if self._link(role)), waiting[0])
            waiting.remove(role)
            self._groups[role.actor] = self._props(role)
        in_turn, before = sorted(self._roles.values(), key=self._turn), middle_of(self._lead)
        for role in in_turn:
            other = self._groups.get(role.to)
            if role.relation == "between" and other:
                end = ("opposite", role.to)
                far = [one for one in self._roles.values() if (one.relation, one.to) == end]
                other = other + [figure for one in far for figure in self._groups[one.actor]]
            if role.relation and other and role.to != role.actor:
                self._join(self._groups[role.actor], role.relation, other)
        for shared, (target, place) in self._shared.items():
            alive = self._sharers(*shared)
            share(alive, target, place)
            if shared[0] == "on":
                make_room(alive, self._sharers(*shared, alive=False), target, place)
        self._go_along(middle_of(self._lead) - before)
        figures = [figure for group in self._groups.values() for figure in group]
        return Settled([half for figure in figures for half in halves(figure)], self._stays)

    def _lay_down(self) -> None:
        """Put small things that stand in no relation onto what the lead is on or at.

        Who is small and beside what lies there is there, too.
        """
        for name, own in self._roles.items():
            actor, by = self._actors[name], self._roles.get(own.to)
            small = actor.height < _SMALL and not isinstance(actor, Prop)
            if small and by is not None and (own.relation, by.relation) == ("beside", "on"):
                self._roles[name] = replace(own, relation="on", to=by.to)
                for figure in self._groups.get(name, ()):
                    figure.role = self._roles[name]
        role = self._lead.role
        table = self._actors.get(role.to)
        if role.relation not in ("on", "at") or table is None or not table.place("on"):
            return
        for name, other in self._roles.items():
            actor = self._actors[name]
            free = not other.relation and name != role.to
            if free and isinstance(actor, Prop) and max(actor.size) < _SMALL:
                self._roles[name] = replace(other, relation="on", to=role.to)

    def _go_along(self, way: float) -> None:
        """Move those who stand beside the lead as far as the lead was moved."""
        bound = {role.to for role in self._roles.values()}
        for name, group in self._groups.items():
            free = not (self._roles[name].relation or name in bound)
            if free and not isinstance(group[0].actor, Prop) and group[0].depth >= 1:
                for figure in group:
                    figure.x += way if figure is not self._lead else 0.0

    def _turn(self, role: Role) -> tuple[bool, bool, bool, bool]:
        """Things and who pulls them come first, then who is on them, who follows, what is held."""
        thing = isinstance(self._actors[role.actor], Prop) or role.relation in ("push", "pull")
        below = role.to in self._roles and bool(self._roles[role.to].relation)
        below &= role.relation in ("on", "in")
        return (role.relation in _HELD, not thing, below, role.relation == "follow")

    def _measure(self) -> None:
        """Choose how many pixels a metre has, so that the lead and the largest prop both fit."""
        lead = self._lead.box.height * self._lead.actor.height
        share = 0.36 if self._stage.close else _ON_IT if self._is_on() else 0.3
        acts = self._lead.role.acts
        self._rises = bool(acts) and acts[-1][1] == "fly"  # which needs room above
        share *= _RISING if self._rises else 1.0
        smallest = share * self._stage.height / max(lead, 0.01)
        wanted = self._metre
        for name in self._roles:
            actor = self._actors[name]
            if isinstance(actor, Prop) and name not in self._groups:
                wanted = min(wanted, self._fitting(self._roles[name], actor))
        metre = max(wanted, min(smallest, self._metre))
        if metre < self._metre:
            for group in self._groups.values():
                for figure in group:
                    resize(figure, metre / self._metre)
            self._metre = metre

    def _is_on(self) -> bool:
        """Whether the lead is on or in something larger, or climbs it, and so is seen with it."""
        role, box = self._lead.role, self._lead.box
        thing = self._actors.get(role.to)
        bound = role.relation in CLIMBING or role.relation in ("on", "in", "across")
        high = thing.size[1] if isinstance(thing, Prop) else 0.0
        return bound and high > box.height * self._lead.actor.height

    def _fitting(self, role: Role, prop: Prop) -> float:
        """The largest scale at which a prop, or a row of it, still fits into the frame."""
        held = role.relation in _HELD
        if held and prop.wide:
            return self._metre  # a vine hangs from above the frame
        return fitting(prop, 1 if held else role.count, self._lead, self._stage)

    def _props(self, role: Role) -> list[Figure]:
        prop = self._actors[role.actor]
        if not isinstance(prop, Prop):
            return []
        wide, high = prop.size
        smallest = _LEGIBLE if role.text else _SMALLEST
        least = smallest * self._stage.height / max(high, wide, 0.01)
        stood_on = self._is_on() and self._lead.role.to == role.actor
        stood_on &= self._lead.role.relation == "on" and self._lead.role.action != "lie"
        stood_on &= not (prop.wide or prop.lift or self._rises)
        room = self._fitting(role, prop)
        if stood_on:  # both of its ends are seen
            room = max(room, min(_CUT_OFF * room, self._stage.width / wide))
        scale = max(least, min(self._metre, room))
        middle, link = self._middle(role, wide * scale), self._link(role)
        # Those who go on their way pass before what they have nothing to do with.
        passed = self._lead.speed and (link is None or link[0] in APART)
        spread = 1.15 * wide * scale
        first = middle - spread * (role.count - 1) / 2
        made = []
        for k in range(role.count):
            figure = Figure(
                role=role,
                actor=prop,
                variant=k,
                scale=scale,
                x=0.0,
                row=self._stage.ground or self._stage.height * 0.6,
                box=box_of(prop, "stand"),
                grounded=self._stage.ground is not None,
                sink=0.01 * self._stage.height,
                order=-0.3 if passed else 0.0,
            )
            figure.x = first + k * spread - figure.box.middle[0] * scale * figure.facing
            self._stand(figure, prop)
            made.append(figure)
        return made

    def _stand(self, figure: Figure, prop: Prop) -> None:
        """Put a prop on the ground, on the water or into the air; at sea all but flyers float."""
        floats = prop.home == "water" or (prop.home != "air" and self._stage.ground is None)
        if floats and self._stage.water is not None:
            figure.grounded, figure.afloat = False, True
            figure.row, figure.sink = self._stage.water, 0.0
        elif prop.home == "air" or self._stage.ground is None:
            figure.grounded, figure.sink = False, 0.0
            figure.row = self._stage.sky + figure.pixels_high / 2
        if prop.home == "ground":
            figure.lift = prop.lift * figure.scale

    def _middle(self, role: Role, wide: float) -> float:
        """The column of the middle of a prop, or of a row of props."""
        total = wide * (1.15 * (role.count - 1) + 1)
        room = self._stage.width
        prop = self._actors[role.actor]
        link = self._link(role)
        if isinstance(prop, Prop) and prop.wide:
            return room / 2
        if link is not None:
            relation, other = link
            at = middle_of(*other)
            if relation in ("toward", "away"):
                share = 0.82 if (relation == "toward") == (self._stage.facing > 0) else 0.18
                return room * share
            if relation in _STAYS:
                return min(max(at, total / 2), room - total / 2) if total < room else room / 2
            side = self._stage.facing
            if (at - room / 2) * side > 0.12 * room:
                side = -side
            gap = _GAP * self._metre
            if relation == "opposite":
                gap += 1.4 * self._lead.box.width * self._lead.scale
            at += side * (span_of(other) + total) / 2 + side * gap
            return min(max(at, 0.4 * total), room - 0.4 * total)
        share = self._slots.pop(0) if self._slots else 0.5
        return room * (share if self._stage.facing > 0 else 1 - share)

    def _link(self, role: Role) -> tuple[str, list[Figure]] | None:
        """How a prop stands to somebody who has a place."""
        if role.relation and role.to in self._groups:
            return role.relation, self._groups[role.to]
        for other in self._roles.values():
            if other.to == role.actor and other.relation and other.actor in self._groups:
                return other.relation, self._groups[other.actor]
        return None

    def _join(self, group: list[Figure], relation: str, other: list[Figure]) -> None:
        """Put a group where its relation to another says."""
        row = relation == "at" and isinstance(other[0].actor, Prop)
        ends = sorted(other, key=middle_of)[:: 1 if self._stage.facing > 0 else -1]
        target = ends[0] if row else other[len(other) // 2]
        if not isinstance(target.actor, Prop) and not isinstance(group[0].actor, Prop):
            relation = meet(group, relation, other, self._stage.width)
            if not relation:
                return
        if relation in _HELD or shares(group, relation, other):
            hold(group, other, always=relation != "with", place=relation)
            return
        if self._together(group, relation, other):
            return
        dwarf(group, relation, target, [f for one in self._groups.values() for f in one])
        place = target.actor.place("on" if relation == "across" else relation)
        # What has a place on the other goes there; what has none stands before or behind it.
        place = place or (target.actor.place(_OR[relation]) if relation in _OR else None)
        own = self._sharers(relation, other[0].role.actor)
        few = len(group) == len(other) or 1 < len(group) < len(other)
        few &= relation != "at" or len(own) <= len(other)
        own = group if few else own
        rank = {id(figure): k for k, figure in enumerate(own)}  # each has a chair of its own
        paired = (few or len(own) == len(other)) and id(group[0]) in rank
        work(group, target if relation == "at" else None)
        flock = relation == "through" and len(group) > 1 and bool(group[0].speed)
        middle = sum(map(middle_of, group)) / len(group)
        for k, figure in enumerate(group):
            aside, line, sink = middle_of(figure) - middle, figure.row, figure.sink
            along = 0.5 if paired else (k + 0.5) / len(group)
            target = other[rank[id(figure)]] if paired else target
            if place is not None:
                self._joiner.put(figure, target, place, along, passing=relation in _PASSING)
                stand_across(figure, target, place, 0 if paired else rank.get(id(figure), k))
                if flock:  # each keeps its mark in it
                    figure.x, figure.row, figure.sink = figure.x + aside, line, sink
            else:
                at = rank.get(id(figure), k) if relation == "at" else k
                many = max(len(group), len(rank))
                self._joiner.near(figure, relation, target, other, rank=at, many=many)
        seated = place is not None and (place.means in ("on", "in") or "perch" in place.poses)
        if place is not None and seated and len(other) == 1:
            self._shared[relation, target.role.actor] = target, place
        if relation in _STAYS and not target.speed and target.depth >= NEAR:
            self._stays = True

    def _together(self, group: list[Figure], relation: str, other: list[Figure]) -> bool:
        """Put a whole group where it pushes, pulls or climbs a thing, or is around it; whether."""
        target = other[len(other) // 2]
        if relation in ("push", "pull"):
            cast = [figure for figures in self._groups.values() for figure in figures]
            same = (relation, target.role.actor)
            group = [one for one in cast if (one.role.relation, one.role.to) == same]
            for k, moved in enumerate([target] if relation == "push" else other):
                move(group, moved, cast, ahead=relation == "push")
                moved.x -= moved.facing * _IN_TOW * k * span_of([moved])
            return True
        if relation in CLIMBING:
            ground = self._stage.ground or 0.85 * self._stage.height
            dwarf(group, "on", target, [f for one in self._groups.values() for f in one])
            wide = max(span_of([figure]) for figure in group)
            broad = span_of([target]) > len(group) * wide * _ABREAST
            broad &= isinstance(target.actor, Prop)  # a tree has a trunk
            down, apart = relation == "descend", _ABREAST if broad else 0.3
            for k, figure in enumerate(group):
                aside = (k - (len(group) - 1) / 2) * apart
                if library.facts(target.role.actor).steps and "walk" in figure.actor.actions:
                    walk_up(figure, target, down=down)
                    figure.x -= figure.facing * k * 0.5 * span_of([figure])
                else:
                    climb(figure, target, aside, ground, down=down)
                    step = (_STEP if broad else _ABOVE) * figure.pixels_high
                    step = min(step, 0.5 * figure.peak / max(1, len(group) - 1))
                    figure.lift += step * k * (-1 if down else 1)
                    figure.peak -= step * (len(group) - 1)
        elif relation == "around" and not group[0].speed:
            surround(group, other, self._stage)
        else:
            return False
        self._stays = True
        return True

    def _sharers(self, relation: str, to: str, *, alive: bool = True) -> list[Figure]:
        """Those who live, or the things, that are in a relation to a thing, if they go nowhere."""
        own = [one for one in self._roles.values() if (one.relation, one.to) == (relation, to)]
        there = [figure for one in own for figure in self._groups.get(one.actor, ())]
        there = [one for one in there if relation == "at" or not one.speed]
        return [one for one in there if isinstance(one.actor, Prop) != alive]
