"""Wonders: what shows in the sky because the prompt names it: rainbows and northern lights.

Meteors fall once in a while; they are in `incidents.py`.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from shadowplay import colour, exact
from shadowplay.art.treads import ease
from shadowplay.colour import rgb
from shadowplay.dice import dice
from shadowplay.picture.flats import Element, Flat, View
from shadowplay.picture.layers import Layer, Picture
from shadowplay.picture.light import KeyLight
from shadowplay.picture.noise import outline, smoothstep
from shadowplay.place.sky import SKY, soft_layer
from shadowplay.scene import Scene

_BOW, _CURTAIN = (
    [(at, rgb(code)) for at, code in SKY["wonders"][name]] for name in ("bow", "curtain")
)

_COMES = (0.2, 2.4)
"""The seconds of the scene between which a rainbow comes out."""

_LEVELS = 16


def wonders(scene: Scene, key: KeyLight, horizon: float) -> list[Flat] | list[_Rainbow]:
    """What the prompt names of the sky, before the clouds."""
    if scene.wonder == "rainbow":
        return [_Rainbow(scene, key, horizon)]
    if scene.wonder == "aurora":
        return [_curtain(scene, horizon, k) for k in range(3)]
    return []


class _Rainbow(Element):
    """A bow that comes out in the first seconds of the scene."""

    def __init__(self, scene: Scene, key: KeyLight, horizon: float) -> None:
        self._layer = cache(lambda level: _bow(scene, key, horizon, level / _LEVELS))

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw it as strong as it is by now."""
        share = ease((t - _COMES[0]) / (_COMES[1] - _COMES[0]))
        if level := round(_LEVELS * share):
            self._layer(level).draw(picture, 0, 0, floor)


def _bow(scene: Scene, key: KeyLight, horizon: float, strength: float) -> Layer:
    """A bow on the other side of the sky than the lamp, its feet behind the land."""
    width, height = scene.size.width, int(horizon * 1.1) // 4 * 4
    side = 0.36 if key.x > width / 2 else 0.64
    radius, band = min(0.9 * horizon, 0.5 * width), 0.085 * min(horizon, width)
    x = np.arange(0, width, 2, dtype=np.float32) - np.float32(width * side)
    y = np.arange(0, height, 2, dtype=np.float32) - np.float32(horizon * 1.02)
    distance = np.sqrt(x[None, :] ** 2 + y[:, None] ** 2)
    across = (distance - np.float32(radius - band)) / np.float32(band)
    edges = smoothstep(0, 0.25, across) * smoothstep(0, 0.25, 1 - across)
    image = colour.ramp(_BOW, across.ravel()).reshape(*across.shape, 3)
    return soft_layer(image, edges * (0.72 * strength), (height, width // 2 * 2))


def _curtain(scene: Scene, horizon: float, number: int) -> Flat:
    """A curtain of light that drifts over the stars."""
    pick = dice(scene.seed, "aurora", number)
    width, height = scene.size.width * 3 // 2 // 4 * 4, int(horizon) // 4 * 4
    columns = width // 2
    foot = 0.38 + 0.16 * number + 0.22 * outline(pick, columns, 0.03, waves=2)
    tall = 0.36 + 0.34 * outline(pick, columns, 0.2, waves=6)
    rays = 0.25 + 0.75 * outline(pick, columns, 0.7, waves=22)
    down = np.linspace(0, 1, height // 2, dtype=np.float32)[:, None]
    along = (down - foot + tall) / tall
    shown = smoothstep(0, 0.95, along) * (1 - smoothstep(0.96, 1.3, along)) * rays
    image = colour.ramp(_CURTAIN, along.ravel()).reshape(*along.shape, 3)
    drift = scene.size.width * (0.006 + 0.007 * number) * (-1.0 if number % 2 else 1.0)
    opacity = (exact.power(shown, 1.3) * 0.8).astype(np.float32)
    layer = soft_layer(image, opacity, (height, width), wraps=True)
    return Flat(layer, 0.01, drift, sway=(scene.size.width * 0.012, 5.0 + 2 * number))
