"""What is in the air: rain, snow, leaves and petals of the house's own, fog by depth, embers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np

from shadowplay import colour, exact, weather
from shadowplay.colour import Floats, Yuv, rgb
from shadowplay.dice import dice
from shadowplay.flats import Element, View
from shadowplay.layers import NOWHERE, Picture
from shadowplay.lightning import Lightning
from shadowplay.noise import field, smoothstep
from shadowplay.palette import Palette
from shadowplay.retouch.edit import Edit
from shadowplay.retouch.passes import Moment, Pass
from shadowplay.retouch.skypaint import blend, enlarged
from shadowplay.scene import Falling, Scene
from shadowplay.shot import Size


class Weather:
    """The stage's weather before a film: its planes of rain, snow, leaves or petals in turn."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self._elements = elements

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Let it fall; what is near slides by more quickly when the camera turns."""
        view = View(moment.scenery.x, moment.scenery.y)
        for element in self._elements:
            element.draw(picture, moment.t, view, NOWHERE)


def falling(edit: Edit, palette: Palette, size: Size, seed: int) -> list[Pass]:
    """All that falls in an edit, from far to near."""
    passes: list[Pass] = []
    kinds: tuple[Literal["rain", "snow", "leaves", "petals"], ...]
    kinds = ("rain", "snow", "leaves", "petals")
    for kind in kinds:
        much = edit.strength(kind)
        if not much:
            continue
        scene = _scene(edit, size, seed, kind, much)
        elements = [
            *weather.falling(scene, palette, near=False),
            *weather.falling(scene, palette, near=True),
        ]
        passes.append(Weather(elements if much >= 0.4 else elements[:1]))
    if edit.strength("lightning"):
        scene = _scene(edit, size, seed, "rain", 1.0)
        passes.append(Weather([Lightning(scene, size.height * 0.5)]))
    return passes


def _scene(edit: Edit, size: Size, seed: int, kind: Falling, much: float) -> Scene:
    """As much of a scene as weather asks for."""
    return Scene(
        prompt=edit.prompt, seed=seed, size=size, setting="", time=edit.time or "day", palette="",
        cast=(), falling=kind, sky="storm" if much > 1.3 else "clear", wind=0.12 + 0.16 * much,
    )  # fmt: skip


class Fog:
    """Drifting fog, thicker the farther away things are."""

    def __init__(self, tone: Yuv, size: Size, strength: float, seed: int) -> None:
        pick = dice(seed, "retouch", "fog")
        rows, columns = max(8, size.height // 8), max(8, size.width // 8)
        self._tile = [
            field(pick, rows, columns * 2, power=2.0, stretch=stretch) for stretch in (2.2, 3.4)
        ]
        self._strength = strength
        self._speed = (columns * 0.06, columns * -0.035)
        y, u, v = tone
        half = (size.height // 2, size.width // 2)
        self._paint = Picture(
            np.full((size.height, size.width), y, np.uint8), np.full(half, u, np.uint8),
            np.full(half, v, np.uint8),
        )  # fmt: skip

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Lay the fog over what is far."""
        depth = moment.scenery.depth
        if depth is None:
            return
        size = (depth.shape[1], depth.shape[0])
        swirl = cv2.resize(self._swirl(moment), size, interpolation=cv2.INTER_CUBIC)
        dense = (
            np.float32(1.9 * self._strength)
            * (np.float32(0.16) + depth * depth)
            * (1 + 0.3 * swirl)
        )
        share = np.asarray(np.clip(1 - exact.exp(-np.maximum(dense, 0)), 0, 0.94) * 255, np.uint8)
        blend(picture.u, self._paint.u, share)
        blend(picture.v, self._paint.v, share)
        blend(picture.y, self._paint.y, enlarged(share, picture))

    def _swirl(self, moment: Moment) -> Floats:
        """Two sheets of noise that drift past each other, cut to the picture."""
        total: Floats | float = 0.0
        for tile, speed in zip(self._tile, self._speed, strict=True):
            shift = speed * moment.t - moment.scenery.x / 16
            whole = math.floor(shift)
            part = np.float32(shift - whole)
            near = np.roll(tile, whole, 1)
            total = total + near * (1 - part) + np.roll(near, 1, 1) * part
        return np.asarray(total, np.float32)[:, : self._tile[0].shape[1] // 2]


class Embers:
    """Sparks that rise and swing, flaring and dying as they go."""

    def __init__(self, size: Size, strength: float, seed: int) -> None:
        pick = dice(seed, "retouch", "embers")
        unit = math.sqrt(size.width * size.height)
        count = int(90 * strength)
        self._count = count
        self._size = size
        self._near = pick.power(2.5, count) * -1 + 1.15
        self._start = pick.uniform(0, 1, (count, 2)) * [size.width * 1.1, size.height * 1.15]
        self._rise = unit * pick.uniform(0.06, 0.16, count) * (0.5 + self._near)
        self._drift = unit * pick.uniform(0.01, 0.06, count)
        self._sway = unit * pick.uniform(0.006, 0.022, count)
        self._phase = pick.uniform(0, 6.28, (count, 3))
        self._pace = pick.uniform(0.7, 2.2, count)
        self._reach = unit * 0.0032 * (0.45 + self._near)
        self._hot, self._cool = colour.yuv(rgb("#ffd890")), colour.yuv(rgb("#ff6a1e"))

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Draw each spark where it is now, with its glow."""
        t, scenery = moment.t, moment.scenery
        wide, high = self._size.width * 1.1, self._size.height * 1.15
        x = (
            self._start[:, 0]
            + self._drift * t
            + self._sway * exact.sin(t * self._pace * 2 + self._phase[:, 0])
        )
        x = (x - scenery.x * (0.5 + self._near)) % wide - 0.05 * self._size.width
        y = (self._start[:, 1] - self._rise * t) % high - 0.05 * self._size.height
        heat = 0.5 + 0.5 * exact.sin(t * self._pace * 3.1 + self._phase[:, 1])
        heat = heat * smoothstep(0.02, 0.4, (y / self._size.height).astype(np.float32))
        for k in range(self._count):
            if heat[k] > 0.06:
                self._spark(
                    picture, float(x[k]), float(y[k]), float(self._reach[k]), float(heat[k])
                )

    def _spark(self, picture: Picture, x: float, y: float, radius: float, heat: float) -> None:
        glow, tone = radius * 5, self._hot if heat > 0.55 else self._cool
        _lighten(picture.y, x, y, glow, 60 * heat)
        for plane, level in ((picture.u, self._cool.u), (picture.v, self._cool.v)):
            _pull(plane, x / 2, y / 2, glow / 2, level, 0.95 * heat)
        _lighten(picture.y, x, y, radius * 1.4, (tone.y - 30) * heat * 1.2)


def _window(
    plane: np.ndarray, x: float, y: float, reach: float
) -> tuple[np.ndarray, Floats] | None:
    """The part of a plane around a point, and the squared distance from it, 1 at `reach`."""
    left, right = max(0, int(x - reach)), min(plane.shape[1], int(x + reach) + 2)
    top, bottom = max(0, int(y - reach)), min(plane.shape[0], int(y + reach) + 2)
    if right <= left or bottom <= top:
        return None
    across = (np.arange(left, right, dtype=np.float32) - np.float32(x)) / np.float32(reach)
    down = (np.arange(top, bottom, dtype=np.float32) - np.float32(y)) / np.float32(reach)
    return plane[top:bottom, left:right], across[None] ** 2 + down[:, None] ** 2


def _lighten(plane: np.ndarray, x: float, y: float, reach: float, level: float) -> None:
    found = _window(plane, x, y, max(reach, 1.2))
    if found is not None:
        part, far = found
        light = np.clip(1 - far, 0, 1) ** 2 * np.float32(level)
        part[:] = np.minimum(part + light, 240).astype(np.uint8)


def _pull(plane: np.ndarray, x: float, y: float, reach: float, level: int, share: float) -> None:
    found = _window(plane, x, y, max(reach, 1.2))
    if found is not None:
        part, far = found
        mix = np.clip(1 - far, 0, 1) * np.float32(share)
        part[:] = np.rint(part + (level - part.astype(np.float32)) * mix).astype(np.uint8)
