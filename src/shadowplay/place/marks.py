"""Marks: what is drawn on land: light and shade of its slopes, snow, foam, bands and furrows."""

from __future__ import annotations

import numpy as np

from shadowplay import exact
from shadowplay.colour import Floats
from shadowplay.picture import noise
from shadowplay.picture.cels import Cel
from shadowplay.place.site import Sheet, Site, strip


def slopes(site: Site, sheet: Sheet) -> None:
    """Slopes that face the lamp are lighter; their edges run down aslant."""
    facing = np.clip(_steepness(sheet.line, 9) * (0.55 * site.side), 0, 1)
    shade = _slanted(sheet, facing, sheet.rise * 0.85, 0.55) * np.float32(0.34)
    sheet.cel.wash(site.tone("glow, 50% sky 4"), shade)


def dunes(site: Site, sheet: Sheet) -> None:
    """The lee side of every dune, cut by the curve of its crest."""
    away = np.clip(-_steepness(sheet.line, 25) * site.side * 14 - 0.3, 0, 1)
    shade = _slanted(sheet, away, site.unit * 0.16, 2.2 * site.side) * np.float32(0.75)
    sheet.cel.wash(site.palette.land(min(1.0, sheet.depth + 0.22)), shade)


def _steepness(ridge: Floats, span: int) -> Floats:
    """How steeply a periodic line falls to the right, averaged over `span` columns."""
    wide = np.concatenate([ridge[-span:], ridge, ridge[:span]])
    steep = np.gradient(wide)
    return exact.running_mean(steep, span)[span:-span]


def _slanted(sheet: Sheet, values: Floats, deep: float, lean: float) -> Floats:
    """Values along a ridge drawn down into the land, aslant, and fading with depth."""
    cel, ridge = sheet.cel, sheet.line
    height = cel.alpha.shape[0]
    drawn = np.zeros((height, cel.width), np.float32)
    deepest = min(height, max(0, int(ridge.max() + deep - cel.top) + 1))
    rows = np.arange(cel.top, cel.top + deepest, dtype=np.float32)[:, None]
    below = np.maximum(rows - ridge[None], 0)
    # How far a step down leans is the same everywhere: looked up by the whole pixel.
    steps = np.arange(deepest + height + 2, dtype=np.float32)
    leans = (steps * np.float32(lean) + exact.sin(steps * np.float32(0.09)) * 2).astype(np.intp)
    bend = leans[below.astype(np.intp)]
    bend += np.arange(cel.width)
    turns = -(-int(bend.max(initial=0) + 1) // cel.width)
    fading = np.maximum(1 - below * np.float32(1 / deep), 0)
    np.multiply(np.tile(values, turns)[bend], fading, out=drawn[:deepest])
    return drawn


def snow(site: Site, sheet: Sheet, *, reach: float = 1.0) -> None:
    """Snow above a ragged line; it reaches less far down below 1, and 0 is none."""
    if not reach:
        return
    cel, ridge, rise = sheet.cel, sheet.line, sheet.rise
    line = sheet.row - rise * (0.86 - 0.16 * reach)
    pick = site.dice(sheet.name, "snow")
    columns = np.arange(cel.width, dtype=np.float32)
    ragged = sum(
        np.interp(columns, np.linspace(0, cel.width, count), pick.uniform(-size, size, count))
        for count, size in ((cel.width // 8 + 2, 0.05 * rise), (cel.width // 34 + 2, 0.13 * rise))
    )
    lower = np.maximum(ridge, np.minimum(line + ragged, ridge + rise * 0.3)).astype(np.float32)
    tone = site.tone("sky 4, 25% white, 30% land 0.1")
    cel.paint(strip((columns, ridge - 2), (columns, lower)), tone)


def foam(site: Site, sheet: Sheet, *, tone: str, thick: float) -> None:
    """Foam on the crests of waves, `thick` on the highest: torn, and thinner down their faces."""
    cel, ridge = sheet.cel, sheet.line
    pick, columns = site.dice(sheet.name, "foam"), np.arange(cel.width, dtype=np.float32)
    share = np.clip((sheet.row - ridge) / max(1.0, sheet.rise) - 0.3, 0, 1)
    count = max(8, int(cel.width / (0.02 * site.unit)))
    torn = np.interp(columns, np.linspace(0, cel.width, count), pick.uniform(-0.2, 1, count))
    deep = np.maximum(site.unit * thick * share * (0.6 + 2.2 * np.maximum(torn, 0)), 1e-3)
    rows = np.arange(cel.alpha.shape[0], dtype=np.float32)[:, None] + np.float32(cel.top)
    patches = noise.field(site.dice(sheet.name, "lace"), *cel.alpha.shape, power=1.1, stretch=3.0)
    fading = 1 - (rows - ridge[None]) / deep[None].astype(np.float32)
    mask = np.clip(1.6 * fading, 0, 1) * np.clip(0.95 + 0.5 * patches, 0, 1)
    cel.wash(site.tone(tone), (mask * np.clip(5 * share, 0, 1)[None]).astype(np.float32))


def drifts(site: Site, sheet: Sheet, *, tone: str) -> None:
    """Long soft shadows of wind-blown snow or sand."""
    down, around = _grid(sheet.cel, site.unit)
    phase = site.dice("drifts").uniform(0, 6.28, 3)
    wave = exact.sin(around * 2 + down * 26 + phase[0])
    wave += exact.sin(around * 3 - down * 41 + phase[1])
    mask = np.clip(wave * np.float32(0.25) + np.float32(0.1), 0, 0.4)
    shade = (mask * np.clip(1.4 - down * 3, 0.1, 1)).astype(np.float32)
    sheet.cel.wash(site.tone(tone), shade)


def strata(site: Site, sheet: Sheet, *, tone: str, gap: float = 0.02) -> None:
    """Bands of rock, one above the other, that run through the whole land."""
    down, around = _grid(sheet.cel, site.unit * gap)
    phase = site.dice(sheet.name, "strata").uniform(0, 6)
    bend = exact.sin(around * 3 + phase) * np.float32(0.5)
    wave = exact.sin(down * np.float32(6.28) + bend) + exact.sin(down * np.float32(2.3) + 1)
    sheet.cel.wash(site.tone(tone), np.clip(wave * np.float32(0.28), 0, 0.5).astype(np.float32))


def _grid(cel: Cel, length: float) -> tuple[Floats, Floats]:
    """The rows of a sheet in so many pixels, and its columns as angles of one turn."""
    rows = np.arange(cel.alpha.shape[0], dtype=np.float32)[:, None] / np.float32(length)
    columns = np.arange(cel.width, dtype=np.float32)[None] * np.float32(2 * np.pi / cel.width)
    return rows, columns


def furrows(site: Site, sheet: Sheet, *, tone: str, gap: float = 0.012) -> None:
    """Rows of a field, along the land and wider toward the camera."""
    cel = sheet.cel
    dark, columns = site.snowed(site.tone(tone)), np.arange(0, cel.width + 8, 8)
    line = sheet.line[columns % cel.width]
    down, step = site.unit * gap * 0.6, site.unit * gap
    bottom = cel.top + cel.alpha.shape[0]
    while float(line.min()) + down < bottom:
        cel.paint(strip((columns, line + down), (columns, line + down + step * 0.4)), dark)
        down, step = down + step, step * 1.22


MARKS = {mark.__name__: mark for mark in (slopes, dunes, snow, foam, drifts, strata, furrows)}
"""What can be marked on land, by its name in a setting's TOML."""
