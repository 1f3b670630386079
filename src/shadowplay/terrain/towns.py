"""What people built: rows of houses and towers, lamps, poles and quays."""

from __future__ import annotations

import math

import numpy as np

from shadowplay import colour
from shadowplay.flats import Overlay, View
from shadowplay.layers import Layer, Picture
from shadowplay.light import glow
from shadowplay.terrain import buildings, flora
from shadowplay.terrain.buildings import lit, window_light
from shadowplay.terrain.site import Sheet, Site


class Lamps(Overlay):
    """Glows that travel with a plane of the stage."""

    def __init__(
        self, layer: Layer, spots: list[tuple[float, float]], period: int, parallax: float
    ) -> None:
        self._layer = layer
        self._spots = spots
        self._period = period
        self._parallax = parallax
        self._reach = layer.width // 2

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Lay a glow over every lamp in sight; one of them flickers now and then."""
        for k, (x, y) in enumerate(self._spots):
            if k == 1 and math.sin(t * 1.3) > 0.86 and math.sin(t * 31) > 0.1:
                continue
            left = (x - self._parallax * view.x + self._reach) % self._period - self._reach
            row = y + self._parallax * view.y
            for across in (left, left - self._period):
                if -self._reach < across < picture.width + self._reach:
                    self._layer.draw(picture, across, row, floor)


def towers(
    site: Site,
    *,
    name: str,
    depth: float,
    base: float,
    low: float,
    high: float,
    wide: float,
    tall: bool = True,
) -> Sheet:
    """One row of high houses, from `low` to `high`."""
    unit = site.unit
    low, wide, row = unit * low, unit * wide, site.horizon + unit * base
    high = unit * high * (site.tall if tall else 1.0)
    pick = site.dice(name)
    cel = site.cel(name, depth, row - high * 1.4, row + low, 0.4)
    lamp = colour.mix(window_light(site), site.palette.land(depth), 0.55 * (1 - depth))
    pane = max(2.4, unit * (0.0035 + 0.004 * depth))
    x = 0.0
    while x < cel.width:
        across = wide * pick.uniform(0.6, 1.5)
        up = low + (high - low) * math.pow(pick.random(), 1.8)
        block = buildings.tower_block(pick, x + across / 2, row, across, up, pane)
        for wall in block.walls:
            cel.cut(wall)
        if lit(site):
            for window in block.windows:
                cel.paint(window, lamp)
        x += across * pick.uniform(0.85, 1.15)
    cel.cut(buildings.box(-4, row - low * 0.4, cel.width + 4, row + site.height))
    return Sheet(cel, np.full(cel.width, row, np.float32), name, depth, row, high)


def houses(
    site: Site,
    *,
    name: str,
    depth: float,
    base: float,
    size: float,
    tall: bool = False,
    closed: bool = False,
) -> Sheet:
    """A row of old houses with their gables to the front; `closed` leaves no gaps."""
    row = site.horizon + site.unit * base
    size = site.unit * size * (site.tall if tall else 1.0)
    pick = site.dice(name)
    cel = site.cel(name, depth, row - size * 3.4, row, 0.3)
    lamp = colour.mix(window_light(site), site.palette.land(depth), 0.35 * (1 - depth))
    x = 0.0
    while x < cel.width - size * 0.3:
        wide = size * pick.uniform(0.6, 1.0)
        house = buildings.town_house(pick, x + wide / 2, row, wide, size * pick.uniform(0.8, 1.9))
        for wall in house.walls:
            cel.cut(wall)
        if lit(site):
            for window in house.windows:
                cel.paint(window, lamp)
        gap = pick.random() >= 0.85 and not closed
        x += wide * (1.5 if gap else 0.98 if closed else 1.02)
    cel.cut(buildings.box(-4, row - 2, cel.width + 4, site.height + 400))
    return Sheet(cel, np.full(cel.width, row, np.float32), name, depth, row, size)


def lamps(
    site: Site, *, name: str = "lamps", depth: float = 0.82, gap: float = 0.5, high: float = 0.3
) -> None:
    """Street lamps along the stage, lit in the dark."""
    unit = site.unit
    cel = site.cel(name, depth, 0, site.stage, 0.1)
    spots = []
    count = max(2, round(cel.width / (unit * gap)))
    for k in range(count):
        x = (k + 0.3) * cel.width / count
        iron, spot = buildings.lamp_post(x, site.stage + 4, unit * high)
        for shape in iron:
            cel.cut(shape)
        spots.append(spot)
        if lit(site):
            bulb = unit * high * 0.03
            cel.paint(
                buildings.box(x - bulb, spot[1] - bulb, x + bulb, spot[1] + bulb * 2.4),
                window_light(site),
            )
    site.add(cel, depth)
    if lit(site):
        layer = glow(int(unit * 0.11), window_light(site), 0.5, 2.4)
        site.elements.append(Lamps(layer, spots, cel.width, site.parallax(depth)))


def poles(
    site: Site, *, name: str = "poles", depth: float = 0.7, gap: float = 0.4, high: float = 0.27
) -> None:
    """Poles with wires along a road."""
    unit = site.unit
    row = site.stage - unit * 0.015
    cel = site.cel(name, depth, row - unit * (high + 0.05), row, 0.1)
    cel.cut(buildings.box(-4, row, cel.width + 4, site.height + 40))
    count = max(2, round(cel.width / (unit * gap)))
    step = cel.width / count
    top = row - unit * high
    for k in range(count):
        x = k * step
        cel.cut(flora.taper((x, row + 3), (x, top - unit * 0.02), unit * 0.008, unit * 0.006))
        cel.cut(buildings.box(x - unit * 0.03, top, x + unit * 0.03, top + unit * 0.005))
        share = np.linspace(0, 1, 20)
        for side in (-0.026, 0.026):
            sag = top + unit * 0.045 * 4 * share * (1 - share)
            wire = np.stack([x + side * unit + step * share, sag], 1)
            thick = np.asarray([0, max(1.0, unit * 0.0014)])
            cel.cut(np.concatenate([wire, (wire + thick)[::-1]]).astype(np.float32))
    site.add(cel, depth)


def quay(site: Site, *, name: str = "quay") -> Sheet:
    """A pier of planks on posts, the stage by the water."""
    unit, row = site.unit, site.stage
    cel = site.cel(name, 0.95, row - unit * 0.07, row + unit * 0.1, 0.0)
    cel.cut(buildings.box(-4, row, cel.width + 4, row + unit * 0.022))
    cel.cut(buildings.box(-4, row + unit * 0.05, cel.width + 4, row + unit * 0.062))
    count = max(2, round(cel.width / (unit * 0.16)))
    for k in range(count):
        x = (k + 0.5) * cel.width / count
        thick = unit * 0.011
        cel.cut(buildings.box(x - thick, row + 2, x + thick, site.height + 4))
        if k % 3 == 0:
            cel.cut(buildings.box(x - thick * 0.8, row - unit * 0.05, x + thick * 0.8, row + 4))
    line = np.full(cel.width, row, np.float32)
    site.set_ground(line)
    return Sheet(cel, line, name, 1.0, row, 0.0)
