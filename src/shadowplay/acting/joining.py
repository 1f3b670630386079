"""Joining: figures are put onto, into, beside, behind or over others."""

from __future__ import annotations

import math
from collections.abc import Mapping

from shadowplay.acting.handling import (
    arrive,
    ends_of,
    foot,
    middle_of,
    rest,
    span_of,
    stand_with,
    turn_round,
)
from shadowplay.acting.peeping import clear, cover_of
from shadowplay.acting.sizes import Stage, fit_inside, ride
from shadowplay.acting.surrounding import stand_at
from shadowplay.art import library
from shadowplay.art.actors import Place
from shadowplay.art.prop import Prop
from shadowplay.deeds import Party, Track
from shadowplay.sprites.changes import Change
from shadowplay.sprites.marks import Figure

_MEETING = 1.9  # seconds after which one that crosses a prop is in its middle
_CROSSED = 0.2  # the part of the frame's width that one crosses in a second at most
_WITHIN = 0.7  # how high one that flies between things is, in their heights
_ABOVE = 0.11  # how much of the frame is free above those who are on a thing, in its heights
_FREE = 0.25  # the part of its width that is free between one and those whom it stands before
_ROW = 1.4  # the part of its width that one has in a row of those who go over a thing
_RIM = 0.5  # how much of one is below the rim of what it is in at most
_SLENDER = 2.5  # how many times as high as wide a post is at least
NEAR = 0.5  # from which parallax on a thing leaves the frame of a camera that goes with the lead


