"""Open land: mountains, meadows, deserts, savannas and snowfields."""

from __future__ import annotations

import numpy as np

from shadowplay import colour, exact
from shadowplay.cels import Cel
from shadowplay.colour import Floats
from shadowplay.scene import Rgb
from shadowplay.terrain import flora
from shadowplay.terrain.site import Site


def ranges(site: Site, *, high: float, rough: float, snow: float = 0.0, count: int = 3) -> None:
    """Mountain ranges one behind the other, with valley fog between them."""
    unit, horizon = site.unit, site.horizon
    depths = np.linspace(0.06, 0.4, count)
    for k, depth in enumerate(depths):
        rise = unit * site.tall * high * (1 - 0.26 * k)
        name = f"range {k}"
        base = horizon + unit * (0.035 * k + 0.01)
        cel, ridge = site.land(
            name,
            float(depth),
            base=base,
            rise=rise,
            rough=rough - 0.07 * k,
            waves=2 + k,
            haze=0.6,
            valley=0.85 - 0.2 * k,
        )
        if snow and k < 2:
            _snow_caps(site, cel, ridge, name, base - rise * (0.86 - 0.16 * snow), rise)
        _facets(site, cel, ridge, rise)
        site.add(cel, float(depth))
        if k == 0:
            site.bloom()
        site.mist(name, base + unit * 0.015, unit * 0.05, 0.42, float(depth))


def _facets(site: Site, cel: Cel, ridge: Floats, rise: float) -> None:
    """Slopes that face the lamp are lighter; their edges run down aslant."""
    facing = slopes(ridge, 9) * (0.55 if site.key.x > site.width / 2 else -0.55)
    shade = slanted(cel, ridge, np.clip(facing, 0, 1), rise * 0.85, 0.55) * np.float32(0.34)
    cel.wash(colour.mix(site.palette.glow, site.palette.sky[4], 0.5), shade)


def slopes(ridge: Floats, span: int) -> Floats:
    """How steeply a periodic line falls to the right, averaged over `span` columns."""
    wide = np.concatenate([ridge[-span:], ridge, ridge[:span]])
    steep = np.gradient(wide)
    return exact.running_mean(steep, span)[span:-span]


def slanted(cel: Cel, ridge: Floats, values: Floats, deep: float, lean: float) -> Floats:
    """Values along a ridge drawn down into the land, aslant, and fading with depth."""
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


def _snow_caps(site: Site, cel: Cel, ridge: Floats, name: str, line: float, rise: float) -> None:
    """Snow above a ragged line."""
    pick = site.dice(name, "snow")
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


def ground(
    site: Site,
    *,
    rise: float = 0.02,
    rough: float = 0.12,
    tone: Rgb | None = None,
    tufts: float = 0.0,
    name: str = "ground",
) -> tuple[Cel, Floats]:
    """The plane the actors walk on; the caller may plant it and must add it."""
    unit = site.unit
    ridge = site.ridge(name, site.stage, unit * rise, rough, 2)
    site.set_ground(ridge)
    high = tone or colour.mix(site.palette.land(0.86), site.palette.mid, 0.16)
    if site.scene.falling == "snow" and tone is None:
        high = colour.mix(high, site.palette.sky[4], 0.3)
    top = float(ridge.min()) - unit * 0.1
    low = colour.mix(site.palette.ink, high, 0.25)
    stops = [(site.stage - unit * rise, high), (site.height * 1.0, low)]
    cel = Cel(site.period(name), site.height, int(top), stops)
    cel.cut_below(ridge)
    if tufts:
        site.plant(
            cel,
            ridge,
            flora.tuft,
            name + " tufts",
            small=unit * 0.008,
            large=unit * 0.026 * tufts,
            spacing=0.55,
            clumps=0.1,
        )
    return cel, ridge


def mountains(site: Site) -> None:
    """High ranges over a dark line of firs and a meadow."""
    unit = site.unit
    ranges(site, high=0.34, rough=0.62, snow=1.0)
    base = site.horizon + unit * 0.15
    cel, ridge = site.land("firs", 0.55, base=base, rise=unit * 0.07, rough=0.2, margin=unit * 0.12)
    site.plant(
        cel,
        ridge,
        flora.pine,
        "firs",
        small=unit * 0.03,
        large=unit * 0.1 * site.tall,
        spacing=0.17,
        clumps=0.25,
    )
    site.rim(cel, 0.18, 1.2)
    site.add(cel, 0.55)
    site.mist("meadow", base + unit * 0.05, unit * 0.05, 0.4, 0.6)
    cel, ridge = ground(site, rise=0.03, tufts=1.0)
    site.rim(cel, 0.7)
    site.add(cel, 1.0)


