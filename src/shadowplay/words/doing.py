"""Doing: who does each verb of a prompt, told by where it stands among the nouns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from shadowplay.art import library
from shadowplay.words.lexicon import WORDS
from shadowplay.words.phrases import SUBJECTS, Match

VERBAL = frozenset({"deed", "action", "verb"})
"""Kinds of words that say what somebody does."""

NATURE = frozenset({"falling", "setting", "time", "sky", "sky_part", "wind", "fog", "wet"})
"""Kinds of words that do what they do by themselves."""

_NOUNS = SUBJECTS | {"stranger"}
_ADJECTIVES = frozenset({"filler", "mood", "gap"})
_JOINTS = frozenset({*WORDS["joints"], "that"})
_ENDS = frozenset({*WORDS["auxiliaries"], *WORDS["joints"], *WORDS["prepositions"], "and"})
_OTHERS = NATURE | {"gap", "cloth", "wonder", "waves"}
"""Kinds of nouns that are none of the cast."""

Doers = tuple[int, ...] | Literal["attribute", "others", "same"]
"""Where in the prompt the subjects of a verb are. Or else it says more of the noun behind it ("a
kneeling soldier"), is about none of the cast ("rain streaks"), or about the same ones as the last
verb, or about whom a pronoun means."""


def doers(matches: Sequence[Match]) -> tuple[dict[int, Doers], set[int]]:
    """By where each verb is, who does it, and where relations are of none of the cast.

    And where each "and" is that begins a clause.

    A noun without a preposition is the subject of the verbs of its clause, wherever they stand.
    One that follows a verb is its object, unless "and", a comma or a conjunction begins a clause
    with it.
    """
    sentence = _Sentence(matches)
    for k in range(len(matches)):
        sentence.step(k)
    return sentence.found, sentence.begins


class _Sentence:
    """What was said of subjects up to a word."""

    def __init__(self, matches: Sequence[Match]) -> None:
        self.found: dict[int, Doers] = {}
        self.begins: set[int] = set()
        self._matches = matches
        self._subjects: list[int] = []
        """Those who do the next verb that is no participle."""
        self._fresh: list[int] = []
        """Those of them who were named since the last verb."""
        self._did: Doers = "same"
        """Those who did the last verb that is no participle."""
        self._last: Doers = "same"
        """Those who did the last verb."""
        self._noun: Match | None = None
        self._object = False
        """Whether that noun is what the last verb is done to."""
        self._aside = False
        """Whether it is a thing that only says where others are, or with what."""
        self._open, self._governed = True, False
        """Whether a noun here may be a subject; and whether it has a preposition."""
        self._other = self._others = False
        """Whether a clause begins with what is none of the cast; and whether that does a verb."""

    def step(self, k: int) -> None:
        """Go on by a match."""
        match = self._matches[k]
        kind, word = match.entry.kind, match.words[0]
        plain = match.comma and not (k and _is_adjective(self._matches[k - 1]))
        if self._begins(k):
            self.begins.add(match.at)
        if plain or match.first or word in _JOINTS or match.at in self.begins:
            self._fresh = self._fresh if self._open else []
            self._open, self._governed, self._other, self._others = True, False, False, False
            if word in WORDS["joints"]:
                self._subjects = self._fresh = []
            if word in ("who", "which", "that") and self._noun is not None:
                self._subjects = self._fresh = [self._noun.at]
        if kind in _NOUNS:
            self._name(match)
        elif kind == "relation" or word in WORDS["prepositions"]:
            self._governed = True
            if self._others and kind == "relation":
                self.found[match.at] = "others"
        elif kind in VERBAL or self._is_unknown(k):
            self._verb(k, match)
        elif kind in _OTHERS and not word.endswith("ly"):
            free = self._open and not (self._governed or self._fresh)
            before = self._matches[k - 1] if k and not match.first else None
            verbal = _verbal(self._matches[k + 1 : k + 2])
            told = kind != "gap" or (before is not None and _is_adjective(before))
            self._other = free and (told or verbal)
            self._others |= free and verbal
            self._governed = False

    def _name(self, match: Match) -> None:
        """Take a noun for a subject or an object."""
        self._object = not (self._open or self._governed)
        self._aside = self._governed and library.has(match.entry.value)
        if match.turned:
            self._did = self._last = (match.at,)
        elif self._open and not self._governed:
            self._subjects = [*self._subjects, match.at]
            self._fresh = [*self._fresh, match.at]
            self._others = False
        self._noun, self._governed = match, False

    def _verb(self, k: int, match: Match) -> None:
        """Find who does a verb."""
        if self._is_attribute(k):
            self.found[match.at] = "attribute"
            return
        before, aux = self._before(k)
        participle = match.words[0].endswith("ing") and not aux
        self._others |= self._other and self._open and not self._fresh
        near = before if before is self._noun and not match.first else None
        word = before.words[-1] if before is not None and not match.first else ""
        alone = match.words[0].endswith("s") and self._fresh
        who = self._told(word) or (
            self._participle(near, word)
            if participle
            else tuple(self._fresh if alone else self._subjects)
            or ((near.at,) if near and (self._object or self._did == "same") else self._did)
        )
        self.found[match.at] = self._last = who or "same"
        if not participle:
            self._did, self._subjects = who or "same", []
        self._open, self._governed = False, False

    def _told(self, word: str) -> Doers:
        """Who does a verb, if the word before it tells."""
        if self._others or word == "of":
            return "others"
        return "same" if word in ("he", "she", "it", "they") else self._last if word == "to" else ()

    def _participle(self, near: Match | None, word: str) -> Doers:
        """Who does a participle: the noun it stands near, or those who did the last verb."""
        if near is not None and not (self._aside and self._subjects):
            return tuple(self._fresh) if near.at in self._fresh else (near.at,)
        if word == "and":
            return self._last
        return self._did if self._did != "same" and near is None else tuple(self._subjects)

    def _before(self, k: int) -> tuple[Match | None, bool]:
        """What stands before a verb, without adverbs, and whether an auxiliary does."""
        aux = False
        for one in reversed(self._matches[:k]):
            if one.words[-1] in WORDS["auxiliaries"]:
                aux = True
            elif not (one.words[-1].endswith("ly") or one.words[-1] in WORDS["adverbs"]):
                return one, aux
            if one.first:
                break
        return None, aux

    def _is_attribute(self, k: int) -> bool:
        match = self._matches[k]
        behind = next(iter(self._matches[k + 1 : k + 2]), None)
        nouns = behind and behind.at == match.end and behind.entry.kind in _NOUNS
        if not nouns or not match.words[-1].endswith(("ing", "ed")):
            return False
        for one in reversed(self._matches[:k]):
            if one.words[-1] in WORDS["determiners"] or one.entry.kind in ("colour", "count"):
                return True
            if not _is_adjective(one) or one.first:
                return False
        return True

    def _is_unknown(self, k: int) -> bool:
        """Whether a word that is not known is a verb: "gets stuck", "a crew changes four tyres"."""
        before, match = self._matches[k - 1], self._matches[k]
        behind = next(iter(self._matches[k + 1 : k + 2]), None)
        if not k or match.entry.kind not in ("gap", "filler") or match.first:
            return False
        if before.words[-1] in WORDS["auxiliaries"]:
            return match.entry.kind == "gap" or match.words[0].endswith("ed")
        told = behind is not None and (
            behind.words[0] in WORDS["determiners"] or behind.entry.kind == "count"
        )
        does = match.words[0].endswith("s") and match.words[0] not in _ENDS
        return told and does and before is self._noun

    def _begins(self, k: int) -> bool:
        """Whether "and" begins a clause, whose verb the noun behind it does."""
        if self._open or self._matches[k].words[0] != "and":
            return False
        noun = 0
        for n, one in enumerate(self._matches[k + 1 :], k + 1):
            kind = one.entry.kind
            if one.first or one.words[0] in (*WORDS["joints"], "and"):
                return False
            if kind in VERBAL or (noun == n - 1 and _verbal([one])):
                return bool(noun) and (noun == n - 1 or not one.words[0].endswith("ing"))
            noun = noun or (n if kind in _NOUNS or kind in _OTHERS else 0)
        return False


def _is_adjective(match: Match) -> bool:
    """Whether a word may stand between an article and its noun, or is an article."""
    return match.entry.kind in _ADJECTIVES and match.words[-1] not in _ENDS


def _verbal(behind: Sequence[Match]) -> bool:
    """Whether a word behind a noun is a verb, perhaps one that is not known."""
    gap = any(one.entry.kind == "gap" and one.words[0].endswith(("s", "ing")) for one in behind)
    return gap or any(one.entry.kind in VERBAL for one in behind)
