"""Rails: the track that trains and trams run on, across the ground of a place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from shadowplay import colour
from shadowplay.art import library
from shadowplay.picture.cels import Cel
from shadowplay.picture.flats import Flat
from shadowplay.place.site import Site
from shadowplay.scene import Rgb, Scene
from shadowplay.sprites.marks import Figure

_FAR, _NEAR = -0.24, 0.05
"""Where the two rails are, in metres below the row on which the wheels stand."""

_SLEEPERS = 0.75  # metres from one sleeper to the next


_MASTS = 22.0  # metres from one mast of a wire to the next


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
    cel = Cel(
        period, site.height, int(upper - metre), [(row, site.daylight(colour.rgb("#6d6058")))]
    )

    def band(top: float, bottom: float, tone: str) -> None:
        box = -2.0, row + metre * top, period + 4.0, metre * (bottom - top)
        _box(cel, box, site.snowed(site.daylight(colour.rgb(tone))))

    if wire is not None:
        _wire(site, cel, (wire, row), metre)
    if not site.paved:
        band(-0.42, 0.6, "#6f665c")
        band(-0.42, 0.38, "#8d8274")
        _sleepers(site, cel, row, metre)
    for at, high in ((_FAR, 0.05), (_NEAR, 0.1)):
        band(at, at + high, "#4a4648")
        band(at, at + 0.4 * high, "#b9b4ae")
    return Flat(cel.bake(), 1.0)


def _wire(site: Site, cel: Cel, rows: tuple[float, float], metre: float) -> None:
    """A wire and the masts that carry it; `rows` are those of the wire and of the masts' feet."""
    top, foot = rows
    count = max(1, round(cel.width / (_MASTS * metre)))
    boxes = [(-2.0, top, cel.width + 4.0, 0.05 * metre)]
    for k in range(count):
        x = (k + 0.5) * cel.width / count
        boxes.append((x, top - 0.5 * metre, 0.16 * metre, foot - top))
        boxes.append((x, top - 0.3 * metre, metre, 0.06 * metre))
    tone = site.daylight(colour.rgb("#4c4f56"))
    for box in boxes:
        _box(cel, box, tone)


def _box(cel: Cel, box: tuple[float, float, float, float], tone: Rgb) -> None:
    """Paint a rectangle: its left, its top, its width and its height, in pixels."""
    left, top, wide, high = box
    right, bottom = left + wide, top + high
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    cel.press(np.asarray(corners), [([(0, 4)], tone, 255)])


def _sleepers(site: Site, cel: Cel, row: float, metre: float) -> None:
    """Beams across the track, which look the longer the nearer they are."""
    count = max(1, round(cel.width / (_SLEEPERS * metre)))
    tone, foot = (site.daylight(colour.rgb(one)) for one in ("#5e4a3c", "#43352c"))
    for k in range(count):
        x, wide = k * cel.width / count, 0.15 * metre
        for top, high, paint in ((-0.34, 0.58, tone), (0.24, 0.08, foot)):
            box = x, row + metre * top, wide, metre * high
            _box(cel, box, site.snowed(paint))
