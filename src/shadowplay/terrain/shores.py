"""Places by water: lake, sea, beach, harbour and river."""

from __future__ import annotations

import numpy as np

from shadowplay import colour, exact
from shadowplay.cels import Cel
from shadowplay.colour import Floats
from shadowplay.terrain import buildings, flora
from shadowplay.terrain.ridges import ground, ranges
from shadowplay.terrain.site import Site
from shadowplay.water import Water


def flood(site: Site, *, rough: float, near: float | None = None) -> None:
    """Water from the horizon to `near` (the frame's bottom when left out)."""
    scene = site.scene
    wind = 0.6 + 0.8 * abs(scene.wind)
    water = Water(scene, site.palette, site.key, site.horizon, rough=min(1.3, rough * wind))
    site.elements.append(water)
    site.water = (site.horizon, near or float(site.height))


def _shoreline(
    site: Site, name: str, depth: float, rise: float, small: float, large: float
) -> None:
    """A low wooded shore that ends in the water's edge."""
    unit = site.unit
    cel, ridge = site.land(
        name,
        depth,
        base=site.horizon - unit * 0.004,
        rise=rise,
        rough=0.25,
        margin=large * 1.1,
        haze=0.45,
    )
    site.plant(cel, ridge, flora.pine, name, small=small, large=large, spacing=0.17, clumps=0.12)
    site.rim(cel, 0.3, 1.2)
    site.add(cel, depth)


def lake(site: Site) -> None:
    """Mountains and a wooded shore, mirrored; a near bank with reeds."""
    unit = site.unit
    ranges(site, high=0.26, rough=0.55, snow=0.7, count=2)
    _shoreline(site, "far shore", 0.3, unit * 0.03, unit * 0.014, unit * 0.045)
    flood(site, rough=0.42)
    site.mist("shore", site.horizon + unit * 0.004, unit * 0.03, 0.5, 0.3)
    _bank(site, reeds=1.0)


def river(site: Site) -> None:
    """Hills, poplars and a quiet river between its banks."""
    unit = site.unit
    for k, depth in enumerate((0.08, 0.2)):
        cel, ridge = site.land(
            f"hill {k}",
            depth,
            base=site.horizon,
            rise=unit * (0.13 - 0.04 * k),
            rough=0.1,
            haze=0.55,
            margin=unit * 0.1,
        )
        if k:
            site.plant(
                cel,
                ridge,
                flora.poplar,
                "poplars",
                small=unit * 0.03,
                large=unit * 0.09,
                spacing=0.36,
                clumps=0.4,
            )
            site.plant(
                cel,
                ridge,
                flora.broadleaf,
                "alders",
                small=unit * 0.02,
                large=unit * 0.06,
                spacing=0.6,
                clumps=0.2,
            )
        site.rim(cel, 0.3, 1.2)
        site.add(cel, depth)
        if not k:
            site.bloom()
    flood(site, rough=0.5)
    site.mist("river", site.horizon + unit * 0.006, unit * 0.035, 0.5, 0.3)
    _bank(site, reeds=1.5)


def _bank(site: Site, *, reeds: float) -> None:
    """The shore the actors walk on, in front of the water."""
    unit = site.unit
    cel, ridge = ground(site, rise=0.02, tufts=1.3, name="bank")
    site.plant(
        cel,
        ridge,
        flora.reed,
        "reeds",
        small=unit * 0.03,
        large=unit * 0.07,
        spacing=1.5 / reeds,
        clumps=0.5,
    )
    site.rim(cel, 0.8)
    site.add(cel, 1.0)
    site.water = (site.horizon, site.stage - unit * 0.02)


def _headlands(site: Site) -> None:
    """Far capes at the sides that leave the middle of the horizon open."""
    unit = site.unit
    for k, depth in enumerate((0.05, 0.14)):
        line = site.ridge(f"cape {k}", site.horizon, unit * (0.09 - 0.02 * k), 0.35, 2)
        rows = line + np.float32(unit * (0.045 + 0.012 * k))
        cel = site.cel(f"cape {k}", depth, float(rows.min()) - 4, site.horizon, 0.4)
        cel.cut_below(rows.astype(np.float32))
        site.add(cel, depth)
        if not k:
            site.bloom()


def sea(site: Site) -> None:
    """The open sea with a far coast."""
    _headlands(site)
    flood(site, rough=0.85)
    site.mist("sea", site.horizon, site.unit * 0.02, 0.4, 0.15)


