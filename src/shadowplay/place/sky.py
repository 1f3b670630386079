"""The sky: a gradient with its lamp, stars that twinkle, and clouds that the lamp lights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour, exact
from shadowplay.colour import Floats
from shadowplay.dice import dice
from shadowplay.picture.flats import Flat, Steady, View
from shadowplay.picture.layers import Layer, Picture, Plane
from shadowplay.picture.light import KeyLight, of_one_colour
from shadowplay.picture.noise import dither, enlarge, field, smoothstep
from shadowplay.picture.palette import LitScene
from shadowplay.place.site import Site
from shadowplay.scene import Scene
from shadowplay.tables import load

SKY = load("place/sky.toml", dict[str, Any])

_TWINKLES = 6  # steps a second in which stars twinkle


def starlight(scene: Scene) -> float:
    """How many of the stars can be seen, 0 to 1."""
    return float(SKY["stars"].get(scene.time, 0.0) * SKY[scene.sky]["stars"] * (1 - scene.fog))


def backdrop(site: Site) -> Flat:
    """What is behind all: gradient, glow, stars and the lamp's disc.

    Smooth parts are painted at half resolution; the disc and the stars at full.
    """
    width, height, key = site.width, site.height, site.key
    rows = (np.arange(height // 2, dtype=np.float32) * 2 + 1) / np.float32(site.horizon)
    stops = list(zip(SKY["stops"], site.palette.sky, strict=True))
    air = np.repeat(colour.ramp(stops, rows)[:, None], width // 2, 1)
    _add_glow(air, site)
    np.clip(air, 0, 255, out=air)
    y, u, v = colour.planes(air)
    large = np.asarray(cv2.resize(y, (width, height)), np.float32)
    picture = Picture(dither(large, 1.2), dither(u, 0.7), dither(v, 0.7))
    pick, count = dice(site.scene.seed, "stars"), int(starlight(site.scene) * width * height / 2600)
    x = pick.integers(0, width, count)
    y = (pick.beta(1, 1.7, count) * site.horizon).astype(int).clip(0, height - 1)
    bright = exact.power(pick.uniform(0.1, 1, count), 2.5) * 165 * (1 - y / (site.horizon * 1.05))
    _shine(picture.y, x, y, np.maximum(bright, 0))
    # A moon would shine through the northern lights, which are behind it.
    moonless = site.scene.wonder == "aurora"
    shown = not moonless and key.veiled < (0.45 if key.moon else 0.75)
    lamps = [key] if shown and site.horizon > 2 * key.radius else []
    tone = colour.yuv(colour.mix(site.palette.key, site.palette.glow, 0.5 * key.veiled))
    # The moons that the prompt counts stand away from the lamp.
    first, others = sum(lamp.moon for lamp in lamps), SKY["moon"]["others"]
    for k in range(first, site.scene.moons):
        radius, high = others[k % len(others)]
        place = width * ((key.x / width + 0.26 * (k + 1 - first)) % 0.9 + 0.05)
        lamps.append(KeyLight(place, site.horizon * high, site.unit * radius, True, 0.0))
    for lamp in lamps:
        _disc(picture.y, lamp, tone.y)
        _disc(picture.u, lamp, tone.u, scale=0.5)
        _disc(picture.v, lamp, tone.v, scale=0.5)
        for plain in SKY["moon"]["plains"] if lamp.moon else ():
            _disc(picture.y, lamp, tone.y - 10, plain)
    opaque = np.full_like(picture.y, 255)
    return Flat(Layer(picture.y, opaque, picture[1:], wraps=True), 0.0)


def _disc(
    plane: Plane, key: KeyLight, level: int, part: Sequence[float] = (0, 0, 1), scale: float = 1.0
) -> None:
    """Fill a round part of the lamp's disc: right, down and as large as this, in its radii."""
    across, down, size = part
    x, y = key.x + across * key.radius, key.y + down * key.radius
    centre = (round(x * 16 * scale), round(y * 16 * scale))
    radius = round(size * key.radius * 16 * scale)
    cv2.circle(plane, centre, radius, level, -1, cv2.LINE_AA, 4)


def _add_glow(air: Floats, site: Site) -> None:
    """Two glows: a wide one that tints the air and a narrow one around the disc."""
    key, palette = site.key, site.palette
    half_height, half_width = air.shape[:2]
    unit = np.float32(math.sqrt(half_height * half_width))
    x = (np.arange(half_width, dtype=np.float32) - key.x / 2) / unit
    y = (np.arange(half_height, dtype=np.float32) - key.y / 2) / unit
    distance = np.sqrt(x[None, :] ** 2 + (y[:, None] * np.float32(1.12)) ** 2)
    strength = 1 - 0.75 * key.veiled
    wide, narrow = SKY["glow"]["moon" if key.moon else "sun"]
    glow = exact.exp(-distance / np.float32(0.26)) * np.float32(wide * strength)
    core = exact.exp(-((distance / np.float32(0.1)) ** 2)) * np.float32(narrow * strength)
    for k in range(3):
        plane = air[..., k]
        plane += (palette.glow[k] - plane) * np.clip(glow, 0, 0.9) * np.float32(0.9)
        plane += (palette.key[k] - plane) * core


