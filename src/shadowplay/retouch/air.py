"""What is in the air: rain, snow, leaves and petals of the house's own, fog by depth, embers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from shadowplay import exact
from shadowplay.colour import Floats, Yuv, rgb
from shadowplay.dice import dice
from shadowplay.picture.flats import Element, View
from shadowplay.picture.layers import NOWHERE, Picture
from shadowplay.picture.light import glow
from shadowplay.picture.noise import field, smoothstep
from shadowplay.picture.palette import Palette
from shadowplay.place import weather
from shadowplay.place.lightning import Lightning
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
    kinds: tuple[Falling, ...] = ("rain", "snow", "leaves", "petals")
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
        self._sheets = [
            (field(pick, rows, columns * 2, power=2.0, stretch=stretch), columns * speed)
            for stretch, speed in ((2.2, 0.06), (3.4, -0.035))
        ]
        self._size = (columns, rows)
        self._strength = strength
        half = (size.height // 2, size.width // 2)
        shapes = ((size.height, size.width), half, half)
        self._paint = [
            np.full(shape, level, np.uint8) for shape, level in zip(shapes, tone, strict=True)
        ]

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Lay the fog over what is far."""
        depth = moment.scenery.depth
        if depth is None:
            return
        size = (depth.shape[1], depth.shape[0])
        swirl = cv2.resize(self._swirl(moment), size, interpolation=cv2.INTER_CUBIC)
        dense = np.float32(1.9 * self._strength) * (np.float32(0.16) + depth * depth)
        dense *= 1 + 0.3 * swirl
        share = np.asarray(np.clip(1 - exact.exp(-np.maximum(dense, 0)), 0, 0.94) * 255, np.uint8)
        for target, paint, much in zip(
            picture, self._paint, (enlarged(share, picture), share, share), strict=True
        ):
            blend(target, paint, much)

    def _swirl(self, moment: Moment) -> Floats:
        """Two sheets of noise that drift past each other, cut to the picture."""
        total = np.zeros(self._size[::-1], np.float32)
        for sheet, speed in self._sheets:
            way = np.asarray([[1, 0, moment.scenery.x / 16 - speed * moment.t], [0, 1, 0]])
            how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            total += cv2.warpAffine(sheet, way, self._size, flags=how, borderMode=cv2.BORDER_WRAP)
        return total


class Embers:
    """Sparks that rise and swing, flaring and dying as they go."""

    def __init__(self, size: Size, strength: float, seed: int) -> None:
        pick = dice(seed, "retouch", "embers")
        unit = math.sqrt(size.width * size.height)
        count = int(90 * strength)
        self._span = np.asarray([size.width * 1.1, size.height * 1.15])
        self._near = pick.power(2.5, count) * -1 + 1.15
        self._start = pick.uniform(0, 1, (count, 2)) * self._span
        self._rise = unit * pick.uniform(0.06, 0.16, count) * (0.5 + self._near)
        self._drift = unit * pick.uniform(0.01, 0.06, count)
        self._sway = unit * pick.uniform(0.006, 0.022, count)
        self._phase = pick.uniform(0, 6.28, (count, 2))
        self._pace = pick.uniform(0.7, 2.2, count)
        self._reach = unit * 0.019 * (0.45 + self._near)

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Draw each spark where it is now, with its glow."""
        t, (wide, high) = moment.t, self._span
        sway = self._sway * exact.sin(t * self._pace * 2 + self._phase[:, 0])
        x = self._start[:, 0] + self._drift * t + sway - moment.scenery.x * (0.5 + self._near)
        x = x % wide - wide / 22
        y = (self._start[:, 1] - self._rise * t) % high - high / 23
        heat = 0.5 + 0.5 * exact.sin(t * self._pace * 3.1 + self._phase[:, 1])
        heat *= smoothstep(0.02, 0.4, (y / picture.height).astype(np.float32))
        for k in np.flatnonzero(heat > 0.06):
            # Few sizes and strengths, each of which is painted once.
            reach, shine = math.ceil(self._reach[k] / 6) * 6, math.ceil(heat[k] * 3) / 3
            hot = rgb("#ffe6b0" if heat[k] > 0.55 else "#ffa040")
            for radius, tone, power in ((reach, rgb("#ff7a1e"), 2.4), (reach // 4, hot, 0.5)):
                glow(radius, tone, 0.9 * shine, power).draw(picture, float(x[k]), float(y[k]))
