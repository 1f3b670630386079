"""Scenery that moves or is drawn elsewhere: falling water, props of the art, a cave's roof."""

from __future__ import annotations

import math

import cv2
import numpy as np

from shadowplay import colour, noise
from shadowplay.art import library
from shadowplay.art.paint import Painted
from shadowplay.art.prop import prop
from shadowplay.colour import Floats
from shadowplay.errors import ShadowplayError
from shadowplay.flats import Overlay, View
from shadowplay.layers import Picture, lighten
from shadowplay.propbox import falling_light
from shadowplay.terrain.buildings import lit
from shadowplay.terrain.site import Sheet, Site


class Props(Overlay):
    """Props that stand on a plane of the stage, repeated with its period."""

    def __init__(self, site: Site, painted: Painted, reach: float, parallax: float) -> None:
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
    pick, made, scale = site.dice(name), prop(kind), site.unit * metre
    row = site.stage + site.unit * base
    light = falling_light(
        site.scene, site.palette, site.key, site.width * 0.5, row - scale,
        fade=0.5 * (1 - depth), lit=lit(site),
    )  # fmt: skip
    facing = 1.0 if pick.random() < 0.5 else -1.0
    reach = scale * float(np.abs([made.low[0], made.high[0]]).max()) + 0.05 * site.unit
    shown = Props(site, Painted(made, scale, facing, light), reach, site.parallax(depth))
    shown.period = max(site.period(name), math.ceil(site.width + 2 * reach))
    for k in range(count):
        x = (k + pick.uniform(left, right)) / count * shown.period
        shown.spots.append((x, row - made.lift * scale))
    site.elements.append(shown)


class Falls(Overlay):
    """Water that falls, with streaks that run down."""

    def __init__(self, site: Site, x: float, top: float, foot: float, wide: float) -> None:
        high, across = max(8, int(foot - top)) // 2 * 2, max(8, int(wide)) // 2 * 2
        pick = site.dice("falls")
        streaks = noise.field(pick, high, across, power=1.5, stretch=0.12)
        sides = np.minimum(np.arange(across), np.arange(across)[::-1]).astype(np.float32)
        ragged = noise.outline(pick, high, 0.5, 5)[:, None] * np.float32(0.12 * across)
        edge = np.clip((sides[None] - ragged) / max(1.0, 0.06 * across), 0, 1)
        edge *= np.clip(np.arange(high, dtype=np.float32) / (0.06 * high), 0, 1)[:, None]
        self._body = np.asarray(edge * 225, np.uint8)
        self._streaks = np.clip(streaks * 70 + 90, 0, 255).astype(np.uint8)
        self._x, self._top, self._speed = x, int(top) // 2 * 2, 0.55 * site.unit
        self._parallax = site.parallax(0.3)
        self._tones = [
            colour.yuv(colour.mix(site.palette.haze, site.palette.sky[4], 0.35)),
            colour.yuv(colour.mix(site.palette.sky[4], colour.WHITE, 0.35)),
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
        streaks = np.asarray(cv2.multiply(moved, body, scale=1 / 255), np.uint8)
        for mask, tone in zip((body, streaks), self._tones, strict=True):
            half = np.asarray(
                cv2.resize(
                    mask, (mask.shape[1] // 2, mask.shape[0] // 2), interpolation=cv2.INTER_AREA
                ),
                np.uint8,
            )
            lighten(picture.y[upper:lower, first:last], mask, tone.y)
            rows, columns = slice(upper // 2, lower // 2), slice(first // 2, last // 2)
            lighten(picture.u[rows, columns], half, tone.u)
            lighten(picture.v[rows, columns], half, tone.v)


def falls(
    site: Site,
    *,
    high: float = 0.3,
    wide: float = 0.1,
    across: float = 0.62,
    base: float = 0.0,
) -> None:
    """A waterfall: its foot is `base` below the horizon, `across` from the side that is open."""
    middle = site.width * (1 - across if site.leftward else across)
    foot = site.horizon + site.unit * base
    size = site.unit * wide
    top = foot - site.unit * high * site.tall
    site.elements.append(Falls(site, middle - size / 2, top, foot, size))


def roof(
    site: Site, *, name: str, depth: float, high: float, rough: float = 0.4, tone: str = ""
) -> Sheet:
    """Rock that hangs into the frame from above, `high` at most, with stalactites."""
    own = site.tone(tone) if tone else site.palette.land(depth)
    deep = site.unit * high * site.tall
    cel = site.cel(name, depth, 0, deep, 0.15, own)
    line = noise.outline(site.dice(name, "roof"), cel.width, rough, 3) * np.float32(deep)
    columns = np.arange(0, cel.width + 4, 4)
    lower = np.stack([columns, line[columns % cel.width]], 1)
    corners = [[cel.width + 4, -8], [-4, -8]]
    cel.cut(np.concatenate([lower, corners]).astype(np.float32))
    pick = site.dice(name, "stalactites")
    x = 0.0
    while x < cel.width:
        tall = deep * pick.uniform(0.08, 0.4) * pick.uniform(0.4, 1)
        half, at = tall * pick.uniform(0.1, 0.18), float(line[int(x) % cel.width])
        spike: Floats = np.asarray(
            [(x - half, at - half * 2), (x, at + tall), (x + half, at - half * 2)], np.float32
        )
        cel.cut(spike)
        x += site.unit * pick.uniform(0.01, 0.07)
    return Sheet(cel, line, name, depth, deep, deep)
