"""Places people built: city, street, village, rooftops, castle hill and country road."""

from __future__ import annotations

import math

import numpy as np

from shadowplay import colour, exact
from shadowplay.cels import Cel
from shadowplay.colour import Floats
from shadowplay.flats import Overlay, View
from shadowplay.layers import Layer, Picture
from shadowplay.light import glow
from shadowplay.scene import Rgb
from shadowplay.terrain import buildings, flora
from shadowplay.terrain.ridges import ground
from shadowplay.terrain.site import Site


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


def window_light(site: Site) -> Rgb:
    """The colour of a lit window."""
    if site.scene.palette in ("noir", "neon"):
        return site.palette.key
    return colour.mix(site.palette.key, colour.rgb("#ffb648"), 0.6)


def _lit(site: Site) -> bool:
    return site.palette.dark or site.scene.time in ("dusk", "night")


def skyline(
    site: Site, name: str, depth: float, *, row: float, low: float, high: float, wide: float
) -> None:
    """One row of high houses."""
    pick = site.dice(name)
    cel = site.cel(name, depth, row - high * 1.4, row + low, 0.4)
    lamp = colour.mix(window_light(site), site.palette.land(depth), 0.55 * (1 - depth))
    pane = max(2.4, site.unit * (0.0035 + 0.004 * depth))
    x = 0.0
    while x < cel.width:
        across = wide * pick.uniform(0.6, 1.5)
        tall = low + (high - low) * math.pow(pick.random(), 1.8)
        block = buildings.tower_block(pick, x + across / 2, row, across, tall, pane)
        for wall in block.walls:
            cel.cut(wall)
        if _lit(site):
            for window in block.windows:
                cel.paint(window, lamp)
        x += across * pick.uniform(0.85, 1.15)
    cel.cut(buildings.box(-4, row - low * 0.4, cel.width + 4, row + site.height))
    site.rim(cel, 0.3, 1.4)
    site.add(cel, depth)


def city(site: Site) -> None:
    """Three rows of towers behind a street with lamps."""
    skylines(site)
    _street_ground(site)


def skylines(site: Site) -> None:
    """Three rows of towers in the haze."""
    unit = site.unit
    for k, depth in enumerate((0.1, 0.28, 0.5)):
        skyline(
            site,
            f"towers {k}",
            depth,
            row=site.horizon + unit * (0.04 + 0.06 * k),
            low=unit * (0.09 - 0.02 * k),
            high=unit * site.tall * (0.36 - 0.05 * k),
            wide=unit * (0.05 + 0.02 * k),
        )
        if k == 0:
            site.bloom()
        site.mist(f"towers {k}", site.horizon + unit * (0.05 + 0.06 * k), unit * 0.07, 0.4, depth)


def _street_ground(site: Site) -> None:
    """Pavement with lamps whose light lies on it."""
    unit = site.unit
    cel = site.cel("lamps", 0.82, 0, site.stage, 0.1)
    spots = []
    count = max(2, round(cel.width / (unit * 0.5)))
    for k in range(count):
        x = (k + 0.3) * cel.width / count
        iron, spot = buildings.lamp_post(x, site.stage + 4, unit * 0.3)
        for shape in iron:
            cel.cut(shape)
        spots.append(spot)
        if _lit(site):
            bulb = unit * 0.009
            cel.paint(
                buildings.box(x - bulb, spot[1] - bulb, x + bulb, spot[1] + bulb * 2.4),
                window_light(site),
            )
    period = cel.width
    site.add(cel, 0.82)
    if _lit(site):
        layer = glow(int(unit * 0.11), window_light(site), 0.5, 2.4)
        site.elements.append(Lamps(layer, spots, period, site.parallax(0.82)))
    pave, _ = flat_ground(site, "street")
    if _lit(site):
        _pools(site, pave, count)
    site.rim(pave, 0.8)
    site.add(pave, 1.0)


def flat_ground(site: Site, name: str, tone: Rgb | None = None) -> tuple[Cel, Floats]:
    """Level ground; the caller must add it."""
    high = tone or colour.mix(site.palette.land(0.84), site.palette.mid, 0.2)
    low = colour.mix(site.palette.ink, high, 0.2)
    cel = Cel(
        site.period(name),
        site.height,
        int(site.stage - site.unit * 0.1),
        [(site.stage, high), (site.height, low)],
    )
    line = np.full(cel.width, site.stage, np.float32)
    cel.cut_below(line)
    site.set_ground(line)
    return cel, line


