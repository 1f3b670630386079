"""Towing: who pulls one on a rope or a plough behind."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from shadowplay.art import library
from shadowplay.art.prop import prop
from shadowplay.deeds import Party
from shadowplay.sprites.changes import Change, State
from shadowplay.sprites.marks import Figure, box_of

_HITCH, _FRONT, _BREAST = 0.3, 0.6, 0.5
"""How high a rope is tied to a vehicle, a thing that is dragged and an animal, in their heights."""

_NECK = 0.7  # where an animal's neck is on the way to its mouth


def ropes(figures: list[Figure]) -> list[Figure]:
    """The ropes between those who pull and what they pull."""
    return [
        _line(one, far)
        for one in figures
        for far in (figures if one.role.relation == "pull" else ())
        if far.role.actor == one.role.to
        if is_dragged(far) or not far.is_thing
    ]


def keep_pace(figures: list[Figure]) -> None:
    """Let what is pushed or pulled, and who is on it, go and stop with who does that."""
    for doer in figures:
        moved = doer.role.to if doer.acts and doer.role.relation in ("push", "pull") else ""
        for one in figures if moved else ():
            aboard = one.role.to == moved and one.role.relation in ("on", "in")
            if aboard or one.role.actor == moved:
                rest = "stand" if one.role.action in ("walk", "run") else one.role.action
                one.acts = tuple(
                    (start, one.role.action if speed else rest, speed)
                    for start, _, speed in doer.acts
                )


def keep_under_foot(figures: list[Figure]) -> None:
    """Let a board on which one jumps or goes stay under the feet; nobody walks on it."""
    for rider in figures:
        boards = [one for one in figures if one.role.actor == rider.role.to]
        for board in boards if rider.role.relation == "on" else ():
            place = board.actor.place("on")
            wide = board.pixels_wide > rider.pixels_high
            pace = max((speed for _, _, speed in rider.acts), key=abs, default=rider.speed)
            goes = pace and _has_wheels(board) and not wide
            sits = rider.role.action in ("sit", "perch")
            if not board.is_thing or not place or sits:
                continue
            if goes:
                rider.speed, rider.acts = pace, ((0.0, "stand", pace),)
                board.speed, board.acts = pace, rider.acts
            jumps = "jump" in (rider.role.action, *(act for _, act, _ in rider.role.acts))
            if not wide and (goes or jumps):
                board.holder, board.grasp, board.grip = rider, "foot", place.at(0.5)


def is_dragged(thing: Figure) -> bool:
    """Whether a thing has neither wheels nor a handle to pull at, so that it is on a rope."""
    if not thing.is_thing or (thing.actor.place("grip") and thing.actor.arms):
        return False
    return not _has_wheels(thing)


def _has_wheels(thing: Figure) -> bool:
    """Whether wheels are heard while somebody uses a thing."""
    used = library.facts(thing.role.actor).used
    return used is not None and used[0] == "wheel"


@dataclass(slots=True)
class _Tied(Change):
    """Keeps a rope from one who pulls pointed at what is pulled."""

    figure: Figure = field(kw_only=True)  # who pulls
    thing: Figure = field(kw_only=True)  # what is pulled

    def apply(self, state: State, t: float) -> None:
        """Turn the rope, whatever turns it with the hand that holds it."""
        held = library.facts(self.figure.role.actor).person
        state.turn -= self.span(t)[1] + (self.figure.hand(t)[2] if held else 0.0)

    def span(self, t: float) -> tuple[float, float]:
        """How many pixels the rope is long, and how many degrees its far end is lower."""
        figure, thing = self.figure, self.thing
        (right, up), (front, high) = _near_end(figure, t), _far_end(thing, t)
        across = (figure.x + right - thing.x - front) * figure.facing
        down = figure.lift + up - thing.lift - high
        return math.hypot(across, down), math.degrees(math.atan2(down, max(1.0, across)))


def _near_end(figure: Figure, t: float) -> tuple[float, float]:
    """Where a rope leaves a hand, a breast or a vehicle's rear: pixels right of it and above."""
    facts, own = library.facts(figure.role.actor), figure.box
    if facts.person:
        return figure.offset(*figure.hand(t)[:2])
    rear = (own.left, _HITCH * own.top) if facts.crewed else (own.middle[0], _BREAST * own.top)
    return figure.offset(*rear)


def _far_end(thing: Figure, t: float) -> tuple[float, float]:
    """Where a rope is tied to what is pulled: a neck, a vehicle or a thing's front."""
    if library.facts(thing.role.actor).crewed or thing.is_thing:
        high = _HITCH if library.facts(thing.role.actor).crewed else _FRONT
        return thing.offset(0.92 * thing.box.right, high * thing.box.top)
    across, up, _ = thing.hand(t)
    return thing.offset(_NECK * across, 0.95 * up)


def _line(figure: Figure, thing: Figure) -> Figure:
    """The rope between one who pulls and what is pulled."""
    line, held = prop("tow_rope"), library.facts(figure.role.actor).person
    box = box_of(line, "stand")
    tied = _Tied(Party({}), figure=figure, thing=thing)
    long, turn = tied.span(0.0)
    rope = replace(
        figure,
        role=replace(figure.role, actor="tow_rope", count=1, relation="", to="", acts=()),
        actor=line,
        box=box,
        scale=long / box.width,
        changes=[tied],
        acts=(),
        holder=figure if held else None,
        grip=(box.right, box.top),
        order=figure.order + (0.1 if held else -0.1),
    )
    right, up = _near_end(figure, 0.0)
    end = rope.offset(box.right, box.top, -turn)
    rope.x, rope.lift = figure.x + right - end[0], figure.lift + up - end[1]
    return rope
