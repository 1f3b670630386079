"""Small life: light shafts, fireflies, bubbles, and blades of grass that the wind bends."""

from __future__ import annotations

import math

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.colour import Floats
from shadowplay.dice import dice
from shadowplay.picture.flats import Element, Flat, View
from shadowplay.picture.layers import Picture
from shadowplay.picture.light import glow, of_one_colour
from shadowplay.picture.noise import dither, enlarge
from shadowplay.picture.palette import LitScene, Palette
from shadowplay.place.site import Site
from shadowplay.scene import Scene

_SHARES = np.asarray([0, 0.35, 0.7, 1.0])  # where along its length a blade has its joints


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

    def __init__(self, scene: Scene, palette: Palette, rows: tuple[float, float]) -> None:
        pick, count = dice(scene.seed, "fireflies"), 26
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


class Blades(Element):
    """Long blades of grass along a line."""

    def __init__(self, site: Site, line: Floats, parallax: float) -> None:
        self._period, self._parallax, unit = len(line), parallax, site.unit
        pick = site.dice("blades")
        count = max(6, int(self._period / unit * 22))
        self._x = np.sort(pick.uniform(0, self._period, count))
        self._row = line[self._x.astype(int)] + 3
        self._tall = unit * pick.uniform(0.03, 0.085, count)
        self._lean = pick.uniform(-0.35, 0.45, count)
        self._phase = pick.uniform(0, 1.4, count)
        self._half = unit * 0.0021
        self._wind = site.scene.wind
        self._level = colour.yuv(site.palette.ink).y

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw the blades in sight; dark as they are, their luma is enough."""
        reach = float(self._tall.max())
        left = (self._x - view.x * self._parallax + reach) % self._period - reach
        wave = exact.sin(t * 2.1 + left * 0.011 + self._phase)
        lean = self._lean + self._wind * (0.6 + 0.5 * wave) + 0.07 * wave
        rows = self._row + view.y * self._parallax
        bend = (lean * self._tall)[:, None] * exact.power(_SHARES, 1.8)
        half = self._half * exact.power(1 - _SHARES, 0.7)
        spine = left[:, None] + bend
        across = np.concatenate([spine - half, (spine + half)[:, ::-1]], 1)
        up = rows[:, None] - self._tall[:, None] * _SHARES
        down = np.concatenate([up, up[:, ::-1]], 1)
        outlines = np.rint(np.stack([across, down], 2) * 16).astype(np.int32)
        for k in np.flatnonzero(left < picture.width + reach).tolist():
            cv2.fillPoly(picture.y, [outlines[k]], self._level, cv2.LINE_AA, 4)