def meadow(site: Site) -> None:
    """Rolling hills with a few trees, and grass."""
    unit = site.unit
    for k, depth in enumerate((0.08, 0.2, 0.36, 0.56)):
        base = site.horizon + unit * (0.01 + 0.05 * k)
        cel, ridge = site.land(
            f"hill {k}",
            depth,
            base=base,
            rise=unit * (0.14 - 0.02 * k),
            rough=0.05,
            waves=2 + k % 2,
            haze=0.55,
            margin=unit * 0.14,
            valley=(0.8, 0.5, 0, 0)[k],
        )
        if k == 1:
            site.plant(
                cel,
                ridge,
                flora.poplar,
                "poplars",
                small=unit * 0.02,
                large=unit * 0.05,
                spacing=0.5,
                clumps=0.6,
            )
        if k >= 2:
            site.plant(
                cel,
                ridge,
                flora.broadleaf,
                f"trees {k}",
                small=unit * 0.03,
                large=unit * (0.05 + 0.03 * (k - 2)),
                spacing=0.75,
                clumps=0.62,
            )
        site.rim(cel, 0.3 + 0.1 * k, 1.5)
        site.add(cel, depth)
        if k == 0:
            site.bloom()
        site.mist(f"hill {k}", base + unit * 0.01, unit * 0.035, 0.3, depth)
    cel, _ = ground(site, rise=0.03, tufts=1.6)
    site.rim(cel, 0.8)
    site.add(cel, 1.0)


def snowfield(site: Site) -> None:
    """White slopes, far peaks, firs under snow."""
    unit, palette = site.unit, site.palette
    ranges(site, high=0.24, rough=0.5, snow=1.0, count=2)
    white = colour.mix(palette.sky[4], palette.sky[3], 0.35)
    dim = 0.85 if palette.dark else 0.94
    white = colour.scale(white, dim)
    base = site.horizon + unit * 0.1
    cel, ridge = site.land(
        "slope",
        0.45,
        base=base,
        rise=unit * 0.08,
        rough=0.06,
        haze=0.3,
        margin=unit * 0.14,
        tone=colour.mix(white, palette.haze, 0.4),
    )
    site.plant(
        cel,
        ridge,
        flora.pine,
        "firs",
        small=unit * 0.03,
        large=unit * 0.11,
        spacing=0.3,
        clumps=0.42,
        tone=colour.mix(palette.land(0.62), white, 0.12),
    )
    site.rim(cel, 0.5, 1.5)
    site.add(cel, 0.45)
    site.mist("snow", base + unit * 0.03, unit * 0.05, 0.4, 0.5)
    shade = colour.mix(white, palette.mid, 0.24)
    cel, _ = ground(site, rise=0.035, rough=0.05, tone=shade, name="drift")
    _drifts(site, cel, white)
    site.rim(cel, 0.7, 2.5)
    site.add(cel, 1.0)


def _drifts(site: Site, cel: Cel, white: Rgb) -> None:
    """Long soft shadows of wind-blown snow or sand."""
    rows = cel.alpha.shape[0]
    pick = site.dice("drifts")
    columns = np.arange(cel.width, dtype=np.float32)[None] / cel.width * np.float32(2 * np.pi)
    down = np.arange(rows, dtype=np.float32)[:, None] / np.float32(site.unit)
    phase = pick.uniform(0, 6.28, 3)
    wave = exact.sin(columns * 2 + down * 26 + phase[0]) + exact.sin(
        columns * 3 - down * 41 + phase[1]
    )
    mask = np.clip(wave * np.float32(0.25) + np.float32(0.1), 0, 0.4)
    cel.wash(white, (mask * np.clip(1.4 - down * 3, 0.1, 1)).astype(np.float32))


