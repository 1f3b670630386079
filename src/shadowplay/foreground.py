"""The foreground: what passes close to the camera, nearly black, and never hides the subject."""

from __future__ import annotations

import math

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.cels import Cel
from shadowplay.dice import dice
from shadowplay.flats import Flat, Overlay, View
from shadowplay.layers import Picture
from shadowplay.palette import Palette
from shadowplay.scene import Scene
from shadowplay.terrain import Foreground, buildings, flora
from shadowplay.terrain.site import Site

_PARALLAX = 1.55
"""How much faster than the stage the foreground goes by."""

_SHARES = np.asarray([0, 0.35, 0.7, 1.0])
"""Where along its length a blade has its joints."""


def build(site: Site, kind: Foreground) -> None:
    """Put the foreground of a kind in front of a site."""
    if kind in ("grass", "reeds"):
        _verge(site, kind)
    elif kind == "branches":
        _branches(site)
    elif kind == "leaves":
        _leaves(site)
    elif kind == "rail":
        _rail(site)
    elif kind == "rocks":
        _rocks(site)


def _sheet(site: Site, name: str, top: float) -> Cel:
    tone = colour.mix(site.palette.ink, site.palette.mid, 0.06)
    return Cel(
        site.period(name), site.height, int(top), [(top, tone), (site.height, site.palette.ink)]
    )


def _low_ridge(site: Site, name: str, rise: float) -> np.ndarray:
    """A line along the frame's bottom that dips in the middle of the picture's life."""
    return site.ridge(name, site.height + site.unit * 0.01, site.unit * rise, 0.2, 2)


def _verge(site: Site, kind: Foreground) -> None:
    """A bank with plants at the bottom edge, and blades that bend in the wind."""
    unit = site.unit
    ridge = _low_ridge(site, "verge", 0.05)
    cel = _sheet(site, "verge", site.height - unit * 0.18)
    cel.cut_below(ridge)
    grow = flora.drawn("reed" if kind == "reeds" else "tuft")
    tall = 0.14 if kind == "reeds" else 0.07
    site.plant(
        cel,
        ridge,
        grow,
        "verge plants",
        small=unit * tall * 0.4,
        large=unit * tall,
        spacing=0.5,
        clumps=0.35,
    )
    site.rim(cel, 0.4, 1.5)
    site.elements.append(Flat(cel.bake(), _PARALLAX))
    site.elements.append(Blades(site.scene, site.palette, cel.width, ridge, unit))


def _branches(site: Site) -> None:
    """Boughs that hang into the frame from above, at one side."""
    unit = site.unit
    cel = _sheet(site, "boughs", 0)
    pick = site.dice("boughs")
    side = 1 if site.leftward else 0
    middle = site.width * (1.02 if side else -0.02)
    way = -1 if side else 1
    for k in range(3):
        start = np.asarray([middle + (k * 0.16 - 0.1) * site.width * way, -12.0])
        length = unit * pick.uniform(0.2, 0.34)
        tip = start + np.asarray([way * length * pick.uniform(0.45, 0.95), length * 0.5])
        _bough(cel, pick, start, tip, unit)
    site.elements.append(Flat(cel.bake(), 1.4, bob=unit * 0.003))
    ridge = _low_ridge(site, "verge", 0.045)
    low = _sheet(site, "verge", site.height - unit * 0.14)
    low.cut_below(ridge)
    site.plant(
        low,
        ridge,
        flora.drawn("fern"),
        "verge plants",
        small=unit * 0.03,
        large=unit * 0.09,
        spacing=1.1,
        clumps=0.35,
    )
    site.elements.append(Flat(low.bake(), _PARALLAX))


def _bough(
    cel: Cel, pick: np.random.Generator, start: np.ndarray, tip: np.ndarray, unit: float
) -> None:
    """A bent twig with pairs of leaves."""
    bend = (start + tip) / 2 + np.asarray([0.0, -0.22 * abs(tip[0] - start[0])])
    steps = 11
    last = start
    for k in range(1, steps + 1):
        share = k / steps
        here = start * (1 - share) ** 2 + 2 * bend * share * (1 - share) + tip * share**2
        thick = unit * 0.008 * (1.15 - share)
        cel.cut(flora.taper(tuple(last), tuple(here), thick, thick * 0.9))
        along = float(math.atan2(here[1] - last[1], here[0] - last[0]))
        for side in (-1, 1):
            if share > 0.25:
                size = unit * pick.uniform(0.03, 0.048) * (1.2 - 0.4 * share)
                turn = along + side * pick.uniform(0.6, 1.1)
                cel.cut(flora.leaf(here[0], here[1], size, turn, 0.2))
        last = here
    cel.cut(flora.leaf(tip[0], tip[1], unit * 0.04, along, 0.2))


