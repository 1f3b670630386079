"""Layers: settings, whose lists of `[[layer]]` are laid out back to front by primitives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, get_type_hints

import msgspec

from shadowplay.art import library
from shadowplay.colour import luma, mix, rgb
from shadowplay.errors import ShadowplayError
from shadowplay.picture.flats import Flat
from shadowplay.picture.layers import Layer
from shadowplay.picture.light import HOURS, glow
from shadowplay.place import interior, land, scenery
from shadowplay.place.scatter import scatter
from shadowplay.place.site import Sheet, Site
from shadowplay.tables import load

T = TypeVar("T")
Table = Mapping[str, Any]

_SNOW = rgb("#e6eef8")
_PALE = 0.85  # land that is lighter than this is so at every hour

_OLDEN = load("place/olden.toml", dict[str, Any])
_WHO, _SAID = (frozenset(_OLDEN[key].split()) for key in ("who", "said"))
_INSTEAD = _OLDEN["instead"]
"""Who is of a time without lamps and cars, words for it, and what stands in their place."""

PRIMITIVES: dict[str, Callable[..., Sheet | None]] = {
    one.__name__: one
    for one in (
        *(land.land, land.ground, Site.bloom),
        *(scenery.flood, scenery.nebula, scenery.mist, scenery.props),
    )
}
"""What a layer can be, by its `draw`. The keys are the keyword arguments, lengths in units."""


@cache
def foregrounds() -> dict[str, dict[str, Any]]:
    """What can pass near the camera, by name: layers of `art/foreground.toml`."""
    return load("art/foreground.toml", dict[str, dict[str, Any]])


def put_foreground(site: Site, name: str) -> None:
    """Put a foreground in front of a site, and what always belongs there in such weather.

    Raises:
        ShadowplayError: `invalid_art`; there is none of that name.
    """
    site.elements += site.nearest
    for kind in (name, "always"):
        lay_out(site, _known(foregrounds(), kind, "foreground")["layer"])


def build(site: Site, setting: str) -> None:
    """Lay out all planes of a setting that are behind the actors.

    Raises:
        ShadowplayError: `invalid_art`; its TOML says something that can't be understood.
    """
    card = library.settings()[setting]
    if card.place.floor:
        interior.build(site, card, build)
        return
    own = rgb(card.place.earth) if card.place.earth else None
    if own and site.scene.earth:  # the prompt's colour has some of the usual one
        own = mix(site.scene.earth, own, 0.25)
    site.earth = own = _SNOW if site.scene.snowed else own
    if own:
        share = HOURS[site.scene.time].earth * (1 - 0.35 * site.key.veiled)
        if luma(own) > _PALE:
            share = (1 + share) / 2
        site.palette = site.palette.over(site.daylight(own), share)
    try:
        lay_out(site, card.place.layer)
    except ShadowplayError as error:
        raise ShadowplayError(error.code, f"{card.name}.toml: {error}") from error


def lay_out(site: Site, layers: Sequence[Table]) -> None:
    """Draw the layers of a setting onto its site.

    A key whose value is a list repeats its layer: once for each value, back to front.

    Raises:
        ShadowplayError: `invalid_art`; a layer can't be understood.
    """
    for table in layers:
        for keys in _wanted(site, _repeated(table)):
            _draw(site, keys)


def _draw(site: Site, keys: dict[str, Any]) -> None:
    name = keys.pop("draw", "land")
    primitive = _known(PRIMITIVES, name, "layer")
    own = {key: keys.pop(key) for key in _keys(finish).__struct_fields__ if key in keys}
    if primitive is land.land and "room" not in keys:
        keys["room"] = _room(site, own)
    sheet = _call(primitive, keys, site)
    if sheet is not None:
        _call(finish, own, site, sheet)
    elif own:
        raise _wrong(f"{name} has no {', '.join(own)}")


def finish(
    site: Site,
    sheet: Sheet,
    *,
    stand: Sequence[Table] = (),
    mark: Sequence[Table] = (),
    tufts: float = 0.0,
    blades: bool = False,
    rim: float = 0.0,
    edge: float = 2.0,
    soft: float = 0.0,
    bloom: float = 0.0,
    drift: float = 0.0,
    bob: float = 0.0,
    falls: Table | None = None,
    mist: Table | None = None,
) -> None:
    """Put onto a sheet what stands and is marked on it, light its edges, and add it."""
    if tufts and not site.raised:
        large = 0.026 * tufts
        scatter(site, sheet, kind="tuft", small=0.008, large=large, spacing=0.55, clumps=0.1)
    for table in _wanted(site, stand):
        _call(scatter, table, site, sheet)
    for table in _wanted(site, mark):
        _call(_known(land.MARKS, table.pop("kind", ""), "mark"), table, site, sheet)
    if falls is not None:
        _call(scenery.falls, falls, site, sheet)
    parallax = site.parallax(sheet.depth)
    blur = max(site.blur(parallax), round(soft * site.unit))

    def painted() -> Layer:
        if rim:
            site.light_edges(sheet.cel, rim, max(1.0, edge * site.unit / 960))
        return sheet.cel.bake(blur)

    plane = Flat(site.later(painted), parallax, drift * site.unit, bob * site.unit)
    site.elements += [plane, *_glows(sheet, parallax)]
    if blades:
        site.elements.append(scenery.blades(site, sheet))
    if bloom:
        site.bloom(strength=bloom)
    if mist is not None:
        _call(scenery.mist, mist, site, sheet)


def _glows(sheet: Sheet, parallax: float) -> Iterator[Flat]:
    """The light of a sheet's lamps in the air, and near by on the ground."""
    for x, y, foot, tone, high in sheet.lamps:
        shine = glow(int(0.4 * high), tone, 0.5, 2.4)
        yield Flat(shine.at(x, y, sheet.cel.width), parallax)
        if sheet.depth > 0.75 and foot > y:
            pool = glow(int(0.75 * high), tone, 0.4, 1.8, 0.17)
            yield Flat(pool.at(x, foot, sheet.cel.width), parallax)


