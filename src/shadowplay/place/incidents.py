"""Incidents: the one little thing in a while that nobody asked for, and asked-for meteors."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour
from shadowplay.dice import dice
from shadowplay.picture.flats import Steady, View
from shadowplay.picture.layers import Picture, fill
from shadowplay.picture.palette import LitScene
from shadowplay.place.sky import starlight
from shadowplay.scene import Scene
from shadowplay.tables import load

_Range = tuple[float, float]


class _Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lasts: float
    across: _Range
    up: _Range
    size: _Range
    sound: str = ""
    aside: float = 0.0
    way: float = 0.0
    slope: float = 0.0
    many: tuple[int, int] = (1, 1)
    outline: list[_Range] = []
    beat: list[float] = []


class _Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cycle: float
    begins: _Range
    kind: dict[str, _Kind]


_TABLES = load("place/incidents.toml", _Tables)


def possible(scene: Scene, *, open_sky: bool) -> tuple[str, ...]:
    """What little things can happen in the sky of a scene: no birds fly under water."""
    if scene.wonder == "meteor":
        return ("meteor",)
    if scene.setting in ("space", "moon", "planet"):
        return ("star",)
    if not open_sky:
        return ()
    if starlight(scene) > 0.3 and scene.sky == "clear" and scene.falling == "none":
        return ("star", "birds") if scene.time == "dusk" else ("star",)
    return ("birds",) if scene.sky != "storm" else ()


class _One(NamedTuple):
    """One incident as the dice have it; lengths in pixels."""

    name: str
    begins: float
    x: float
    y: float
    side: float
    sizes: NDArray[np.float64]
    nudges: NDArray[np.float64]


class Incident(Steady):
    """Once in a while, at the seed's moment: birds cross, or a star falls."""

    def __init__(self, lit: LitScene, horizon: float, kinds: tuple[str, ...]) -> None:
        scene = lit.scene
        self._seed, self._kinds, self._width = scene.seed, kinds, scene.size.width
        self._unit = scene.size.unit
        self._horizon = horizon
        self._right = lit.key.x > scene.size.width / 2
        self._ink = colour.yuv(lit.palette.land(0.6))
        self._one = lru_cache(maxsize=16)(self._thrown)

    def _thrown(self, cycle: int) -> _One:
        """What happens in a cycle."""
        pick = dice(self._seed, "incident", cycle)
        name = str(pick.choice(self._kinds))
        begins = cycle * _TABLES.cycle + float(pick.uniform(*_TABLES.begins))
        kind, pick = _TABLES.kind[name], dice(self._seed, name, cycle)
        x = float(pick.uniform(*kind.across)) - kind.aside * self._right
        y = float(pick.uniform(*kind.up))
        side = float(pick.choice([-1, 1]))
        sizes = pick.uniform(*kind.size, int(pick.integers(kind.many[0], kind.many[1] + 1)))
        return _One(
            name,
            begins,
            self._width * x,
            self._horizon * y,
            side,
            sizes * self._unit,
            pick.normal(0, 1, sizes.size) * sizes * self._unit,
        )

    def _happening(self, t: float) -> list[tuple[_One, float]]:
        """What is happening, and how long it has gone on."""
        cycle = int(t // _TABLES.cycle)
        both = [self._one(k) for k in range(max(0, cycle - 1), cycle + 1)]
        return [(one, t - one.begins) for one in both if 0 <= t - one.begins < _lasts(one)]

    def state(self, t: float, view: View) -> object:
        """Nothing while nothing happens."""
        return None if self._happening(t) else ()

    def rows(self, t: float, view: View) -> tuple[float, float]:
        """Where birds are; what else happens is soon over."""
        if not all(one.name == "birds" for one, _ in self._happening(t)):
            return super().rows(t, view)
        tall = 6 * _TABLES.kind["birds"].size[1] * self._unit + 4
        tops = [one.y for one, _ in self._happening(t)] or [0.0]
        return min(tops) - tall, max(tops) + tall

    def heard(self, begin: float, end: float) -> list[tuple[float, str]]:
        """What can be heard of a stretch of the scene's clock: moments and sounds."""
        cycles = range(int(begin / _TABLES.cycle), int(end / _TABLES.cycle) + 1)
        found = [(one.begins, _TABLES.kind[one.name].sound) for one in map(self._one, cycles)]
        return [(at, sound) for at, sound in found if sound and begin <= at < end]

    def draw(self, picture: Picture, t: float, view: View, floor: int, top: int = 0) -> None:
        """Draw what is happening, if anything is."""
        for one, age in self._happening(t):
            if one.name == "birds":
                self._flock(picture.above(floor), one, age)
            else:
                self._streak(picture, one, age / _lasts(one))

    def _streak(self, picture: Picture, one: _One, share: float) -> None:
        """A star that falls: a line that is brightest at its head."""
        kind = _TABLES.kind[one.name]
        step = np.asarray([one.side, kind.slope]) * kind.way * self._unit
        head = np.asarray([one.x, one.y]) + step * share
        tail = head - step * 0.34 * math.sin(math.pi * share)
        level = int(picture.y[min(int(abs(head[1])), picture.height - 1), self._width // 2])
        steps = np.linspace(0, 1, 7)
        for k in range(6):
            bright = steps[k + 1] * math.sin(math.pi * min(1, share + 0.1))
            a, b = (np.rint((tail + (head - tail) * at) * 16) for at in steps[k : k + 2])
            wide = int(kind.size[0]) * (1 if k < 4 else 2)
            ends = [tuple(point.astype(int).tolist()) for point in (a, b)]
            tone = round(level + (235 - level) * bright)
            cv2.line(picture.y, ends[0], ends[1], tone, wide, cv2.LINE_AA, 4)

    def _flock(self, picture: Picture, one: _One, age: float) -> None:
        """A few far birds that cross the sky."""
        kind = _TABLES.kind[one.name]
        gone = kind.way * self._unit * age / kind.lasts
        start = one.x if one.side > 0 else self._width - one.x
        wings, beat = np.asarray(kind.outline), np.asarray(kind.beat)
        for k, (size, nudge) in enumerate(zip(one.sizes, one.nudges, strict=True)):
            x = start + one.side * (gone - k * size * 3.2) + nudge
            y = one.y + abs(k - 2) * size * 1.5 + math.sin(age * 1.3 + k) * size * 0.5
            glide = 0.4 + 0.6 * math.sin(age * 0.9 + k) ** 2
            flap = math.sin(age * (8 + k * 0.5) + k * 1.7) * glide
            points = wings + np.stack([0 * beat, beat * flap], axis=1)
            fill(picture, points * size + [x, y], self._ink)


def _lasts(one: _One) -> float:
    return _TABLES.kind[one.name].lasts
