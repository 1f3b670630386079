"""Matching: the longest phrases of a prompt that the lexicon knows, from left to right."""

from __future__ import annotations

from collections.abc import Sequence
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
            if (noun := _stranger(words, at, language, unknown)) is not None:
                found.append(noun)
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


_COUNTED = frozenset(
    (
        "a", "an", "one", "two", "three", "four", "five", "ein", "eine", "einen", "un", "une",
        "una", "uno", "um", "uma",
    )
)  # fmt: skip
"""Words before a noun that can be counted, and so be put on a stage."""

_NO_THINGS = frozenset(
    (
        "while", "lot", "bit", "kind", "sort", "type", "moment", "second", "minute", "hour", "day",
        "week", "year", "sense", "touch", "hint", "mix", "piece", "half", "quarter", "story",
        "smile", "gaze", "glance", "breath", "sound", "noise", "voice", "feeling", "tone",
        "manner", "row", "glitter", "shimmer", "whisper", "murmur", "shiver", "wink", "nod",
    )
)  # fmt: skip

_ABSTRACT = ("tion", "sion", "ness", "ment", "ity", "ance", "ence", "ism", "ship", "hood", "ing")
"""Endings of nouns that nobody can see."""

_BEFORE_NOUNS = frozenset({"subject", "colour", "mood", "style", "count", "setting"})


def _stranger(words: list[Word], at: int, language: str, unknown: Sequence[str]) -> Match | None:
    """An unknown noun as a paper cut-out with the noun on it, if it names a thing.

    It follows an article, alone or behind other unknown words, which describe it; what follows a
    noun is no noun.
    """
    word, first = words[at], at - 1
    while first > 0 and words[first] in unknown:
        first -= 1
    if first < 0 or words[first] not in _COUNTED or not word.isalpha() or len(word) < 3:
        return None
    if word in _NO_THINGS or word.endswith(_ABSTRACT):
        return None
    if at + 1 < len(words):
        after = _longest(words, at + 1, language)
        if after is None or after.entry.kind in _BEFORE_NOUNS or words[at + 1] == "of":
            return None
    return Match(Entry("stranger", word), (word,), False, at)


def _note_unknown(word: str, unknown: list[str]) -> None:
    if len(word) > 2 and not word.isdigit() and word not in unknown:
        unknown.append(word)


def _longest(words: list[Word], at: int, language: str) -> Match | None:
    if words[at].actor:
        return Match(Entry("subject", words[at].actor), (words[at],), False, at)
    if words[at].quoted:
        return Match(Entry("lettering", words[at].quoted), (words[at],), False, at)
    for length in range(min(LONGEST, len(words) - at), 0, -1):
        phrase = tuple(words[at : at + length])
        if any(word.actor or word.quoted for word in phrase):
            continue
        for variant, plural in variants(phrase):
            found = entry(variant, language)
            if found is not None:
                return Match(found, phrase, plural, at)
    digits = words[at]
    if digits.isdigit() and len(digits) < 5 and int(digits) > 0:
        return Match(Entry("count", str(min(MOST, int(digits)))), (digits,), False, at)
    return None
