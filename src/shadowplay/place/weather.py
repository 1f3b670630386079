"""Weather: rain, snow, leaves and petals in three sizes and speeds, and lightning."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import product
from typing import Any

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.art.treads import ease
from shadowplay.dice import dice
from shadowplay.picture.flats import Element, Flat, Steady, View
from shadowplay.picture.layers import Picture, Plane, fill
from shadowplay.picture.light import glow
from shadowplay.picture.palette import Palette
from shadowplay.place.site import mist_layer
from shadowplay.scene import Scene
from shadowplay.tables import load

_SAID = load("place/weather.toml", dict[str, dict[str, Any]])
_STREAKS = _SAID["streaks"]
_DUST = colour.rgb("#b98a4e")

_FADE = 1.2  # seconds in which weather that begins during a film comes in
_TAPERS = ((1.0, 0.3), (0.8, 0.55), (0.55, 0.8), (0.3, 1.0))
"""How bright a streak is within the middle so much of it: it is soft at both ends."""

_SHINES = 0.36  # seconds after which a bolt is no longer seen


def falling(
    scene: Scene, palette: Palette, *, near: bool, since: float | None = None
) -> list[Element]:
    """What falls behind (`near` false) or in front of the actors.

    Args:
        scene: whose weather, wind and seed count.
        palette: colours of the light on it.
        near: the large, fast part that passes close to the camera.
        since: the moment it begins, or None if it always fell.
    """
    veils = veil(scene, palette, near=near) if since is None else []
    if scene.falling in _STREAKS:
        depths = (2,) if near else (0, 1)
        return [*veils, *(Rain(scene, palette, depth, since) for depth in depths)]
    if scene.falling == "snow":
        depths = (1, 2) if near else (0,)
        return [*veils, *(Snow(scene, palette, depth, since) for depth in depths)]
    if scene.falling in ("leaves", "petals"):
        return [Leaves(scene, palette, 1 if near else 0, since)]
    return []


def veil(scene: Scene, palette: Palette, *, near: bool) -> list[Element]:
    """What is in the air where much falls: dust, whirled snow, spray."""
    dusty = scene.falling == "sand"
    strength = 0.62 if dusty else min(0.5, 0.32 * (scene.amount - 1))
    if strength < 0.1:
        return []
    width, height = scene.size
    tone = colour.mix(palette.haze, _DUST, 0.6) if dusty else palette.mist
    pick = dice(scene.seed, "veil", near)
    row, share = (0.7, 0.6) if near else (0.5, 1.0)
    size = (width * 3 // 2 // 4 * 4, height)
    layer = mist_layer(pick, tone, size, row * height, 0.6 * height, share * strength)
    speed = scene.wind * scene.size.unit * (0.7 if near else 0.4)
    return [Flat(layer, 1.2 if near else 0.5, speed)]


def _shown(since: float | None, t: float) -> float:
    """How strongly weather shows that began at a moment."""
    return 1.0 if since is None else ease((t - since) / _FADE)


class Rain(Element):
    """A sheet of streaks that slides along its own slant; only light is added."""

    def __init__(self, scene: Scene, palette: Palette, depth: int, since: float | None) -> None:
        width, height = scene.size
        self._since = since
        self._parallax = (0.25, 0.6, 1.3)[depth]
        unit = scene.size.unit
        said = _STREAKS[scene.falling]
        heavy = scene.amount * (1.35 if scene.sky == "storm" else 1.0)
        length = unit * said["long"][depth] * (0.55 + 0.45 * min(scene.amount, 2))
        slant = scene.wind * said["lean"]
        # Every streak costs the encoder some blocks: few long ones instead of many short ones.
        count = int(said["many"][depth] * heavy * width * height / 921_600)
        level = int(said["bright"][depth] * (0.75 + 0.5 * colour.luma(palette.sky[4])))
        thick = said["thick"] + (depth == 2 and unit > 700)
        pick = dice(scene.seed, "rain", depth)
        self._sheet: Plane = np.zeros((height, width), np.uint8)
        spots = (pick.uniform(a, b, count) for a, b in ((0, width), (0, height), (0.6, 1.2)))
        for x, y, long in zip(*(spot.tolist() for spot in spots), strict=True):
            down = length * long
            aside = abs(slant) * down
            for left, up in product((0, -width, width), (0, -height)):
                if y + up + down > 0 and -aside < x + left < width + aside:
                    _streak(self._sheet, (x + left, y + up), (slant * down, down), level, thick)
        self._sheet = np.tile(self._sheet, (2, 2))
        fall = unit * (1.15, 1.7, 2.6)[depth] * said["pace"]
        self._speed = (fall * slant, fall)

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Add the streaks to the luma."""
        shown = _shown(self._since, t)
        if shown <= 0:
            return
        height, width = picture.y.shape
        left = width - int(self._speed[0] * t - view.x * self._parallax) % width
        top = height - int(self._speed[1] * t) % height
        rain = self._sheet[top : top + height, left : left + width]
        if shown < 1:
            cv2.scaleAdd(rain, shown, picture.y, picture.y)
        else:
            cv2.add(picture.y, rain, picture.y)


