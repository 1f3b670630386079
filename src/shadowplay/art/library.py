"""The library: which art there is, by name and by the words for it."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from shadowplay.errors import ShadowplayError
from shadowplay.scene import TimeOfDay

LANGUAGES = ("en", "de", "fr", "es", "it", "pt")

_folders: list[Traversable] = [resources.files(__package__).joinpath("props")]


_FIGURES = resources.files(__package__).joinpath("figures")


class Card(NamedTuple):
    """What the TOML of one prop, figure or setting says.

    Attributes:
        folder: where it and the SVG of the same name are.
        names: by language, the words and phrases for it, the most usual first.
        said: the whole table.
    """

    name: str
    folder: Traversable
    names: dict[str, tuple[str, ...]]
    said: dict[str, Any]

    @property
    def is_place(self) -> bool:
        """Whether this is a setting: a floor with a wall, or layers."""
        return "floor" in self.said or "layer" in self.said

    def drawing(self) -> str:
        """The text of the SVG."""
        return self.folder.joinpath(f"{self.name}.svg").read_text(encoding="utf-8")


def use(folder: Path) -> None:
    """Add a folder of props and settings; its art goes before that of the same name."""
    if folder not in _folders:
        _folders.append(folder)
        _forget_cards()


def forget(folder: Path) -> None:
    """Take a folder away that `use` added."""
    _folders.remove(folder)
    _forget_cards()


def _forget_cards() -> None:
    for found in (_all, cards, names, settings, places_named):
        found.cache_clear()


@cache
def _all() -> tuple[Card, ...]:
    """All cards: the package's settings and props, then those of the folders that `use` added.

    Raises:
        ShadowplayError: `invalid_art`; a TOML can't be read.
    """
    return tuple(
        _card(folder, file)
        for folder in (resources.files(__package__).joinpath("settings"), *_folders)
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    )


@cache
def cards() -> dict[str, Card]:
    """All props by name, without their drawings."""
    return {card.name: card for card in _all() if not card.is_place}


@cache
def settings() -> dict[str, Card]:
    """All settings by name."""
    return {card.name: card for card in _all() if card.is_place}


def shows(setting: str) -> tuple[str, ...]:
    """The props that the wall of a room shows already."""
    card = settings().get(setting)
    return tuple(card.said.get("shows", ())) if card else ()


def landmark(setting: str) -> str:
    """The figure that a place has always, such as a farm's barn, or empty."""
    card = settings().get(setting)
    return str(card.said.get("landmark", "")) if card else ""


def _card(folder: Traversable, file: Traversable) -> Card:
    name = file.name.removesuffix(".toml")
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        names = _names(said)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ShadowplayError("invalid_art", f"{file.name} is no TOML: {error}.") from error
    except (KeyError, AttributeError) as error:
        message = f'{file.name} has no names, such as names = {{ en = "bench" }}.'
        raise ShadowplayError("invalid_art", message) from error
    if unknown := set(names) - set(LANGUAGES):
        raise ShadowplayError(
            "invalid_art", f"{file.name} has names in {', '.join(sorted(unknown))}, not known."
        )
    return Card(name, folder, names, said)


