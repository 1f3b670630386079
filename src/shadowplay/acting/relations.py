"""Relations: props get their size and place beside the figures, and figures theirs on props."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from shadowplay.acting.framing import APART
from shadowplay.acting.handling import arms_for, climb, hold, middle_of, span_of, use, walk_up
from shadowplay.acting.hauling import bear_together, move
from shadowplay.acting.joining import NEAR, Joiner
from shadowplay.acting.sizes import Stage, dwarf, fitting, resize
from shadowplay.acting.surrounding import make_room, meet, share, stand_across, surround
from shadowplay.art import library
from shadowplay.art.actors import Actor, Place
from shadowplay.art.cast import lives
from shadowplay.art.prop import Prop
from shadowplay.scene import CLIMBING, Role
from shadowplay.sprites.marks import Figure, box_of

_STAYS = frozenset({
    "on", "in", "under", "through", "across", "at", "behind", "before", "between", "around", "over",
    "toward", "away",
})  # fmt: skip
"""Relations that hold only while the camera stays with the prop."""

_HELD = frozenset({"with", "carry", "head", "back", "shoulders"})
"""Relations of a thing to the one who holds it, there or in the hand, or of that one to it."""

_PLACES = {"across": ("on",), "in": ("in", "on"), "under": ("under", "through")}
"""What places one goes to in a relation, the first that the thing has, if not that of its name."""

_PASSING = frozenset({"through", "across", "over", "past"})
_RESTING = frozenset({"stand", "sit", "perch", "kneel"})
"""Actions of those who are over a small thing with it in the hand, as friends over a cup of tea."""

_SMALL = 0.5  # metres below which a thing can lie on a table
_GAP = 0.16  # metres between two that stand side by side
_SMALLEST = 0.05  # how large a thing is at least, in the frame's heights
_LEGIBLE = 0.28  # how large one with words on it is at least, likewise
_CLOSE, _USUAL = 0.36, 0.3  # how high the lead is at least, in close-ups and else, likewise
_ON_IT = 0.24  # how high it is at least on something larger, likewise
_FLIES = 0.2  # how high it is at least in the air, over or between what is larger, likewise
_RISING = 0.7  # how much of that is left if it flies up
_CUT_OFF = 1.9  # how much larger than fits that thing is at most: the lower edge cuts it off
_IN_TOW = 0.75  # how far behind each other animals go that one leads, in their lengths
_ABREAST = 1.1  # how far apart those are who climb a thing, in their widths
_STEP = 0.4  # how much higher the next one of these is, in its heights
_ABOVE = 1.15  # likewise on what has room for one alone
_ROW = 1.15  # how far apart the things of a row are, in their widths
_SLOTS = (0.78, 0.16, 0.94, 0.55, 0.3)
"""Where props go that stand in no relation, across the frame as the lead looks."""


class Settler:
    """Adds the props of a cast to its figures, and puts figures in their relations."""

    def __init__(
        self, stage: Stage, actors: Mapping[str, Actor], roles: list[Role], figures: list[Figure]
    ) -> None:
        self._stage, self._actors = stage, actors
        self._roles = {role.actor: role for role in roles}
        self._groups: dict[str, list[Figure]] = {}
        for figure in figures:
            self._groups.setdefault(figure.role.actor, []).append(figure)
        self._lead = figures[0]
        self._metre = self._lead.metre
        self._slots = list(_SLOTS)
        self._stays = self._rises = False
        self._shared: dict[tuple[str, str], tuple[Figure, Place]] = {}
        self._joiner = Joiner(stage, self._groups)

    def settled(self) -> tuple[list[Figure], bool]:
        """Place props from the lead outward, then figures on them.

        Returns:
            All figures and props, and whether the camera has to stay with a prop.
        """
        self._lay_down()
        self._measure()
        waiting = [role for role in self._roles.values() if role.actor not in self._groups]
        while waiting:
            role = next((role for role in waiting if self._link(role)), waiting[0])
            waiting.remove(role)
            self._groups[role.actor] = self._props(role)
        in_turn, before = sorted(self._roles.values(), key=self._turn), self._lead.middle
        for role in in_turn:
            other = self._groups.get(role.to)
            if role.relation == "between" and other:
                other = other + self._related("opposite", role.to)
            if role.relation and other and role.to != role.actor:
                self._join(self._groups[role.actor], role.relation, other)
        for shared, (target, place) in self._shared.items():
            alive = self._sharers(*shared)
            share(alive, target, place)
            if shared[0] == "on":
                make_room(alive, self._sharers(*shared, alive=False), target, place)
        self._go_along(self._lead.middle - before)
        return [half for figure in self._joiner.cast for half in _halves(figure)], self._stays

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
        for figure in self._joiner.cast:
            name = figure.role.actor
            free = not (self._roles[name].relation or name in bound or figure.is_thing)
            if free and figure.depth >= 1 and figure is not self._lead:
                figure.x += way

    def _turn(self, role: Role) -> tuple[bool, bool, bool, bool]:
        """Things and who pulls them come first, then who is on them, who follows, what is held."""
        thing = isinstance(self._actors[role.actor], Prop) or role.relation in ("push", "pull")
        base = self._roles.get(role.to)
        moved = self._related("push", role.to) + self._related("pull", role.to)
        below = role.relation in ("on", "in") and bool((base and base.relation) or moved)
        return (role.relation in _HELD, not thing, below, role.relation == "follow")

    def _measure(self) -> None:
        """Choose how many pixels a metre has, so that the lead and the largest prop both fit."""
        acts = self._lead.role.acts
        self._rises = bool(acts) and acts[-1][1] == "fly"  # which needs room above
        share = _CLOSE if self._stage.close else _ON_IT if self._is_on() else _USUAL
        if self._lead.role.to and self._lead.in_air:
            share = min(share, _FLIES)  # there is more air about it than it is large
        share *= _RISING if self._rises else 1.0
        high = self._lead.box.height * self._lead.actor.height
        smallest = share * self._stage.height / max(high, 0.01)
        wanted = self._metre
        for name, role in self._roles.items():
            actor = self._actors[name]
            if isinstance(actor, Prop) and name not in self._groups:
                wanted = min(wanted, self._fitting(role, actor))
        metre = max(wanted, min(smallest, self._metre))
        if metre < self._metre:
            for figure in self._joiner.cast:
                resize(figure, metre / self._metre)
            self._metre = metre

    def _is_on(self) -> bool:
        """Whether the lead is on or in something larger, or climbs it, and so is seen with it."""
        role = self._lead.role
        thing = self._actors.get(role.to)
        bound = role.relation in CLIMBING or role.relation in ("on", "in", "across")
        high = thing.size[1] if isinstance(thing, Prop) else 0.0
        return bound and high > self._lead.box.height * self._lead.actor.height

    def _fitting(self, role: Role, prop: Prop) -> float:
        """The largest scale at which a prop, or a row of it, still fits into the frame."""
        held = role.relation in _HELD
        if held and prop.wide:
            return self._metre  # a vine hangs from above the frame
        return fitting(prop, 1 if held else role.count, self._lead, self._stage)

    def _props(self, role: Role) -> list[Figure]:
        """A prop, as many times as the prompt says, in a row."""
        prop, lead = self._actors[role.actor], self._lead.role
        assert isinstance(prop, Prop)
        wide, high = prop.size
        smallest = _LEGIBLE if role.text else _SMALLEST
        least = smallest * self._stage.height / max(high, wide, 0.01)
        stood_on = self._is_on() and (lead.relation, lead.to) == ("on", role.actor)
        stood_on &= not (lead.action == "lie" or prop.wide or prop.lift or self._rises)
        room = self._fitting(role, prop)
        if stood_on:  # both of its ends are seen
            room = max(room, min(_CUT_OFF * room, self._stage.width / wide))
        scale = max(least, min(self._metre, room))
        link = self._link(role)
        # What nobody has to do with hides nobody.
        behind = link is None or (self._lead.speed and link[0] in APART)
        spread = _ROW * wide * scale
        first = self._middle(role, prop, wide * scale) - spread * (role.count - 1) / 2
        made = []
        for k in range(role.count):
            figure = Figure(role, prop, k, scale, x=0.0, row=0.0, box=box_of(prop, "stand"))
            figure.order = -0.3 if behind else 0.0
            figure.middle = first + k * spread
            self._stand(figure, prop)
            made.append(figure)
        return made

    def _stand(self, figure: Figure, prop: Prop) -> None:
        """Put a prop on the ground, on the water or into the air; at sea all but flyers float."""
        ground, water = self._stage.ground, self._stage.water
        if water is not None and (prop.home == "water" or (prop.home != "air" and ground is None)):
            figure.grounded, figure.afloat, figure.row = False, True, water
        elif prop.home == "air" or ground is None:
            figure.grounded, figure.row = False, self._stage.sky + figure.pixels_high / 2
        else:
            figure.row, figure.sink = ground, 0.01 * self._stage.height
        if prop.home == "ground":
            figure.lift = prop.lift * figure.scale

    def _middle(self, role: Role, prop: Prop, wide: float) -> float:
        """The column of the middle of a prop, or of a row of props."""
        total = wide * (_ROW * (role.count - 1) + 1)
        room, side, link = self._stage.width, self._stage.facing, self._link(role)
        if prop.wide:
            return room / 2
        if link is None:
            share = self._slots.pop(0) if self._slots else 0.5
            return room * (share if side > 0 else 1 - share)
        relation, other = link
        if relation in ("toward", "away"):
            return room * (0.82 if (relation == "toward") == (side > 0) else 0.18)
        at = middle_of(*other)
        if relation in _STAYS:
            return min(max(at, total / 2), room - total / 2) if total < room else room / 2
        if (at - room / 2) * side > 0.12 * room:
            side = -side
        gap = _GAP * self._metre + (1.4 * self._lead.pixels_wide if relation == "opposite" else 0.0)
        at += side * (span_of(other) + total) / 2 + side * gap
        return min(max(at, 0.4 * total), room - 0.4 * total)

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
        target = other[len(other) // 2]
        if relation == "at" and target.is_thing:
            first = min if self._stage.facing > 0 else max
            target = first(other, key=middle_of)
        alive = not (target.is_thing or group[0].is_thing)
        if alive and meet(group, relation, other, self._stage.width):
            return
        talks = relation == "over" and group[0].role.action in _RESTING and target.is_thing
        talks = talks and target.actor.place("grip") is not None
        for figure in group if talks else ():
            figure.role = replace(figure.role, relation="", to="")
        if relation == "carry" and self._carry_together(group, other):
            return
        if talks or relation in _HELD:
            hold(group, other, self._joiner.cast, always=relation != "with", place=relation)
            return
        if relation == "on" or relation in CLIMBING:
            dwarf(group, target, self._joiner.cast)
        if not self._together(group, relation, other, target):
            self._one_by_one(group, relation, other, target)

    def _carry_together(self, group: list[Figure], other: list[Figure]) -> bool:
        """Put one thing between all who carry it. Returns whether somebody has it."""
        thing = group[0]
        if lives(thing.role.actor):
            return other[0].role.relation == "carry" and not lives(other[0].role.actor)
        mates = [x for x in self._related("carry", thing.role.actor) if lives(x.role.actor)]
        aloft = arms_for(thing) == "aloft" or any(one.climb for one in other + mates)
        if len(group) > 1 or len(other + mates) < 2 or aloft:
            return False
        bear_together(thing, other + mates, self._joiner.cast)
        return True

    def _one_by_one(
        self, group: list[Figure], relation: str, other: list[Figure], target: Figure
    ) -> None:
        """Put each of a group at its own of others, or all at one of them, the target."""
        # What has a place on the other goes there; what has none stands before or behind it.
        places = map(target.actor.place, _PLACES.get(relation, (relation,)))
        place = next(filter(None, places), None)
        own = self._sharers(relation, other[0].role.actor)
        few = len(group) == len(other) or 1 < len(group) < len(other)
        few &= relation != "at" or len(own) <= len(other)
        own = group if few else own
        rank = {id(figure): k for k, figure in enumerate(own)}  # each has a chair of its own
        paired = (few or len(own) == len(other)) and id(group[0]) in rank
        for figure in group if relation == "at" and target.is_thing else ():
            use(figure, arms_for(target))
        flock = relation == "through" and len(group) > 1 and bool(group[0].speed)
        middle, many = middle_of(*group), max(len(group), len(rank))
        for k, figure in enumerate(group):
            target = other[rank[id(figure)]] if paired else target
            mate = rank.get(id(figure), k)
            if place is None:
                at = mate if relation == "at" else k
                self._joiner.near(figure, relation, target, other, at, many)
                continue
            aside, line, sink = figure.middle - middle, figure.row, figure.sink
            along = 0.5 if paired else (k + 0.5) / len(group)
            self._joiner.put(figure, target, place, along, passing=relation in _PASSING)
            stand_across(figure, target, place, 0 if paired else mate)
            if flock:  # each keeps its mark in it
                figure.x, figure.row, figure.sink = figure.x + aside, line, sink
        seated = place and (place.means in ("on", "in") or "perch" in place.poses)
        if place and seated and len(other) == 1:
            self._shared[relation, target.role.actor] = target, place
        fixed = not target.speed and target.role.relation not in _HELD
        if relation in _STAYS and fixed and target.depth >= NEAR:
            self._stays = True

    def _together(
        self, group: list[Figure], relation: str, other: list[Figure], target: Figure
    ) -> bool:
        """Put a whole group where it pushes, pulls or climbs a thing, or is around it; whether."""
        if relation in ("push", "pull"):
            group = self._related(relation, target.role.actor)
            for k, moved in enumerate([target] if relation == "push" else other):
                move(group, moved, ahead=relation == "push")
                moved.x -= moved.facing * _IN_TOW * k * moved.pixels_wide
            return True
        if relation in CLIMBING:
            self._climb(group, target, down=relation == "descend")
        elif relation == "around" and not group[0].speed:
            surround(group, other, self._stage.height)
        else:
            return False
        self._stays = True
        return True

    def _climb(self, group: list[Figure], target: Figure, *, down: bool) -> None:
        """Let a group climb a thing abreast, if it is broad, or one above the other."""
        ground = self._stage.ground or 0.85 * self._stage.height
        wide = max(figure.pixels_wide for figure in group)
        # A tree has a trunk.
        broad = target.is_thing and target.pixels_wide > len(group) * wide * _ABREAST
        for k, figure in enumerate(group):
            if library.facts(target.role.actor).steps and "walk" in figure.actor.actions:
                walk_up(figure, target, down=down)
                figure.x -= figure.facing * k * 0.5 * figure.pixels_wide
                continue
            aside = (k - (len(group) - 1) / 2) * (_ABREAST if broad else 0.3)
            climb(figure, target, aside, ground, down=down)
            step = (_STEP if broad else _ABOVE) * figure.pixels_high
            step = min(step, 0.5 * figure.peak / max(1, len(group) - 1))
            figure.lift += step * k * (-1 if down else 1)
            figure.peak -= step * (len(group) - 1)

    def _related(self, relation: str, to: str) -> list[Figure]:
        """All who are in a relation to one, of those who have a place."""
        own = (role for role in self._roles.values() if (role.relation, role.to) == (relation, to))
        return [figure for role in own for figure in self._groups.get(role.actor, ())]

    def _sharers(self, relation: str, to: str, *, alive: bool = True) -> list[Figure]:
        """Those who live, or the things, that are in a relation to a thing, if they go nowhere."""
        there = self._related(relation, to)
        stay = [one for one in there if relation == "at" or not one.speed]
        return [one for one in stay if one.is_thing != alive]


def _halves(figure: Figure) -> list[Figure]:
    """A prop that somebody can be in, as its back and its front."""
    if not isinstance(figure.actor, Prop) or not figure.actor.split:
        return [figure]
    return [
        replace(figure, side="back", changes=[*figure.changes]),
        replace(figure, side="front", order=figure.order + 0.2, changes=[*figure.changes]),
    ]
