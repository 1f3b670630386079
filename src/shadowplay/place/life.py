"""Small life: light shafts, and blades of grass that the wind bends."""

from __future__ import annotations

import math

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.colour import Floats
from shadowplay.dice import dice
from shadowplay.picture.flats import Element, Flat, View
from shadowplay.picture.layers import Picture
from shadowplay.picture.light import of_one_colour
from shadowplay.picture.noise import dither, enlarge
from shadowplay.picture.palette import LitScene
from shadowplay.place.site import Site

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
