"""The sky: a gradient with its lamp, stars that twinkle, and clouds that the lamp lights."""

from __future__ import annotations

import math

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.colour import Floats
from shadowplay.dice import dice
from shadowplay.flats import Flat, Overlay, Steady, View
from shadowplay.layers import Layer, Picture
from shadowplay.light import KeyLight
from shadowplay.noise import dither, enlarge, field, smoothstep
from shadowplay.palette import Palette
from shadowplay.scene import Rgb, Scene

_STOPS = (0.0, 0.34, 0.62, 0.85, 1.0)
"""Where the palette's five sky colours stand between zenith and horizon."""

_TWINKLES = 6
"""Steps a second in which stars twinkle."""

_STARLIT = {"night": 1.0, "dusk": 0.45, "dawn": 0.25}


class Backdrop(Steady):
    """The picture behind everything, which covers what was there."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    def cover(self, t: float, view: View) -> int:
        """All rows."""
        return 0

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Copy the rows that will be seen."""
        picture.take(self.picture, floor)


def starlight(scene: Scene) -> float:
    """How many of the stars can be seen, 0 to 1."""
    clear = {"clear": 1.0, "cloudy": 0.5, "overcast": 0.0, "storm": 0.0}[scene.sky]
    return _STARLIT.get(scene.time, 0.0) * clear * (1 - scene.fog)


def backdrop(scene: Scene, palette: Palette, key: KeyLight, horizon: float) -> Backdrop:
    """Paint gradient, glow, stars and the lamp's disc.

    Smooth parts are painted at half resolution; the disc and the stars at full.
    """
    width, height = scene.size
    half_height, half_width = height // 2, width // 2
    rows = (np.arange(half_height, dtype=np.float32) * 2 + 1) / np.float32(horizon)
    stops = list(zip(_STOPS, palette.sky, strict=True))
    air = np.repeat(colour.ramp(stops, rows)[:, None], half_width, 1)
    _add_glow(air, palette, key, horizon)
    np.clip(air, 0, 255, out=air)
    y, u, v = colour.planes(air)
    picture = Picture(
        dither(np.asarray(cv2.resize(y, (width, height)), np.float32), 1.2),
        dither(u, 0.7),
        dither(v, 0.7),
    )
    _add_stars(picture, scene, horizon)
    if key.veiled < (0.45 if key.moon else 0.75):
        _add_disc(picture, palette, key)
    return Backdrop(picture)


def _add_glow(air: Floats, palette: Palette, key: KeyLight, horizon: float) -> None:
    """Two glows: a wide one that tints the air and a narrow one around the disc."""
    half_height, half_width = air.shape[:2]
    unit = np.float32(math.sqrt(half_height * half_width))
    x = (np.arange(half_width, dtype=np.float32) - key.x / 2) / unit
    y = (np.arange(half_height, dtype=np.float32) - key.y / 2) / unit
    distance = np.sqrt(x[None, :] ** 2 + (y[:, None] * np.float32(1.12)) ** 2)
    strength = 1 - 0.75 * key.veiled
    wide, narrow = (0.24, 0.35) if key.moon else (0.58, 0.75)
    glow = exact.exp(-distance / np.float32(0.26)) * np.float32(wide * strength)
    core = exact.exp(-((distance / np.float32(0.1)) ** 2)) * np.float32(narrow * strength)
    for k in range(3):
        plane = air[..., k]
        plane += (palette.glow[k] - plane) * np.clip(glow, 0, 0.9) * np.float32(0.9)
        plane += (palette.key[k] - plane) * core


