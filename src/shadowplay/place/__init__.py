"""Places: the settings of the art, laid out on a site back to front."""

from __future__ import annotations

from functools import cache
from typing import Any

from shadowplay.art import library
from shadowplay.colour import luma, mix, rgb
from shadowplay.errors import ShadowplayError
from shadowplay.picture.light import HOURS
from shadowplay.place import interior
from shadowplay.place.layers import lay_out
from shadowplay.place.site import Site
from shadowplay.scene import Rgb
from shadowplay.tables import load

_SNOW = rgb("#e6eef8")
_PALE = 0.85  # land that is lighter than this is so at every hour


@cache
def foregrounds() -> dict[str, dict[str, Any]]:
    """What can pass near the camera, by name: layers of `art/foreground.toml`."""
    return load("art/foreground.toml", dict[str, dict[str, Any]])


def put_foreground(site: Site, name: str) -> None:
    """Put a foreground in front of a site, and what always belongs there in such weather.

    Raises:
        ShadowplayError: `invalid_art`; there is none of that name.
    """
    if name not in foregrounds():
        known = ", ".join(foregrounds())
        raise ShadowplayError("invalid_art", f"The foreground {name!r} is none of {known}.")
    site.elements += site.nearest
    for kind in (name, "always"):
        lay_out(site, foregrounds()[kind]["layer"])


def build(site: Site, setting: str) -> None:
    """Lay out all planes of a setting that are behind the actors.

    Raises:
        ShadowplayError: `invalid_art`; its TOML says something that can't be understood.
    """
    card = library.settings()[setting]
    if card.place.floor:
        interior.build(site, card, build)
        return
    site.earth = own = _earth(site, card.place.earth)
    if own:
        share = HOURS[site.scene.time].earth * (1 - 0.35 * site.key.veiled)
        if luma(own) > _PALE:
            share = (1 + share) / 2
        site.palette = site.palette.over(site.daylight(own), share)
    try:
        lay_out(site, card.place.layer)
    except ShadowplayError as error:
        raise ShadowplayError(error.code, f"{card.name}.toml: {error}") from error


def _earth(site: Site, usual: str) -> Rgb | None:
    """The colour of a place's land: snow's, or the prompt's with some of its usual one."""
    scene = site.scene
    if scene.snowed:
        return _SNOW
    own = rgb(usual) if usual else None
    return mix(scene.earth, own, 0.25) if scene.earth and own else own
