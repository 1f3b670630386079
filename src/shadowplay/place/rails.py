"""Rails: the track that trains and trams run on, across the ground of a place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from shadowplay import colour
from shadowplay.art import library
from shadowplay.picture.cels import Cel
from shadowplay.picture.flats import Flat
from shadowplay.place.scatter import scatter
from shadowplay.place.site import Sheet, Site
from shadowplay.scene import Scene
from shadowplay.sprites.marks import Figure

_GRAVEL = colour.rgb("#6d6058")


def runs(scene: Scene) -> bool:
    """Whether somebody in a scene runs on rails that the place has to show."""
    return any(library.facts(role.actor).rails and role.place is None for role in scene.cast)


def tracks(site: Site, figures: Sequence[Figure]) -> Iterator[Flat]:
    """The tracks below those figures that run on rails."""
    shown = set()
    for figure in figures if runs(site.scene) and site.ground is not None else ():
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
