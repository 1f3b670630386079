"""Small life: light shafts, fireflies and bubbles."""

from __future__ import annotations

import math

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.dice import dice
from shadowplay.picture.flats import Element, Flat, View
from shadowplay.picture.layers import Picture
from shadowplay.picture.light import glow, of_one_colour
from shadowplay.picture.noise import dither, enlarge
from shadowplay.picture.palette import LitScene, Palette
from shadowplay.scene import Scene


def shafts(lit: LitScene, bottom: float, strength: float) -> Flat:
    """Soft light beams that spread from the lamp and sway, painted at a quarter of the size."""
    scene, palette, key = lit
    margin = scene.size.width // 8 // 8 * 8
    width, height = (scene.size.width + 2 * margin) // 8 * 8, int(bottom) // 8 * 8
    rows, columns = max(2, height // 4), max(2, width // 4)
    across = np.arange(columns, dtype=np.float32)[None] * 4 - np.float32(margin + key.x)
    down = np.arange(rows, dtype=np.float32)[:, None] * 4 - np.float32(key.y)
    angle = exact.arctan2(across, down + np.float32(0.01))
    unit = np.float32(scene.size.unit)
    distance = np.sqrt(across**2 + down**2) / unit
    fade = exact.exp(-distance * np.float32(1.5)) * np.clip(distance * 9 - np.float32(0.4), 0, 1)
    below = np.float32(bottom) - down - np.float32(key.y)
    fade *= np.clip(below / (np.float32(0.2) * unit), 0, 1)
    alpha = np.zeros((rows, columns), np.float32)
    for which in range(2):
        pick, beam = dice(scene.seed, "shafts", which), np.zeros((rows, columns), np.float32)
        for order in (7, 11, 17, 29):
            wave = exact.sin(angle * order + np.float32(pick.uniform(0, 6.28)))
            beam += wave / np.float32(math.pow(order, 0.35))
        fan = np.clip(beam - np.float32(0.15), 0, 1.4) * fade * np.float32(strength)
        alpha += fan - alpha * fan
    sharp = dither(enlarge(alpha.astype(np.float32), height, width) * 255, 0.7)
    tone = colour.mix(palette.key, palette.glow, 0.5)
    return Flat(of_one_colour(tone, sharp, left=-margin), 0.03, sway=(14.0, 9.0))


class Fireflies(Element):
    """Warm points that wander and go on and off."""

    def __init__(
        self, scene: Scene, palette: Palette, rows: tuple[float, float], count: int
    ) -> None:
        pick = dice(scene.seed, "fireflies")
        unit = scene.size.unit
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
        x = self._x + exact.sin(a + self._phase[:, 0]) * self._reach * 2 - view.x * 0.8
        y = self._y + exact.sin(a * 1.7 + self._phase[:, 1]) * self._reach + view.y * 0.8
        shine = exact.sin(a * 2.4 + self._phase[:, 2])
        for k in np.flatnonzero(shine > -0.1):
            across = float(x[k] % picture.width)
            if shine[k] > 0.25:
                self._glow.draw(picture, across, float(y[k]))
            centre = (round(across * 16), round(float(y[k]) * 16))
            cv2.circle(picture.y, centre, round(self._dot * 16), self._core, -1, cv2.LINE_AA, 4)


class Bubbles(Element):
    """Bubbles that rise in wavering strings."""

    def __init__(self, scene: Scene, palette: Palette) -> None:
        self._width, self._height = scene.size
        pick = dice(scene.seed, "bubbles")
        self._unit = scene.size.unit
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
        sway = exact.sin(y * 0.03 + self._phase) * self._unit * 0.008
        x, bright = (self._x + sway - view.x * 0.7) % self._width, min(235, self._tone + 30)
        for k in range(self._count):
            centre = (round(float(x[k]) * 16), round(float(y[k]) * 16))
            size = float(self._size[k])
            cv2.circle(picture.y, centre, round(size * 16), self._tone, 1, cv2.LINE_AA, 4)
            spark = (centre[0] - round(size * 6), centre[1] - round(size * 6))
            cv2.circle(picture.y, spark, round(size * 4), bright, -1, cv2.LINE_AA, 4)
