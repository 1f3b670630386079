"""Phrases: in English, which noun of a row is meant, how many it means, and which is a verb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shadowplay.art import library
from shadowplay.names import Word
from shadowplay.words.lexicon import LEXICON, WORDS, Entry, entry, variants

_FILLER, _DOES = Entry("filler", "words"), Entry("verb", "")
_ENDS_PHRASE = frozenset({"subject", "stranger", "setting", "relation", "deed", "action", "verb"})
_NOUNS = frozenset({"subject", "stranger", "setting"})


@dataclass(slots=True)
class Match:
    """A phrase of the prompt that the lexicon knows, or the place of an unknown word.

    Attributes:
        first: a clause may begin with it.
    """

    entry: Entry
    words: tuple[str, ...]
    plural: bool
    at: int
    first: bool = False

    @property
    def end(self) -> int:
        """Where the next phrase begins."""
        return self.at + len(self.words)


def _determiner(words: Sequence[str], at: int, found: Sequence[Match]) -> str:
    """The article or possessive of the noun at a place, or nothing."""
    nouns = [match.end for match in found if match.entry.kind in _ENDS_PHRASE and match.end <= at]
    before = words[max([0, at - 3, *nouns[-1:]]) : at]
    return next((word for word in reversed(before) if word in WORDS["determiners"]), "")


def predicates(words: Sequence[Word], match: Match, found: Sequence[Match]) -> bool:
    """Whether the end of a compound in the plural is a verb: "a bus stops", not "bus stops"."""
    if len(match.words) == 1 or not match.plural or match.entry.kind not in ("subject", "setting"):
        return False
    determiner, behind = _determiner(words, match.at, found), words[match.end :][:1]
    prepositions = behind and entry(tuple(behind)) in (Entry("relation", behind[0]), _FILLER)
    rest = (entry(form) for word in words[match.end :] for form, _ in variants((word,)))
    alone = all(one is None or one.kind not in ("action", "deed") for one in rest)
    return determiner in WORDS["singular"] or bool(determiner and prepositions and alone)


def heads(found: Sequence[Match], words: Sequence[Word]) -> list[Match]:
    """Phrases, of whose nouns in a row the last one alone is a thing.

    A noun in the genitive is none, either; what follows one in the singular may be a verb.
    """
    kept: list[Match] = []
    for match in found:
        if match.entry.kind == "subject" and match.words[-1] in WORDS["same_plural"]:
            match.plural |= _determiner(words, match.at, kept) not in WORDS["one"]
        if kept and not match.first and _belongs(match, kept, words):
            continue
        kept.append(match)
    return kept


def _belongs(match: Match, kept: list[Match], words: Sequence[Word]) -> bool:
    """Whether a phrase only says more of the noun before; one that says more of it is dropped."""
    last, kind = kept[-1], match.entry.kind
    if kind in _NOUNS and words[match.at - 1] == "to":
        again = next((one for one in kept[:-1] if one.entry == match.entry), None)
        if again is not None and words[again.at - 1] == "from":
            again.plural = True  # "from flower to flower"
            return True
    if last.entry.kind != "subject" or words[last.at].actor:
        return False
    if last.end < match.at:
        if kind in _NOUNS and last.words[-1].endswith("'s") and match.at - last.end < 3:
            kept.pop()
        return False
    if match.words[0] in WORDS["groups"]:
        last.plural = True  # "a hedgehog family"
        return True
    single = _determiner(words, last.at, kept[:-1]) in WORDS["singular"]
    if kind == "sky" or (kind in _NOUNS and (last.plural or (match.plural and single))):
        match.entry = verb_of(match.words)  # "horses thunder", "men fish", "a boxer trains"
    elif kind == "subject" or (kind == "setting" and _furnishes(last, match)):
        kept.pop()
        if (tone := LEXICON.get(last.words[-1:])) and tone.kind == "colour":
            kept.append(replace(last, entry=tone))  # "an orange tent"
    return False


def _furnishes(thing: Match, place: Match) -> bool:
    """Whether a thing only says which room is meant: a throne room, a flower shop."""
    return library.has(thing.entry.value) and bool(library.place(place.entry.value).floor)


def verb_of(words: tuple[str, ...]) -> Entry:
    """What a word stands for that is no noun."""
    known = (LEXICON.get(form) for form, _ in variants(words))
    return next((one for one in known if one and one.kind in ("action", "deed")), _DOES)
