"""Land: hill lines, the ground under the actors' feet, and what is marked on both."""

from __future__ import annotations

import numpy as np

from shadowplay import colour, exact
from shadowplay.colour import Floats
from shadowplay.picture import noise
from shadowplay.picture.cels import Cel
from shadowplay.picture.light import HOURS
from shadowplay.place.rails import runs
from shadowplay.place.site import Sheet, Site
from shadowplay.scene import Rgb


def land(
    site: Site,
    *,
    name: str,
    depth: float,
    rise: float,
    rough: float,
    base: float = 0.0,
    waves: int = 2,
    haze: float = 0.35,
    room: float = 0.0,
    valley: float = 0.0,
    steps: int = 0,
    peaked: bool = False,
    tone: str = "",
    tall: bool = False,
    stage: bool = False,
) -> Sheet:
    """A hill line: mountains, dunes, fields, a wooded shore, rocks."""
    unit = site.unit
    row = site.stage + unit * base if stage else site.below(base)
    high = unit * rise * (site.tall if tall else 1.0)
    ridge = site.ridge(name, row, high, rough, waves, valley)
    if peaked:
        share = (row - ridge) / max(1.0, high)
        ridge = (row - high * share * share).astype(np.float32)
    if steps:
        ridge = _terraced(ridge, row, high, steps)
    top = float(ridge.min()) - max(4.0, unit * room)
    own = site.snowed(site.tone(tone)) if tone else None
    cel = site.cel(name, depth, top, row + high * 0.25 + 8, haze, own)
    cel.cut_below(ridge)
    return Sheet(cel, ridge, name, depth, row, high)


def _terraced(ridge: Floats, row: float, high: float, steps: int) -> Floats:
    """A hill line as a few flat tops with steep sides."""
    share = (row - ridge) / max(1.0, high) * steps
    flat = np.floor(share)
    side = np.clip((share - flat - 0.42) / 0.16, 0, 1)
    level = flat + side * side * (3 - 2 * side) + (share - flat) * 0.06
    return np.asarray(row - level * high / steps, np.float32)


def ground(
    site: Site,
    *,
    name: str = "ground",
    rise: float = 0.02,
    rough: float = 0.12,
    crest: float = 0.0,
    tone: str = "",
    level: bool = False,
    shore: bool = False,
) -> Sheet:
    """The plane that the actors walk on; `level` is a pavement, a `shore` ends the water.

    A `crest` is a hill's top, below the leading figure.
    """
    unit, lit = site.unit, HOURS[site.scene.time].earth
    if level:
        ridge = np.full(site.period(name), site.stage, np.float32)
        own, share, deep = site.palette.land(0.84), 0.2, 0.2
        rise = 0.0
    else:
        if runs(site.scene):
            rise = crest = 0.0
        ridge = site.ridge(name, site.stage, unit * rise, rough, 2)
        own, share, deep = site.palette.land(0.86), 0.16, 0.25
    if crest:
        middle, period = site.width * (0.62 if site.leftward else 0.38), len(ridge)
        away = (np.arange(period) - middle + period / 2) % period - period / 2
        fall = 1 - exact.exp(-((away / (0.55 * unit)) ** 2))
        ridge = ridge + np.float32(unit * crest) * fall.astype(np.float32)
    site.ground, site.paved = ridge, level
    share, deep = max(share, lit), max(deep, 0.6 * lit)
    high = site.tone(tone) if tone else colour.mix(own, site.palette.mid, share)
    high = colour.mix(high, site.palette.glow, 0.12 * lit)
    if site.scene.snowed:
        high, deep = colour.mix(high, site.tone("snow"), 0.72), 0.5
    top = float(ridge.min()) - unit * 0.1
    low = colour.mix(site.palette.ink, high, deep)
    stops = [(site.stage - unit * rise, high), (site.height * 1.0, low)]
    cel = Cel(site.period(name), site.height, int(top), stops)
    cel.cut_below(ridge)
    _patch(site, cel, name, colour.mix(high, site.palette.key, 0.4), low)
    if site.scene.wet:
        _soak(site, cel, name)
    if shore:
        site.water = (site.horizon, site.stage - unit * 0.02)
    return Sheet(cel, ridge, name, 1.0, site.stage, unit * rise)


