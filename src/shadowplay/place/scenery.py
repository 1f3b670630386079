"""Scenery that moves or is drawn elsewhere: falling water, props of the art, a cave's roof."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from shadowplay import colour, exact
from shadowplay.art import library
from shadowplay.art.prop import prop
from shadowplay.errors import ShadowplayError
from shadowplay.picture import noise
from shadowplay.picture.flats import Element, Flat, View
from shadowplay.picture.layers import Picture, times, tint
from shadowplay.picture.light import glow, of_one_colour
from shadowplay.place.site import Sheet, Site
from shadowplay.place.water import Water
from shadowplay.sprites.lighting import light_at
from shadowplay.sprites.paint import PaintedProp

_FOAM = 15  # how many heaps of foam a waterfall has at its foot


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
            left = (x - self._parallax * view.x + self._reach) % self.period - self._reach
            row = y + self._parallax * view.y
            while left < picture.width + self._reach:
                if self._shadow is not None:
                    self._shadow.draw(picture, left, row)
                self._painted.draw(picture, "all", t, left, row)
                self._painted.shine(picture, t, left, row, self._unit)
                left += self.period


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
    """Water that falls from a land in strands, broader toward its foot."""

    def __init__(
        self, site: Site, at: tuple[float, float, float], wide: float, depth: float
    ) -> None:
        """Prepare the water; `at` is its middle's column, its upper and its lower row."""
        x, top, foot = at
        high, across = max(8, int(foot - top)) // 2 * 2, max(8, int(1.3 * wide)) // 2 * 2
        pick = site.dice("falls")
        streaks = noise.field(pick, high, across, power=1.5, stretch=0.12)
        strands = noise.field(pick, high, across, power=1.9, stretch=0.03)
        down = np.linspace(0, 1, high, dtype=np.float32)[:, None]
        off = np.abs(np.linspace(-1, 1, across, dtype=np.float32)[None])
        edge = noise.smoothstep(0, 0.34, 0.78 + 0.22 * down - off + 0.07 * strands)
        edge *= noise.smoothstep(0, 0.04, down)
        body = edge * (215 + 20 * np.clip(strands, -2, 2))
        self._body = np.clip(body, 0, 250).astype(np.uint8)
        self._streaks = np.clip(streaks * 75 + 80, 0, 255).astype(np.uint8)
        self._x, self._top, self._speed = x - across / 2, int(top) // 2 * 2, 0.55 * site.unit
        self._parallax, white = site.parallax(depth), site.palette.sky[4]
        self._tones = [
            colour.yuv(colour.mix(site.palette.haze, white, 0.35)),
            colour.yuv(colour.mix(white, colour.WHITE, 0.35)),
        ]

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw the sheet of water, and the streaks where they are now."""
        high, wide = self._body.shape
        left = int(self._x - self._parallax * view.x) // 2 * 2
        first, last = max(0, left), min(picture.width, left + wide) // 2 * 2
        top = self._top + int(self._parallax * view.y) // 2 * 2
        upper, lower = max(0, top), min(picture.height, top + high) // 2 * 2
        if last - first < 2 or lower - upper < 2:
            return
        here = (slice(upper - top, lower - top), slice(first - left, last - left))
        moved = np.roll(self._streaks, int(self._speed * t) % high, axis=0)[here]
        body = self._body[here]
        for mask, tone in zip((body, times(moved, body)), self._tones, strict=True):
            tint(picture, mask, first, upper, tone)


class Foam(Element):
    """Heaps of foam at the foot of a waterfall, each rising and sinking at its own pace."""

    def __init__(self, site: Site, x: float, foot: float, wide: float, depth: float) -> None:
        pick, self._parallax = site.dice("foam"), site.parallax(depth)
        white = colour.mix(site.palette.sky[4], colour.WHITE, 0.3)
        self._heaps = []
        for k in range(_FOAM):
            size = wide * pick.uniform(0.14, 0.3)
            across = x + wide * ((k + pick.random()) / _FOAM - 0.5) * 1.3
            row, pace = foot + 0.05 * wide * pick.uniform(-0.3, 1), pick.uniform(2, 5)
            self._heaps.append((glow(int(size), white, 0.85, 1.1, 0.45), across, row, size, pace))

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw them where they are now."""
        for layer, x, y, size, pace in self._heaps:
            row = y - 0.06 * size * (1 + math.sin(pace * t + x)) + self._parallax * view.y
            layer.draw(picture, x - self._parallax * view.x, row, floor)


def falls(site: Site, sheet: Sheet, *, wide: float = 0.1, across: float = 0.62) -> None:
    """A waterfall from the line of a land to the horizon, `across` from the side that is open."""
    x = site.width * (1 - across if site.leftward else across)
    size, foot = site.unit * wide, site.horizon + 0.012 * site.unit
    near = sheet.line[max(0, int(x - size / 2)) : int(x + size / 2)]
    # It is drawn before the water that it falls into.
    site.afloat.append(Falls(site, (x, float(near.max()) - 2, foot), size, sheet.depth))
    site.afloat.append(Foam(site, x, foot, size, sheet.depth))


def roof(
    site: Site, *, name: str, depth: float, high: float, rough: float = 0.4, tone: str = ""
) -> Sheet:
    """Rock that hangs into the frame from above, `high` at most, with stalactites."""
    own = site.tone(tone) if tone else site.palette.land(depth)
    deep = site.unit * high * site.tall
    cel = site.cel(name, depth, -site.height // 8, deep, 0.15, own)
    line = noise.outline(site.dice(name, "roof"), cel.width, rough, 3) * np.float32(deep)
    columns = np.arange(0, cel.width + 4, 4)
    lower = np.stack([columns, line[columns % cel.width]], 1)
    corners = [[cel.width + 4, cel.top], [-4, cel.top]]
    cel.cut(np.concatenate([lower, corners]).astype(np.float32))
    return Sheet(cel, line, name, depth, deep, deep)


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
