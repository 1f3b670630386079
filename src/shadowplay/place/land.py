"""Land: hill lines, the ground under the actors' feet and its rails, and rock that hangs in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    unit, palette, lit = site.unit, site.palette, HOURS[site.scene.time].earth
    if level or _runs(site.scene):
        rise = crest = 0.0
    ridge = site.ridge(name, site.stage, unit * rise, rough, 2)
    if crest:
        middle, period = site.across(0.38), len(ridge)
        away = (np.arange(period) - middle + period / 2) % period - period / 2
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
    if site.scene.wet:
        _soak(site, cel, name)
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


def _soak(site: Site, cel: Cel, name: str) -> None:
    """Wet ground: darker, with puddles that show the sky; all under water at last."""
    wet = site.scene.wet
    pools = _patches(site, cel, name, "wet", (2.0, 7.0))
    cel.wash(site.palette.ink, np.full_like(pools, 0.3 * wet))
    shore = np.float32(2.0 - 2.0 * wet if wet < 1 else -4.0)
    cel.wash(site.tone("sky 4, 30% haze"), np.clip((pools - shore) * np.float32(4), 0, 0.72))
    cel.wash(site.palette.sky[1], np.clip((pools - shore - 1) * np.float32(0.5), 0, 0.3))


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


def roof(
    site: Site, *, name: str, depth: float, high: float, rough: float = 0.4, tone: str = ""
) -> Sheet:
    """Rock that hangs into the frame from above, `high` at most, with stalactites."""
    own = site.tone(tone) if tone else site.palette.land(depth)
    deep = site.unit * high * site.tall
    cel = site.cel(name, depth, -site.height // 8, deep, 0.15, own)
    line = noise.outline(site.dice(name, "roof"), cel.width, rough, 3) * np.float32(deep)
    columns = np.arange(0, cel.width + 4, 4)
    cel.cut(strip((columns, np.full_like(columns, cel.top)), (columns, line[columns % cel.width])))
    return Sheet(cel, line, name, depth, deep, deep)


def _runs(scene: Scene) -> bool:
    """Whether somebody in a scene runs on rails that the place has to show."""
    return any(library.facts(role.actor).rails and role.place is None for role in scene.cast)


def tracks(site: Site, figures: Sequence[Figure]) -> Iterator[Flat]:
    """The tracks below those figures that run on rails."""
    shown = set()
    for figure in figures if _runs(site.scene) and site.ground is not None else ():
        row = site.stage + figure.sink
        if figure.grounded and library.facts(figure.role.actor).rails and row not in shown:
            shown.add(row)
            wired = library.facts(figure.role.actor).wire
            wire = row - figure.box.top * figure.scale if wired else None
            yield _track(site, row, figure.scale / figure.actor.height, wire)


def _track(site: Site, row: float, metre: float, wire: float | None) -> Flat:
    """A track on a level ground: sunk into a street, and elsewhere on sleepers and gravel.

    Args:
        site: the place.
        row: where the wheels stand.
        metre: how many pixels a metre is there.
        wire: where the wire is that is to be shown above it.
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
