"""Incidents: the one little thing in a while that nobody asked for, and asked-for meteors."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour, exact
from shadowplay.dice import dice
from shadowplay.flats import Overlay, Steady, View
from shadowplay.layers import Picture, fill
from shadowplay.light import KeyLight
from shadowplay.palette import Palette
from shadowplay.scene import Scene
from shadowplay.sky import starlight

CYCLE = 7.0
"""Seconds in which one little thing happens."""

_LASTS = {"star": 0.9, "meteor": 2.6, "fish": 1.1, "birds": 9.0}
"""Seconds that each little thing goes on, and a meteor falls which the prompt names."""


def possible(scene: Scene, *, open_sky: bool) -> tuple[str, ...]:
    """What little things can happen in the sky of a scene: no birds fly under water."""
    if scene.wonder == "meteor":
        return ("meteor",)
    if scene.setting in ("space", "moon"):
        return ("star",)
    if not open_sky:
        return ()
    if starlight(scene) > 0.3 and scene.sky == "clear" and scene.falling == "none":
        return ("star", "birds") if scene.time == "dusk" else ("star",)
    return ("birds",) if scene.sky != "storm" else ()


class Incident(Overlay, Steady):
    """Once in a while, at the seed's moment: birds cross, a star falls, or a fish leaps."""

    def __init__(
        self,
        scene: Scene,
        palette: Palette,
        key: KeyLight,
        horizon: float,
        water: tuple[float, float] | None,
        kinds: tuple[str, ...],
    ) -> None:
        self._scene = scene
        self._key_right = key.x > scene.size.width / 2
        self._width, self._height = scene.size
        self._unit = float(math.sqrt(self._width * self._height))
        self._horizon, self._water = horizon, water
        self._ink = colour.yuv(palette.land(0.6))
        self._light = colour.yuv(palette.key).y
        self._kinds = kinds
        self._known: dict[int, tuple[str, float]] = {}
        self._flocks: dict[int, Flock] = {}

    def kind(self, cycle: int) -> tuple[str, float]:
        """What happens in a cycle, and at which moment of the scene's clock."""
        found = self._known.get(cycle)
        if found is None:
            found = self._known[cycle] = self._throw(cycle)
        return found

    def _throw(self, cycle: int) -> tuple[str, float]:
        pick = dice(self._scene.seed, "incident", cycle)
        name = str(pick.choice(self._kinds)) if self._kinds else ""
        return name, cycle * CYCLE + float(pick.uniform(0.5, 1.8))

    def _happening(self, t: float) -> list[tuple[str, int, float]]:
        """What is happening: its name, its cycle and how long it has gone on."""
        cycle, found = int(t // CYCLE), []
        for k in range(max(0, cycle - 1), cycle + 1):
            name, at = self.kind(k)
            if 0 <= t - at < _LASTS.get(name, 0.0):
                found.append((name, k, t - at))
        return found

    def state(self, t: float, view: View) -> object:
        """Nothing while nothing happens."""
        return None if self._happening(t) else ()

    def heard(self, begin: float, end: float) -> list[tuple[float, str]]:
        """What can be heard of a stretch of the scene's clock: moments and sounds."""
        sounds = {"fish": "splash", "star": "sparkle", "birds": "flutter"}
        thrown = [self.kind(cycle) for cycle in range(int(begin / CYCLE), int(end / CYCLE) + 1)]
        return [(at, sounds[name]) for name, at in thrown if name in sounds and begin <= at < end]

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw what is happening, if anything is."""
        for name, k, age in self._happening(t):
            if name == "birds":
                self._birds(picture, k, age)
            elif name == "fish":
                self._fish(picture, k, age / _LASTS[name])
            else:
                self._star(picture, k, age / _LASTS[name], grown=3 if name == "meteor" else 1)

    def _star(self, picture: Picture, cycle: int, share: float, grown: int = 1) -> None:
        pick = dice(self._scene.seed, "star", cycle)
        far_side = 0.05 if self._key_right else 0.55
        x = self._width * (far_side + pick.uniform(0.1, 0.35))
        y = self._horizon * pick.uniform(0.08, 0.3)
        way = self._unit * 0.3 * grown
        side = pick.choice([-1, 1])
        head = np.asarray([x + side * way * share, y + way * 0.36 * share])
        tail = head - np.asarray([side, 0.36]) * way * 0.34 * math.sin(math.pi * share)
        steps = np.linspace(0, 1, 7)
        level = int(picture.y[min(int(abs(head[1])), picture.height - 1), self._width // 2])
        for k in range(6):
            a, b = tail + (head - tail) * steps[k], tail + (head - tail) * steps[k + 1]
            tone = round(
                level + (235 - level) * steps[k + 1] * math.sin(math.pi * min(1, share + 0.1))
            )
            ends = [tuple(np.rint(p * 16).astype(int).tolist()) for p in (a, b)]
            cv2.line(picture.y, ends[0], ends[1], tone, grown * (1 if k < 4 else 2), cv2.LINE_AA, 4)

    def _fish(self, picture: Picture, cycle: int, share: float) -> None:
        """A leap and the rings it leaves."""
        if self._water is None:
            return
        pick = dice(self._scene.seed, "fish", cycle)
        top, bottom = self._water
        x, row = (
            self._width * pick.uniform(0.55, 0.85),
            top + (bottom - top) * pick.uniform(0.3, 0.55),
        )
        size = self._unit * 0.018
        side = pick.choice([-1.0, 1.0])
        turn = math.pi * min(1.0, share / 0.62)
        if share < 0.62:
            centre = np.asarray(
                [x - side * math.cos(turn) * size * 1.4, row - math.sin(turn) * size * 2]
            )
            lean = (turn - math.pi / 2) * side * 0.9
            shape = np.asarray(
                [
                    (-1, 0.42),
                    (-0.72, 0),
                    (-1, -0.42),
                    (-0.5, -0.12),
                    (0, -0.3),
                    (0.6, -0.2),
                    (0.95, 0),
                    (0.6, 0.2),
                    (0, 0.26),
                    (-0.5, 0.12),
                ]
            ) * [side, 1]
            cos, sin = math.cos(lean), math.sin(lean)
            points = exact.product(shape, np.asarray([[cos, sin], [-sin, cos]])) * size + centre
            part = Picture(
                *(plane[: int(row) // s] for plane, s in zip(picture, (1, 2, 2), strict=True))
            )
            fill(part, points, *self._ink)
        for ring in (0.0, 0.3):
            grown = share - ring
            if grown > 0:
                axes = (round(size * 3.4 * grown * 16), round(size * 0.8 * grown * 16))
                level = int(picture.y[int(row), int(x)])
                tone = round(level + (self._light - level) * 0.5 * (1 - share))
                cv2.ellipse(
                    picture.y,
                    (round(x * 16), round(row * 16)),
                    axes,
                    0,
                    0,
                    360,
                    tone,
                    1,
                    cv2.LINE_AA,
                    4,
                )

    def _birds(self, picture: Picture, cycle: int, age: float) -> None:
        """A few far birds that cross the sky."""
        flock = self._flocks.get(cycle)
        if flock is None:
            flock = self._flocks[cycle] = Flock(self._scene, self._horizon, cycle)
        for points in flock.at(age):
            fill(picture, points, *self._ink)


class Flock:
    """Some far birds on their way across the sky."""

    def __init__(self, scene: Scene, horizon: float, cycle: int) -> None:
        pick = dice(scene.seed, "birds", cycle)
        unit = math.sqrt(scene.size.width * scene.size.height)
        count = int(pick.integers(3, 7))
        self._side = float(pick.choice([-1, 1]))
        self._start = scene.size.width * (0.5 - self._side * 0.62)
        self._row = horizon * pick.uniform(0.18, 0.42)
        self._sizes = unit * pick.uniform(0.006, 0.0095, count)
        self._nudges = pick.normal(0, 1, count) * self._sizes
        self._pace = unit * 0.13

    def at(self, age: float) -> list[NDArray[np.float64]]:
        """Their outlines, in pixels, so many seconds after they set out."""
        outlines = []
        for k, (size, nudge) in enumerate(zip(self._sizes, self._nudges, strict=True)):
            x = self._start + self._side * (age * self._pace - k * size * 3.2) + nudge
            y = self._row + abs(k - 2) * size * 1.5 + math.sin(age * 1.3 + k) * size * 0.5
            glide = 0.4 + 0.6 * math.sin(age * 0.9 + k) ** 2
            flap = math.sin(age * (8 + k * 0.5) + k * 1.7) * glide
            outlines.append((_WINGS + _FLAP * flap) * size + np.asarray([x, y]))
        return outlines


_WINGS = np.asarray(
    [
        *((-1.5, -0.1), (-0.7, -0.18), (0, 0), (0.7, -0.18)),
        *((1.5, -0.1), (0.65, 0.02), (0, 0.3), (-0.65, 0.02)),
    ]
)
_FLAP = np.asarray(
    [(0, -0.75), (0, -0.5), (0, 0), (0, -0.5), (0, -0.75), (0, -0.32), (0, 0), (0, -0.32)]
)
"""A far bird with level wings, and how its points go up with a beat."""
