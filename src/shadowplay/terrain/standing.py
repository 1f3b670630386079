"""What stands and grows in a place: rows of plants, and things at places of their own."""

from __future__ import annotations

import math

import numpy as np

from shadowplay import exact
from shadowplay.light import glow
from shadowplay.scene import Rgb
from shadowplay.terrain import buildings, flora
from shadowplay.terrain.buildings import lit, window_light
from shadowplay.terrain.site import Sheet, Site
from shadowplay.terrain.towns import Lamps

FLORA: dict[str, flora.Grow] = {
    grow.__name__: grow
    for grow in (
        flora.pine, flora.broadleaf, flora.poplar, flora.acacia, flora.palm, flora.cactus,
        flora.bush, flora.tuft, flora.reed, flora.kelp, flora.coral, flora.fern, flora.flower,
        flora.wheat, flora.bamboo, flora.fruit,
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


def _islet(
    site: Site, sheet: Sheet, pick: np.random.Generator, x: float, row: float, size: float
) -> None:
    """A hump of rock with palms, to be stood behind water."""
    wide, high = size * pick.uniform(0.7, 1.0), size * pick.uniform(0.22, 0.34)
    turn = np.linspace(np.pi, 2 * np.pi, 24)
    swell = 1 + 0.16 * exact.sin(turn * 5 + pick.uniform(0, 6))
    hump = np.stack([x + exact.cos(turn) * wide, row + 4 + exact.sin(turn) * high * swell], 1)
    sheet.cel.cut(hump.astype(np.float32))
    for _ in range(4):
        share = pick.uniform(-0.5, 0.5)
        foot = row - high * (1 - share * share) * 0.8
        for shape in flora.palm(pick, x + share * wide, foot, size * pick.uniform(0.45, 0.8)):
            sheet.cel.cut(shape)


def _volcano(
    site: Site, sheet: Sheet, pick: np.random.Generator, x: float, row: float, size: float
) -> None:
    """A cone with a crater that glows, and lava on its side."""
    high, wide, mouth = size, size * 1.25, size * 0.13
    top = sheet.row - high
    for k in range(26):
        away = k / 26
        puff = size * (0.05 + 0.17 * away) * pick.uniform(0.8, 1.2)
        side = 1 if site.scene.wind >= 0 else -1
        at = x + side * size * 0.75 * away * away + pick.uniform(-0.5, 0.5) * puff
        cloud = flora.blob(pick, at, top - size * 0.85 * away, puff, puff * 0.8, 7)
        sheet.cel.cut(cloud, 150)
    share = np.linspace(0, 1, 24)
    flank = mouth + (wide - mouth) * exact.power(share, 1.7)
    rows = top + high * share
    ragged = pick.uniform(-0.012, 0.012, (2, 24)) * size
    left = np.stack([x - flank + ragged[0], rows], 1)[::-1]
    right = np.stack([x + flank + ragged[1], rows], 1)
    lip = [[x - mouth * 0.4, top + high * 0.03], [x + mouth * 0.5, top + high * 0.02]]
    site.elements.append(
        Lamps(
            glow(int(size * 0.5) // 8 * 8 + 8, Rgb(255, 96, 32), 0.7 if lit(site) else 0.4, 2.0),
            [(x, top)],
            sheet.cel.width,
            site.parallax(sheet.depth),
        )
    )
    sheet.cel.cut(np.concatenate([left, lip, right]).astype(np.float32))
    hot = Rgb(255, 128, 40) if lit(site) else Rgb(226, 92, 40)
    for start, reach in ((-0.4, 0.5), (0.3, 0.72), (0.7, 0.35)):
        course = np.linspace(0.03, reach, 14)
        bend = exact.sin(course * 17 + start * 9) * size * 0.012
        middle = x + start * (mouth + (wide - mouth) * exact.power(course, 1.7)) * 0.7 + bend
        half = size * 0.012 * (1.15 - course / reach)
        down = top + high * course
        stream = [np.stack([middle - half, down], 1), np.stack([middle + half, down], 1)[::-1]]
        sheet.cel.paint(np.concatenate(stream).astype(np.float32), hot)


def _snag(
    site: Site, sheet: Sheet, pick: np.random.Generator, x: float, row: float, size: float
) -> None:
    """A bare, crooked tree."""
    high = size * pick.uniform(0.6, 1.0)

    def branch(root: tuple[float, float], turn: float, long: float, wide: float, left: int) -> None:
        tip = (root[0] + math.cos(turn) * long, root[1] - math.sin(turn) * long)
        sheet.cel.cut(flora.taper(root, tip, wide, wide * 0.62))
        for side in (-1, 1) if left else ():
            bent = turn + side * pick.uniform(0.25, 0.7)
            branch(tip, bent, long * pick.uniform(0.55, 0.8), wide * 0.62, left - 1)

    foot = [(x - high * 0.06, row + 6), (x, row - high * 0.14), (x + high * 0.06, row + 6)]
    sheet.cel.cut(np.asarray(foot, np.float32))
    branch((x, row + 4), math.pi / 2 + pick.uniform(-0.15, 0.15), high * 0.4, high * 0.05, 5)


def _column(
    site: Site, sheet: Sheet, pick: np.random.Generator, x: float, row: float, size: float
) -> None:
    """A column of a ruin, whole or broken."""
    high, half = size * pick.uniform(0.45, 1.0), size * 0.06
    top = row - high
    sheet.cel.cut(buildings.box(x - half, top, x + half, row + 4))
    for y, wide in ((row, 1.5), (top, 1.45)):
        sheet.cel.cut(buildings.box(x - half * wide, y - half * 0.5, x + half * wide, y + 2))
    if high < size * 0.8:
        broken = [(x - half, top), (x - half * 0.2, top - half * 0.9), (x + half, top + 1)]
        sheet.cel.cut(np.asarray(broken, np.float32))


def _iceberg(
    site: Site, sheet: Sheet, pick: np.random.Generator, x: float, row: float, size: float
) -> None:
    """A block of ice with a bright and a shaded side, to be stood behind water."""
    wide, high = size * pick.uniform(0.5, 1.0), size * pick.uniform(0.4, 0.9)
    share = np.linspace(-1, 1, 9)
    peak = pick.uniform(-0.4, 0.4)
    tops = (1 - np.abs(share - peak) / (1 + abs(peak))) * pick.uniform(0.75, 1.1, 9)
    top = np.stack([x + share * wide, row + 2 - high * tops], 1)
    foot = [[x + wide * 1.06, row + 6], [x - wide * 1.06, row + 6]]
    sheet.cel.stamp(np.concatenate([top, foot]).astype(np.float32), site.tone("snow"))
    dark = top[5:] if site.key.x < x else top[:4]
    inner = [[x + peak * wide, row + 6], [float(dark[0][0]), row + 6]]
    shade = np.concatenate([dark, [[float(dark[-1][0]), row + 6]], inner[:1]])
    sheet.cel.paint(shade.astype(np.float32), site.tone("snow, 45% mid"))


THINGS = {
    "cottage": _cottage,
    "trunk": _trunk,
    "mesa": _mesa,
    "boat": _boat,
    "chimney": _chimney,
    "rock": _rock,
    "islet": _islet,
    "volcano": _volcano,
    "snag": _snag,
    "column": _column,
    "iceberg": _iceberg,
}
"""What stands somewhere, by its name in a setting's TOML."""