def _add_disc(picture: Picture, palette: Palette, key: KeyLight) -> None:
    tone = colour.yuv(colour.mix(palette.key, palette.glow, 0.5 * key.veiled))
    centre = (round(key.x * 16), round(key.y * 16))
    cv2.circle(picture.y, centre, round(key.radius * 16), tone.y, -1, cv2.LINE_AA, 4)
    middle = (round(key.x * 8), round(key.y * 8))
    for plane, level in ((picture.u, tone.u), (picture.v, tone.v)):
        cv2.circle(plane, middle, round(key.radius * 8), level, -1, cv2.LINE_AA, 4)
    if key.moon:
        _add_seas(picture, key, tone.y)


def _add_seas(picture: Picture, key: KeyLight, level: int) -> None:
    """The dark plains of the moon, faintly."""
    for across, down, size in ((-0.3, -0.25, 0.34), (0.2, 0.1, 0.26), (-0.1, 0.42, 0.2)):
        centre = (
            round((key.x + across * key.radius) * 16),
            round((key.y + down * key.radius) * 16),
        )
        radius = round(size * key.radius * 16)
        cv2.circle(picture.y, centre, radius, level - 10, -1, cv2.LINE_AA, 4)


def _add_stars(picture: Picture, scene: Scene, horizon: float) -> None:
    shown = starlight(scene)
    pick = dice(scene.seed, "stars")
    width, height = scene.size
    count = int(shown * width * height / 2600)
    x = pick.integers(0, width, count)
    y = (pick.beta(1, 1.7, count) * horizon).astype(int).clip(0, height - 1)
    bright = exact.power(pick.uniform(0.1, 1, count), 2.5) * 165 * (1 - y / (horizon * 1.05))
    level = picture.y[y, x] + np.maximum(bright, 0)
    picture.y[y, x] = np.minimum(level, 235).astype(np.uint8)


