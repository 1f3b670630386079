"""People who are called by a name, such as "Anna" or "Tom Baker"."""

from __future__ import annotations

from collections.abc import Sequence

from shadowplay.names import Said, Word
from shadowplay.tables import load, phrases_of
from shadowplay.words.lexicon import TRADES, WORDS, entry, kinds_of, variants

_NAMES = load("words/given_names.toml", dict[str, dict[str, str]])
_ALWAYS, _WRITTEN = (phrases_of(_NAMES[kind]) for kind in ("always", "written"))

_MEANT = {"he": "man", "his": "man", "him": "man", "she": "woman", "her": "woman"}
"""Who is called by a name that is not known, by the first pronoun."""

_TITLES = 0.6
"""A prompt of which more words than this share have a capital is written as a title."""


def called(words: Sequence[Word], at: int, *, title: bool, meant: str) -> Said | None:
    """A name of a person as one word that stands for a figure, or for whom the prompt has `meant`.

    A surname belongs to it. Several unknown words with a capital, one after another, before a verb
    are a name, too, unless all of the prompt is a title.
    """
    who = _figure(words, at)
    end = at + 1
    while end < len(words) and not title and _is_unknown(words[end]) and not words[end].first:
        end += 1
    owner = end < len(words) and _owns_look(words, end)
    named = not title and _is_unknown(words[at]) and tuple(words[at:end]) not in TRADES
    named = named and (owner or (end - at > 1 and _acts(words, end)))
    end += owner
    before, behind = {*words[max(0, at - 1) : at]}, words[end : end + 2]
    told = not before.isdisjoint(WORDS["determiners"]) or _is_of_place(words[:at])
    artist = _paints(words, at, end)
    if not (who or named) or told or artist or {*WORDS["place_names"]} & {*before, *behind}:
        return None
    end += bool(who and not title and _goes_on(words, end))  # "John Smith"
    if end < len(words) and words[end].first and words[end] in ("a", "an", "the"):
        return end - at, []  # "Sarah, a young nurse, feeds a baby"
    return end - at, [Word(" ".join(words[at:end]), who or meant)]


def is_title(words: Sequence[Word]) -> bool:
    """Whether a prompt is written as a title, in which most words have a capital."""
    return sum(word.capital for word in words) > _TITLES * len(words)


def who_is_meant(words: Sequence[Word]) -> str:
    """Who is called by a name that is not known, by the first pronoun."""
    return next((_MEANT[word] for word in words if word in _MEANT), "person")


def _figure(words: Sequence[Word], at: int) -> str:
    """The figure that a given name stands for, or nothing."""
    word = words[at]
    begins = words[at + 1 :] and any(map(entry, dict(variants(tuple(words[at : at + 2])))))
    if word.actor or word.quoted or begins:  # "Roman soldiers"
        return ""
    written = word.capital and _acts(words, at + 1) and not _acts(words, at)
    name = (str(word),)
    return _ALWAYS.get(name) or (_WRITTEN.get(name, "") if written else "")


def _paints(words: Sequence[Word], at: int, end: int) -> bool:
    """Whether a name tells a way to paint: "by Ann Brown", "in the style of Ann", "Ann style"."""
    while _goes_on(words, end) or words[end : end + 1] == ["van"]:
        end += 1
    by = words[at - 1 : at] == ["by"] and end > at + 1
    return by or words[max(0, at - 2) : at] == ["style", "of"] or words[end : end + 1] == ["style"]


def _is_of_place(before: Sequence[Word]) -> bool:
    """Whether a name is behind "in", or behind "the city of": it is that of the place."""
    town = entry(tuple(before[-2:-1])) if before[-1:] == [Word("of")] else None
    return before[-1:] == [Word("in")] or (town is not None and town.kind == "setting")


def _goes_on(words: Sequence[Word], at: int) -> bool:
    """Whether a word with a capital follows without a comma."""
    return at < len(words) and words[at].capital and not words[at].first


def _owns_look(words: Sequence[Word], at: int) -> bool:
    """Whether it is said how somebody looks whose name ends here: "Smith's warm smile"."""
    owner, reach = words[at].capital, 5 if words[at].endswith("'s") else 3
    looks = {*WORDS["features"]} & {*words[at + 1 : at + reach]}
    return owner and words[at].endswith("s") and bool(looks)


def _is_unknown(word: Word) -> bool:
    """Whether a word has a capital and no meaning."""
    named = word.actor or word.quoted or word.endswith("'s")
    return word.capital and not (named or kinds_of(word))


def _acts(words: Sequence[Word], at: int) -> bool:
    """Whether a verb stands here."""
    if at >= len(words) or words[at].first:
        return False
    if words[at] in WORDS["auxiliaries"] or words[at] == "and":
        return True
    verb = bool(kinds_of(words[at]) & {"action", "deed"})
    return verb and words[at].endswith(("s", "ing", "ed"))