def _streak(
    sheet: Plane, start: tuple[float, float], way: tuple[float, float], level: int, thick: int
) -> None:
    """Draw a streak that is soft at both ends."""
    for share, bright in _TAPERS:
        first, last = (
            [round((a + part * b) * 16) for a, b in zip(start, way, strict=True)]
            for part in ((1 - share) / 2, (1 + share) / 2)
        )
        cv2.line(sheet, first, last, level * bright, thick, cv2.LINE_AA, 4)


class Splashes(Element):
    """Little crowns where drops hit the ground or rings where they hit the water."""

    def __init__(self, scene: Scene, palette: Palette, rows: tuple[float, float]) -> None:
        self._seed = scene.seed
        self._rows = rows
        self._unit = scene.size.unit
        self._tone = colour.yuv(colour.mix(palette.sky[4], palette.haze, 0.4)).y
        pick = dice(scene.seed, "splashes")
        self._count = round(48 * min(scene.amount, 2))
        self._phase = pick.uniform(0, 1, self._count)
        self._spots = pick.uniform(0, 1, (self._count, 16, 2))

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw those that are open at this moment."""
        top, bottom = self._rows
        age = t * 2.2 + self._phase
        spot, grown = self._spots[np.arange(self._count), age.astype(int) % 16], age % 1
        row = top + (bottom - top) * spot[:, 1]
        x = (spot[:, 0] * picture.width - view.x) % picture.width
        size = self._unit * 0.015 * (0.4 + 0.9 * spot[:, 1]) * grown
        level = picture.y[np.minimum(row.astype(int), picture.height - 1), x.astype(int)]
        tones = np.rint(level + (self._tone - level.astype(int)) * 0.8 * (1 - grown)).tolist()
        rings = np.rint(np.stack([x, row, size, size * 0.28125], 1) * 16).astype(int).tolist()
        for (across, down, wide, high), tone in zip(rings, tones, strict=True):
            ring = (across, down), (wide, high), 0, 0, 360
            cv2.ellipse(picture.y, *ring, tone, 1, cv2.LINE_AA, 4)


class Snow(Element):
    """Flakes that sway as they fall: dots far away, soft discs near the camera."""

    def __init__(self, scene: Scene, palette: Palette, depth: int, since: float | None) -> None:
        width, height = scene.size
        self._since = since
        unit = scene.size.unit
        self._size = unit * (0.0021, 0.0034, 0.006)[depth]
        many = (190, 110, 34)[depth] * scene.amount
        self._count = int(many * width * height / 921_600) + 4
        if scene.sky == "storm":
            self._count = self._count * 3 // 2
        self._parallax = (0.3, 0.8, 1.7)[depth]
        pick = dice(scene.seed, "snow", depth)
        self._start = pick.uniform(0, 1, (self._count, 2)) * [width * 1.1, height * 1.1]
        pace = pick.uniform(0.75, 1.25, self._count)
        self._fall = unit * (0.05, 0.095, 0.19)[depth] * pace
        self._side = unit * (0.04, 0.09, 0.2)[depth] * scene.wind * 1.6 * pace
        self._sway = unit * (0.006, 0.011, 0.02)[depth]
        self._phase = pick.uniform(0, 6.28, self._count)
        self._grain = pick.uniform(0.65, 1.35, self._count)
        white = colour.mix(colour.WHITE, palette.sky[4], 0.3)
        self._white = colour.scale(white, 0.78 if palette.dark else 1.0)
        self._tone = colour.yuv(self._white)
        self._soft = depth == 2
        self._margin = (width * 1.1, height * 1.1)

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw every flake where it is now."""
        shown = _shown(self._since, t)
        if shown <= 0:
            return
        wide, high = self._margin
        x = self._start[:, 0] + self._side * t + exact.sin(t * 1.1 + self._phase) * self._sway
        x = (x - view.x * self._parallax) % wide - wide * 0.05
        y = (self._start[:, 1] + self._fall * t + view.y * self._parallax) % high - high * 0.05
        count = round(self._count * shown)
        sizes = (self._size * self._grain[:count]).tolist()
        for across, down, size in zip(x.tolist(), y.tolist(), sizes, strict=False):
            if self._soft:
                glow(round(size * 1.8), self._white, 0.75, 0.8).draw(picture, across, down)
                continue
            centre, radius = (round(across * 16), round(down * 16)), round(max(size, 0.55) * 16)
            cv2.circle(picture.y, centre, radius, self._tone.y, -1, cv2.LINE_AA, 4)


