"""Joining: figures are put onto, into, beside, behind or over others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from shadowplay.acting.handling import (
    foot,
    middle_of,
    move_on,
    put_middle,
    rest,
    span_of,
    stand_with,
    turn_round,
)
from shadowplay.acting.peeping import clear, cover_of
from shadowplay.acting.sizes import Stage, fit_inside, ride
from shadowplay.acting.surrounding import flood, stand_aside, stand_at
from shadowplay.art import library
from shadowplay.art.actors import Place
from shadowplay.art.prop import Prop
from shadowplay.deeds import Party, Track
from shadowplay.sprites.changes import Change
from shadowplay.sprites.marks import Figure

_MEETING = 1.9
"""Seconds after which one that crosses a prop is in its middle."""

_ABOVE = 0.11

_FREE, _ROW = 0.25, 1.4
"""The part of its width that is free between one and those whom it stands before, and that one has
in a row of those who go over a thing."""

_RIM = 0.5
"""How much of one is below the rim of what it is in at most."""

NEAR = 0.5
"""From which parallax on a thing leaves the frame of a camera that goes with the lead."""


class Joiner:
    """Puts figures to others of the same cast."""

    def __init__(self, stage: Stage, groups: Mapping[str, list[Figure]]) -> None:
        self._stage, self._groups = stage, groups

    def put(
        self, figure: Figure, target: Figure, place: Place, along: float, *, passing: bool
    ) -> None:
        """Put a figure onto or into the place that a target has for it, or before it if under."""
        if place.means == "on" and not (target.grounded or target.afloat):
            ride(figure, target, self._stage.width)
        unit = target.scale
        if figure.speed and place.length:
            wide = _ROW * span_of([figure]) * len(self._groups[figure.role.actor])
            along = 0.5 + (along - 0.5) * min(1.0, wide / (place.length * unit))
        x, y = place.at(along)
        if place.means == "in":
            fit_inside(figure, target, place.radius)
        if place.means in ("in", "under", "through"):
            y = max(0.0, y - place.radius)
        long = place.length * unit > 2.0 * figure.box.width * figure.scale
        passing |= long and place.means != "at"
        goes = bool(figure.speed) and (passing or place.means == "through")
        put_middle(figure, target.x + x * unit * target.facing)
        self._lower(target, y * unit + figure.box.top * figure.scale - foot(figure))
        if goes:
            figure.x -= figure.speed * _MEETING
        else:
            used = library.facts(target.role.actor).used
            rolls = figure.speed if used and used[0] == "wheel" and place.means == "on" else 0.0
            rest(figure, place.poses)
            figure.speed = target.speed = target.speed or rolls
        if place.means != "under" or target.depth == figure.depth:
            stand_with(figure, target)
            figure.depth, figure.fade = target.depth, target.fade
        figure.lift = target.lift + y * unit - foot(figure)
        figure.order = target.order + 0.1
        if library.facts(figure.role.actor).crewed and place.start[1] != place.end[1]:
            _tilt(figure, place, target.facing)
        elif place.means == "in" and not goes and isinstance(target.actor, Prop):
            middle, closed = middle_of(target), target.actor.place("on") is not None  # a cage
            way = clear(figure, target, middle_of(figure) - middle, [], inside=True)
            put_middle(figure, middle + (0.0 if closed else way))
            if target.actor.split and not (place.radius or closed):
                # Who is small in a tub is higher there.
                rim = target.lift + cover_of(target, "front").top(target.box.middle[0]) * unit
                deep = _RIM / 3 if figure.role.action == "lie" else _RIM
                figure.lift = max(figure.lift, rim - deep * figure.pixels_high)

    def _lower(self, target: Figure, high: float) -> None:
        """Let the frame's lower edge cut off a thing on which one would be above the upper one."""
        near, name = target.grounded and target.depth >= 1, target.role.actor
        line = self._stage.ground if near else target.row
        excess = high + target.lift + _ABOVE * self._stage.height - (line or 0.0)
        excess -= target.sink if near else 0.0
        cast = [f for group in self._groups.values() for f in group]
        names = {name, target.role.to if target.role.relation == "at" else name}  # a chair's table
        for one in cast * 2:  # with what is on that, who is at it, and who is on their chairs
            if one.role.to in names and one.role.relation in ("on", "at"):
                names.add(one.role.actor)
        for figure in cast if excess > 0 else ():
            if figure.role.actor in names:
                figure.sink += excess if near else 0.0
                figure.row += 0.0 if near else excess

    def near(
        self,
        figure: Figure,
        relation: str,
        target: Figure,
        others: list[Figure],
        *,
        rank: int = 0,
        many: int = 1,
    ) -> None:
        """Put a figure beside, behind, before, over or between others.

        Of a group of so `many`, by `rank`, every other one is at the other end of a thing; the rest
        are abreast.
        """
        if relation in ("behind", "before", "under", "around", "in", "on"):
            self._about(figure, relation, target, others, rank)
        elif relation == "at":
            stand_at(figure, target, rank, many)
            rest(figure)
        elif relation in ("toward", "away"):
            ahead = (middle_of(target) - middle_of(figure)) * figure.facing
            if (ahead > 0) != (relation == "toward"):
                figure.role = replace(figure.role, leftward=not figure.role.leftward)
                figure.speed = -figure.speed
            if target.depth >= NEAR:
                move_on(figure, relation, target, self._stage.width)
        elif relation == "over":
            put_middle(figure, middle_of(target) + self._abreast(figure))
            figure.x -= figure.speed * _MEETING
            top = target.lift + target.box.top * target.scale
            stand_with(figure, target)
            # What is over a tall thing may overlap it, and stays in the frame.
            most = figure.row - 0.04 * self._stage.height - figure.box.top * figure.scale
            figure.lift = min(top + 0.03 * self._stage.height - foot(figure), most)
        elif relation == "between" and len(others) > 1:
            left, right = min(others, key=middle_of), max(others, key=middle_of)
            gap = middle_of(left) + middle_of(right)
            gap += (left.box.width * left.scale - right.box.width * right.scale) / 2
            abreast = figure.variant - (len(self._groups[figure.role.actor]) - 1) / 2
            put_middle(figure, gap / 2 + 0.8 * abreast * span_of([figure]))
            flood(figure, others)
            rest(figure)

    def _abreast(self, figure: Figure) -> float:
        """How far from a thing's middle one is of all who are over it."""
        mates = [f for group in self._groups.values() for f in group]
        mates = [f for f in mates if (f.role.relation, f.role.to) == ("over", figure.role.to)]
        spans = [(span_of([f]), f is figure) for f in mates]
        total, k = sum(span for span, _ in spans), [own for _, own in spans].index(True)
        way = sum(span for span, _ in spans[:k]) + (spans[k][0] - total) / 2
        return way * min(1.0, 0.9 * self._stage.width / total)

    def _about(
        self, figure: Figure, relation: str, target: Figure, others: list[Figure], rank: int
    ) -> None:
        """Put a figure behind, before, under, around or onto others."""
        front = relation in ("before", "around")
        rank = rank if len(others) == 1 else 0
        put_middle(figure, middle_of(target) + self._aside(figure, relation, target, rank))
        if relation == "before" and not isinstance(target.actor, Prop):
            self._face(figure, others, rank)
        figure.order = target.order + (0.3 if front else -0.2 if relation == "behind" else 0.1)
        figure.sink = target.sink + (0.02 if front else -0.02) * self._stage.height
        if relation == "on":
            self._on_top(figure, target)
        if figure.speed and relation != "around":
            rest(figure)

    def _face(self, figure: Figure, others: list[Figure], rank: int) -> None:
        """Put a figure where living beings look to who stay, face to face with them."""
        own, ahead = span_of([figure]), others[0].facing
        for other in others if isinstance(figure.actor, Prop) else ():
            rest(other)
        away = (span_of(others) + own) / 2 + (_FREE + 0.8 * rank) * own
        put_middle(figure, middle_of(*others) + ahead * away)
        figure.role = replace(figure.role, leftward=ahead > 0)
        for other in others:
            if other.facing != ahead:
                turn_round(other)

    def _aside(self, figure: Figure, relation: str, target: Figure, rank: int) -> float:
        aside = stand_aside(figure, relation, target, self._stage.facing, rank)
        if relation != "behind":
            own = span_of([figure])
            return aside if relation != "around" else -figure.facing * figure.variant * own
        if isinstance(target.actor, Prop) and target.actor.split:
            aside = 0.0  # there is a counter, and room behind it
        before = self._groups[figure.role.actor][: figure.variant]
        return clear(figure, target, aside, [middle_of(one) for one in before])

    def _on_top(self, figure: Figure, target: Figure) -> None:
        """Put a figure on the top of one that has no place for it and that then stays there."""
        figure.grounded, figure.afloat, figure.row = target.grounded, target.afloat, target.row
        rest(target)
        top = cover_of(target).top(target.box.middle[0]) * target.scale - foot(figure)
        self._lower(target, top + figure.box.top * figure.scale)
        figure.lift = target.lift + top


def _tilt(vehicle: Figure, place: Place, facing: float) -> None:
    """Let wheels stand on a slope: in a ditch."""
    (left, low), (right, high) = place.start, place.end
    turn = -math.degrees(math.atan((high - low) / (right - left))) * facing * vehicle.facing
    vehicle.changes.append(Change(Party({"turn": Track(((0.0, turn),))}), 0.0, {}, {}))