def _names(said: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """By language, the words and phrases for a thing."""
    return {
        language: tuple(" ".join(phrase.lower().split()) for phrase in phrases.split(","))
        for language, phrases in said["names"].items()
    }


@cache
def places_named(language: str) -> dict[tuple[str, ...], str]:
    """The words for all settings in a language, and which each names."""
    return {
        tuple(phrase.split()): card.name
        for card in settings().values()
        for phrase in card.names.get(language, ())
    }


@cache
def names(language: str) -> dict[tuple[str, ...], str]:
    """The words for all figures and props in a language, and which each names; props win."""
    return {
        tuple(phrase.split()): card.name
        for card in (*figures().values(), *cards().values())
        for phrase in card.names.get(language, ())
    }


def has(name: str) -> bool:
    """Whether there is a prop of that name."""
    return name in cards()


@cache
def figures() -> dict[str, Card]:
    """The figures by name."""
    found = (
        _figure(file.name.removesuffix(".toml"))
        for file in sorted(_FIGURES.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    )
    return {card.name: card for card in found}


@cache
def _figure(name: str) -> Card:
    """A figure with what it shares with the one that it is `like`."""
    card = _card(_FIGURES, _FIGURES.joinpath(f"{name}.toml"))
    like = card.said.get("like")
    if like is None:
        return card
    try:
        base = _figure(like).said
    except FileNotFoundError as error:
        message = f"{name} is like {like}, which is no figure."
        raise ShadowplayError("invalid_art", message) from error
    return card._replace(said=_like(base, card.said))


def _like(base: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """What one figure shares with another, and its own."""
    shared = {key: value for key, value in base.items() if key not in _OWN}
    if "stature" in said:
        shared["pose"] = {
            name: {key: _shorter(key, value, said["stature"]) for key, value in pose.items()}
            for name, pose in base["pose"].items()
        }
    if "height" in said:
        shared["action"] = {
            action: _scaled(how, said["height"] / base["height"])
            for action, how in base["action"].items()
        }
    return _joined(shared, said)


_OWN = ("art", "unit", "kinds", "stature")
"""What is never shared."""


def _shorter(key: str, value: float, by: float) -> float:
    """A value of a pose for one with other legs: lengths grow with them."""
    return value * by if key in ("x", "y") or key.endswith((".x", ".y")) else value


_AS_LONG = ("lift", "bob", "sink", "rise")
"""What is a length in an action: metres."""


def _scaled(how: dict[str, Any], size: float) -> dict[str, Any]:
    """An action of an animal of another size: lengths grow with it, times with their root.

    Source: Alexander, Jayes: A dynamic similarity hypothesis for the gaits of quadrupedal mammals,
    1983.
    """
    made = dict(how)
    for key in _AS_LONG:
        if key in made:
            made[key] *= size
    for key in ("speed", "cycle"):
        if key in made:
            made[key] *= math.sqrt(size)
    return made


def _joined(base: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Two tables as one, table by table; the second wins, and an empty table removes one."""
    made = dict(base)
    for key, value in said.items():
        if value == {}:
            made.pop(key, None)
        elif isinstance(value, dict) and isinstance(base.get(key), dict) and key not in _WHOLE:
            made[key] = _joined(base[key], value)
        else:
            made[key] = value
    return made


_WHOLE = frozenset({"names"})
"""Tables that are never shared in parts."""


def means(name: str) -> frozenset[str]:
    """What the anchors of a prop or a figure are for."""
    return frozenset(about["is"] for about in _said(name).get("anchors", {}).values())


def _said(name: str) -> dict[str, Any]:
    """What is said of a prop or a figure; nothing of other names."""
    card = cards().get(name) or figures().get(name)
    return card.said if card else {}


def bears_words(name: str) -> bool:
    """Whether words can be written on a prop, such as a sign."""
    return "lettering" in _said(name)


def has_flame(name: str) -> bool:
    """Whether a prop burns by nature, such as a candle."""
    return any(how.get("kind") == "flicker" for how in _said(name).get("motion", {}).values())


def held(name: str) -> str:
    """The prop that a figure's word means when somebody holds it, such as a toy balloon."""
    return next((card.name for card in cards().values() if name in card.said.get("held", ())), name)


def places(name: str) -> tuple[str, ...]:
    """The settings where a prop or a figure usually is; none for other names."""
    return tuple(_said(name).get("place", ()))


def heard(name: str, key: str) -> tuple[str, float] | None:
    """What a figure sounds like, and every how many seconds: its "drone" or its "call"."""
    sound = _said(name).get(key)
    return (sound[0], float(sound[1])) if sound else None


def scenery(name: str) -> bool:
    """Whether a figure is part of the place, such as a house, and stands behind the others."""
    return bool(_said(name).get("scenery"))


def grove(name: str) -> int:
    """How many of a figure stand in a place that is named after it: a birch wood has three."""
    return int(_said(name).get("grove", 1))


def person(name: str) -> bool:
    """Whether a figure is a person, who can ride, sail and drive."""
    return bool(_said(name).get("person"))


def worn(name: str) -> str:
    """What those who are in a prop wear: "clothes" of its colour, or a drawing of a hat."""
    return str(_said(name).get("worn", ""))


def flock(name: str) -> str:
    """How many of a figure fly together: in a "wedge", or as they come."""
    return str(_said(name).get("flock", ""))


def crewed(name: str) -> bool:
    """Whether a figure shows those who are in it or on it, such as a bicycle's rider."""
    return bool(_said(name).get("crewed"))


def hours(name: str) -> tuple[TimeOfDay, ...]:
    """The times of day at which a prop or a figure is usually seen; none for other names."""
    return tuple(_said(name).get("hour", ()))


def season(name: str, falling: str) -> str:
    """What a figure is while that falls: a colour such as "#c8641e", another figure, or nothing."""
    return str(_said(name).get("season", {}).get(falling, ""))


def colour(name: str) -> str:
    """The colour of a figure when the prompt gives none, such as "#e8e2d4"; empty for most."""
    return str(_said(name).get("colour", ""))
