"""The lexicon: words and phrases shadowplay knows, from `lexicon.toml`, by what they stand for."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import NamedTuple


class Entry(NamedTuple):
    """What a word or phrase stands for.

    Attributes:
        kind: the table it is in, such as `subject` or `time`.
        value: the name that scenes use.
    """

    kind: str
    value: str


def _load() -> dict[str, dict[str, tuple[str, ...]]]:
    text = resources.files(__package__).joinpath("lexicon.toml").read_text(encoding="utf-8")
    return {
        kind: {
            value: tuple(" ".join(phrase.split()) for phrase in phrases.split(","))
            for value, phrases in table.items()
        }
        for kind, table in tomllib.loads(text).items()
    }


TABLES = _load()
"""By kind and value: the phrases."""


def _invert() -> dict[tuple[str, ...], Entry]:
    """All phrases with their entries; a later table does not overwrite an earlier one."""
    lexicon: dict[tuple[str, ...], Entry] = {}
    for kind, table in TABLES.items():
        for value, phrases in table.items():
            for phrase in phrases:
                lexicon.setdefault(tuple(phrase.split()), Entry(kind, value))
    return lexicon


LEXICON = _invert()
"""Every phrase as a tuple of words."""

LONGEST = max(map(len, LEXICON))
"""How many words the longest phrase has."""

IRREGULAR = {
    "bunnies": "bunny", "buses": "bus", "butterflies": "butterfly", "calves": "calf",
    "canoes": "canoe", "feet": "foot", "fishes": "fish", "foxes": "fox", "geese": "goose",
    "jellyfishes": "jellyfish", "leaves": "leaves", "lorries": "lorry", "mice": "mouse",
    "ostriches": "ostrich", "ponies": "pony", "puppies": "puppy", "witches": "witch",
    "wolves": "wolf",
}  # fmt: skip
"""Plurals that rules would not undo."""

ALWAYS_PLURAL = frozenset(
    {"people", "men", "women", "children", "geese", "cattle", "oxen", "lovers", "wolves", "mice"}
)

SAME_PLURAL = frozenset({"fish", "deer", "sheep", "koi", "bison", "salmon", "trout"})