class Leaves(Element):
    """Leaves or petals that tumble as they are carried along."""

    def __init__(self, scene: Scene, palette: Palette, depth: int, since: float | None) -> None:
        width, height = scene.size
        self._since = since
        unit = scene.size.unit
        self._count = (34, 13)[depth]
        self._size = unit * (0.0075, 0.015)[depth]
        self._parallax = (0.6, 1.5)[depth]
        pick = dice(scene.seed, "leaves", depth)
        self._start = pick.uniform(0, 1, (self._count, 2)) * [width * 1.2, height * 1.2]
        pace = pick.uniform(0.7, 1.3, self._count)
        gust = scene.wind if abs(scene.wind) > 0.1 else 0.15
        self._fall = unit * (0.055, 0.1)[depth] * pace
        self._side = unit * (0.12, 0.24)[depth] * gust * 1.5 * pace
        self._spin = pick.uniform(0.8, 2.4, (self._count, 3)) * pick.choice(
            [-1, 1], (self._count, 3)
        )
        self._phase = pick.uniform(0, 6.28, (self._count, 3))
        tones = _SAID["flying"][scene.falling].split()
        shade, share = (0.8 if depth else 1.0), (0.45 if palette.dark else 0.15)
        self._tones = []
        for k in range(self._count):
            tone = colour.mix(colour.rgb(tones[k % len(tones)]), palette.mid, share)
            self._tones.append(colour.yuv(colour.scale(tone, shade * pick.uniform(0.75, 1.1))))
        self._margin = (width * 1.2, height * 1.2)
        turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
        self._outline = np.stack([exact.cos(turn), exact.sin(turn) * 0.55], 1)
        if scene.falling == "leaves":
            self._outline[[0, 6]] *= 1.3

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw each one turned as it is now."""
        count = round(self._count * _shown(self._since, t))
        wide, high = self._margin
        flutter = exact.sin(t * self._spin[:, 0] * 1.4 + self._phase[:, 0])
        x = self._start[:, 0] + self._side * t + flutter * self._size * 3
        x = (x - view.x * self._parallax) % wide - wide * 0.1
        y = self._start[:, 1] + self._fall * t + exact.cos(t * self._spin[:, 0] * 2.8) * self._size
        y = (y + view.y * self._parallax) % high - high * 0.1
        turn = t * self._spin[:, 1] * 1.6 + self._phase[:, 1]
        flat = np.abs(exact.cos(t * self._spin[:, 2] * 2 + self._phase[:, 2])) * 0.85 + 0.15
        cos, sin = exact.cos(turn)[:, None], exact.sin(turn)[:, None]
        breadth = self._outline[:, 0] * self._size
        length = self._outline[:, 1] * flat[:, None] * self._size
        across = breadth * cos - length * sin + x[:, None]
        down = breadth * sin + length * cos + y[:, None]
        fill(picture, np.stack([across, down], 2)[:count], *self._tones)


class Lightning(Steady):
    """Bolts at the seed's moments, each with two or three flashes of the whole sky."""

    def __init__(self, scene: Scene, horizon: float) -> None:
        self._seed = scene.seed
        self._width = scene.size.width
        self._horizon = horizon
        self._chance = lru_cache(maxsize=16)(
            lambda k: float(dice(scene.seed, "bolt", k).uniform(0.3, 1.7))
        )

    def strikes(self, start: float, end: float) -> list[float]:
        """Moments of the bolts between two times."""
        cycle = 2.3
        turns = range(max(0, int(start / cycle) - 1), int(end / cycle) + 2)
        return [at for k in turns if start <= (at := k * cycle + self._chance(k)) < end]

    def state(self, t: float, view: View) -> object:
        """Nothing while no bolt falls."""
        return None if self.strikes(t - _SHINES, t + 1e-9) else ()

    def draw(self, picture: Picture, t: float, view: View, floor: int, top: int = 0) -> None:
        """Flash and draw the bolt if one falls just now."""
        for at in self.strikes(t - _SHINES, t + 1e-9):
            age = t - at
            light = math.exp(-age * 9) + 0.75 * math.exp(-(((age - 0.17) / 0.05) ** 2))
            luma = picture.y[top:floor]
            if light > 0.04:
                cv2.convertScaleAbs(luma, luma, 1 + 0.35 * light, 26 * light)
            if age < 0.34:
                self._bolt(luma, top, at, light)

    def _bolt(self, luma: Plane, top: int, at: float, light: float) -> None:
        pick = dice(self._seed, "path", round(at * 1000))
        steps = 15
        x = self._width * pick.uniform(0.15, 0.85)
        across = x + np.cumsum(pick.normal(0, self._width * 0.022, steps))
        down = np.linspace(0, self._horizon, steps) + pick.normal(0, self._horizon * 0.014, steps)
        path = np.stack([across, down], 1)
        fork = int(pick.integers(4, 9))
        end = (self._width * 0.12 * pick.choice([-1, 1]), -self._horizon * 0.16)
        side = path[fork:] + np.linspace((0, 0), end, steps - fork)
        level = min(235, round(150 + 90 * light))
        for line, thick in ((path, 3), (side[: max(2, steps - fork - 3)], 2)):
            points = np.rint((line - (0, top)) * 16).astype(np.int32)
            cv2.polylines(luma, [points], False, level, thick, cv2.LINE_AA, 4)
