"""Scenery that moves or is drawn elsewhere: props of the art, water, blades of grass, mist."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.art import library
from shadowplay.art.prop import prop
from shadowplay.errors import ShadowplayError
from shadowplay.picture import noise
from shadowplay.picture.flats import Element, Flat, View
from shadowplay.picture.layers import Picture, times, tint
from shadowplay.picture.light import glow, of_one_colour
from shadowplay.place.site import Sheet, Site, repeated, strip
from shadowplay.place.water import Water
from shadowplay.sprites.lighting import light_at
from shadowplay.sprites.paint import PaintedProp

_JOINTS = np.asarray([0, 0.35, 0.7, 1.0])  # where along its length a blade of grass has them
_MIST = 36  # how many clouds of mist a waterfall has at its foot


class Props(Element):
    """Props that stand on a plane of the stage, repeated with its period."""

    def __init__(self, site: Site, painted: PaintedProp, reach: float, parallax: float) -> None:
        self.spots: list[tuple[float, float]] = []
        self._painted, self._shadow = painted, painted.shadow()
        self._reach, self._parallax = reach, parallax
        self._unit, self.period = site.unit, 0

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw every prop in sight, with its shadow and its lamp."""
        for x, y in self.spots:
            across, row = x - self._parallax * view.x, y + self._parallax * view.y
            for left in repeated(across, self._reach, self.period, picture.width):
                if self._shadow is not None:
                    self._shadow.draw(picture, left, row)
                self._painted.draw(picture, "all", t, left, row)
                self._painted.shine(picture, t, left, row, self._unit)


def props(
    site: Site,
    *,
    kind: str,
    depth: float,
    count: int = 2,
    base: float = 0.0,
    metre: float = 0.12,
    name: str = "",
    left: float = 0.1,
    right: float = 0.9,
) -> None:
    """Props of the art, `metre` of which are as long as one of theirs."""
    if kind not in library.cards():
        raise ShadowplayError("invalid_art", f"In a setting, {kind!r} is no prop of the art.")
    name = name or f"{kind} props"
    pick, made, scale = site.dice(name), prop(kind), site.size(depth) * metre
    row = site.stage + site.unit * base
    light = light_at(site.light, site.width * 0.5, row - scale, 0.5 * (1 - depth))
    facing = 1.0 if pick.random() < 0.5 else -1.0
    reach = scale * float(np.abs([made.low[0], made.high[0]]).max()) + 0.05 * site.unit
    shown = Props(site, PaintedProp(made, scale, facing, light), reach, site.parallax(depth))
    shown.period = max(site.period(name), math.ceil(site.width + 2 * reach))
    for k in range(count):
        x = (k + pick.uniform(left, right)) / count * shown.period
        shown.spots.append((x, row - made.lift * scale))
    site.elements.append(shown)


