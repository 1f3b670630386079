"""Small life: light shafts, fireflies, bubbles, and the one little thing that nobody asked for."""

from __future__ import annotations

import math

import cv2
import numpy as np

from vitascope.engines.shadowplay import colour
from vitascope.engines.shadowplay.dice import dice
from vitascope.engines.shadowplay.flats import Element, Flat, Overlay, View
from vitascope.engines.shadowplay.layers import Layer, Picture, fill
from vitascope.engines.shadowplay.light import KeyLight, glow
from vitascope.engines.shadowplay.noise import dither, enlarge
from vitascope.engines.shadowplay.palette import Palette
from vitascope.engines.shadowplay.scene import Scene
from vitascope.engines.shadowplay.sky import starlight

CYCLE = 7.0
"""Seconds in which one little thing happens."""


def shafts(scene: Scene, palette: Palette, key: KeyLight, bottom: float, strength: float) -> list[Element]:
    """Two fans of light beams from the lamp that slide over each other."""
    return [
        Flat(_fan(scene, palette, key, bottom, strength, k), 0.05, (4.0, -3.0)[k] * scene.size.width / 720)
        for k in range(2)
    ]


def _fan(
    scene: Scene, palette: Palette, key: KeyLight, bottom: float, strength: float, which: int
) -> Layer:
    """A soft periodic sheet of slanting beams, painted at a quarter of the resolution."""
    width = scene.size.width * 5 // 4 // 16 * 16
    height = int(bottom) // 8 * 8
    pick = dice(scene.seed, "shafts", which)
    rows, columns = height // 4, width // 4
    across = np.arange(columns, dtype=np.float32)[None] / columns * np.float32(2 * np.pi)
    down = np.arange(rows, dtype=np.float32)[:, None] / rows
    slant = np.float32((0.9 if key.x > scene.size.width / 2 else -0.9) * height / width)
    at = across + down * slant * np.float32(2.2)
    beam = np.zeros((rows, columns), np.float32)
    for order in (3, 5, 8, 13):
        beam += np.sin(at * order + np.float32(pick.uniform(0, 6.28))) / np.float32(order**0.4)
    fade = np.clip(1.15 - down, 0, 1) ** np.float32(1.3) * np.clip(down * 6, 0.35, 1)
    alpha = np.clip(beam - np.float32(0.25), 0, 1.4) * fade * np.float32(strength * 0.5)
    sharp = dither(enlarge(alpha.astype(np.float32), height, width) * 255, 0.7)
    y, u, v = colour.yuv(colour.mix(palette.key, palette.glow, 0.5))
    half = (height // 2, width // 2)
    return Layer(
        np.full_like(sharp, y), sharp, (np.full(half, u, np.uint8), np.full(half, v, np.uint8)),
        wraps=True,
    )


class Fireflies(Overlay):
    """Warm points that wander and go on and off."""

    def __init__(self, scene: Scene, palette: Palette, rows: tuple[float, float], count: int) -> None:
        pick = dice(scene.seed, "fireflies")
        unit = (scene.size.width * scene.size.height) ** 0.5
        self._x = pick.uniform(0, scene.size.width, count)
        self._y = pick.uniform(*rows, count)
        self._reach = unit * pick.uniform(0.01, 0.035, count)
        self._pace = pick.uniform(0.3, 0.9, count)
        self._phase = pick.uniform(0, 6.28, (count, 3))
        tone = colour.mix(palette.key, colour.rgb("#ffd45a"), 0.7)
        self._glow = glow(int(unit * 0.013), tone, 0.75, 2.6)
        self._core = colour.yuv(tone).y
        self._dot = max(0.8, unit * 0.0013)

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw those that shine."""
        a = t * self._pace
        x = self._x + np.sin(a + self._phase[:, 0]) * self._reach * 2 - view.x * 0.8
        y = self._y + np.sin(a * 1.7 + self._phase[:, 1]) * self._reach + view.y * 0.8
        shine = np.sin(a * 2.4 + self._phase[:, 2])
        for k in np.flatnonzero(shine > -0.1):
            across = float(x[k] % picture.width)
            if shine[k] > 0.25:
                self._glow.draw(picture, across, float(y[k]))
            centre = (round(across * 16), round(float(y[k]) * 16))
            cv2.circle(picture.y, centre, round(self._dot * 16), self._core, -1, cv2.LINE_AA, 4)


class Bubbles(Overlay):
    """Bubbles that rise in wavering strings."""

    def __init__(self, scene: Scene, palette: Palette) -> None:
        self._width, self._height = scene.size
        pick = dice(scene.seed, "bubbles")
        self._unit = float((self._width * self._height) ** 0.5)
        self._count = 46
        column = pick.integers(0, 6, self._count)
        self._x = (column + 0.5) / 6 * self._width + pick.normal(0, self._unit * 0.02, self._count)
        self._pace = self._unit * pick.uniform(0.06, 0.15, self._count)
        self._phase = pick.uniform(0, 1, self._count) * self._height * 1.2
        self._size = self._unit * pick.uniform(0.0016, 0.0055, self._count)
        self._tone = colour.yuv(colour.mix(palette.key, palette.sky[1], 0.35)).y

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw rings with a spark."""
        span = self._height * 1.2
        y = self._height * 1.1 - (self._phase + self._pace * t) % span
        x = (self._x + np.sin(y * 0.03 + self._phase) * self._unit * 0.008 - view.x * 0.7) % self._width
        for k in range(self._count):
            centre = (round(float(x[k]) * 16), round(float(y[k]) * 16))
            size = float(self._size[k])
            cv2.circle(picture.y, centre, round(size * 16), self._tone, 1, cv2.LINE_AA, 4)
            spark = (centre[0] - round(size * 6), centre[1] - round(size * 6))
            cv2.circle(picture.y, spark, round(size * 4), min(235, self._tone + 30), -1, cv2.LINE_AA, 4)


class Incident(Overlay):
    """Once in a while, at the seed's moment: birds cross, a star falls, or a fish leaps."""

    def __init__(
        self, scene: Scene, palette: Palette, horizon: float, water: tuple[float, float] | None
    ) -> None:
        self._scene = scene
        self._width, self._height = scene.size
        self._unit = float((self._width * self._height) ** 0.5)
        self._horizon, self._water = horizon, water
        self._ink = colour.yuv(palette.land(0.6))
        self._light = colour.yuv(palette.key).y
        kinds = ["birds"] if scene.setting not in ("underwater", "space", "moon") else []
        if starlight(scene) > 0.3 or scene.setting in ("space", "moon"):
            kinds = ["star"]
        if water is not None:
            kinds.append("fish")
        self._kinds = kinds
        self._known: dict[int, tuple[str, float]] = {}

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

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw what is happening, if anything is."""
        cycle = int(t // CYCLE)
        for k in (cycle - 1, cycle):
            if k < 0:
                continue
            name, at = self.kind(k)
            age = t - at
            if name == "star" and 0 <= age < 0.9:
                self._star(picture, k, age / 0.9)
            elif name == "fish" and 0 <= age < 1.1:
                self._fish(picture, k, age / 1.1)
            elif name == "birds" and 0 <= age < 9:
                self._birds(picture, k, age)

    def _star(self, picture: Picture, cycle: int, share: float) -> None:
        pick = dice(self._scene.seed, "star", cycle)
        x = self._width * pick.uniform(0.25, 0.8)
        y = self._horizon * pick.uniform(0.08, 0.3)
        way = self._unit * 0.3
        side = pick.choice([-1, 1])
        head = np.asarray([x + side * way * share, y + way * 0.36 * share])
        tail = head - np.asarray([side, 0.36]) * way * 0.34 * math.sin(math.pi * share)
        steps = np.linspace(0, 1, 7)
        level = int(picture.y[min(int(abs(head[1])), picture.height - 1), self._width // 2])
        for k in range(6):
            a, b = tail + (head - tail) * steps[k], tail + (head - tail) * steps[k + 1]
            tone = round(level + (235 - level) * steps[k + 1] * math.sin(math.pi * min(1, share + 0.1)))
            ends = [tuple(np.rint(p * 16).astype(int).tolist()) for p in (a, b)]
            cv2.line(picture.y, ends[0], ends[1], tone, 1 if k < 4 else 2, cv2.LINE_AA, 4)

    def _fish(self, picture: Picture, cycle: int, share: float) -> None:
        """A leap and the rings it leaves."""
        if self._water is None:
            return
        pick = dice(self._scene.seed, "fish", cycle)
        top, bottom = self._water
        x, row = self._width * pick.uniform(0.55, 0.85), top + (bottom - top) * pick.uniform(0.3, 0.55)
        size = self._unit * 0.018
        side = pick.choice([-1.0, 1.0])
        turn = math.pi * min(1.0, share / 0.62)
        if share < 0.62:
            centre = np.asarray([x - side * math.cos(turn) * size * 1.4, row - math.sin(turn) * size * 2])
            lean = (turn - math.pi / 2) * side * 0.9
            shape = np.asarray(
                [(-1, 0.42), (-0.72, 0), (-1, -0.42), (-0.5, -0.12), (0, -0.3), (0.6, -0.2), (0.95, 0),
                 (0.6, 0.2), (0, 0.26), (-0.5, 0.12)]
            ) * [side, 1]
            cos, sin = math.cos(lean), math.sin(lean)
            points = shape @ np.asarray([[cos, sin], [-sin, cos]]) * size + centre
            part = Picture(*(plane[: int(row) // s] for plane, s in zip(picture, (1, 2, 2), strict=True)))
            fill(part, points, *self._ink)
        for ring in (0.0, 0.3):
            grown = share - ring
            if grown > 0:
                axes = (round(size * 3.4 * grown * 16), round(size * 0.8 * grown * 16))
                level = int(picture.y[int(row), int(x)])
                tone = round(level + (self._light - level) * 0.5 * (1 - share))
                cv2.ellipse(
                    picture.y, (round(x * 16), round(row * 16)), axes, 0, 0, 360, tone, 1, cv2.LINE_AA, 4
                )

    def _birds(self, picture: Picture, cycle: int, age: float) -> None:
        """A few far birds that cross the sky."""
        pick = dice(self._scene.seed, "birds", cycle)
        side = float(pick.choice([-1, 1]))
        start = self._width * (0.5 - side * 0.62)
        row = self._horizon * pick.uniform(0.18, 0.42)
        for k in range(int(pick.integers(3, 7))):
            size = self._unit * pick.uniform(0.006, 0.0095)
            x = start + side * (age * self._unit * 0.13 - k * size * 3.2) + pick.normal(0, size)
            y = row + abs(k - 2) * size * 1.5 + math.sin(age * 1.3 + k) * size * 0.5
            flap = math.sin(age * (8 + k * 0.5) + k * 1.7) * (0.4 + 0.6 * math.sin(age * 0.9 + k) ** 2)
            wing = np.asarray(
                [(-1.5, -0.75 * flap - 0.1), (-0.7, -0.5 * flap - 0.18), (0, 0), (0.7, -0.5 * flap - 0.18),
                 (1.5, -0.75 * flap - 0.1), (0.65, -0.32 * flap + 0.02), (0, 0.3), (-0.65, -0.32 * flap + 0.02)]
            )
            fill(picture, wing * size + [x, y], *self._ink)
