"""Land: hill lines, the ground under the actors' feet, its rails, and what is marked on both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.art import library
from shadowplay.colour import Floats
from shadowplay.picture import noise
from shadowplay.picture.cels import Cel
from shadowplay.picture.flats import Flat
from shadowplay.picture.light import HOURS
from shadowplay.place.scatter import scatter
from shadowplay.place.site import Sheet, Site, strip
from shadowplay.scene import Scene
from shadowplay.sprites.marks import Figure

_GRAVEL = colour.rgb("#6d6058")


def land(
    site: Site,
    *,
    name: str,
    depth: float,
    on: Literal["horizon", "stage", "frame", "top"] = "horizon",
    base: float = 0.0,
    rise: float | None = None,
    rough: float = 0.0,
    waves: int = 2,
    haze: float = 0.35,
    room: float = 0.0,
    valley: float = 0.0,
    steps: int = 0,
    peaked: bool = False,
    tone: str = "",
    tall: bool = False,
    walk: bool = False,
) -> Sheet:
    """A hill line: mountains, dunes, fields, rocks; without a `rise` only what stands on a line.

    It is at the horizon, on the stage, at the frame's foot, or hangs from its top: without a `tone`
    those two are so near that they are darker than the rest. The figures `walk` on a quay.
    """
    unit, hung = site.unit, on == "top"
    rows = {"horizon": site.below(base), "stage": site.stage + unit * base, "top": 0.0}
    row = rows.get(on, site.height + unit * 0.01)
    high = unit * (rise or 0.0) * (site.tall if tall else 1.0)
    if rise is None:
        line = np.full(site.period(name), row, np.float32)
    else:
        line = site.ridge(name, row, -high if hung else high, rough, waves, valley)
    if peaked:
        share = (row - line) / max(1.0, high)
        line = (row - high * share * share).astype(np.float32)
    if steps:
        line = _terraced(line, row, high, steps)
    top, end = float(line.min()) - max(4.0, unit * room), row + high * 0.25 + 8
    if rise is None or hung:
        top, end, haze = -site.height // 8, site.stage, 0.1
    paper = None
    if on in ("frame", "top") and not tone:
        ink = site.palette.ink
        paper = colour.mix(ink, site.palette.mid, 0.5 * HOURS[site.scene.time].earth)
        stops = [(site.height * 0.8, paper), (float(site.height), ink)]
        cel = Cel(len(line), site.height, 0, stops)
    else:
        cel = site.cel(name, depth, top, end, haze, site.snowed(site.tone(tone)) if tone else None)
    if rise is not None:
        cel.cut_below(line)
        if hung:
            cv2.bitwise_not(cel.alpha, cel.alpha)
    if walk:
        site.ground, site.paved = line, True
    return Sheet(cel, line, name, depth, row, high, paper=paper)


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
    unit, palette, lit = site.unit, site.palette, HOURS[site.scene.time].earth
    if level or _runs(site.scene):
        rise = crest = 0.0
    ridge = site.ridge(name, site.stage, unit * rise, rough, 2)
    if crest:
        half = len(ridge) / 2
        away = (np.arange(len(ridge)) - site.across(0.38) + half) % (2 * half) - half
        fall = 1 - exact.exp(-((away / (0.55 * unit)) ** 2))
        ridge = ridge + np.float32(unit * crest) * fall.astype(np.float32)
    site.ground, site.paved = ridge, level
    depth, share, deep = (0.84, 0.2, 0.2) if level else (0.86, 0.16, 0.25)
    own = colour.mix(palette.land(depth), palette.mid, max(share, lit))
    high = colour.mix(site.tone(tone) if tone else own, palette.glow, 0.12 * lit)
    deep = max(deep, 0.6 * lit)
    if site.scene.snowed:
        high, deep = colour.mix(high, site.tone("snow"), 0.72), 0.5
    low = colour.mix(palette.ink, high, deep)
    stops = [(site.stage - unit * rise, high), (float(site.height), low)]
    cel = Cel(site.period(name), site.height, int(float(ridge.min()) - unit * 0.1), stops)
    cel.cut_below(ridge)
    # Lighter and darker patches, long and low as seen from a standing height.
    patches = _patches(site, cel, name, "patches", (1.7, 5.0)) * np.float32(0.14)
    cel.wash(colour.mix(high, palette.key, 0.4), np.clip(patches, 0, 0.3))
    cel.wash(low, np.clip(-patches, 0, 0.3))
    if wet := site.scene.wet:
        # Darker, with puddles that show the sky; all is under water at last.
        pools = _patches(site, cel, name, "wet", (2.0, 7.0))
        cel.wash(palette.ink, np.full_like(pools, 0.3 * wet))
        over = pools - np.float32(2.0 - 2.0 * wet if wet < 1 else -4.0)
        cel.wash(site.tone("sky 4, 30% haze"), np.clip(over * np.float32(4), 0, 0.72))
        cel.wash(palette.sky[1], np.clip((over - 1) * np.float32(0.5), 0, 0.3))
    if shore:
        site.water = (site.horizon, site.stage - unit * 0.02)
    return Sheet(cel, ridge, name, 1.0, site.stage, unit * rise)


def _patches(site: Site, cel: Cel, name: str, kind: str, form: tuple[float, float]) -> Floats:
    """Noise over a whole sheet; `form` is how fast detail fades, and how long shapes are."""
    rows, width = cel.alpha.shape
    power, stretch = form
    pick = site.dice(name, kind)
    patches = noise.field(pick, max(8, rows // 4), width // 8, power=power, stretch=stretch)
    return noise.enlarge(patches, rows, width)


def _runs(scene: Scene) -> bool:
    """Whether somebody in a scene runs on rails that the place has to show."""
    return any(library.facts(role.actor).rails and role.place is None for role in scene.cast)


def tracks(site: Site, figures: Sequence[Figure]) -> Iterator[Flat]:
    """The tracks below those figures that run on rails."""
    shown = set()
    for figure in figures if _runs(site.scene) and site.ground is not None else ():
        facts, row = library.facts(figure.role.actor), site.stage + figure.sink
        if figure.grounded and facts.rails and row not in shown:
            shown.add(row)
            wire = row - figure.box.top * figure.scale if facts.wire else None
            yield _track(site, row, figure.scale / figure.actor.height, wire)


def _track(site: Site, row: float, metre: float, wire: float | None) -> Flat:
    """A track on a level ground: sunk into a street, and elsewhere on sleepers and gravel.

    `row` is where the wheels stand, `metre` in pixels, and `wire` the row of the wire above it.
    """
    assert site.ground is not None
    period = len(site.ground)
    upper = row if wire is None else wire
    cel = Cel(period, site.height, int(upper - metre), [(row, site.daylight(_GRAVEL))])
    sheet = Sheet(cel, np.full(period, row - 2, np.float32), "track", 1.0, row, 0.0)
    unit = site.size(1.0)
    if wire is not None:
        scatter(site, sheet, kind="wire_mast", large=(row - wire) / unit, tile=True)
    kind = "tram_track" if site.paved else "rail_track"
    scatter(site, sheet, kind=kind, large=metre / unit, tile=True)
    return Flat(cel.bake(), 1.0)


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
    steep = np.gradient(np.concatenate([ridge[-span:], ridge, ridge[:span]]))
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
    (down, around), phase = _grid(sheet.cel, site.unit), site.dice("drifts").uniform(0, 6.28, 3)
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
    while float(line.min()) + down < cel.top + cel.alpha.shape[0]:
        cel.paint(strip((columns, line + down), (columns, line + down + step * 0.4)), dark)
        down, step = down + step, step * 1.22


MARKS = {mark.__name__: mark for mark in (slopes, dunes, snow, foam, drifts, strata, furrows)}
"""What can be marked on land, by its name in a setting's TOML."""
