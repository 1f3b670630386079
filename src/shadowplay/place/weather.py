"""Weather: rain, snow, leaves and petals in three sizes and speeds, and lightning."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour, exact
from shadowplay.art.treads import ease
from shadowplay.dice import dice
from shadowplay.picture.flats import Drawn, Element, Flat, Steady, View
from shadowplay.picture.layers import Picture, Plane, fill
from shadowplay.picture.light import glow
from shadowplay.picture.palette import Palette
from shadowplay.place.site import mist_layer
from shadowplay.scene import Scene
from shadowplay.tables import load

Doubles = NDArray[np.float64]

_SAID = load("place/weather.toml", dict[str, dict[str, Any]])
_STREAKS = _SAID["streaks"]

_FADE = 1.2  # seconds in which weather that begins during a film comes in
_TAPERS = ((1.0, 0.3), (0.8, 0.55), (0.55, 0.8), (0.3, 1.0))
"""How bright a streak is within the middle so much of it: it is soft at both ends."""

_SHINES = 0.36  # seconds after which a bolt is no longer seen
_CYCLE = 2.3  # seconds in each of which one falls


def falling(
    scene: Scene, palette: Palette, *, near: bool, since: float | None = None
) -> list[Element]:
    """What falls behind the actors or, large and fast, in front of them (`near`).

    `since` is the moment it begins, or None if it always fell.
    """
    if scene.falling not in _FALLS:
        return []
    make, far, many = _FALLS[scene.falling]
    made = [make(scene, palette, k, since) for k in (range(far, many) if near else range(far))]
    veils = [] if since is not None else _veil(scene, palette, near=near)
    return [*veils, *made]


def _veil(scene: Scene, palette: Palette, *, near: bool) -> list[Element]:
    """What is in the air where much falls: dust, whirled snow, spray."""
    thick, amount, dust = _SAID["veil"].get(scene.falling, (0.0, 0.0, ""))
    strength = thick + min(0.5, amount * (scene.amount - 1))
    if strength < 0.1:
        return []
    width, height = scene.size
    tone = colour.mix(palette.haze, colour.rgb(dust), 0.6) if dust else palette.mist
    row, share, parallax, pace = (0.7, 0.6, 1.2, 0.7) if near else (0.5, 1.0, 0.5, 0.4)
    size, pick = (width * 3 // 2 // 4 * 4, height), dice(scene.seed, "veil", near)
    layer = mist_layer(pick, tone, size, row * height, 0.6 * height, share * strength)
    return [Flat(layer, parallax, scene.wind * scene.size.unit * pace)]


def _shown(since: float | None, t: float) -> float:
    """How strongly weather shows that began at a moment."""
    return 1.0 if since is None else ease((t - since) / _FADE)


def _rain(scene: Scene, palette: Palette, depth: int, since: float | None) -> Element:
    """A sheet of streaks that slides along its own slant; only light is added."""
    said, parallax = _STREAKS[scene.falling], (0.25, 0.6, 1.3)[depth]
    sheet = np.tile(streaks(scene, palette, depth), (2, 2))
    fall = scene.size.unit * (1.15, 1.7, 2.6)[depth] * said["pace"]
    aside = fall * scene.wind * said["lean"]

    def draw(picture: Picture, t: float, view: View, floor: int) -> None:
        shown = _shown(since, t)
        height, width = picture.y.shape
        left = width - int(aside * t - view.x * parallax) % width
        top = height - int(fall * t) % height
        rain = sheet[top : top + height, left : left + width]
        if shown < 1:
            cv2.scaleAdd(rain, shown, picture.y, picture.y)
        else:
            cv2.add(picture.y, rain, picture.y)

    return Drawn(draw)


def streaks(scene: Scene, palette: Palette, depth: int) -> Plane:
    """The light of all streaks in a frame, which goes on at its other sides."""
    width, height = scene.size
    said, unit = _STREAKS[scene.falling], scene.size.unit
    heavy = scene.amount * (1.35 if scene.sky == "storm" else 1.0)
    length = unit * said["long"][depth] * (0.55 + 0.45 * min(scene.amount, 2))
    slant = scene.wind * said["lean"]
    # Every streak costs the encoder some blocks: few long ones instead of many short ones.
    count = int(said["many"][depth] * heavy * width * height / 921_600)
    level = int(said["bright"][depth] * (0.75 + 0.5 * colour.luma(palette.sky[4])))
    thick = said["thick"] + (depth == 2 and unit > 700)
    pick = dice(scene.seed, "rain", depth)
    sheet: Plane = np.zeros((height, width), np.uint8)
    spots = (pick.uniform(a, b, count) for a, b in ((0, width), (0, height), (0.6, 1.2)))
    for x, y, long in zip(*(spot.tolist() for spot in spots), strict=True):
        down = length * long
        aside = abs(slant) * down
        for left, up in product((0, -width, width), (0, -height)):
            if y + up + down > 0 and -aside < x + left < width + aside:
                _streak(sheet, (x + left, y + up), (slant * down, down), level, thick)
    return sheet


def _streak(
    sheet: Plane, start: tuple[float, float], way: tuple[float, float], level: int, thick: int
) -> None:
    """Draw a streak that is soft at both ends."""
    for share, bright in _TAPERS:
        parts = (1 - share) / 2, (1 + share) / 2
        first, last = (
            [round((a + part * b) * 16) for a, b in zip(start, way, strict=True)] for part in parts
        )
        cv2.line(sheet, first, last, level * bright, thick, cv2.LINE_AA, 4)


def splashes(scene: Scene, palette: Palette, top: float, bottom: float) -> Element:
    """Little crowns between two rows where drops hit the ground, or rings on the water."""
    unit = scene.size.unit
    own = colour.yuv(colour.mix(palette.sky[4], palette.haze, 0.4)).y
    pick, count = dice(scene.seed, "splashes"), round(48 * min(scene.amount, 2))
    phase, spots = pick.uniform(0, 1, count), pick.uniform(0, 1, (count, 16, 2))

    def draw(picture: Picture, t: float, view: View, floor: int) -> None:
        age = t * 2.2 + phase
        spot, grown = spots[np.arange(count), age.astype(int) % 16], age % 1
        row = top + (bottom - top) * spot[:, 1]
        x = (spot[:, 0] * picture.width - view.x) % picture.width
        size = unit * 0.015 * (0.4 + 0.9 * spot[:, 1]) * grown
        level = picture.y[np.minimum(row.astype(int), picture.height - 1), x.astype(int)]
        tones = np.rint(level + (own - level.astype(int)) * 0.8 * (1 - grown)).tolist()
        rings = np.rint(np.stack([x, row, size, size * 0.28125], 1) * 16).astype(int).tolist()
        for (across, down, wide, high), tone in zip(rings, tones, strict=True):
            ring = (across, down), (wide, high), 0, 0, 360
            cv2.ellipse(picture.y, *ring, tone, 1, cv2.LINE_AA, 4)

    return Drawn(draw)


def _carried(
    pick: np.random.Generator, scene: Scene, said: dict[str, Any], depth: int, count: int,
    wind: float, since: float | None,
) -> Callable[[float, View, Doubles], Doubles]:  # fmt: skip
    """Where specks are that fall and are carried along, over a frame with some room around it.

    Called with a time, a view, and how far each flutters beside its way, it gives the places of
    those that show by then, shape (n, 2).
    """
    room, parallax = said["room"], said["parallax"][depth]
    margin = np.asarray(scene.size) * (1 + 2 * room)
    start = pick.uniform(0, 1, (count, 2)) * margin
    speed = scene.size.unit * np.asarray([said["aside"][depth] * wind, said["fall"][depth]])
    slowest, fastest = said["pace"]
    speed = speed * pick.uniform(slowest, fastest, (count, 1))

    def now(t: float, view: View, flutter: Doubles) -> Doubles:
        at = start + speed * t + flutter + np.asarray([-view.x, view.y]) * parallax
        shown: Doubles = at % margin - margin * room
        return shown[: round(count * _shown(since, t))]

    return now


def _specks(scene: Scene, palette: Palette, depth: int, since: float | None) -> Element:
    """Flakes that sway as they fall, or embers as they rise: dots far away, soft discs near by."""
    said = _SAID["carried"][scene.falling]
    count = int(said["many"][depth] * scene.amount * math.prod(scene.size) / 921_600) + 4
    if scene.sky == "storm":
        count = count * 3 // 2
    pick, unit = dice(scene.seed, scene.falling, depth), scene.size.unit
    now, wide = _carried(pick, scene, said, depth, count, scene.wind, since), said["sway"][depth]
    phase = pick.uniform(0, 6.28, count)
    sizes = (unit * said["size"][depth] * pick.uniform(0.65, 1.35, count)).tolist()
    white = colour.mix(colour.WHITE, palette.sky[4], 0.3)
    white = colour.scale(white, 0.78 if palette.dark else 1.0)
    discs = [(1.8, white, 0.75, 0.8)] if depth == 2 else []
    discs = [(size, colour.rgb(code), *way) for size, code, *way in said.get("discs", ())] or discs
    dims = said.get("dims", 0.0)

    def draw(picture: Picture, t: float, view: View, floor: int) -> None:
        sway = exact.sin(t * 1.1 + phase) * (unit * wide)
        # Of few strengths each disc is painted once.
        shine = np.rint(4 - dims * (2 + 2 * exact.sin(t * 4.4 + 9 * phase))) / 4
        places = now(t, view, np.stack([sway, 0 * sway], 1)).tolist()
        for (across, down), size, level in zip(places, sizes, shine.tolist(), strict=False):
            for large, tone, strength, power in discs:
                disc = glow(round(size * large), tone, strength * level, power)
                disc.draw(picture, across, down)
            if not discs:
                centre, radius = (round(across * 16), round(down * 16)), max(size, 0.55) * 16
                cv2.circle(
                    picture.y, centre, round(radius), colour.yuv(white).y, -1, cv2.LINE_AA, 4
                )

    return Drawn(draw)


def _leaves(scene: Scene, palette: Palette, depth: int, since: float | None) -> Element:
    """Leaves or petals that tumble as they are carried along."""
    said, pick = _SAID["carried"]["leaves"], dice(scene.seed, "leaves", depth)
    count, size = said["many"][depth], scene.size.unit * said["size"][depth]
    gust = scene.wind if abs(scene.wind) > 0.1 else 0.15
    now = _carried(pick, scene, said, depth, count, gust, since)
    spin = pick.uniform(0.8, 2.4, (count, 3)) * pick.choice([-1, 1], (count, 3))
    phase = pick.uniform(0, 6.28, (count, 3))
    codes = _SAID["flying"][scene.falling].split()
    shade, share = (0.8 if depth else 1.0), (0.45 if palette.dark else 0.15)
    tones = []
    for k in range(count):
        tone = colour.mix(colour.rgb(codes[k % len(codes)]), palette.mid, share)
        tones.append(colour.yuv(colour.scale(tone, shade * pick.uniform(0.75, 1.1))))
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    outline = size * np.stack([exact.cos(turn), exact.sin(turn) * 0.55], 1)
    if scene.falling == "leaves":
        outline[[0, 6]] *= 1.3

    def draw(picture: Picture, t: float, view: View, floor: int) -> None:
        flutter, rocking, flat = (t * spin * [1.4, 1.6, 2] + phase).T
        beside = np.stack([exact.sin(flutter) * 3, exact.cos(t * spin[:, 0] * 2.8)], 1) * size
        at, breadth = now(t, view, beside), outline[:, 0]
        length = outline[:, 1] * (np.abs(exact.cos(flat)) * 0.85 + 0.15)[:, None]
        cos, sin = exact.cos(rocking)[:, None], exact.sin(rocking)[:, None]
        turned = np.stack([breadth * cos - length * sin, breadth * sin + length * cos], 2)
        fill(picture, turned[: len(at)] + at[:, None], *tones)

    return Drawn(draw)


class Lightning(Steady):
    """Bolts at the seed's moments, each with two or three flashes of the whole sky."""

    def __init__(self, scene: Scene, horizon: float) -> None:
        self._seed, self._width, self._horizon = scene.seed, scene.size.width, horizon
        self._moment = lru_cache(maxsize=16)(
            lambda k: k * _CYCLE + float(dice(scene.seed, "bolt", k).uniform(0.3, 1.7))
        )

    def strikes(self, start: float, end: float) -> list[float]:
        """Moments of the bolts between two times."""
        turns = range(max(0, int(start / _CYCLE) - 1), int(end / _CYCLE) + 2)
        return [at for at in map(self._moment, turns) if start <= at < end]

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
        pick, steps = dice(self._seed, "path", round(at * 1000)), 15
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


_FALLS: dict[str, tuple[Callable[..., Element], int, int]] = {
    **dict.fromkeys(_STREAKS, (_rain, 2, 3)),
    **dict.fromkeys(("snow", "embers"), (_specks, 1, 3)),
    **dict.fromkeys(("leaves", "petals"), (_leaves, 1, 2)),
}
"""What falls, in how many depths behind the actors, and in how many altogether."""
