"""What has no ground: nebulas, planets, banks of cloud, mist and light."""

from __future__ import annotations

import math

import cv2
import numpy as np

from shadowplay import colour, exact, noise
from shadowplay.cels import Cel
from shadowplay.flats import Flat
from shadowplay.layers import Layer
from shadowplay.terrain import flora
from shadowplay.terrain.site import Site, mist_layer


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
        y, u, v = colour.yuv(tone)
        half = (height // 2, width // 2)
        layer = Layer(
            np.full_like(sharp, y),
            sharp,
            (np.full(half, u, np.uint8), np.full(half, v, np.uint8)),
            wraps=True,
        )
        site.elements.append(Flat(layer, 0.01 + 0.01 * k, 0.6 + 0.5 * k))


def planet(site: Site, *, across: float = 0.24, up: float = 0.0, size: float = 0.3) -> None:
    """A banded planet lit from the lamp's side, with a thin ring of air."""
    radius = int(site.unit * size * 0.5)
    pick = site.dice("planet")
    middle = site.width * (across if site.key.x > site.width / 2 else 1 - across)
    if site.leftward != (site.key.x < site.width / 2):
        middle = site.width - middle
    row = site.horizon * (0.42 - up)
    side = 2 * radius + 8
    line = (np.arange(side, dtype=np.float32) - side / 2 + 0.5) / radius
    x, y = line[None, :], line[:, None]
    distance = np.sqrt(x**2 + y**2)
    z = np.sqrt(np.clip(1 - distance**2, 0, 1))
    toward = np.asarray([site.key.x - middle, site.key.y - row], np.float32)
    toward /= max(1.0, float(math.hypot(*toward)))
    shade = np.clip(x * toward[0] * 0.75 + y * toward[1] * 0.75 + z * 0.5, 0.03, 1)
    wobble = noise.field(pick, side, side, power=2.0, stretch=0.25) * np.float32(0.05)
    bands = exact.sin((y * 1.3 + x * 0.35 + wobble) * np.float32(9)) * np.float32(0.5) + np.float32(
        0.5
    )
    first = np.asarray(colour.mix(site.palette.glow, colour.rgb("#e8b48a"), 0.5), np.float32)
    second = np.asarray(colour.mix(site.palette.sky[4], colour.rgb("#7a5a90"), 0.4), np.float32)
    image = (second + (first - second) * bands[..., None]) * shade[..., None]
    planes = colour.planes(np.clip(image, 0, 255).astype(np.float32))
    alpha = np.clip((1 - distance) * radius + 0.5, 0, 1).astype(np.float32)
    half = (side // 2, side // 2)
    chroma = [
        np.asarray(cv2.resize(part, half[::-1]), np.float32).astype(np.uint8) for part in planes[1:]
    ]
    layer = Layer(
        noise.dither(planes[0], 1.2),
        (alpha * 255).astype(np.uint8),
        (chroma[0], chroma[1]),
        left=int(middle - side / 2) // 2 * 2,
        top=int(row - side / 2) // 2 * 2,
    )
    site.elements.append(Flat(layer, 0.025))


def bloom(site: Site, *, strength: float = 1.0) -> None:
    """The lamp's light, spilt over the layers behind this one."""
    site.bloom(strength)


def mist(
    site: Site, *, name: str, base: float, thick: float, strength: float, depth: float = 0.4
) -> None:
    """A band of drifting fog."""
    row = site.horizon + site.unit * base
    site.mist(name, row, site.unit * thick, strength, depth)


def clouds(site: Site, *, name: str, depth: float, base: float, size: float) -> None:
    """A bank of cloud to stand above: round tops, light above and shaded below, and a veil."""
    row, size = site.horizon + site.unit * base, site.unit * size
    pick = site.dice(name)
    palette = site.palette
    high = colour.mix(palette.key, palette.sky[4], 0.35 + 0.3 * (1 - depth))
    if palette.dark:
        high = colour.mix(palette.sky[4], palette.sky[3], 0.3)
    low = colour.mix(palette.haze, palette.mid, 0.25 + 0.5 * depth)
    cel = Cel(
        site.period(name),
        site.height,
        int(row - size * 2.4),
        [(row - size * 1.6, high), (row + size * 2.2, low)],
    )
    line = np.full(cel.width, row + size * 0.3, np.float32)
    cel.cut_below(line)
    swell = noise.outline(site.dice(name, "swell"), cel.width, 0.1, 3)
    x = 0.0
    while x < cel.width:
        radius = size * pick.uniform(0.35, 1.0) * (0.5 + swell[int(x)])
        cel.cut(flora.blob(pick, x, row + size * 0.3, radius * 1.25, radius, 7))
        x += radius * pick.uniform(0.5, 1.1)
    site.rim(cel, 0.5, 3.0)
    site.elements.append(
        Flat(cel.bake(), site.parallax(depth), (site.scene.wind + 0.05) * site.unit * 0.03 * depth)
    )
    site.elements.append(
        Flat(
            mist_layer(
                site.dice(name, "veil"),
                site.palette.mist,
                site.period(name + " veil"),
                site.height,
                row + site.unit * 0.06,
                site.unit * 0.06,
                0.5,
            ),
            site.parallax(depth),
            (site.scene.wind + 0.1) * site.unit * 0.02,
        )
    )