def _patch(site: Site, cel: Cel, name: str, light: Rgb, dark: Rgb) -> None:
    """Lighter and darker patches, as on any ground, long and low as seen from a standing height."""
    rows, width = cel.alpha.shape
    pick = site.dice(name, "patches")
    patches = noise.field(pick, max(8, rows // 4), width // 8, power=1.7, stretch=5.0)
    whole = noise.enlarge(patches, rows, width) * np.float32(0.14)
    cel.wash(light, np.clip(whole, 0, 0.3))
    cel.wash(dark, np.clip(-whole, 0, 0.3))


def _soak(site: Site, cel: Cel, name: str) -> None:
    """Wet ground: darker, with puddles that show the sky; all under water at last."""
    rows, width = cel.alpha.shape
    wet = site.scene.wet
    pools = noise.field(site.dice(name, "wet"), max(8, rows // 4), width // 8, power=2.0, stretch=7)
    whole = noise.enlarge(pools, rows, width)
    cel.wash(site.palette.ink, np.full_like(whole, 0.3 * wet))
    shine = colour.mix(site.palette.sky[4], site.palette.haze, 0.3)
    shore = np.float32(2.0 - 2.0 * wet if wet < 1 else -4.0)
    cel.wash(shine, np.clip((whole - shore) * np.float32(4), 0, 0.72))
    cel.wash(site.palette.sky[1], np.clip((whole - shore - 1) * np.float32(0.5), 0, 0.3))


def row(
    site: Site, *, name: str, depth: float, base: float = 0.0, haze: float = 0.1, walk: bool = False
) -> Sheet:
    """Nothing but what stands on it: a level line behind the stage, or one to `walk` on."""
    cel = site.cel(name, depth, -site.height // 8, site.stage, haze)
    at = site.stage + site.unit * base
    line = np.full(cel.width, at, np.float32)
    if walk:
        site.ground, site.paved = line, True
    return Sheet(cel, line, name, depth, at, 0.0)


def near(
    site: Site,
    *,
    name: str,
    depth: float = 1.23,
    rise: float = 0.0,
    rough: float = 0.2,
    top: bool = False,
) -> Sheet:
    """What passes close to the camera, darker than the rest: at the foot, or hung from the top."""
    ink = site.palette.ink
    lit = 0.5 * HOURS[site.scene.time].earth
    tone, foot = colour.mix(ink, site.palette.mid, lit), site.height + site.unit * 0.01
    stops = [(site.height * 0.8, tone), (float(site.height), ink)]
    cel = Cel(site.period(name), site.height, 0, stops)
    if rise:
        line = site.ridge(name, foot, site.unit * rise, rough)
        cel.cut_below(line)
    else:
        foot = 0.0 if top else foot
        line = np.full(cel.width, foot, np.float32)
    return Sheet(cel, line, name, depth, foot, 0.0, paper=tone)


def slopes(site: Site, sheet: Sheet) -> None:
    """Slopes that face the lamp are lighter; their edges run down aslant."""
    facing = _steepness(sheet.line, 9) * (0.55 if site.key.x > site.width / 2 else -0.55)
    shade = _slanted(sheet, np.clip(facing, 0, 1), sheet.rise * 0.85, 0.55) * np.float32(0.34)
    sheet.cel.wash(colour.mix(site.palette.glow, site.palette.sky[4], 0.5), shade)


def dunes(site: Site, sheet: Sheet) -> None:
    """The lee side of every dune, cut by the curve of its crest."""
    side = 1.0 if site.key.x > site.width / 2 else -1.0
    away = np.clip(-_steepness(sheet.line, 25) * side * 14 - 0.3, 0, 1)
    shade = _slanted(sheet, away, site.unit * 0.16, 2.2 * side) * np.float32(0.75)
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
    tone = colour.mix(site.palette.sky[4], colour.WHITE, 0.25)
    tone = colour.mix(tone, site.palette.land(0.1), 0.3)
    columns = np.arange(cel.width, dtype=np.float32)
    ragged = sum(
        np.interp(columns, np.linspace(0, cel.width, count), pick.uniform(-size, size, count))
        for count, size in ((cel.width // 8 + 2, 0.05 * rise), (cel.width // 34 + 2, 0.13 * rise))
    )
    lower = np.maximum(ridge, np.minimum(line + ragged, ridge + rise * 0.3)).astype(np.float32)
    points = np.concatenate(
        [np.stack([columns, ridge - 2], 1), np.stack([columns, lower], 1)[::-1]]
    ).astype(np.float32)
    cel.paint(points, tone)


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
    cel = sheet.cel
    rows = cel.alpha.shape[0]
    pick = site.dice("drifts")
    columns = np.arange(cel.width, dtype=np.float32)[None] / cel.width * np.float32(2 * np.pi)
    down = np.arange(rows, dtype=np.float32)[:, None] / np.float32(site.unit)
    phase = pick.uniform(0, 6.28, 3)
    wave = exact.sin(columns * 2 + down * 26 + phase[0]) + exact.sin(
        columns * 3 - down * 41 + phase[1]
    )
    mask = np.clip(wave * np.float32(0.25) + np.float32(0.1), 0, 0.4)
    cel.wash(site.tone(tone), (mask * np.clip(1.4 - down * 3, 0.1, 1)).astype(np.float32))


def strata(site: Site, sheet: Sheet, *, tone: str, gap: float = 0.02) -> None:
    """Bands of rock, one above the other, that run through the whole land."""
    cel = sheet.cel
    pick = site.dice(sheet.name, "strata")
    rows = np.arange(cel.alpha.shape[0], dtype=np.float32)[:, None] / np.float32(site.unit * gap)
    columns = np.arange(cel.width, dtype=np.float32)[None] / cel.width * np.float32(2 * np.pi)
    bend = exact.sin(columns * 3 + pick.uniform(0, 6)) * np.float32(0.5)
    wave = exact.sin(rows * np.float32(6.28) + bend) + exact.sin(rows * np.float32(2.3) + 1)
    sheet.cel.wash(site.tone(tone), np.clip(wave * np.float32(0.28), 0, 0.5).astype(np.float32))


def furrows(site: Site, sheet: Sheet, *, tone: str, gap: float = 0.012) -> None:
    """Rows of a field, along the land and wider toward the camera."""
    cel = sheet.cel
    dark, columns = site.snowed(site.tone(tone)), np.arange(0, cel.width + 8, 8)
    line = sheet.line[columns % cel.width]
    down, step = site.unit * gap * 0.6, site.unit * gap
    bottom = cel.top + cel.alpha.shape[0]
    while float(line.min()) + down < bottom:
        upper = np.stack([columns, line + down], 1)
        lower = np.stack([columns, line + down + step * 0.4], 1)[::-1]
        cel.paint(np.concatenate([upper, lower]).astype(np.float32), dark)
        down, step = down + step, step * 1.22


MARKS = {mark.__name__: mark for mark in (slopes, dunes, snow, foam, drifts, strata, furrows)}
"""What can be marked on land, by its name in a setting's TOML."""
