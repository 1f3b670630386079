"""Matching: the longest phrases of a prompt that the lexicon knows, from left to right."""

from __future__ import annotations

from dataclasses import dataclass

from shadowplay import ontology
from shadowplay.lexicon import LONGEST, Entry, entry, language_of, variants
from shadowplay.names import Word
from shadowplay.scene import MOST


@dataclass(slots=True)
class Match:
    """A phrase of the prompt that the lexicon knows."""

    entry: Entry
    words: tuple[str, ...]
    plural: bool
    at: int


def matches_of(words: list[Word]) -> tuple[list[Match], list[str]]:
    """The longest known phrases from left to right, and the words that are none."""
    found: list[Match] = []
    unknown: list[str] = []
    language = language_of(words)
    at = 0
    while at < len(words):
        match = _longest(words, at, language) or _nearest(words, at, language)
        if match is None:
            _note_unknown(words[at], unknown)
            at += 1
            continue
        found.append(match)
        at += len(match.words)
    return found, unknown


_ARTICLES = frozenset(
    (
        "a", "an", "the", "one", "two", "three", "four", "five", "six", "some", "several", "this",
        "that", "his", "her", "my", "our", "their", "another", "old", "young", "little", "small",
        "big", "large", "tall", "ein", "eine", "einer", "der", "die", "das", "un", "une", "le",
        "la", "les", "una", "uno", "el", "los", "il", "lo", "gli", "um", "uma", "o", "os", "as",
    )
)  # fmt: skip
"""Words before a noun."""


def _nearest(words: list[Word], at: int, language: str) -> Match | None:
    """A noun that neither art nor lexicon has, as the figure that is nearest to it."""
    for length in range(min(3, len(words) - at), 0, -1):
        phrase = tuple(words[at : at + length])
        for variant, plural in variants(phrase):
            if (name := ontology.LIKE.get(variant)) is not None:
                return Match(Entry("subject", name), phrase, plural, at)
    if at == 0 or words[at - 1] not in _ARTICLES:
        return None
    after = _longest(words, at + 1, language) if at + 1 < len(words) else None
    if after is not None and after.entry.kind == "subject":
        return None  # it says more of a noun that is known
    acts = after is not None and after.entry.kind in ("action", "deed")
    for variant, plural in variants((words[at],)):
        if name := ontology.by_ending(variant[0], acts=acts):
            return Match(Entry("subject", name), (words[at],), plural, at)
    return None


def _note_unknown(word: str, unknown: list[str]) -> None:
    if len(word) > 2 and not word.isdigit() and word not in unknown:
        unknown.append(word)


def _longest(words: list[Word], at: int, language: str) -> Match | None:
    if words[at].actor:
        return Match(Entry("subject", words[at].actor), (words[at],), False, at)
    for length in range(min(LONGEST, len(words) - at), 0, -1):
        phrase = tuple(words[at : at + length])
        if any(word.actor for word in phrase):
            continue
        for variant, plural in variants(phrase):
            found = entry(variant, language)
            if found is not None:
                return Match(found, phrase, plural, at)
    digits = words[at]
    if digits.isdigit() and len(digits) < 5 and int(digits) > 0:
        return Match(Entry("count", str(min(MOST, int(digits)))), (digits,), False, at)
    return None
