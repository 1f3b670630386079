"""What has no ground: nebulas, mist, light and water."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shadowplay import colour, exact
from shadowplay.picture import noise
from shadowplay.picture.flats import Flat
from shadowplay.picture.light import of_one_colour
from shadowplay.place.site import Site
from shadowplay.place.water import Water


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