def desert(site: Site) -> None:
    """Dunes with a bright and a dark side, mesas far away."""
    unit, palette = site.unit, site.palette
    cel, _ = _mesas(site)
    site.add(cel, 0.07)
    site.bloom(0.8)
    for k, depth in enumerate((0.2, 0.38, 0.6)):
        base = site.horizon + unit * (0.05 + 0.055 * k)
        cel, ridge = site.land(
            f"dune {k}",
            depth,
            base=base,
            rise=unit * (0.13 - 0.015 * k),
            rough=0.02,
            waves=2 + k,
            haze=0.45,
            margin=unit * 0.1,
        )
        if k == 2:
            site.plant(
                cel,
                ridge,
                flora.cactus,
                "cacti",
                small=unit * 0.03,
                large=unit * 0.08,
                spacing=5.0,
                clumps=0.45,
                tone=palette.land(0.72),
            )
        _dune_shade(site, cel, ridge, unit * 0.16, palette.land(min(1.0, depth + 0.22)))
        site.rim(cel, 0.45, 2.0)
        site.add(cel, depth)
        site.mist(f"dune {k}", base + unit * 0.02, unit * 0.03, 0.22, depth)
    tone = colour.mix(palette.land(0.68), palette.mid, 0.2)
    cel, ridge = ground(site, rise=0.035, rough=0.03, tone=tone)
    _drifts(site, cel, colour.mix(tone, palette.haze, 0.22))
    site.rim(cel, 0.8, 2.5)
    site.add(cel, 1.0)


def _mesas(site: Site) -> tuple[Cel, Floats]:
    unit = site.unit
    pick = site.dice("mesas")
    cel, ridge = site.land(
        "plain",
        0.07,
        base=site.horizon + unit * 0.01,
        rise=unit * 0.015,
        rough=0.2,
        margin=unit * 0.2,
        haze=0.6,
    )
    for k in range(4):
        x = (k + pick.uniform(0.1, 0.7)) / 4 * cel.width
        wide, high = unit * pick.uniform(0.06, 0.16), unit * pick.uniform(0.05, 0.13)
        foot = site.horizon + unit * 0.01
        steps = [
            (-0.75, 0.0),
            (-0.55, 0.3),
            (-0.46, 0.62),
            (-0.42, 0.98),
            (-0.2, 1.0),
            (0.18, 0.97),
        ]
        steps += [(0.4, 1.0), (0.45, 0.6), (0.56, 0.28), (0.8, 0.0)]
        cel.cut(np.asarray([(x + a * wide, foot - b * high) for a, b in steps], np.float32))
    return cel, ridge


def _dune_shade(site: Site, cel: Cel, ridge: Floats, deep: float, tone: Rgb) -> None:
    """The lee side of every dune, cut by the curve of its crest."""
    side = 1.0 if site.key.x > site.width / 2 else -1.0
    away = np.clip(-slopes(ridge, 25) * side * 14 - 0.3, 0, 1)
    cel.wash(tone, slanted(cel, ridge, away, deep, 2.2 * side) * np.float32(0.75))


def savanna(site: Site) -> None:
    """A wide plain with umbrella thorns and dry grass."""
    unit = site.unit
    cel, _ = site.land(
        "far hills", 0.07, base=site.horizon + unit * 0.01, rise=unit * 0.06, rough=0.2, haze=0.5
    )
    site.add(cel, 0.07)
    site.bloom()
    for k, depth in enumerate((0.24, 0.46)):
        base = site.horizon + unit * (0.03 + 0.055 * k)
        cel, ridge = site.land(
            f"plain {k}",
            depth,
            base=base,
            rise=unit * 0.02,
            rough=0.12,
            haze=0.5,
            margin=unit * 0.24,
        )
        site.plant(
            cel,
            ridge,
            flora.acacia,
            f"thorns {k}",
            small=unit * (0.05 + 0.06 * k),
            large=unit * (0.09 + 0.12 * k),
            spacing=1.5,
            clumps=0.35,
        )
        site.plant(
            cel,
            ridge,
            flora.bush,
            f"scrub {k}",
            small=unit * 0.008,
            large=unit * 0.02,
            spacing=2.0,
            clumps=0.3,
        )
        site.rim(cel, 0.35, 1.5)
        site.add(cel, depth)
        site.mist(f"plain {k}", base + unit * 0.02, unit * 0.03, 0.3, depth)
    cel, _ = ground(site, rise=0.02, tufts=2.2)
    site.rim(cel, 0.8)
    site.add(cel, 1.0)
