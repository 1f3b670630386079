"""Bonds: which relation a verb asks for, by what the anchors of a thing allow."""

from __future__ import annotations

from shadowplay.art import library
from shadowplay.deeds import VERBS
from shadowplay.words.lexicon import BONDS, LEXICON, variants
from shadowplay.words.timing import lives

_LOOSE = frozenset({"", "on", "in", "at", "with"})
"""Relations that yield to the one that a verb asks for: "on" in "plays on a piano"."""

_ANYWAY = {"carry": "with", "climb": "on", "descend": "", "push": "", "pull": ""}
"""Relations that need no anchor, and the word that may stand before the thing."""


def bond_of(words: tuple[str, ...]) -> str:
    """The relations that a verb asks for, or nothing."""
    for form, _ in variants(words):
        if form in BONDS:
            return BONDS[form]
        known = LEXICON.get(form)
        if known is not None and known.kind == "deed" and (bond := VERBS[known.value].bond):
            return bond
    return ""


def bound(bond: str, relation: str, name: str) -> tuple[str, str] | None:
    """The relation and action of one who does a verb to a thing.

    Args:
        bond: the relations that the verb asks for, with their actions.
        relation: the one that the prompt names, or empty.
        name: the thing's.
    """
    means = library.facts(name).means
    options = [(place, action) for place, _, action in (o.partition(":") for o in bond.split())]
    for place, action in options:
        if place == "follow":
            if lives(name):
                return place, action  # cattle are driven, and carriages
        elif place in _ANYWAY:
            if relation in ("", _ANYWAY[place]):
                return place, action
        elif place == "with":
            # A figure's grip is its hand, not where others hold it.
            if relation in _LOOSE and "grip" in means and library.has(name):
                return place, action
        elif relation in _LOOSE and place in means:
            return place, action
    return options[-1] if options and not relation and library.has(name) else None
