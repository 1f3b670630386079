"""Places under trees: forest, jungle and garden."""

from __future__ import annotations

import numpy as np

from shadowplay import colour
from shadowplay.terrain import flora
from shadowplay.terrain.ridges import ground, ranges
from shadowplay.terrain.site import Site


def forest(site: Site) -> None:
    """Firs in four depths of fog, tall trunks near the camera's path."""
    unit = site.unit
    conifer = site.dice("kind").random() < 0.62
    site.bloom(0.9)
    for k, depth in enumerate((0.1, 0.26, 0.44, 0.64)):
        base = site.horizon + unit * (0.0 + 0.055 * k)
        tall = unit * site.tall * (0.17 + 0.1 * k)
        cel, ridge = site.land(
            f"trees {k}",
            depth,
            base=base,
            rise=unit * 0.04,
            rough=0.15,
            margin=tall * 1.05,
            haze=0.5,
        )
        if conifer:
            site.plant(
                cel,
                ridge,
                flora.pine,
                f"firs {k}",
                small=tall * 0.45,
                large=tall,
                spacing=0.2 + 0.05 * k,
                clumps=0.1 + 0.1 * k,
            )
        else:
            site.plant(
                cel,
                ridge,
                flora.broadleaf,
                f"oaks {k}",
                small=tall * 0.4,
                large=tall * 0.8,
                spacing=0.34 + 0.06 * k,
                clumps=0.1 + 0.1 * k,
            )
        site.rim(cel, 0.2 + 0.08 * k, 1.5)
        site.add(cel, depth)
        site.mist(f"trees {k}", base + unit * 0.03, unit * 0.075, 0.52, depth)
    _trunks(site)
    cel, ridge = ground(site, rise=0.03, tufts=1.4)
    site.plant(
        cel,
        ridge,
        flora.fern,
        "ferns",
        small=unit * 0.02,
        large=unit * 0.05,
        spacing=1.6,
        clumps=0.3,
    )
    site.rim(cel, 0.6)
    site.add(cel, 1.0)


def _trunks(site: Site) -> None:
    """A few trunks beside the stage; they leave the middle free."""
    unit = site.unit
    cel = site.cel("trunks", 0.74, 0, site.stage, 0.2)
    pick = site.dice("trunks")
    row = np.full(cel.width, site.stage + unit * 0.01, np.float32)
    for k in range(5):
        x = (k + pick.uniform(0.1, 0.9)) / 5 * cel.width
        for shape in flora.birch(pick, x, float(row[0]), site.height * 1.15):
            cel.cut(shape)
    site.rim(cel, 0.5, 2.0)
    site.add(cel, 0.74)


def jungle(site: Site) -> None:
    """Layers of big leaves, palms and hanging vines in green air."""
    unit = site.unit
    ranges(site, high=0.16, rough=0.3, count=1)
    for k, depth in enumerate((0.24, 0.42, 0.62)):
        base = site.horizon + unit * (0.01 + 0.06 * k)
        tall = unit * site.tall * (0.16 + 0.1 * k)
        cel, ridge = site.land(
            f"jungle {k}",
            depth,
            base=base,
            rise=unit * 0.05,
            rough=0.25,
            margin=tall * 1.3,
            haze=0.5,
        )
        site.plant(
            cel,
            ridge,
            flora.palm,
            f"palms {k}",
            small=tall * 0.6,
            large=tall,
            spacing=0.7,
            clumps=0.35,
        )
        site.plant(
            cel,
            ridge,
            flora.broadleaf,
            f"crowns {k}",
            small=tall * 0.25,
            large=tall * 0.55,
            spacing=0.42,
            clumps=0.05,
        )
        site.plant(
            cel, ridge, flora.fern, f"ferns {k}", small=tall * 0.12, large=tall * 0.3, spacing=0.8
        )
        site.rim(cel, 0.25, 1.5)
        site.add(cel, depth)
        if k == 0:
            site.bloom()
        site.mist(f"jungle {k}", base + unit * 0.03, unit * 0.06, 0.45, depth)
    cel, ridge = ground(site, rise=0.03, tufts=1.0)
    site.plant(
        cel,
        ridge,
        flora.fern,
        "ferns",
        small=unit * 0.03,
        large=unit * 0.08,
        spacing=1.1,
        clumps=0.25,
    )
    site.rim(cel, 0.6)
    site.add(cel, 1.0)


def garden(site: Site) -> None:
    """Hedges, cypresses and beds of flowers."""
    unit, palette = site.unit, site.palette
    for k, depth in enumerate((0.1, 0.3, 0.54)):
        base = site.horizon + unit * (0.01 + 0.06 * k)
        tall = unit * (0.1 + 0.07 * k)
        cel, ridge = site.land(
            f"hedge {k}",
            depth,
            base=base,
            rise=unit * 0.03,
            rough=0.04,
            margin=tall * 1.2,
            haze=0.5,
        )
        site.plant(
            cel,
            ridge,
            flora.poplar,
            f"cypress {k}",
            small=tall * 0.7,
            large=tall * 1.1,
            spacing=0.6,
            clumps=0.45,
        )
        site.plant(
            cel,
            ridge,
            flora.broadleaf,
            f"blossom {k}",
            small=tall * 0.4,
            large=tall * 0.7,
            spacing=0.8,
            clumps=0.25,
            tone=colour.mix(palette.land(depth), palette.glow, 0.16) if k < 2 else None,
        )
        site.plant(
            cel, ridge, flora.bush, f"hedge {k}", small=tall * 0.16, large=tall * 0.26, spacing=0.9
        )
        site.rim(cel, 0.3, 1.5)
        site.add(cel, depth)
        if k == 0:
            site.bloom()
        site.mist(f"hedge {k}", base + unit * 0.02, unit * 0.04, 0.35, depth)
    cel, ridge = ground(site, rise=0.02, tufts=1.4)
    for kind in range(3):
        tone = (palette.glow, palette.key, palette.sky[3])[kind]
        site.plant(
            cel,
            ridge,
            flora.flower,
            f"flowers {kind}",
            small=unit * 0.02,
            large=unit * 0.05,
            spacing=2.4,
            clumps=0.35,
            tone=colour.mix(tone, palette.ink, 0.45),
        )
    site.rim(cel, 0.6)
    site.add(cel, 1.0)