def _pools(site: Site, cel: Cel, count: int) -> None:
    """Light of the lamps on the ground, and of everything bright in wet streets."""
    rows = cel.alpha.shape[0]
    down = (np.arange(rows, dtype=np.float32)[:, None] + cel.top - site.stage) / np.float32(
        site.unit
    )
    across = np.arange(cel.width, dtype=np.float32)[None] / cel.width * count
    near = exact.cos((across - 0.3) * 2 * np.pi) * np.float32(0.5) + np.float32(0.5)
    pool = (near * near * near) * exact.exp(-np.abs(down - 0.03) * 22) * np.float32(0.5)
    cel.wash(window_light(site), pool.astype(np.float32))


def street(site: Site) -> None:
    """An old street: gabled houses with lit windows, lamps."""
    unit = site.unit
    for k, depth in enumerate((0.16, 0.4, 0.66)):
        row = site.horizon + unit * (0.03 + 0.08 * k)
        size = unit * site.tall * (0.09 + 0.055 * k)
        _row_of_houses(site, f"row {k}", depth, row, size)
        if k == 0:
            site.bloom()
        site.mist(f"row {k}", row + unit * 0.02, unit * 0.05, 0.36, depth)
    _street_ground(site)


def _row_of_houses(site: Site, name: str, depth: float, row: float, size: float) -> None:
    pick = site.dice(name)
    cel = site.cel(name, depth, row - size * 3.4, row, 0.3)
    lamp = colour.mix(window_light(site), site.palette.land(depth), 0.35 * (1 - depth))
    x = 0.0
    while x < cel.width - size * 0.3:
        wide = size * pick.uniform(0.6, 1.0)
        house = buildings.town_house(pick, x + wide / 2, row, wide, size * pick.uniform(0.8, 1.9))
        for wall in house.walls:
            cel.cut(wall)
        if _lit(site):
            for window in house.windows:
                cel.paint(window, lamp)
        x += wide * (1.02 if pick.random() < 0.85 else 1.5)
    cel.cut(buildings.box(-4, row - 2, cel.width + 4, site.height + 400))
    site.rim(cel, 0.4, 1.5)
    site.add(cel, depth)


def village(site: Site) -> None:
    """Cottages among trees on the slopes."""
    unit = site.unit
    lamp = window_light(site)
    for k, depth in enumerate((0.09, 0.28, 0.54)):
        base = site.horizon + unit * (0.01 + 0.07 * k)
        size = unit * (0.04 + 0.045 * k)
        cel, ridge = site.land(
            f"slope {k}",
            depth,
            base=base,
            rise=unit * 0.09,
            rough=0.06,
            margin=size * 2.6,
            haze=0.45,
        )
        if k:
            pick = site.dice(f"cottages {k}")
            for house in range(5 - k):
                x = (house + pick.uniform(0.15, 0.85)) / (5 - k) * cel.width
                row = float(ridge[int(x) % cel.width]) + size * 0.12
                cottage = buildings.cottage(pick, x, row, size * pick.uniform(1.1, 1.6), size)
                for wall in cottage.walls:
                    cel.cut(wall)
                if _lit(site):
                    for window in cottage.windows:
                        cel.paint(window, lamp)
        site.plant(
            cel,
            ridge,
            (flora.pine, flora.broadleaf)[k % 2],
            f"trees {k}",
            small=size * 0.5,
            large=size * 1.3,
            spacing=0.7,
            clumps=0.45,
        )
        site.rim(cel, 0.35, 1.5)
        site.add(cel, depth)
        if k == 0:
            site.bloom()
        site.mist(f"slope {k}", base + unit * 0.02, unit * 0.045, 0.36, depth)
    cel, _ = ground(site, rise=0.025, tufts=1.2)
    site.rim(cel, 0.7)
    site.add(cel, 1.0)


def rooftops(site: Site) -> None:
    """Above the roofs of a town; the stage is a ridge."""
    unit = site.unit
    for k, depth in enumerate((0.12, 0.3, 0.52)):
        row = site.horizon + unit * (0.03 + 0.09 * k)
        _row_of_houses(site, f"roofs {k}", depth, row, unit * (0.06 + 0.03 * k))
        if k == 0:
            site.bloom()
        site.mist(f"roofs {k}", row + unit * 0.02, unit * 0.05, 0.4, depth)
    tone = colour.mix(site.palette.land(0.86), site.palette.mid, 0.14)
    cel = Cel(
        site.period("ridge"),
        site.height,
        int(site.stage - unit * 0.2),
        [(site.stage, tone), (site.height, site.palette.ink)],
    )
    cel.cut(buildings.box(-4, site.stage, cel.width + 4, site.height + 40))
    _tiles(site, cel, tone)
    _chimneys(site, cel)
    site.set_ground(np.full(cel.width, site.stage, np.float32))
    site.rim(cel, 0.9)
    site.add(cel, 1.0)


