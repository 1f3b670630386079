"""Settings: the places shadowplay can build, by name, from the TOML files of the art."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from shadowplay.art import library
from shadowplay.colour import luma, mix, rgb
from shadowplay.errors import ShadowplayError
from shadowplay.picture.light import HOURS
from shadowplay.place import interior
from shadowplay.place.layers import lay_out
from shadowplay.place.site import Site
from shadowplay.scene import Rgb, Scene
from shadowplay.tables import load

_SNOW = "#e6eef8"
_PALE = 0.85  # land that is lighter than this is so at every hour


@cache
def foregrounds() -> dict[str, dict[str, Any]]:
    """What can pass near the camera, by name: layers of `art/foreground.toml`."""
    return load("art/foreground.toml", dict[str, dict[str, Any]])


def put_foreground(site: Site, name: str) -> None:
    """Put a foreground in front of a site, and what always belongs there in such weather."""
    site.elements += site.nearest
    for kind in (name, "always"):
        lay_out(site, foregrounds()[kind]["layer"])


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
    foreground: str = "grass"
    open_sky: bool = True
    weather: bool = True


class Settings(Mapping[str, Setting]):
    """All settings of the art, each read when it is asked for."""

    def __getitem__(self, name: str) -> Setting:
        return _setting(library.settings()[name])

    def __iter__(self) -> Iterator[str]:
        return iter(library.settings())

    def __len__(self) -> int:
        return len(library.settings())


SETTINGS = Settings()
"""All settings, by the names that scenes use."""

_KEYS = frozenset(
    {"names", "hour", "sound", "horizon", "stage", "foreground", "open_sky", "weather"}
)
_OUTDOORS = _KEYS | {"like", "layer", "landmark", "town", "earth", "ground", "floodlit", "shows"}
_INDOORS = _KEYS | {"floor", "unit", "outside", "seat", "shows", "looks"}


def _setting(card: library.Card) -> Setting:
    """What a card says.

    Raises:
        ShadowplayError: `invalid_art`; it says something that nothing reads.
    """
    said = card.said
    indoors = "floor" in said
    if strange := said.keys() - (_INDOORS if indoors else _OUTDOORS):
        raise _wrong(card, f"has {', '.join(sorted(strange))}, which nothing reads")
    if indoors:
        outside = said.get("outside", "")
        behind = SETTINGS[outside].build if outside else None
        build = partial(interior.build, card=card, outside=behind)
        usual = Setting(build, (0.725, 0.75), (0.89, 0.87), "home", weather=False)
    else:
        usual = Setting(_outdoors(card))
    foreground = said.get("foreground", usual.foreground)
    if foreground not in foregrounds():
        raise _wrong(card, f"has the foreground {foreground!r}, which is not known")
    return Setting(
        usual.build,
        _pair(card, "horizon", usual.horizon),
        _pair(card, "stage", usual.stage),
        foreground,
        bool(said.get("open_sky", usual.open_sky)),
        bool(said.get("weather", usual.weather)),
    )


def _outdoors(card: library.Card) -> Callable[[Site], None]:
    def build(site: Site) -> None:
        site.earth = _earth(site.scene, card.said.get("earth", ""))
        if own := site.earth:
            share = HOURS[site.scene.time].earth * (1 - 0.35 * site.key.veiled)
            if luma(own) > _PALE:
                share = (1 + share) / 2
            site.palette = site.palette.over(site.daylight(own), share)
        try:
            lay_out(site, card.said["layer"])
        except ShadowplayError as error:
            raise ShadowplayError(error.code, f"{card.name}.toml: {error}") from error

    return build


def _earth(scene: Scene, usual: str) -> Rgb | None:
    """The colour of a place's land: snow's, or the prompt's with some of its usual one."""
    if scene.snowed:
        return rgb(_SNOW)
    own = rgb(usual) if usual else None
    return mix(scene.earth, own, 0.25) if scene.earth and own else own


def _pair(card: library.Card, key: str, usual: tuple[float, float]) -> tuple[float, float]:
    """Two shares of the height, or one for both kinds of frames."""
    value: Any = card.said.get(key, usual)
    try:
        wide, tall = (value, value) if isinstance(value, int | float) else value
        return float(wide), float(tall)
    except (TypeError, ValueError) as error:
        raise _wrong(card, f"has a {key} that is no number or pair of numbers") from error


def _wrong(card: library.Card, what: str) -> ShadowplayError:
    return ShadowplayError("invalid_art", f"{card.name}.toml {what}.")