class Joiner:
    """Puts figures to others of the same cast."""

    def __init__(self, stage: Stage, groups: Mapping[str, list[Figure]]) -> None:
        self._stage, self._groups = stage, groups

    @property
    def cast(self) -> list[Figure]:
        """All who have been placed so far."""
        return [figure for group in self._groups.values() for figure in group]

    def put(
        self, figure: Figure, target: Figure, place: Place, along: float, *, passing: bool
    ) -> None:
        """Put a figure onto or into the place that a target has for it, or before it if under."""
        if place.means == "on" and target.in_air:
            ride(figure, target, self._stage.width)
        unit = target.scale
        if figure.speed and place.length:
            wide = _ROW * figure.pixels_wide * len(self._groups[figure.role.actor])
            along = 0.5 + (along - 0.5) * min(1.0, wide / (place.length * unit))
        x, y = place.at(along)
        if place.means == "in":
            fit_inside(figure, target, place.radius)
        if place.means in ("in", "under", "through"):
            y = max(0.0, y - place.radius)
        long = place.length * unit > 2.0 * figure.pixels_wide
        passing |= long and place.means != "at"
        goes = bool(figure.speed) and (passing or place.means == "through")
        figure.middle = target.column(x)
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
        elif place.means == "in" and not goes:
            self._show_inside(figure, target, place)

    def _show_inside(self, figure: Figure, target: Figure, place: Place) -> None:
        """Put one who is in a thing where its head is seen."""
        if not isinstance(target.actor, Prop):
            return
        closed = target.actor.place("on") is not None  # a cage
        way = clear(figure, target, figure.middle - target.middle, [], inside=True)
        figure.middle = target.middle + (0.0 if closed else way)
        if target.actor.split and not (place.radius or closed):
            # Who is small in a tub is higher there.
            rim = cover_of(target, "front").top(target.box.middle[0]) * target.scale
            deep = _RIM / 3 if figure.role.action == "lie" else _RIM
            figure.lift = max(figure.lift, target.lift + rim - deep * figure.pixels_high)

    def _lower(self, target: Figure, high: float) -> None:
        """Let the frame's lower edge cut off a thing on which one would be above the upper one."""
        near, name = target.grounded and target.depth >= 1, target.role.actor
        line = (self._stage.ground or 0.0) + target.sink if near else target.row
        excess = high + target.lift + _ABOVE * self._stage.height - line
        if excess <= 0:
            return
        names = {name, target.role.to if target.role.relation == "at" else name}  # a chair's table
        for one in self.cast * 2:  # with what is on that, who is at it, and who is on their chairs
            if one.role.to in names and one.role.relation in ("on", "at"):
                names.add(one.role.actor)
        for figure in self.cast:
            if figure.role.actor in names:
                figure.sink += excess if near else 0.0
                figure.row += 0.0 if near else excess

    def near(
        self, figure: Figure, relation: str, target: Figure, others: list[Figure], rank: int,
        many: int,
    ) -> None:  # fmt: skip
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
            self._go(figure, target, away=relation == "away")
        elif relation == "over":
            figure.middle = target.middle + self._abreast(figure)
            self._cross(figure)
            stand_with(figure, target)
            # What is over a tall thing may overlap it, and stays in the frame.
            top = target.lift + target.box.top * target.scale + 0.03 * self._stage.height
            most = figure.row - 0.04 * self._stage.height - figure.box.top * figure.scale
            figure.lift = min(top - foot(figure), most)
        elif relation == "between" and len(others) > 1:
            left, right = min(others, key=middle_of), max(others, key=middle_of)
            gap = (ends_of([left])[1] + ends_of([right])[0]) / 2
            abreast = figure.variant - (len(self._groups[figure.role.actor]) - 1) / 2
            figure.middle = gap + 0.8 * abreast * figure.pixels_wide
            for rock in others if figure.afloat else ():  # it stands in the water, behind a boat
                rock.grounded, rock.afloat, rock.row = False, True, figure.row - 1
            if figure.in_air:  # through the gap, not over it
                self._cross(figure)
                figure.row = max(figure.row, left.row - _WITHIN * left.pixels_high)
                figure.order = max(one.order for one in others) + 0.1
            else:
                rest(figure)

    def _cross(self, figure: Figure) -> None:
        """Let one who goes be at its mark after a while, and who flies in the frame until then."""
        most = _CROSSED * self._stage.width
        if figure.role.action == "fly" and abs(figure.speed) > most:
            figure.hasten(most / abs(figure.speed))
        figure.x -= figure.speed * _MEETING

    def _go(self, figure: Figure, target: Figure, *, away: bool) -> None:
        """Let a figure go to another, or away from it, each of a group at its own mark."""
        if ((target.middle - figure.middle) * figure.facing > 0) == away:
            figure.face(leftward=not figure.role.leftward)
            figure.speed = -figure.speed
        if target.depth < NEAR or not figure.speed:
            return
        if away:
            aside = 0.2 * target.pixels_wide
            aside += figure.variant * min(figure.pixels_wide, 0.3 * target.pixels_wide)
            figure.middle = target.middle + aside * figure.facing
        elif figure.grounded and "stand" in figure.actor.actions:
            arrive(figure, target, self._stage.width)

    def _abreast(self, figure: Figure) -> float:
        """How far from a thing's middle one is of all who are over it."""
        mates = [f for f in self.cast if (f.role.relation, f.role.to) == ("over", figure.role.to)]
        spans = [mate.pixels_wide for mate in mates]
        k = next(k for k, mate in enumerate(mates) if mate is figure)
        way = sum(spans[:k]) + (spans[k] - sum(spans)) / 2
        return way * min(1.0, 0.9 * self._stage.width / sum(spans))

    def _about(
        self, figure: Figure, relation: str, target: Figure, others: list[Figure], rank: int
    ) -> None:
        """Put a figure behind, before, under, around or onto others."""
        front = relation in ("before", "around")
        rank = rank if len(others) == 1 else 0
        figure.middle = target.middle + self._aside(figure, relation, target, rank)
        if relation == "before" and not target.is_thing:
            self._face(figure, others, rank)
        figure.order = target.order + (0.3 if front else -0.2 if relation == "behind" else 0.1)
        figure.sink = target.sink + (0.02 if front else -0.02) * self._stage.height
        if relation == "on":
            self._on_top(figure, target)
        if figure.speed and relation != "around":
            rest(figure)

    def _face(self, figure: Figure, others: list[Figure], rank: int) -> None:
        """Put a figure where living beings look to who stay, face to face with them."""
        for other in others if figure.is_thing else ():
            rest(other)
        own, ahead = figure.pixels_wide, others[0].facing
        away = (span_of(others) + own) / 2 + (_FREE + 0.8 * rank) * own
        figure.middle = middle_of(*others) + ahead * away
        figure.face(leftward=ahead > 0)
        for other in others:
            if other.facing != ahead:
                turn_round(other)

    def _aside(self, figure: Figure, relation: str, target: Figure, rank: int) -> float:
        """How far beside the middle of a target a member of a group stands, to be seen."""
        wide, own, facing = target.pixels_wide, figure.pixels_wide, self._stage.facing
        if relation == "around":
            return -figure.facing * figure.variant * own
        if relation in ("in", "on"):
            return 0.0
        abreast = 0.8 * rank * own
        if wide > 3 * own:
            aside = facing * (-0.28 * wide - abreast)
        elif relation != "under":
            aside = facing * (-0.42 * (wide + own) - abreast)
        elif target.box.height > _SLENDER * target.box.width:  # a post goes through nobody
            aside = facing * (-0.5 * own - 0.3 * wide - abreast)
        else:
            aside = -0.3 * own - abreast
        if relation != "behind":
            return aside
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
    vehicle.changes.append(Change(Party({"turn": Track(((0.0, turn),))})))
