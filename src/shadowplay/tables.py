"""Tables: what a TOML file of the package says, checked against a type."""

from importlib import resources
from typing import TypeVar

import msgspec

T = TypeVar("T")


def load(name: str, kind: type[T]) -> T:
    """What a file beside this module says.

    Raises:
        msgspec.ValidationError: it is not of that type; the message names the key.
    """
    return msgspec.toml.decode(resources.files(__package__).joinpath(name).read_bytes(), type=kind)


def words_of(phrase: str) -> tuple[str, ...]:
    """A phrase as words."""
    return tuple(phrase.split())


def phrases_of(table: dict[str, str]) -> dict[tuple[str, ...], str]:
    """By phrase, the key of a table of phrases between commas; the first key wins."""
    found: dict[tuple[str, ...], str] = {}
    for key, phrases in table.items():
        for phrase in phrases.split(","):
            found.setdefault(words_of(phrase), key)
    return found
