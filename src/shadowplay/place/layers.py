"""Layers: the lists of `[[layer]]` in a setting's TOML, laid out back to front by primitives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, get_type_hints

import msgspec

from shadowplay.errors import ShadowplayError
from shadowplay.place import land, scenery
from shadowplay.place.life import Blades
from shadowplay.place.scatter import scatter
from shadowplay.place.site import Sheet, Site
from shadowplay.tables import load

Table = Mapping[str, Any]

_OLDEN = load("place/olden.toml", dict[str, Any])
_WHO, _SAID = (frozenset(_OLDEN[key].split()) for key in ("who", "said"))
_INSTEAD = _OLDEN["instead"]
"""Who is of a time without lamps and cars, words for it, and what stands in their place."""

PRIMITIVES: dict[str, Callable[..., Sheet | None]] = {
    primitive.__name__: primitive
    for primitive in (
        land.land, land.ground, land.row, land.near, scenery.flood, scenery.nebula, scenery.mist,
        Site.bloom, scenery.props, scenery.roof,
    )
}  # fmt: skip
"""What a layer can be, by its `draw`. The keys are the keyword arguments, lengths in units."""


def lay_out(site: Site, layers: Sequence[Table]) -> None:
    """Draw the layers of a setting onto its site.

    A key whose value is a list repeats its layer: once for each value, back to front.

    Raises:
        ShadowplayError: `invalid_art`; a layer can't be understood.
    """
    for table in layers:
        for turn in range(_turns(table)):
            _draw(site, _at(table, turn))


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
        keys = dict(table)
        _call(_known(land.MARKS, keys.pop("kind", ""), "mark"), keys, site, sheet)
    if falls is not None:
        _call(scenery.falls, falls, site, sheet)
    site.add(sheet, drift, bob, (rim, edge), soft)
    if blades:
        site.elements.append(Blades(site, sheet.line, site.parallax(sheet.depth)))
    if bloom:
        site.bloom(strength=bloom)
    if mist is not None:
        _call(_haze, mist, site, sheet)


def _haze(site: Site, sheet: Sheet, *, base: float, thick: float, strength: float) -> None:
    """Fog at the foot of a sheet."""
    row = sheet.row + site.unit * base
    site.mist(sheet.name, row, site.unit * thick, strength, sheet.depth)


def _draw(site: Site, table: Table) -> None:
    if not _applies(site, table) or _kind(site, table) == "":
        return
    keys = {key: value for key, value in table.items() if key not in ("draw", "when")}
    primitive = _known(PRIMITIVES, table.get("draw", ""), "layer")
    own = {key: keys.pop(key) for key in _keys(finish).__struct_fields__ if key in keys}
    if primitive is land.land and "room" not in keys:
        keys["room"] = _room(site, own)
    sheet = _call(primitive, keys, site)
    if sheet is not None:
        _call(finish, own, site, sheet)
    elif own:
        raise _wrong(f"{table['draw']} has no {', '.join(own)}")


def _room(site: Site, own: Table) -> float:
    """The height above a land that is kept for what stands on it, in units."""
    sizes = [
        float(table["large"]) * (site.tall if table.get("tall") else 1.0)
        for table in own.get("stand", ())
        if "large" in table
    ]
    return 1.15 * site.close * max(sizes, default=0.0)


def _turns(table: Table) -> int:
    """How often a layer is repeated: as often as its lists are long."""
    lengths = {len(value) for value in _lists(table)}
    if len(lengths) > 1:
        raise _wrong(f"the lists of a layer have {' and '.join(map(str, sorted(lengths)))} values")
    return next(iter(lengths), 1)


def _lists(value: Any) -> list[list[Any]]:
    if isinstance(value, Mapping):
        return [found for part in value.values() for found in _lists(part)]
    if not isinstance(value, list):
        return []
    if all(isinstance(part, Mapping) for part in value):
        return [found for part in value for found in _lists(part)]
    return [value]


def _at(value: Any, turn: int) -> Any:
    """A table as it is in one turn: lists give their value, `{k}` in names the number."""
    if isinstance(value, Mapping):
        return {key: _at(part, turn) for key, part in value.items()}
    if isinstance(value, list):
        if all(isinstance(part, Mapping) for part in value):
            return [_at(part, turn) for part in value]
        return value[turn]
    return value.replace("{k}", str(turn)) if isinstance(value, str) else value


def _wanted(site: Site, tables: Sequence[Table]) -> list[dict[str, Any]]:
    """The tables whose conditions hold, without these."""
    return [
        {key: value for key, value in table.items() if key != "when"} | {"kind": kind}
        for table in tables
        if _applies(site, table) and (kind := _kind(site, table))
    ]


def _kind(site: Site, table: Table) -> str | None:
    """What stands there: where those of an old time are, nothing of later ones."""
    kind = table.get("kind")
    return _INSTEAD.get(kind, kind) if _holds(site, "olden") else kind


def _applies(site: Site, table: Table) -> bool:
    """Whether `when` holds: one condition, or several with `and` between them.

    It is `dark` (lamps are lit), `olden` (who is there knows no lamps and cars), `rough` (a storm,
    high waves), an hour, what falls, a figure or prop of the cast, `aerial`, or `chance 0.6` (of
    all seeds, the same for the whole place), each with or without `not`.
    """
    return all(_holds(site, word.strip()) for word in str(table.get("when", "")).split(" and "))


def _holds(site: Site, word: str) -> bool:
    if not word:
        return True
    wanted = not word.startswith("not ")
    word = word.removeprefix("not ")
    if word == "dark":
        return wanted == site.lit
    if word.startswith("chance "):
        try:
            return wanted == bool(site.dice("kind").random() < float(word[7:]))
        except ValueError as error:
            raise _wrong(f"{word!r} has no number") from error
    scene = site.scene
    if word == "olden":
        told = not _SAID.isdisjoint(scene.prompt.lower().split())
        return wanted == (told or any(role.actor in _WHO for role in scene.cast))
    is_so = {scene.time, scene.falling, scene.angle, *(role.actor for role in scene.cast)}
    if scene.sky == "storm" or scene.waves > 1:
        is_so.add("rough")
    return wanted == (word in is_so)


def _known(table: Mapping[str, Callable[..., Any]], name: str, what: str) -> Callable[..., Any]:
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
