"""What stands and grows in a place: rows of plants, and things at places of their own."""

from __future__ import annotations

import numpy as np

from shadowplay import exact
from shadowplay.light import glow
from shadowplay.scene import Rgb
from shadowplay.terrain import buildings, flora
from shadowplay.terrain.buildings import lit, window_light
from shadowplay.terrain.site import Sheet, Site
from shadowplay.terrain.towns import Lamps

_ABOVE = 1.15
"""The height of trunks whose crowns are above the frame, in heights of the frame."""


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
        flora.drawn(kind),
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
        if kind in THINGS:
            THINGS[kind](site, sheet, pick, x, row, site.unit * size)
            continue
        high = (
            site.height * _ABOVE if kind == "trunk" else site.unit * size * pick.uniform(0.85, 1.15)
        )
        for shape in flora.drawn(kind)(pick, x, row, high):
            sheet.cel.cut(shape)


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
        for shape in flora.drawn("palm")(
            pick, x + share * wide, foot, size * pick.uniform(0.45, 0.8)
        ):
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
    "islet": _islet,
    "volcano": _volcano,
    "iceberg": _iceberg,
}
"""What stands somewhere and is worked out there; the rest is drawn in `art/scenery`."""
