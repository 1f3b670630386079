"""What is in the air: rain, snow, leaves and petals of the house's own, fog by depth, embers."""

import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from shadowplay import exact
from shadowplay.colour import Yuv, rgb
from shadowplay.dice import dice
from shadowplay.picture.flats import Element, View
from shadowplay.picture.layers import NOWHERE, Picture
from shadowplay.picture.light import glow
from shadowplay.picture.noise import field, smoothstep
from shadowplay.picture.palette import Palette
from shadowplay.place import weather
from shadowplay.retouch.reading import Edit
from shadowplay.retouch.scenery import Moment, Pass
from shadowplay.retouch.skypaint import lay
from shadowplay.scene import Falling, Scene
from shadowplay.shot import Size


def falling(edit: Edit, palette: Palette, size: Size, seed: int) -> Iterator[Pass]:
    """All that falls in an edit, from far to near: the stage's weather before a film."""
    kinds: tuple[Falling, ...] = ("rain", "snow", "leaves", "petals")
    for kind in kinds:
        if much := edit.strength(kind):
            scene = _scene(edit, size, seed, kind, much)
            far, near = (weather.falling(scene, palette, near=side) for side in (False, True))
            yield _drawn([*far, *near] if much >= 0.4 else far[:1])
    if edit.strength("lightning"):
        scene = _scene(edit, size, seed, "rain", 1.0)
        yield _drawn([weather.Lightning(scene, size.height * 0.5)])


def _drawn(elements: Sequence[Element]) -> Pass:
    def draw(picture: Picture, moment: Moment) -> None:
        # What is near slides by more quickly when the camera turns.
        view = View(moment.scenery.x, moment.scenery.y)
        for element in elements:
            element.draw(picture, moment.t, view, NOWHERE)

    return draw


def _scene(edit: Edit, size: Size, seed: int, kind: Falling, much: float) -> Scene:
    """As much of a scene as weather asks for."""
    return Scene(
        prompt=edit.prompt, seed=seed, size=size, setting="", time=edit.time or "day", palette="",
        cast=(), falling=kind, sky="storm" if much > 1.3 else "clear", wind=0.12 + 0.16 * much,
    )  # fmt: skip


def fog(tone: Yuv, size: Size, strength: float, seed: int) -> Pass:
    """Drifting fog, thicker the farther away things are: two sheets of noise over each other."""
    pick = dice(seed, "retouch", "fog")
    rows, columns = max(8, size.height // 8), max(8, size.width // 8)
    sheets = [
        (field(pick, rows, columns * 2, power=2.0, stretch=stretch), columns * speed)
        for stretch, speed in ((2.2, 0.06), (3.4, -0.035))
    ]
    paint = Picture.blank(*size)
    for plane, level in zip(paint, tone, strict=True):
        plane[:] = level

    def lay_fog(picture: Picture, moment: Moment) -> None:
        depth = moment.scenery.depth
        if depth is None:
            return
        swirl = np.zeros((rows, columns), np.float32)
        for sheet, speed in sheets:
            way = np.asarray([[1, 0, moment.scenery.x / 16 - speed * moment.t], [0, 1, 0]])
            how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            swirl += cv2.warpAffine(
                sheet, way, (columns, rows), flags=how, borderMode=cv2.BORDER_WRAP
            )
        dense = np.float32(1.9 * strength) * (np.float32(0.16) + depth * depth)
        dense *= 1 + 0.3 * cv2.resize(swirl, depth.shape[::-1], interpolation=cv2.INTER_CUBIC)
        share = np.clip(1 - exact.exp(-np.maximum(dense, 0)), 0, 0.94) * 255
        lay(picture, paint, share.astype(np.uint8))

    return lay_fog


def embers(size: Size, strength: float, seed: int) -> Pass:
    """Sparks that rise and swing, flaring and dying as they go, each with its glow."""
    pick = dice(seed, "retouch", "embers")
    unit = size.unit
    count = int(90 * strength)
    span = np.asarray([size.width * 1.1, size.height * 1.15])
    near = pick.power(2.5, count) * -1 + 1.15
    start = pick.uniform(0, 1, (count, 2)) * span
    rise = unit * pick.uniform(0.06, 0.16, count) * (0.5 + near)
    drift = unit * pick.uniform(0.01, 0.06, count)
    reach_of_sway = unit * pick.uniform(0.006, 0.022, count)
    phase = pick.uniform(0, 6.28, (count, 2))
    pace = pick.uniform(0.7, 2.2, count)
    reaches = unit * 0.019 * (0.45 + near)

    def draw(picture: Picture, moment: Moment) -> None:
        t, (wide, high) = moment.t, span
        sway = reach_of_sway * exact.sin(t * pace * 2 + phase[:, 0])
        x = start[:, 0] + drift * t + sway - moment.scenery.x * (0.5 + near)
        x = x % wide - wide / 22
        y = (start[:, 1] - rise * t) % high - high / 23
        heat = 0.5 + 0.5 * exact.sin(t * pace * 3.1 + phase[:, 1])
        heat *= smoothstep(0.02, 0.4, (y / picture.height).astype(np.float32))
        for k in np.flatnonzero(heat > 0.06):
            # Few sizes and strengths, each of which is painted once.
            reach, shine = math.ceil(reaches[k] / 6) * 6, math.ceil(heat[k] * 3) / 3
            hot = rgb("#ffe6b0" if heat[k] > 0.55 else "#ffa040")
            for radius, tone, power in ((reach, rgb("#ff7a1e"), 2.4), (reach // 4, hot, 0.5)):
                glow(radius, tone, 0.9 * shine, power).draw(picture, float(x[k]), float(y[k]))

    return draw