def _tiles(site: Site, cel: Cel, tone: Rgb) -> None:
    """Courses of tiles, wider toward the eaves, and caps along the ridge."""
    unit = site.unit
    dark = colour.mix(tone, site.palette.ink, 0.5)
    size = unit * 0.026
    count = round(cel.width / size)
    for k in range(count):
        x = (k + 0.5) * cel.width / count
        turn = np.linspace(np.pi, 2 * np.pi, 8)
        cap = np.stack(
            [x + exact.cos(turn) * size * 0.52, site.stage + 2 + exact.sin(turn) * size * 0.26], 1
        )
        cel.cut(cap.astype(np.float32))
    row, step = site.stage + size * 0.5, size * 0.8
    while row < site.height:
        cel.paint(buildings.box(-4, row, cel.width + 4, row + max(1.0, step * 0.1)), dark)
        shift = (int(row) % 2) * 0.5
        for k in range(count):
            x = (k + shift) * cel.width / count
            cel.paint(buildings.box(x, row, x + max(1.0, unit * 0.0012), row + step), dark)
        row += step
        step *= 1.13


def _chimneys(site: Site, cel: Cel) -> None:
    unit = site.unit
    pick = site.dice("chimneys")
    for k in range(2):
        x = (k + pick.uniform(0.35, 0.65)) / 2 * cel.width
        half, high = unit * 0.03, unit * pick.uniform(0.07, 0.1)
        cel.cut(buildings.box(x - half, site.stage - high, x + half, site.stage + 4))
        cel.cut(
            buildings.box(
                x - half * 1.2, site.stage - high, x + half * 1.2, site.stage - high * 0.86
            )
        )
        for side in (-0.5, 0.5):
            pot = x + side * half
            cel.cut(
                buildings.box(
                    pot - half * 0.22,
                    site.stage - high * 1.25,
                    pot + half * 0.22,
                    site.stage - high,
                )
            )


def road(site: Site) -> None:
    """A country road between fields, with poles and wires."""
    unit = site.unit
    for k, depth in enumerate((0.08, 0.24, 0.46)):
        base = site.horizon + unit * (0.01 + 0.06 * k)
        cel, ridge = site.land(
            f"field {k}",
            depth,
            base=base,
            rise=unit * (0.1 - 0.02 * k),
            rough=0.06,
            haze=0.5,
            margin=unit * 0.1,
        )
        if k:
            site.plant(
                cel,
                ridge,
                flora.broadleaf,
                f"trees {k}",
                small=unit * 0.02,
                large=unit * (0.03 + 0.03 * k),
                spacing=0.9,
                clumps=0.6,
            )
        site.rim(cel, 0.3, 1.5)
        site.add(cel, depth)
        if k == 0:
            site.bloom()
        site.mist(f"field {k}", base + unit * 0.02, unit * 0.035, 0.3, depth)
    _poles(site)
    cel, _ = flat_ground(site, "road")
    dash = colour.mix(site.palette.haze, site.palette.mid, 0.5)
    count = max(2, round(cel.width / (unit * 0.2)))
    for k in range(count):
        x = k * cel.width / count
        row = site.stage + (site.height - site.stage) * 0.42
        cel.paint(buildings.box(x, row, x + unit * 0.09, row + unit * 0.007), dash)
    site.rim(cel, 0.8)
    site.add(cel, 1.0)


def _poles(site: Site) -> None:
    unit = site.unit
    row = site.stage - unit * 0.015
    cel = site.cel("poles", 0.7, row - unit * 0.32, row, 0.1)
    cel.cut(buildings.box(-4, row, cel.width + 4, site.height + 40))
    count = max(2, round(cel.width / (unit * 0.4)))
    gap = cel.width / count
    top = row - unit * 0.27
    for k in range(count):
        x = k * gap
        cel.cut(flora.taper((x, row + 3), (x, top - unit * 0.02), unit * 0.008, unit * 0.006))
        cel.cut(buildings.box(x - unit * 0.03, top, x + unit * 0.03, top + unit * 0.005))
        share = np.linspace(0, 1, 20)
        for side in (-0.026, 0.026):
            sag = top + unit * 0.045 * 4 * share * (1 - share)
            wire = np.stack([x + side * unit + gap * share, sag], 1)
            thick = np.asarray([0, max(1.0, unit * 0.0014)])
            cel.cut(np.concatenate([wire, (wire + thick)[::-1]]).astype(np.float32))
    site.add(cel, 0.7)
