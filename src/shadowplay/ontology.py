"""What an unknown noun is a kind of: a ferret is drawn as a fox, a librarian as a person."""

from __future__ import annotations

import tomllib
from importlib import resources

_TABLES: dict[str, dict[str, str]] = tomllib.loads(
    resources.files(__package__).joinpath("ontology.toml").read_text(encoding="utf-8")
)


def _phrases(table: str) -> dict[str, str]:
    return {
        " ".join(phrase.split()): name
        for name, phrases in _TABLES[table].items()
        for phrase in phrases.split(",")
    }


LIKE = {tuple(phrase.split()): name for phrase, name in _phrases("like").items()}
"""Phrases by words, and the figure that is nearest to each."""

_ENDINGS = _phrases("ending")
_DOERS = _phrases("doer")

_SHORTEST = 3
"""The fewest letters before an ending."""


def by_ending(word: str, *, acts: bool) -> str:
    """The figure that the end of a word names, or nothing.

    Args:
        word: a noun in the singular.
        acts: whether a verb follows it.
    """
    for endings in (_ENDINGS, _DOERS) if acts else (_ENDINGS,):
        for ending, name in endings.items():
            if word.endswith(ending) and len(word) >= len(ending) + _SHORTEST:
                return name
    return ""
