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
from shadowplay.picture.flats import Drawn, Element, Flat, View
from shadowplay.picture.layers import Picture, times, tint
from shadowplay.picture.light import glow, of_one_colour
from shadowplay.place.site import Sheet, Site, strip
from shadowplay.place.water import Water
from shadowplay.sprites.lighting import light_at
from shadowplay.sprites.paint import PaintedProp

_JOINTS = np.asarray([0, 0.35, 0.7, 1.0])  # where along its length a blade of grass has them
_MIST = 36  # how many clouds of mist a waterfall has at its foot


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
    painted, parallax = PaintedProp(made, scale, facing, light), site.parallax(depth)
    period = max(site.period(name), math.ceil(site.width + 2 * reach))
    spots = [(k + pick.uniform(left, right)) / count * period for k in range(count)]
    shadow, foot = painted.shadow(), row - made.lift * scale

    def draw(picture: Picture, t: float, view: View, floor: int) -> None:
        at = foot + parallax * view.y
        for spot in spots:
            first = (spot - parallax * view.x + reach) % period - reach
            for x in np.arange(first, picture.width + reach, period).tolist():
                if shadow is not None:
                    shadow.draw(picture, x, at)
                painted.draw(picture, "all", t, x, at)
                painted.shine(picture, t, x, at, site.unit)

    site.elements.append(Drawn(draw))


def _falling(site: Site, x: float, top: float, foot: float, wide: float, depth: float) -> Element:
    """Water that falls over a lip of rock in strands, through which the rock is seen, into mist.

    Its middle is in column x, and it is between two rows.
    """
    high, across = max(8, int(foot - top)) // 2 * 2, max(8, int(1.25 * wide)) // 2 * 2
    pick = site.dice("falls")
    strands = noise.field(pick, high, across, power=1.25, stretch=0.02)
    torn = noise.field(pick, high, across, power=1.5, stretch=0.2)
    streaks = [
        (noise.field(pick, high, across, power=1.2, stretch=long) - low) * 110
        for long, low in ((0.07, 0.2), (0.04, 0.5))
    ]
    down = np.linspace(0, 1, high, dtype=np.float32)[:, None]
    off = np.abs(np.linspace(-1, 1, across, dtype=np.float32)[None])
    edge = noise.smoothstep(0, 0.07, 0.8 + 0.1 * down - off + 0.05 * strands + 0.02 * torn)
    thin = noise.smoothstep(-1.5, 0.1, strands + 0.25 * torn + 1.2 * (0.2 - down))
    crest = noise.outline(pick, across, 0.35, 3)[None] * np.float32(0.09)
    edge = edge * noise.smoothstep(0, 0.02, down - crest) * noise.smoothstep(1, 0.88, down)
    body = edge * (0.25 + 0.7 * thin)
    shade = edge * np.clip(off * off + 0.45 * down - 0.25 - 0.2 * strands, 0, 0.75)
    lip = edge * noise.smoothstep(0.1, 0, down - crest) * np.float32(0.7)
    still = [np.clip(one * 255, 0, 250).astype(np.uint8) for one in (body, shade, lip)]
    moving = [np.clip(one, 0, 255).astype(np.uint8) for one in streaks]
    white = site.tone("sky 4, 35% white")
    seen = colour.mix(site.palette.haze, white, 0.4), site.tone("sky 1, 40% sky 3"), white
    tones = [colour.yuv(tone) for tone in seen]
    mist = [
        (glow(int(wide * pick.uniform(0.16, 0.34)), white, 0.38, 1.4, 0.6),
         x + wide * pick.uniform(-0.62, 0.62), *pick.uniform((0.2, 0), (0.45, 1)))
        for _ in range(_MIST)
    ]  # fmt: skip
    parallax, speed = site.parallax(depth), 0.55 * site.unit

    def draw(picture: Picture, t: float, view: View, floor: int) -> None:
        aside, sunk = parallax * view.x, parallax * view.y
        left, upper = int(x - across / 2 - aside) // 2 * 2, int(top) // 2 * 2 + int(sunk) // 2 * 2
        first, last = max(0, left), min(picture.width, left + across) // 2 * 2
        above, below = max(0, upper), min(picture.height, upper + high) // 2 * 2
        if last - first < 2 or below - above < 2:
            return
        here = (slice(above - upper, below - upper), slice(first - left, last - left))
        for mask, tone in zip(still, tones, strict=True):
            tint(picture, mask[here], first, above, tone)
        for sheet, pace in zip(moving, (1.0, 1.5), strict=True):
            moved = np.roll(sheet, int(pace * speed * t) % high, axis=0)[here]
            tint(picture, times(moved, still[0][here]), first, above, tones[2])
        for puff, column, pace, start in mist:
            risen = 0.32 * wide * ((pace * t + start) % 1)
            puff.draw(picture, column - aside, foot - risen + sunk, floor)

    return Drawn(draw)


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
    site.afloat.append(_falling(site, x, lip - 2, foot, size, sheet.depth))


def blades(site: Site, sheet: Sheet) -> Element:
    """Long blades of grass along a line; dark as they are, their luma is enough."""
    unit, wind, parallax = site.unit, site.scene.wind, site.parallax(sheet.depth)
    pick, period = site.dice("blades"), len(sheet.line)
    count = max(6, int(period / unit * 22))
    columns = np.sort(pick.uniform(0, period, count))
    foot = sheet.line[columns.astype(int)] + 3
    tall = unit * pick.uniform(0.03, 0.085, count)
    own, phase = pick.uniform(-0.35, 0.45, count), pick.uniform(0, 1.4, count)
    half = unit * 0.0021 * exact.power(1 - _JOINTS, 0.7)
    reach, level = float(tall.max()), colour.yuv(site.palette.ink).y

    def draw(picture: Picture, t: float, view: View, floor: int) -> None:
        left = (columns - view.x * parallax + reach) % period - reach
        wave = exact.sin(t * 2.1 + left * 0.011 + phase)
        lean = own + wind * (0.6 + 0.5 * wave) + 0.07 * wave
        spine = left[:, None] + (lean * tall)[:, None] * exact.power(_JOINTS, 1.8)
        across = np.concatenate([spine - half, (spine + half)[:, ::-1]], 1)
        up = (foot + view.y * parallax)[:, None] - tall[:, None] * _JOINTS
        down = np.concatenate([up, up[:, ::-1]], 1)
        outlines = np.rint(np.stack([across, down], 2) * 16).astype(np.int32)
        for k in np.flatnonzero(left < picture.width + reach).tolist():
            cv2.fillPoly(picture.y, [outlines[k]], level, cv2.LINE_AA, 4)

    return Drawn(draw)


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
    site: Site,
    sheet: Sheet | None = None,
    *,
    base: float,
    thick: float,
    strength: float,
    name: str = "",
    depth: float = 0.4,
) -> None:
    """A band of drifting fog, `base` below the horizon, or below the line of a sheet."""
    if sheet is None:
        row = site.below(base)
    else:
        row, name, depth = sheet.row + site.unit * base, sheet.name, sheet.depth
    site.mist(name, row, site.unit * thick, strength, depth)


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