def _room(site: Site, own: Table) -> float:
    """The height above a land that is kept for what stands on it, in units."""
    sizes = [
        float(table.get("large", 0)) * (site.tall if table.get("tall") else 1.0)
        for table in own.get("stand", ())
    ]
    return 1.15 * site.close * max(sizes, default=0.0)


def _repeated(table: Table) -> list[dict[str, Any]]:
    """A layer as often as its lists are long; they give it a value each, `{k}` the number."""
    lengths: set[int] = set()

    def at(value: Any, turn: int) -> Any:
        if isinstance(value, Mapping):
            return {key: at(part, turn) for key, part in value.items()}
        if isinstance(value, list) and all(isinstance(part, Mapping) for part in value):
            return [at(part, turn) for part in value]
        if isinstance(value, list):
            lengths.add(len(value))
            return value[turn % len(value)]
        return value.replace("{k}", str(turn)) if isinstance(value, str) else value

    first = at(table, 0)
    if len(lengths) > 1:
        raise _wrong(f"the lists of a layer have {' and '.join(map(str, sorted(lengths)))} values")
    return [first, *(at(table, turn) for turn in range(1, max(lengths, default=1)))]


def _wanted(site: Site, tables: Sequence[Table]) -> Iterator[dict[str, Any]]:
    """The tables whose conditions hold, without these; in an old time, without later things.

    `when` has one condition, or several with `and` between them. Each is `dark` (lamps are lit),
    `olden` (who is there knows no lamps and cars), `rough` (a storm, high waves), an hour, what
    falls, a figure or prop of the cast, `aerial`, or `chance 0.6` (of all seeds, the same for the
    whole place), each with or without `not`.
    """
    for keys in map(dict, tables):
        words = keys.pop("when", "").split(" and ")
        if "kind" in keys and _holds(site, "olden"):
            keys["kind"] = _INSTEAD.get(keys["kind"], keys["kind"])
        if keys.get("kind") != "" and all(_holds(site, word.strip()) for word in words):
            yield keys


def _holds(site: Site, word: str) -> bool:
    scene, plain = site.scene, word.removeprefix("not ")
    cast = {role.actor for role in scene.cast}
    if plain.startswith("chance "):
        try:
            is_so = bool(site.dice("kind").random() < float(plain[7:]))
        except ValueError as error:
            raise _wrong(f"{plain!r} has no number") from error
    elif plain == "dark":
        is_so = site.lit
    elif plain == "rough":
        is_so = scene.sky == "storm" or scene.waves > 1
    elif plain == "olden":
        is_so = not (_WHO.isdisjoint(cast) and _SAID.isdisjoint(scene.prompt.lower().split()))
    else:
        is_so = plain in {"", scene.time, scene.falling, scene.angle, *cast}
    return is_so != word.startswith("not ")


def _known(table: Mapping[str, T], name: str, what: str) -> T:
    if name not in table:
        raise _wrong(f"a {what} is {', '.join(sorted(table))}, not {name!r}")
    return table[name]


@cache
def _keys(function: Callable[..., Any]) -> type[msgspec.Struct]:
    """The keys that a function of this package reads, as a type: its keyword arguments."""
    types = get_type_hints(function)
    fields = [
        (one.name, types[one.name], *([] if one.default is one.empty else [one.default]))
        for one in inspect.signature(function).parameters.values()
        if one.kind is one.KEYWORD_ONLY
    ]
    name = function.__name__.strip("_")
    return msgspec.defstruct(name, sorted(fields, key=len), forbid_unknown_fields=True)


def _call(function: Callable[..., Any], table: Table, *given: Any) -> Any:
    """Call with the keys of a table.

    Raises:
        ShadowplayError: `invalid_art`; keys are missing, unknown or of another type.
    """
    try:
        keys = msgspec.convert(table, _keys(function))
    except msgspec.ValidationError as error:
        raise _wrong(f"{function.__name__.strip('_')} can't be read: {error}") from error
    return function(*given, **msgspec.structs.asdict(keys))


def _wrong(what: str) -> ShadowplayError:
    return ShadowplayError("invalid_art", f"In a setting, {what}.")