def _leaves(site: Site) -> None:
    """Huge leaves in the lower corners and from above."""
    unit = site.unit
    cel = _sheet(site, "great leaves", 0)
    pick = site.dice("great leaves")
    for k in range(7):
        x = (k + pick.uniform(0, 0.5)) / 7 * cel.width
        for turn in np.linspace(-2.5, -0.6, 5):
            size = unit * pick.uniform(0.11, 0.19)
            cel.cut(flora.leaf(x, site.height + unit * 0.035, size, turn, 0.2))
        if k % 2:
            for turn in (0.5, 1.2, 2.0, 2.7):
                size = unit * pick.uniform(0.1, 0.2)
                cel.cut(flora.leaf(x, -unit * 0.02, size, turn, 0.18))
    site.rim(cel, 0.35, 1.5)
    site.elements.append(Flat(cel.bake(), 1.5, bob=unit * 0.002))


def _rail(site: Site) -> None:
    """An iron railing along the bottom edge."""
    unit = site.unit
    row = site.height - unit * 0.035
    cel = _sheet(site, "rail", row - unit * 0.06)
    cel.cut(buildings.box(-4, row - unit * 0.006, cel.width + 4, row + unit * 0.003))
    cel.cut(buildings.box(-4, row + unit * 0.016, cel.width + 4, row + unit * 0.02))
    count = max(4, round(cel.width / (unit * 0.032)))
    for k in range(count):
        x = k * cel.width / count
        thick = unit * (0.006 if k % 9 == 0 else 0.0022)
        top = row - unit * (0.022 if k % 9 == 0 else 0.004)
        cel.cut(buildings.box(x - thick, top, x + thick, site.height + 4))
        if k % 9 == 0:
            cel.cut(flora.blob(site.dice("knob"), x, top, unit * 0.009, unit * 0.009, 2))
    site.rim(cel, 0.8, 1.5)
    site.elements.append(Flat(cel.bake(), 1.6))


def _rocks(site: Site) -> None:
    """Stones at the bottom edge."""
    unit = site.unit
    ridge = _low_ridge(site, "rocks", 0.06)
    cel = _sheet(site, "rocks", site.height - unit * 0.15)
    cel.cut_below(ridge)
    pick = site.dice("rocks")
    for k in range(9):
        x = (k + pick.uniform(0, 1)) / 9 * cel.width
        size = unit * pick.uniform(0.02, 0.06)
        row = float(ridge[int(x) % cel.width]) + size * 0.3
        turn = np.linspace(np.pi, 2 * np.pi, 7)
        rough = pick.uniform(0.75, 1.1, 7)
        rock = np.stack(
            [x + exact.cos(turn) * size * rough, row + exact.sin(turn) * size * 0.75 * rough], 1
        )
        cel.cut(rock.astype(np.float32))
    site.rim(cel, 0.5, 2.0)
    site.elements.append(Flat(cel.bake(), _PARALLAX))


class Blades(Overlay):
    """Long blades of grass, drawn anew in every frame because the wind bends them."""

    def __init__(
        self, scene: Scene, palette: Palette, period: int, ridge: np.ndarray, unit: float
    ) -> None:
        pick = dice(scene.seed, "blades")
        count = max(6, int(period / unit * 22))
        self._x = np.sort(pick.uniform(0, period, count))
        self._row = ridge[self._x.astype(int) % len(ridge)] + 3
        self._tall = unit * pick.uniform(0.03, 0.085, count)
        self._lean = pick.uniform(-0.35, 0.45, count)
        self._phase = pick.uniform(0, 1.4, count)
        self._half = unit * 0.0021
        self._period = period
        self._wind = scene.wind
        self._level = colour.yuv(palette.ink).y

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw the blades in sight; dark as they are, their luma is enough."""
        reach = float(self._tall.max())
        left = (self._x - view.x * _PARALLAX + reach) % self._period - reach
        wave = exact.sin(t * 2.1 + left * 0.011 + self._phase)
        lean = self._lean + self._wind * (0.6 + 0.5 * wave) + 0.07 * wave
        rows = self._row + view.y * _PARALLAX
        bend = (lean * self._tall)[:, None] * exact.power(_SHARES, 1.8)
        half = self._half * exact.power(1 - _SHARES, 0.7)
        spine = left[:, None] + bend
        across = np.concatenate([spine - half, (spine + half)[:, ::-1]], 1)
        up = rows[:, None] - self._tall[:, None] * _SHARES
        down = np.concatenate([up, up[:, ::-1]], 1)
        outlines = np.rint(np.stack([across, down], 2) * 16).astype(np.int32)
        for k in np.flatnonzero(left < picture.width + reach).tolist():
            cv2.fillPoly(picture.y, [outlines[k]], self._level, cv2.LINE_AA, 4)
