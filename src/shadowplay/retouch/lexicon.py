"""The lexicon of edits: words and phrases, from `lexicon.toml`, by what they ask for."""

from __future__ import annotations

from typing import NamedTuple

from shadowplay.tables import load, phrases_of


class EditWord(NamedTuple):
    """What a phrase stands for.

    Attributes:
        kind: the table it is in; of the table `word`, its row.
        value: the name that edits use.
        strength: of an effect or a speed.
    """

    kind: str
    value: str
    strength: float = 1.0


def _load() -> dict[tuple[str, ...], EditWord]:
    """All phrases with their entries; a later row does not overwrite an earlier one."""
    lexicon: dict[tuple[str, ...], EditWord] = {}
    for table, rows in load("retouch/lexicon.toml", dict[str, dict[str, str]]).items():
        for phrase, row in phrases_of(rows).items():
            entry = EditWord(table, row)
            if table == "word":
                entry = EditWord(row, "")
            elif table == "speed":
                entry = EditWord(table, "", float(row))
            elif table == "effect":
                name, _, strength = row.partition(" ")
                entry = EditWord(table, name, float(strength or 1))
            lexicon.setdefault(phrase, entry)
    return lexicon


LEXICON = _load()
"""Every phrase as a tuple of words."""

LONGEST = max(map(len, LEXICON))
"""How many words the longest phrase has."""