def beach(site: Site) -> None:
    """The sea from a strand with palms."""
    unit = site.unit
    _headlands(site)
    flood(site, rough=0.75)
    site.mist("sea", site.horizon, unit * 0.02, 0.35, 0.15)
    tone = colour.mix(site.palette.land(0.72), site.palette.haze, 0.12)
    cel, ridge = ground(site, rise=0.02, rough=0.03, tone=tone, name="strand")
    if any(role.actor == "lighthouse" for role in site.scene.cast):
        _rocks(site, cel, ridge)
    else:
        _palms(site)
    site.rim(cel, 0.9, 2.5)
    site.add(cel, 1.0)
    site.water = (site.horizon, site.stage - unit * 0.02)


def _rocks(site: Site, cel: Cel, ridge: Floats) -> None:
    """A rocky shore instead of palms."""
    pick = site.dice("boulders")
    for _ in range(26):
        x, size = pick.uniform(0, cel.width), site.unit * pick.uniform(0.008, 0.035)
        turn = np.linspace(np.pi, 2 * np.pi, 8)
        rough = pick.uniform(0.7, 1.15, 8)
        row = float(ridge[int(x) % cel.width]) + size * 0.25
        rock = [x + exact.cos(turn) * size * rough, row + exact.sin(turn) * size * 0.7 * rough]
        cel.cut(np.stack(rock, 1).astype(np.float32))


def _palms(site: Site) -> None:
    unit = site.unit
    cel = site.cel("palms", 0.84, 0, site.stage, 0.1)
    row = np.full(cel.width, site.stage + unit * 0.015, np.float32)
    site.plant(
        cel, row, flora.palm, "palms", small=unit * 0.26, large=unit * 0.48, spacing=1.3, clumps=0.5
    )
    site.rim(cel, 0.6, 2.0)
    site.add(cel, 0.84)


def harbour(site: Site) -> None:
    """A town on the water: gables with lit windows, masts, a quay."""
    unit = site.unit
    ranges(site, high=0.1, rough=0.3, count=1)
    waterfront(site, 0.3, site.horizon + 2, unit * 0.075)
    _masts(site)
    flood(site, rough=0.55)
    site.mist("harbour", site.horizon + unit * 0.004, unit * 0.025, 0.35, 0.3)
    _quay(site)


def waterfront(site: Site, depth: float, row: float, size: float) -> None:
    """A closed row of old houses."""
    pick = site.dice("waterfront")
    cel = site.cel("waterfront", depth, row - size * 3.2, row, 0.35)
    x = 0.0
    lit = colour.mix(site.palette.key, site.palette.glow, 0.55)
    while x < cel.width - size * 0.4:
        wide = size * pick.uniform(0.55, 0.95)
        house = buildings.town_house(pick, x + wide / 2, row, wide, size * pick.uniform(0.9, 1.9))
        for wall in house.walls:
            cel.cut(wall)
        if site.palette.dark or site.scene.time == "dusk":
            for window in house.windows:
                cel.paint(window, lit)
        x += wide * 0.98
    site.rim(cel, 0.35, 1.2)
    site.add(cel, depth)


def _masts(site: Site) -> None:
    """Moored boats in front of the houses."""
    unit = site.unit
    pick = site.dice("masts")
    cel = site.cel("masts", 0.38, site.horizon - unit * 0.2, site.horizon, 0.2)
    for k in range(7):
        x, row = (k + pick.uniform(0, 1)) / 7 * cel.width, site.horizon + 2
        hull, high = unit * pick.uniform(0.025, 0.05), unit * pick.uniform(0.08, 0.17)
        cel.cut(_hull(x, row, hull))
        cel.cut(flora.taper((x, row), (x + 2, row - high), 2.6, 1.2))
        cel.cut(flora.taper((x - hull, row - hull * 0.4), (x + 1.5, row - high), 1.0, 1.0))
        cel.cut(flora.taper((x + hull, row - hull * 0.4), (x + 1.5, row - high), 1.0, 1.0))
        cel.cut(flora.taper((x, row - high * 0.2), (x - hull * 0.9, row - high * 0.24), 2.4, 1.6))
    site.add(cel, 0.38)


def _hull(x: float, row: float, half: float) -> Floats:
    shape = [(-1.1, -0.42), (1.2, -0.48), (0.8, 0.05), (-0.8, 0.05)]
    return np.asarray([(x + a * half, row + b * half) for a, b in shape], np.float32)


def _quay(site: Site) -> None:
    """A pier of planks on posts."""
    unit = site.unit
    name = "quay"
    row = site.stage
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
    site.set_ground(np.full(cel.width, row, np.float32))
    site.rim(cel, 0.8)
    site.add(cel, 1.0)