class Twinkle(Overlay, Steady):
    """The brighter stars, each breathing at its own pace."""

    def __init__(self, scene: Scene, horizon: float) -> None:
        pick = dice(scene.seed, "twinkle")
        width, height = scene.size
        count = int(starlight(scene) * 46)
        reach = max(2, min(int(horizon * 0.72), height - 2))
        self._x = pick.integers(1, width - 1, count)
        self._y = pick.integers(1, reach, count)
        self._size = pick.uniform(0.35, 1, count)
        self._pace = pick.uniform(1.2, 3.4, count)
        self._phase = pick.uniform(0, 6.28, count)

    def state(self, t: float, view: View) -> object:
        """The number of the step in which they shine."""
        return math.floor(t * _TWINKLES + 0.001)

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Add each star as a small cross."""
        t = math.floor(t * _TWINKLES + 0.001) / _TWINKLES
        shine = self._size * (0.58 + 0.42 * exact.sin(t * self._pace + self._phase))
        for across, down, part in ((0, 0, 150), (1, 0, 55), (-1, 0, 55), (0, 1, 55), (0, -1, 55)):
            y, x = self._y + down, self._x + across
            picture.y[y, x] = np.minimum(picture.y[y, x] + shine * part, 235).astype(np.uint8)


def clouds(scene: Scene, palette: Palette, key: KeyLight, horizon: float) -> list[Flat]:
    """A drifting field of cloud, bright where they face the lamp."""
    cover = {"clear": 0.62, "cloudy": 0.02, "overcast": -1.25, "storm": -0.9}[scene.sky]
    pick = dice(scene.seed, "clouds")
    if scene.sky == "clear":
        cover += pick.uniform(-0.12, 0.35)
    drift = (scene.wind or 0.1) * scene.size.width * 0.035
    bottom = int(horizon * 1.02) // 2 * 2
    layer = _cloud_layer(scene, palette, key, bottom, cover)
    return [Flat(layer, 0.015, drift)] if layer else []


def _cloud_layer(
    scene: Scene, palette: Palette, key: KeyLight, bottom: int, cover: float
) -> Layer | None:
    """One period of cloud, worked out at a quarter of the resolution; None in a blue sky."""
    width = scene.size.width * 3 // 2 // 4 * 4
    rows, columns = max(4, bottom // 4), width // 4
    heavy = scene.sky in ("overcast", "storm")
    whole = field(
        dice(scene.seed, "cloud field"),
        rows * 2,
        columns,
        power=1.75,
        stretch=1.7 if heavy else 3.0,
    )
    noise = whole[:rows]
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    band = np.float32(0.35) - np.abs(down - np.float32(0.6)) * np.float32(1.4)
    lift = np.float32(0.0) if heavy else band
    density = noise + lift - np.float32(cover)
    fade = smoothstep(0, 0.16, 1 - down) * (1 if heavy else smoothstep(0.02, 0.3, down))
    alpha = smoothstep(0, 1.5, density) * fade * np.float32(0.95 if heavy else 0.8)
    toward_right = 3 if key.x > scene.size.width / 2 else -3
    shaded = np.roll(whole, (4, -toward_right), (0, 1))[:rows]
    facing = np.clip((noise - shaded) * np.float32(0.42) + np.float32(0.5), 0, 1)
    dark, bright = _cloud_tones(scene, palette)
    image = _between(dark, bright, facing, down, palette)
    used = np.flatnonzero(alpha.max(axis=1) > 0.006)
    if not used.size:
        return None
    first, last = int(used[0]), int(used[-1]) + 1
    alpha, image, bottom = alpha[first:last], image[first:last], (last - first) * 4
    return soft_layer(image, alpha, (bottom, width), top=first * 4, wraps=True)


def soft_layer(
    image: Floats, alpha: Floats, size: tuple[int, int], *, top: int = 0, wraps: bool = False
) -> Layer:
    """A picture without sharp edges that was worked out small, as a layer.

    Args:
        image: sRGB, 0 to 255, last axis 3.
        alpha: its opacity, 0 to 1.
        size: rows and columns of the layer, both even.
        top: where its first row belongs, in pixels.
        wraps: whether it goes on at its other side.
    """
    height, width = size
    y, u, v = colour.planes(image)
    luma = np.clip(enlarge(y, height, width) + 0.5, 16, 235).astype(np.uint8)
    sharp = np.clip(enlarge(alpha, height, width) * 255, 0, 255).astype(np.uint8)
    half = (height // 2, width // 2)
    chroma = tuple(np.clip(enlarge(part, *half) + 0.5, 16, 240).astype(np.uint8) for part in (u, v))
    return Layer(luma, sharp, (chroma[0], chroma[1]), top=top, wraps=wraps)


def _cloud_tones(scene: Scene, palette: Palette) -> tuple[Rgb, Rgb]:
    """Colours of a cloud's shaded and lit sides."""
    if scene.time == "day" and scene.sky in ("clear", "cloudy"):
        return colour.mix(palette.sky[2], palette.haze, 0.3), colour.WHITE
    if scene.sky == "storm":
        return colour.mix(palette.sky[0], palette.ink, 0.25), colour.mix(
            palette.sky[3], palette.sky[2], 0.4
        )
    if scene.sky == "overcast":
        return colour.mix(palette.sky[0], palette.sky[1], 0.6), colour.mix(
            palette.sky[2], palette.sky[3], 0.5
        )
    if scene.time == "night":
        return colour.mix(palette.sky[1], palette.sky[0], 0.3), colour.mix(
            palette.sky[3], palette.glow, 0.3
        )
    return colour.mix(palette.sky[1], palette.haze, 0.45), colour.mix(
        palette.glow, palette.key, 0.35
    )


def _between(dark: Rgb, bright: Rgb, facing: Floats, down: Floats, palette: Palette) -> Floats:
    low = np.asarray(dark, np.float32)
    high = np.asarray(bright, np.float32)
    image = low + (high - low) * facing[..., None]
    haze = np.asarray(palette.sky[4], np.float32)
    share = (smoothstep(0.45, 1.0, down) * np.float32(0.5))[..., None]
    return (image + (haze - image) * share).astype(np.float32)
