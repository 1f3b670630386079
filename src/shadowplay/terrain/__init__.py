"""Settings: the places shadowplay can build, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from shadowplay.art import library
from shadowplay.terrain import elsewhere, interior, ridges, shores, towns, woods
from shadowplay.terrain.site import Site

Foreground = Literal["grass", "branches", "reeds", "rail", "leaves", "rocks", "none"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One kind of place.

    Attributes:
        build: lays out its planes on a site, back to front.
        horizon: where the horizon lies, in parts of the height, in landscape and portrait frames.
        stage: where the actors' feet stand, in the same way.
        foreground: what passes near the camera.
        open_sky: whether sun, moon, clouds and stars can be seen.
        weather: whether rain, snow or leaves can fall here.
    """

    build: Callable[[Site], None]
    horizon: tuple[float, float] = (0.6, 0.62)
    stage: tuple[float, float] = (0.85, 0.83)
    foreground: Foreground = "grass"
    open_sky: bool = True
    weather: bool = True


SETTINGS: dict[str, Setting] = {
    "mountains": Setting(ridges.mountains),
    "meadow": Setting(ridges.meadow),
    "forest": Setting(woods.forest, (0.58, 0.6), foreground="branches"),
    "jungle": Setting(woods.jungle, (0.56, 0.58), foreground="leaves"),
    "garden": Setting(woods.garden, (0.6, 0.62), foreground="branches"),
    "lake": Setting(shores.lake, (0.5, 0.5), (0.88, 0.86), "reeds"),
    "river": Setting(shores.river, (0.54, 0.54), (0.86, 0.84), "reeds"),
    "sea": Setting(shores.sea, (0.52, 0.52), (0.8, 0.76), "none"),
    "beach": Setting(shores.beach, (0.54, 0.54), (0.84, 0.82), "grass"),
    "harbour": Setting(shores.harbour, (0.54, 0.54), (0.85, 0.83), "rail"),
    "city": Setting(towns.city, (0.64, 0.66), (0.87, 0.85), "rail"),
    "street": Setting(towns.street, (0.6, 0.64), (0.87, 0.85), "rail"),
    "village": Setting(towns.village, (0.58, 0.6), foreground="grass"),
    "rooftops": Setting(towns.rooftops, (0.64, 0.66), (0.84, 0.82), "none"),
    "road": Setting(towns.road, (0.6, 0.62), (0.85, 0.84), "grass"),
    "desert": Setting(ridges.desert, (0.56, 0.58), (0.84, 0.82), "rocks"),
    "savanna": Setting(ridges.savanna, (0.62, 0.64), foreground="grass"),
    "snowfield": Setting(ridges.snowfield, (0.58, 0.6), (0.84, 0.82), "branches"),
    "underwater": Setting(elsewhere.underwater, (0.9, 0.9), (0.9, 0.9), "none", False, False),
    "space": Setting(elsewhere.space, (0.98, 0.98), (0.9, 0.9), "none", False, False),
    "moon": Setting(elsewhere.moon, (0.64, 0.66), (0.84, 0.82), "rocks", False, False),
    "clouds": Setting(elsewhere.cloudscape, (0.62, 0.62), (0.9, 0.9), "none"),
}
"""All settings, by the names that scenes use; those of `art/settings` follow."""

for _card in library.settings().values():
    _outside = _card.said.get("outside", "")
    SETTINGS[_card.name] = Setting(
        interior.builder(_card, SETTINGS[_outside].build if _outside else None),
        (0.74, 0.76),
        (0.88, 0.86),
        "none",
        weather=False,
    )