class Falls(Element):
    """Water that falls over a lip of rock in strands, through which the rock is seen, into mist."""

    def __init__(
        self, site: Site, at: tuple[float, float, float], wide: float, depth: float
    ) -> None:
        """Prepare the water; `at` is its middle's column, its upper and its lower row."""
        x, top, foot = at
        high, across = max(8, int(foot - top)) // 2 * 2, max(8, int(1.25 * wide)) // 2 * 2
        pick = site.dice("falls")
        strands = noise.field(pick, high, across, power=1.25, stretch=0.02)
        torn = noise.field(pick, high, across, power=1.5, stretch=0.2)
        self._streaks = [
            np.clip((noise.field(pick, high, across, power=1.2, stretch=long) - low) * 110, 0, 255)
            .astype(np.uint8)
            for long, low in ((0.07, 0.2), (0.04, 0.5))
        ]  # fmt: skip
        down = np.linspace(0, 1, high, dtype=np.float32)[:, None]
        off = np.abs(np.linspace(-1, 1, across, dtype=np.float32)[None])
        edge = noise.smoothstep(0, 0.07, 0.8 + 0.1 * down - off + 0.05 * strands + 0.02 * torn)
        thin = noise.smoothstep(-1.5, 0.1, strands + 0.25 * torn + 1.2 * (0.2 - down))
        crest = noise.outline(pick, across, 0.35, 3)[None] * np.float32(0.09)
        edge = edge * noise.smoothstep(0, 0.02, down - crest) * noise.smoothstep(1, 0.88, down)
        body = edge * (0.25 + 0.7 * thin)
        shade = edge * np.clip(off * off + 0.45 * down - 0.25 - 0.2 * strands, 0, 0.75)
        lip = edge * noise.smoothstep(0.1, 0, down - crest) * np.float32(0.7)
        self._still = [np.clip(one * 255, 0, 250).astype(np.uint8) for one in (body, shade, lip)]
        self._x, self._top, self._speed = x - across / 2, int(top) // 2 * 2, 0.55 * site.unit
        self._parallax, white = site.parallax(depth), site.tone("sky 4, 35% white")
        tones = colour.mix(site.palette.haze, white, 0.4), site.tone("sky 1, 40% sky 3"), white
        self._tones = [colour.yuv(tone) for tone in tones]
        self._mist = [
            (glow(int(wide * pick.uniform(0.16, 0.34)), white, 0.38, 1.4, 0.6),
             x + wide * pick.uniform(-0.62, 0.62), foot, *pick.uniform((0.2, 0), (0.45, 1)))
            for _ in range(_MIST)
        ]  # fmt: skip
        self._rises = 0.32 * wide

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw the sheet of water, the streaks where they are now, and the mist at its foot."""
        high, wide = self._still[0].shape
        left = int(self._x - self._parallax * view.x) // 2 * 2
        first, last = max(0, left), min(picture.width, left + wide) // 2 * 2
        top = self._top + int(self._parallax * view.y) // 2 * 2
        upper, lower = max(0, top), min(picture.height, top + high) // 2 * 2
        if last - first < 2 or lower - upper < 2:
            return
        here = (slice(upper - top, lower - top), slice(first - left, last - left))
        body, shade, lip = (one[here] for one in self._still)
        for mask, tone in zip((body, shade, lip), self._tones, strict=True):
            tint(picture, mask, first, upper, tone)
        for streaks, pace in zip(self._streaks, (1.0, 1.5), strict=True):
            moved = np.roll(streaks, int(pace * self._speed * t) % high, axis=0)[here]
            tint(picture, times(moved, body), first, upper, self._tones[2])
        for layer, x, y, pace, start in self._mist:
            risen = (pace * t + start) % 1
            row = y - self._rises * risen + self._parallax * view.y
            layer.draw(picture, x - self._parallax * view.x, row, floor)


def falls(site: Site, sheet: Sheet, *, wide: float = 0.1, across: float = 0.62) -> None:
    """A waterfall from the line of a land to the horizon, `across` from the side that is open."""
    x = site.across(across)
    size, foot = site.unit * wide, site.horizon + 0.012 * site.unit
    near = sheet.line[max(0, int(x - size / 2)) : int(x + size / 2)]
    lip, far = float(near.max()) + 0.012 * site.unit, float(near.max()) - 0.008 * site.unit
    # A river winds over the land to it, between banks that are in the shade.
    dark = colour.mix(site.palette.land(sheet.depth), site.palette.ink, 0.4)
    away = np.linspace(0, 1, 9)
    for tone, grown in ((dark, 0.04), (site.tone("sky 1, 55% sky 3"), 0.0)):
        half, middle = 0.4 * (1 - away) * (1 - 0.3 * away) + grown, -0.32 * away * away
        rows = lip + 0.07 * (foot - lip) * (1 - away) * (1 - away) - (lip - far) * away
        left, right = (x + size * (middle + way * half) for way in (-1, 1))
        sheet.cel.paint(strip((left, rows), (right, rows)), tone)
    # It is drawn before the water that it falls into.
    site.afloat.append(Falls(site, (x, lip - 2, foot), size, sheet.depth))


class Blades(Element):
    """Long blades of grass along a line."""

    def __init__(self, site: Site, sheet: Sheet) -> None:
        line, unit = sheet.line, site.unit
        self._period, self._parallax = len(line), site.parallax(sheet.depth)
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
        bend = (lean * self._tall)[:, None] * exact.power(_JOINTS, 1.8)
        half = self._half * exact.power(1 - _JOINTS, 0.7)
        spine = left[:, None] + bend
        across = np.concatenate([spine - half, (spine + half)[:, ::-1]], 1)
        up = rows[:, None] - self._tall[:, None] * _JOINTS
        down = np.concatenate([up, up[:, ::-1]], 1)
        outlines = np.rint(np.stack([across, down], 2) * 16).astype(np.int32)
        for k in np.flatnonzero(left < picture.width + reach).tolist():
            cv2.fillPoly(picture.y, [outlines[k]], self._level, cv2.LINE_AA, 4)


def nebula(site: Site) -> None:
    """Clouds of light among the stars."""
    tones = (site.palette.glow, site.palette.sky[4], colour.rgb("#c46aa8"))
    for k, tone in enumerate(tones):
        width, height = site.width * 5 // 4 // 8 * 8, site.height // 8 * 8
        wisps = noise.field(site.dice("nebula", k), height // 8, width // 8, power=2.1, stretch=0.9)
        down = np.linspace(-1, 1, height // 8, dtype=np.float32)[:, None]
        across = np.linspace(-1, 1, width // 8, dtype=np.float32)[None]
        lane = exact.exp(-((down * np.float32(1.1) + across * np.float32(0.7) - 0.1) ** 2) * 2.6)
        alpha = np.clip(wisps * 0.24 + lane * 0.5 - 0.22, 0, 0.42).astype(np.float32)
        sharp = noise.dither(noise.enlarge(alpha, height, width) * 255, 1.4)
        layer = of_one_colour(tone, sharp, wraps=True)
        site.elements.append(Flat(layer, 0.01 + 0.01 * k, 0.6 + 0.5 * k))


def mist(
    site: Site, *, name: str, base: float, thick: float, strength: float, depth: float = 0.4
) -> None:
    """A band of drifting fog."""
    site.mist(name, site.below(base), site.unit * thick, strength, depth)


def flood(site: Site, *, rough: float = 0.5, tone: str = "", shine: float = 1.0) -> None:
    """Water from the horizon to the frame's bottom: 0 is a mirror, 1 a sea in a fresh wind.

    It has a `tone` of its own, or that of the sky, and mirrors so much (`shine`).
    """
    light, own = site.light, site.tone(tone or "sky 0")
    if tone:
        light = light._replace(palette=replace(site.palette, sky=(own, own, own, own, own)))
    waves = site.scene.waves
    rough = min(1.3 * max(1.0, waves), rough * waves * (0.6 + 0.8 * abs(site.scene.wind)))
    shine = 0.07 if site.raised else shine
    water = Water(light, site.horizon, rough=rough, shine=shine)
    site.elements.append(water)
    site.elements += site.afloat
    site.water = (site.horizon, float(site.height))
