"""Changes: what deeds make of a figure at a moment: where it is, how large, how much of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from shadowplay.deeds import NEVER, Party

_LETS_GO = 0.35  # seconds in which a deed ends that another one ends
_WET = 0.75  # from where on the water cuts off one who jumps into it
_ROUND = 0.12  # how much narrower what is round may be drawn
_ROCK = 0.62  # seconds of one sway to and fro


@dataclass(slots=True)
class State:
    """What is different about a figure at a moment."""

    right: float = 0.0  # right, up: how far it is from its mark, in pixels
    up: float = 0.0
    wide: float = 1.0  # wide, tall: its size as shares of its own
    tall: float = 1.0
    turn: float = 0.0  # degrees forward
    seen: float = 1.0  # how much of it is there, 0 to 1
    char: float = 0.0  # how burnt it is, 0 to 1
    # The share of it that has new paint, from its left, or, less than 0, its right; or 0.
    coat: float = 0.0
    light: float = 1.0  # of its lamps, 0 to 1
    open: float = 0.0  # of its lid or leaf, 0 to 1
    sunk: float = 0.0  # how far it is below the ground or the water, in its own heights
    broken: float = -1.0  # seconds since it went to pieces, or less than 0
    far: bool = False  # the pieces fly
    wet: float = 0.0  # the row of the water's face that cuts it off, or 0
    # Pixels to the right and down from there to where it touches the ground, if it rolls.
    rolled: tuple[float, float] = (0.0, 0.0)

    @property
    def whole(self) -> bool:
        """Whether it is there, and in one piece."""
        return self.seen >= 0.5 and self.broken < 0

    @property
    def bends(self) -> bool:
        """Whether the figure looks other than as it is drawn."""
        bent = self.wide != 1 or self.tall != 1 or abs(self.turn) > 0.05
        changed = self.char > 0 or self.coat != 0 or self.seen < 1
        return bent or changed or self.sunk > 0 or self.broken >= 0

    def move(self, right: float, up: float) -> None:
        """Move it so many pixels."""
        self.right += right
        self.up += up

    def roll(self, way: float, radius: float, flat: float, facing: float) -> None:
        """Turn what rolls about its middle, by as much as its rim is long where it has gone.

        `radius` is half its height, and `flat` its width as a share of that: an egg is narrower.
        """
        flat = 1.0 if abs(1 - flat) < _ROUND else flat
        angle = (way + self.right) * facing / (radius * (1 + flat) / 2)
        c, s = math.cos(angle), math.sin(angle)
        low = radius * (1 - math.sqrt(c * c + flat * flat * s * s))
        self.turn += math.degrees(angle)
        self.rolled = radius * s * facing, radius * (1 - c) - low
        self.move(-self.rolled[0], self.rolled[1])


@dataclass(slots=True)
class Change:
    """What one deed does to one figure."""

    party: Party  # its tracks
    start: float = 0.0  # when the deed begins on the scene's clock
    # For each track that moves it, pixels right and up of a value of 1.
    units: dict[str, tuple[float, float]] = field(default_factory=dict)
    # Tracks whose value this is do not move it.
    offset: dict[str, float] = field(default_factory=dict)
    # For a thing that goes from hand to hand: its way from its mark, by time and share.
    passed: Callable[[float, float], tuple[float, float]] | None = None
    wet: float = 0.0  # the row of the water's face that it jumps into
    since: float = -NEVER  # since, until: from when on it counts, and when another deed ends it
    until: float = NEVER

    def apply(self, state: State, t: float) -> None:
        """Let it change a state at a time on the scene's clock."""
        age = t - self.start
        within = min(1 + (self.until - t) / _LETS_GO, (t - self.since) / _LETS_GO)
        stays = min(1.0, max(0.0, within))
        for name, track in self.party.tracks.items():
            level = track.at(age)
            if name in self.units:
                level -= self.offset.get(name, 0.0)
                level *= stays
                state.wet = self.wet if name == "water" and level > _WET else state.wet
                state.move(*(level * unit for unit in self.units[name]))
            elif name in ("pass", "orbit"):
                if self.passed is not None:
                    state.move(*self.passed(t, level))
            elif name == "turn":
                state.turn += level * stays
            elif name == "rock":
                state.turn += level * math.sin(math.tau * age / _ROCK)
            elif name in ("char", "sunk"):
                setattr(state, name, max(getattr(state, name), level))
            elif name in ("open", "coat"):
                setattr(state, name, level * self.offset.get(name, 1.0))
            else:
                setattr(state, name, getattr(state, name) * level)
        if self.party.bits and age >= 0:
            state.broken, state.far = age, self.party.bits == "far"
