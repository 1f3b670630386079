"""Places nobody walks to: the sea floor, space, the moon, and above the clouds."""

from __future__ import annotations

import math

import cv2
import numpy as np

from shadowplay import colour, exact, noise
from shadowplay.cels import Cel
from shadowplay.flats import Flat
from shadowplay.layers import Layer
from shadowplay.scene import Rgb
from shadowplay.terrain import flora
from shadowplay.terrain.ridges import ground, ranges
from shadowplay.terrain.site import Site, mist_layer


def underwater(site: Site) -> None:
    """Rocks, kelp and coral in blue water."""
    unit = site.unit
    for k, depth in enumerate((0.1, 0.3, 0.56)):
        base = site.stage - unit * (0.13 - 0.05 * k)
        cel, ridge = site.land(
            f"rock {k}",
            depth,
            base=base,
            rise=unit * (0.3 - 0.08 * k),
            rough=0.34,
            waves=2 + k,
            haze=0.6,
            margin=unit * 0.4,
        )
        site.plant(
            cel,
            ridge,
            flora.kelp,
            f"kelp {k}",
            small=unit * (0.12 + 0.05 * k),
            large=unit * (0.26 + 0.12 * k),
            spacing=0.42,
            clumps=0.55,
        )
        if k:
            site.plant(
                cel,
                ridge,
                flora.coral,
                f"coral {k}",
                small=unit * 0.03 * k,
                large=unit * 0.06 * k,
                spacing=1.3,
                clumps=0.4,
            )
        site.add(cel, depth)
        site.mist(f"rock {k}", base + unit * 0.03, unit * 0.12, 0.5, depth)
    cel, ridge = ground(site, rise=0.04, rough=0.2, name="sea floor")
    site.plant(
        cel,
        ridge,
        flora.coral,
        "coral",
        small=unit * 0.04,
        large=unit * 0.1,
        spacing=1.6,
        clumps=0.3,
    )
    site.plant(
        cel,
        ridge,
        flora.kelp,
        "kelp",
        small=unit * 0.15,
        large=unit * 0.35,
        spacing=1.3,
        clumps=0.6,
    )
    site.add(cel, 1.0)


def space(site: Site) -> None:
    """Nebulas and a planet; no ground."""
    _nebula(site)
    _planet(site, 0.24, -0.2, 0.3)


def moon(site: Site) -> None:
    """A cratered plain under a rising planet."""
    _nebula(site)
    _planet(site, 0.3, 0.08, 0.17)
    unit, palette = site.unit, site.palette
    pale = colour.mix(palette.haze, colour.rgb("#9a9ab0"), 0.55)
    for k, depth in enumerate((0.1, 0.32, 0.58)):
        base = site.horizon + unit * (0.02 + 0.06 * k)
        tone = colour.mix(pale, palette.ink, 0.25 + depth * 0.6)
        cel, _ = site.land(
            f"rim {k}",
            depth,
            base=base,
            rise=unit * (0.13 - 0.025 * k),
            rough=0.42,
            waves=2 + k,
            haze=0.2,
            tone=tone,
        )
        site.rim(cel, 0.55, 2.0)
        site.add(cel, depth)
    tone = colour.mix(pale, palette.ink, 0.48)
    cel, _ = ground(site, rise=0.02, rough=0.12, tone=tone, name="regolith")
    _craters(site, cel, tone)
    site.rim(cel, 0.7, 2.5)
    site.add(cel, 1.0)


def _craters(site: Site, cel: Cel, tone: Rgb) -> None:
    pick = site.dice("craters")
    unit = site.unit
    turn = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    ring = np.stack([exact.cos(turn), exact.sin(turn)], 1)
    side = 1 if site.key.x > site.width / 2 else -1
    for _ in range(26):
        down = math.pow(pick.uniform(0.02, 1), 1.2)
        row = site.stage + (site.height - site.stage) * down
        wide = unit * pick.uniform(0.008, 0.03) * (0.6 + 1.4 * down)
        centre = np.asarray([pick.uniform(0, cel.width), row])
        oval = ring * [wide, wide * 0.27]
        cel.paint((centre + oval).astype(np.float32), colour.scale(tone, 1.35))
        inner = centre + [side * wide * 0.1, wide * 0.03] + oval * 0.9
        cel.paint(inner.astype(np.float32), colour.scale(tone, 0.6))


def _nebula(site: Site) -> None:
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


def _planet(site: Site, across: float, up: float, size: float) -> None:
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


def cloudscape(site: Site) -> None:
    """A sea of clouds with peaks standing out of it."""
    unit = site.unit
    ranges(site, high=0.2, rough=0.55, snow=0.6, count=1)
    for k, depth in enumerate((0.12, 0.26, 0.44, 0.7)):
        row = site.horizon + unit * (0.04 + 0.085 * k)
        _bank_of_cloud(site, f"bank {k}", depth, row, unit * (0.05 + 0.025 * k))
        site.elements.append(
            Flat(
                mist_layer(
                    site.dice("veil", k),
                    site.palette.mist,
                    site.period(f"veil {k}"),
                    site.height,
                    row + unit * 0.06,
                    unit * 0.06,
                    0.5,
                ),
                site.parallax(depth),
                (site.scene.wind + 0.1) * unit * 0.02,
            )
        )


def _bank_of_cloud(site: Site, name: str, depth: float, row: float, size: float) -> None:
    """A heap of round tops, light above and shaded below."""
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
