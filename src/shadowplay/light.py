"""Light: where the key light stands, and the soft glow that it and every lamp put in the air."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from shadowplay import exact
from shadowplay.colour import Floats, yuv
from shadowplay.dice import dice
from shadowplay.layers import Layer
from shadowplay.noise import dither
from shadowplay.scene import Rgb, Scene


class KeyLight(NamedTuple):
    """The one lamp that all shading agrees with.

    Attributes:
        x, y: where it stands in the frame, in pixels.
        radius: of its disc, in pixels.
        moon: it is a moon.
        veiled: 0 (clear) to 1 (hidden by weather).
    """

    x: float
    y: float
    radius: float
    moon: bool
    veiled: float

    def toward(self, x: float, y: float) -> tuple[float, float]:
        """The unit vector from a point to the lamp, in pixels right and down."""
        across, down = self.x - x, self.y - y
        length = max(1.0, math.sqrt(across * across + down * down))
        return across / length, down / length


_HEIGHT = {"dawn": 0.06, "day": 0.66, "golden": 0.2, "dusk": 0.02, "night": 0.6}
"""How far above the horizon the lamp stands, in parts of the sky's height."""


def key_light(scene: Scene, horizon: float, leftward: bool) -> KeyLight:
    """Put the lamp by the seed, mostly opposite the subject; its height follows the hour."""
    width, height = scene.size
    pick = dice(scene.seed, "key light")
    unit = math.sqrt(width * height)
    across = pick.uniform(0.56, 0.92) if pick.random() < 0.72 else pick.uniform(0.08, 0.26)
    if leftward:
        across = 1 - across
    up = _HEIGHT[scene.time] + pick.uniform(-0.02, 0.06)
    moon = scene.time == "night"
    size = pick.choice([0.036, 0.045, 0.07]) if moon else pick.choice([0.04, 0.05, 0.085])
    if scene.time == "day":
        size = 0.034
    veiled = {"clear": 0.0, "cloudy": 0.15, "overcast": 0.85, "storm": 1.0}[scene.sky]
    veiled = max(veiled, 0.55 * scene.fog, {"rain": 0.8, "snow": 0.5}.get(scene.falling, 0.0))
    return KeyLight(across * width, horizon * (1 - up), float(size) * unit, moon, veiled)


@lru_cache(maxsize=64)
def _disc(radius: int, power: float) -> Floats:
    """Alpha of a soft disc: 1 in the middle, nothing at the rim."""
    line = np.arange(-radius, radius, dtype=np.float32) + np.float32(0.5)
    distance = np.sqrt(line[:, None] ** 2 + line[None, :] ** 2) / radius
    return np.asarray(exact.power(np.clip(1 - distance, 0, 1), power), np.float32)


@lru_cache(maxsize=64)
def glow(radius: int, colour: Rgb, strength: float, power: float = 2.2) -> Layer:
    """A soft disc of light whose centre is at the layer's (0, 0)."""
    radius = max(2, radius // 2 * 2)
    fall = _disc(radius, power)
    # Without noise a faint large glow shows as rings.
    disc = dither(fall * np.float32(255 * strength), 1.6) * (fall > 0)
    tone = yuv(colour)
    luma = np.full_like(disc, tone.y)
    half = (radius, radius)
    chroma = (np.full(half, tone.u, np.uint8), np.full(half, tone.v, np.uint8))
    return Layer(luma, disc, chroma, left=-radius, top=-radius)
