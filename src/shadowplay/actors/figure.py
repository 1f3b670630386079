"""Figure: what all actors share - rhythms, builds, beats; a family only draws."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shadowplay.actors.base import Home, Place, Shape
from shadowplay.actors.rig import Build, Foothold, build_of
from shadowplay.scene import Action, Rgb


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How an action repeats.

    Attributes:
        cycle: seconds after which the pose is the same again.
        speed: travel, actor units a second.
        beats: the phases of its audible moments, 0 to 1, the first being the strongest.
    """

    cycle: float
    speed: float = 0.0
    beats: tuple[float, ...] = ()


class Figure(ABC):
    """An `Actor` whose pose is a function of the phase of a closed cycle.

    A family implements `draw` and, when it has feet, `tread`.

    Attributes:
        sound: what its beats sound like, if its drawing says so.
    """

    sound: str = ""

    def __init__(
        self, name: str, height: float, home: Home, rhythms: Mapping[Action, Rhythm]
    ) -> None:
        self.name = name
        self.height = height
        self.home: Home = home
        self.rhythms = dict(rhythms)
        self.actions: tuple[Action, ...] = tuple(rhythms)

    @property
    def places(self) -> list[Place]:
        """Where others can hold on to it, if its drawing says so."""
        return []

    def handling(self, arms: str) -> Figure:
        """The same figure with its arms as a table of its drawing says, if it has such a table."""
        return self

    def wearing(self, hat: str, colour: Rgb | None) -> Figure:
        """The same figure with a hat of the art, if it has a head for one."""
        return self

    def clad(self, garments: Iterable[str]) -> Figure:
        """The same figure with those of its garments that it does not always wear."""
        return self

    def grip(self, action: Action) -> tuple[float, float] | None:
        """Where its hand is during an action, in actor units; None if it has no moving hand."""
        return None

    @abstractmethod
    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """The outlines at a phase of the action's cycle, before the build's size is applied."""

    def tread(self, action: Action, phase: float, build: Build) -> list[Foothold]:
        """The feet at a phase, before the build's size is applied; none by default."""
        return []

    def speed(self, action: Action) -> float:
        """Travel in actor units a second."""
        return self.rhythms[action].speed

    def home_for(self, action: Action) -> Home:
        """Where the origin lies in an action: a flyer that sits has it under its feet."""
        return "ground" if self.home == "air" and action in ("sit", "stand", "walk") else self.home

    def sound_of(self, action: Action) -> str:
        """What the beats of an action sound like, if its drawing says so."""
        return self.sound

    def cycle(self, action: Action) -> float:
        """Seconds after which a pose of `action` is the same again."""
        return self.rhythms[action].cycle

    def pose(self, action: Action, t: float, variant: int = 0) -> Sequence[Shape]:
        """The outlines at `t` seconds, back to front."""
        build = build_of(variant)
        shapes = self.draw(action, self._phase(action, t, build), build)
        if build.size == 1.0:
            return shapes
        size = np.float32(build.size)
        return [shape._replace(points=shape.points * size) for shape in shapes]

    def feet(self, action: Action, t: float, variant: int = 0) -> list[Foothold]:
        """Where the feet are at `t` seconds, in the units of `pose`."""
        build = build_of(variant)
        steps = self.tread(action, self._phase(action, t, build), build)
        return [step._replace(x=step.x * build.size, y=step.y * build.size) for step in steps]

    def beats(self, action: Action, variant: int = 0) -> tuple[float, float]:
        """Period and first moment of the audible rhythm, (0, 0) when it makes none.

        As many beats as are even: of a walk all four, of a camel's pace two, of a gallop only the
        strongest; `footfalls` has them all.
        """
        moments = self.footfalls(action, variant)
        cycle = self.rhythms[action].cycle
        for count in range(len(moments), 0, -1):
            period = cycle / count
            if all(_heard(moments[0] + i * period, moments, cycle) for i in range(count)):
                return period, moments[0] % period
        return 0.0, 0.0

    def footfalls(self, action: Action, variant: int = 0) -> tuple[float, ...]:
        """All audible moments of the first cycle, in seconds, the strongest first."""
        rhythm = self.rhythms[action]
        phase = build_of(variant).phase
        return tuple(((beat - phase) % 1.0) * rhythm.cycle for beat in rhythm.beats)

    def pace(self, action: Action, build: Build) -> float:
        """Travel in units of `draw`, so that a small build covers the same ground."""
        return self.rhythms[action].speed / build.size

    def _phase(self, action: Action, t: float, build: Build) -> float:
        return (t / self.rhythms[action].cycle + build.phase) % 1.0


def _heard(moment: float, moments: tuple[float, ...], cycle: float) -> bool:
    """Whether one of the moments is this one, round the cycle."""
    return any(abs((m - moment + cycle / 2) % cycle - cycle / 2) < 1e-6 * cycle for m in moments)
