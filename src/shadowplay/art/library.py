"""The library: which art there is, by name and by the words for it."""

from __future__ import annotations

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


class Card(NamedTuple):
    """What the TOML of one prop says.

    Attributes:
        folder: where it and the SVG of the same name are.
        names: by language, the words and phrases for it, the most usual first.
        said: the whole table.
    """

    name: str
    folder: Traversable
    names: dict[str, tuple[str, ...]]
    said: dict[str, Any]

    def drawing(self) -> str:
        """The text of the SVG."""
        return self.folder.joinpath(f"{self.name}.svg").read_text(encoding="utf-8")


def use(folder: Path) -> None:
    """Add a folder of props (NAME.svg and NAME.toml); its art goes before that of the same name."""
    if folder not in _folders:
        _folders.append(folder)
        _forget_cards()


def forget(folder: Path) -> None:
    """Take a folder away that `use` added."""
    _folders.remove(folder)
    _forget_cards()


def _forget_cards() -> None:
    cards.cache_clear()
    names.cache_clear()


@cache
def cards() -> dict[str, Card]:
    """All props by name, without their drawings.

    Raises:
        ShadowplayError: `invalid_art`; a TOML can't be read.
    """
    found = [
        _card(folder, file)
        for folder in _folders
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    ]
    return {card.name: card for card in found}


def _card(folder: Traversable, file: Traversable) -> Card:
    name = file.name.removesuffix(".toml")
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        names = {
            language: tuple(" ".join(phrase.lower().split()) for phrase in phrases.split(","))
            for language, phrases in said["names"].items()
        }
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


@cache
def settings() -> dict[str, Card]:
    """The settings that are art, by name."""
    folder = resources.files(__package__).joinpath("settings")
    found = [
        _card(folder, file)
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    ]
    return {card.name: card for card in found}


@cache
def places_named(language: str) -> dict[tuple[str, ...], str]:
    """The words for all settings that are art in a language, and which each names."""
    return {
        tuple(phrase.split()): card.name
        for card in settings().values()
        for phrase in card.names.get(language, ())
    }


@cache
def names(language: str) -> dict[tuple[str, ...], str]:
    """The words for all props in a language, and which prop each names."""
    found: dict[tuple[str, ...], str] = {}
    for card in cards().values():
        for phrase in card.names.get(language, ()):
            found[tuple(phrase.split())] = card.name
    return found


def has(name: str) -> bool:
    """Whether there is a prop of that name."""
    return name in cards()


@cache
def holds() -> dict[str, dict[str, tuple[float, ...]]]:
    """Where figures that are drawn in Python hold on to things, and things to them."""
    text = resources.files(__package__).joinpath("figures.toml").read_text(encoding="utf-8")
    return {
        name: {means: tuple(line) for means, line in table.items()}
        for name, table in tomllib.loads(text).items()
    }


def means(name: str) -> frozenset[str]:
    """What the anchors of a prop or a figure are for."""
    card = cards().get(name)
    if card is None:
        return frozenset(holds().get(name, ()))
    return frozenset(about["is"] for about in card.said.get("anchors", {}).values())


def held(name: str) -> str:
    """The prop that a figure's word means when somebody holds it, such as a toy balloon."""
    return next((card.name for card in cards().values() if name in card.said.get("held", ())), name)


def places(name: str) -> tuple[str, ...]:
    """The settings where a prop usually is; none for other names."""
    card = cards().get(name)
    return tuple(card.said.get("place", ())) if card else ()


def hours(name: str) -> tuple[TimeOfDay, ...]:
    """The times of day at which a prop is usually seen; none for other names."""
    card = cards().get(name)
    return tuple(card.said.get("hour", ())) if card else ()
