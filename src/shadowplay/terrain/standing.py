"""What stands and grows in a place: rows of plants, and things at places of their own."""

from __future__ import annotations

import numpy as np

from shadowplay import exact
from shadowplay.scene import Rgb
from shadowplay.terrain import buildings, flora
from shadowplay.terrain.buildings import lit, window_light
from shadowplay.terrain.site import Sheet, Site

FLORA: dict[str, flora.Grow] = {
    grow.__name__: grow
    for grow in (
        flora.pine, flora.broadleaf, flora.poplar, flora.acacia, flora.palm, flora.cactus,
        flora.bush, flora.tuft, flora.reed, flora.kelp, flora.coral, flora.fern, flora.flower,
    )
}  # fmt: skip
"""What grows, by its name in a setting's TOML."""


def grow(
    site: Site,
    sheet: Sheet,
    *,
    kind: str,
    small: float,
    large: float,
    spacing: float = 1.0,
    name: str = "",
    clumps: float = 0.0,
    tone: str = "",
    tall: bool = False,
    down: float = 0.0,
) -> None:
    """Plant the line of a sheet, or a line `down` below it."""
    if not large:
        return
    size = site.unit * (site.tall if tall else 1.0)
    site.plant(
        sheet.cel,
        sheet.line + np.float32(site.unit * down) if down else sheet.line,
        FLORA[kind],
        name or f"{sheet.name} {kind}",
        small=size * small,
        large=size * large,
        spacing=spacing,
        clumps=clumps,
        tone=site.tone(tone) if tone else None,
    )


def stand(
    site: Site,
    sheet: Sheet,
    *,
    kind: str,
    count: int,
    size: float = 0.1,
    name: str = "",
    left: float = 0.1,
    right: float = 0.9,
) -> None:
    """So many things along a sheet, each in its part of it, `left` to `right` of that."""
    pick = site.dice(name or f"{sheet.name} {kind}")
    for k in range(count):
        x = (k + pick.uniform(left, right)) / count * sheet.cel.width
        row = float(sheet.line[int(x) % sheet.cel.width])
        THINGS[kind](site, sheet, pick, x, row, site.unit * size)


def _cut(sheet: Sheet, house: buildings.Building, panes: Rgb | None) -> None:
    for wall in house.walls:
        sheet.cel.cut(wall)
    if panes is not None:
        for window in house.windows:
            sheet.cel.paint(window, panes)


def _cottage(
    site: Site, sheet: Sheet, pick: np.random.Generator, x: float, row: float, size: float
) -> None:
    wide = size * pick.uniform(1.1, 1.6)
    house = buildings.cottage(pick, x, row + size * 0.12, wide, size)
    _cut(sheet, house, window_light(site) if lit(site) else None)


def _trunk(
    site: Site, sheet: Sheet, pick: np.random.Generator, x: float, row: float, size: float
) -> None:
    """A trunk whose crown is above the frame."""
    for shape in flora.birch(pick, x, row, site.height * 1.15):
        sheet.cel.cut(shape)


def _mesa(
    site: Site, sheet: Sheet, pick: np.random.Generator, x: float, row: float, size: float
) -> None:
    wide, high = size * pick.uniform(0.375, 1), size * pick.uniform(0.3125, 0.8125)
    steps = [
        (-0.75, 0.0), (-0.55, 0.3), (-0.46, 0.62), (-0.42, 0.98), (-0.2, 1.0), (0.18, 0.97),
        (0.4, 1.0), (0.45, 0.6), (0.56, 0.28), (0.8, 0.0),
    ]  # fmt: skip
    outline = [(x + a * wide, sheet.row - b * high) for a, b in steps]
    sheet.cel.cut(np.asarray(outline, np.float32))


def _boat(
    site: Site, sheet: Sheet, pick: np.random.Generator, x: float, row: float, size: float
) -> None:
    """A moored boat with its mast."""
    hull, high = size * pick.uniform(0.147, 0.294), size * pick.uniform(0.47, 1.0)
    side = [(-1.1, -0.42), (1.2, -0.48), (0.8, 0.05), (-0.8, 0.05)]
    sheet.cel.cut(np.asarray([(x + a * hull, row + b * hull) for a, b in side], np.float32))
    sheet.cel.cut(flora.taper((x, row), (x + 2, row - high), 2.6, 1.2))
    for stay in (x - hull, x + hull):
        sheet.cel.cut(flora.taper((stay, row - hull * 0.4), (x + 1.5, row - high), 1.0, 1.0))
    boom = (x - hull * 0.9, row - high * 0.24)
    sheet.cel.cut(flora.taper((x, row - high * 0.2), boom, 2.4, 1.6))


def _chimney(
    site: Site, sheet: Sheet, pick: np.random.Generator, x: float, row: float, size: float
) -> None:
    half, high = size * 0.3, size * pick.uniform(0.7, 1.0)
    top = row - high
    sheet.cel.cut(buildings.box(x - half, top, x + half, row + 4))
    sheet.cel.cut(buildings.box(x - half * 1.2, top, x + half * 1.2, row - high * 0.86))
    for side in (-0.5, 0.5):
        pot = x + side * half
        sheet.cel.cut(buildings.box(pot - half * 0.22, row - high * 1.25, pot + half * 0.22, top))


def _rock(
    site: Site, sheet: Sheet, pick: np.random.Generator, x: float, row: float, size: float
) -> None:
    size *= pick.uniform(0.23, 1.0)
    turn = np.linspace(np.pi, 2 * np.pi, 8)
    rough = pick.uniform(0.7, 1.15, 8)
    rock = [x + exact.cos(turn) * size * rough, row + size * (0.25 + exact.sin(turn) * 0.7 * rough)]
    sheet.cel.cut(np.stack(rock, 1).astype(np.float32))


THINGS = {
    "cottage": _cottage,
    "trunk": _trunk,
    "mesa": _mesa,
    "boat": _boat,
    "chimney": _chimney,
    "rock": _rock,
}
"""What stands somewhere, by its name in a setting's TOML."""