def _shine(luma: Plane, x: NDArray[Any], y: NDArray[Any], bright: NDArray[Any]) -> None:
    """Add stars to a plane, one pixel each."""
    luma[y, x] = np.minimum(luma[y, x] + bright, 235).astype(np.uint8)


class Twinkle(Steady):
    """The brighter stars, each breathing at its own pace."""

    def __init__(self, scene: Scene, horizon: float) -> None:
        pick, count = dice(scene.seed, "twinkle"), int(starlight(scene) * 46)
        width, height = scene.size
        reach = max(2, min(int(horizon * 0.72), height - 2))
        self._x = pick.integers(1, width - 1, count)
        self._y = pick.integers(1, reach, count)
        self._size = pick.uniform(0.35, 1, count)
        self._pace = pick.uniform(1.2, 3.4, count)
        self._phase = pick.uniform(0, 6.28, count)

    def state(self, t: float, view: View) -> object:
        """The time of the step in which they shine."""
        return t

    def pace(self, speed: float) -> int:
        """However fast the camera is: the stars are far away."""
        return _TWINKLES

    def draw(self, picture: Picture, t: float, view: View, floor: int, top: int = 0) -> None:
        """Add each star as a small cross."""
        shine = self._size * (0.58 + 0.42 * exact.sin(t * self._pace + self._phase))
        for across, down, part in ((0, 0, 150), (1, 0, 55), (-1, 0, 55), (0, 1, 55), (0, -1, 55)):
            y, x = self._y + down, self._x + across
            here = (y >= top) & (y < floor)
            _shine(picture.y, x[here], y[here], shine[here] * part)


def clouds(site: Site) -> list[Flat]:
    """A drifting field of cloud, bright where it faces the lamp; none in a blue sky.

    It is worked out at a quarter of the resolution.
    """
    scene, said = site.scene, SKY[site.scene.sky]
    heavy, bare = said.get("heavy", False), said["bare"]
    if scene.sky == "clear":
        bare += dice(scene.seed, "clouds").uniform(-0.12, 0.35)
    width, bottom = site.width * 3 // 2 // 4 * 4, int(site.horizon * 1.02) // 2 * 2
    rows, stretch = max(4, bottom // 4), 1.7 if heavy else 3.0
    pick = dice(scene.seed, "cloud field")
    whole = field(pick, rows * 2, width // 4, power=1.75, stretch=stretch)
    noise = whole[:rows]
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    band = np.float32(0.35) - np.abs(down - np.float32(0.6)) * np.float32(1.4)
    density = noise + (np.float32(0.0) if heavy else band) - np.float32(bare)
    fade = smoothstep(0, 0.16, 1 - down) * (1 if heavy else smoothstep(0.02, 0.3, down))
    alpha = smoothstep(0, 1.5, density) * fade * np.float32(0.95 if heavy else 0.8)
    fair = scene.sky == "clear" and scene.time in SKY["heaps"]["hours"]
    heaps = _heaps(site, rows, width // 4) if fair else np.zeros_like(noise)
    edged = smoothstep(0, 0.42, heaps + np.clip(noise, -2, 2) * np.float32(0.11) * (heaps > 0))
    alpha = np.maximum(alpha, edged * np.float32(0.92))
    used = np.flatnonzero(alpha.max(axis=1) > 0.006)
    if not used.size:
        return []
    toward_right = 3 * int(site.side)
    shaded = np.roll(whole, (4, -toward_right), (0, 1))[:rows]
    facing = np.clip((noise - shaded) * np.float32(0.42) + np.float32(0.5), 0, 1)
    lit = heaps - np.roll(heaps, (3, -toward_right), (0, 1))
    facing += (np.clip(lit * np.float32(2.2) + np.float32(0.66), 0, 1) - facing) * edged
    tones = said.get("clouds", SKY["clouds"][scene.time])
    dark, bright = (np.asarray(site.tone(tone), np.float32) for tone in tones)
    image = dark + (bright - dark) * facing[..., None]
    haze = np.asarray(site.palette.sky[4], np.float32)
    image += (haze - image) * (smoothstep(0.45, 1.0, down) * np.float32(0.5))[..., None]
    first, last = int(used[0]), int(used[-1]) + 1
    size = ((last - first) * 4, width)
    layer = soft_layer(image[first:last], alpha[first:last], size, top=first * 4, wraps=True)
    return [Flat(layer, 0.015, (scene.wind or 0.1) * site.width * 0.035)]


def _heaps(site: Site, rows: int, width: int) -> Floats:
    """How thick the heaped clouds of a fair day are: bumps over a flat foot; 0 is bare sky."""
    said, pick = SKY["heaps"], dice(site.scene.seed, "heaps")
    thick = np.zeros((rows, width), np.float32)
    across, down = np.arange(width, dtype=np.float32), np.arange(rows, dtype=np.float32)
    for k in range(int(pick.integers(*said["count"]))):
        far = pick.random()  # those that are farther away are lower and smaller
        foot = rows * (said["foot"][0] * (1 - far) + said["foot"][1] * far)
        half = site.unit / 4 * (said["half"][0] * (1 - far) + said["half"][1] * far)
        middle = width * ((0.1 + 0.382 * k + pick.uniform(0, 0.12)) % 1)
        lamp, room = site.key.x / 4, 1.1 * (half + site.key.radius / 4)
        if abs(middle - lamp) < room:  # it leaves the lamp free
            middle = lamp + (room if middle > lamp else -room)
        for n in range(said["bumps"]):
            off = 1.7 * (n + pick.random()) / said["bumps"] - 0.85
            size = half * (0.46 - 0.26 * abs(off)) * pick.uniform(0.65, 1.15)
            x = np.abs(across - np.float32((middle + off * half) % width))
            x = np.minimum(x, width - x) / np.float32(size)
            y = (down - np.float32(foot - 0.55 * size)) / np.float32(size)
            bump = (1 - (x * x)[None] - (y * y)[:, None]) * np.float32(0.6 + 0.4 * size / half)
            bump *= smoothstep(0, 0.22 * half, np.float32(foot) - down)[:, None]
            np.maximum(thick, bump, out=thick)
    return thick


def shafts(lit: LitScene, bottom: float, strength: float) -> Flat:
    """Soft light beams that spread from the lamp and sway, painted at a quarter of the size."""
    scene, palette, key = lit
    margin = scene.size.width // 8 // 8 * 8
    width, height = (scene.size.width + 2 * margin) // 8 * 8, int(bottom) // 8 * 8
    rows, columns = max(2, height // 4), max(2, width // 4)
    across = np.arange(columns, dtype=np.float32)[None] * 4 - np.float32(margin + key.x)
    down = np.arange(rows, dtype=np.float32)[:, None] * 4 - np.float32(key.y)
    angle, unit = exact.arctan2(across, down + np.float32(0.01)), np.float32(scene.size.unit)
    distance = np.sqrt(across**2 + down**2) / unit
    fade = exact.exp(-distance * np.float32(1.5)) * np.clip(distance * 9 - np.float32(0.4), 0, 1)
    below = np.float32(bottom) - down - np.float32(key.y)
    fade *= np.clip(below / (np.float32(0.2) * unit), 0, 1)
    alpha = np.zeros((rows, columns), np.float32)
    for which in range(2):
        pick, beam = dice(scene.seed, "shafts", which), np.zeros((rows, columns), np.float32)
        for order in (7, 11, 17, 29):
            wave = exact.sin(angle * order + np.float32(pick.uniform(0, 6.28)))
            beam += wave / np.float32(math.pow(order, 0.35))
        fan = np.clip(beam - np.float32(0.15), 0, 1.4) * fade * np.float32(strength)
        alpha += fan - alpha * fan
    sharp = dither(enlarge(alpha.astype(np.float32), height, width) * 255, 0.7)
    tone = colour.mix(palette.key, palette.glow, 0.5)
    return Flat(of_one_colour(tone, sharp, left=-margin), 0.03, sway=(14.0, 9.0))


def soft_layer(
    image: Floats, alpha: Floats, size: tuple[int, int], *, top: int = 0, wraps: bool = False
) -> Layer:
    """A picture without sharp edges that was worked out small, as a layer of even `size`.

    The image is sRGB, 0 to 255, with three colours in the last axis; `alpha` is 0 to 1.
    """
    height, width = size
    y, u, v = colour.planes(image)
    luma = np.clip(enlarge(y, height, width) + 0.5, 16, 235).astype(np.uint8)
    sharp = np.clip(enlarge(alpha, height, width) * 255, 0, 255).astype(np.uint8)
    half = (height // 2, width // 2)
    chroma = tuple(np.clip(enlarge(part, *half) + 0.5, 16, 240).astype(np.uint8) for part in (u, v))
    return Layer(luma, sharp, (chroma[0], chroma[1]), top=top, wraps=wraps)
