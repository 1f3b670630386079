"""Doers: who does each verb of a prompt, told by where it stands among the nouns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from shadowplay.art import library
from shadowplay.deeds import VERBS
from shadowplay.words.lexicon import WORDS, Entry
from shadowplay.words.phrases import SUBJECTS, Match

VERBAL = frozenset({"deed", "action", "verb"})  # kinds of words that say what somebody does
# Kinds of words that do what they do by themselves, and of nouns that are none of the cast.
NATURE = frozenset({"falling", "setting", "time", "sky", "sky_part", "wind", "fog", "wet"})
_OTHERS = NATURE | {"gap", "cloth", "wonder", "waves"}
_NOUNS = SUBJECTS | {"stranger"}

_JOINTS = frozenset({*WORDS["joints"], "there"})
_ENDS = frozenset({*WORDS["auxiliaries"], *WORDS["joints"], *WORDS["prepositions"], "and"})

Doers = tuple[int, ...] | Literal["attribute", "others", "same", "look"]
"""Where in the prompt the subjects of a verb are. Or else it says more of the noun behind it ("a
kneeling soldier"), is about none of the cast ("rain streaks"), or about the same ones as the last
verb, or about whom a pronoun means, or it only says how somebody looks."""


class Sentence:
    """Finds who does each verb of a prompt.

    A noun without a preposition is the subject of the verbs of its clause, wherever they stand.
    One that follows a verb is its object, unless "and", a comma or a conjunction begins a clause
    with it.
    """

    def __init__(self, matches: Sequence[Match]) -> None:
        self.found: dict[int, Doers] = {}  # by where verbs are; and relations of none of the cast
        self.begins: set[int] = set()  # where each "and" or comma is that begins a clause
        self._matches = [*matches, Match(Entry("", ""), ("",), False, -1, first=True)]
        self._subjects: list[int] = []  # those who do the next verb that is no participle
        self._fresh: list[int] = []  # those of them who were named since the last verb
        self._did: Doers = "same"  # those who did the last verb that is no participle
        self._last: Doers = "same"  # those who did the last verb
        self._noun: Match | None = None
        self._early: list[int] = []  # where participles are that nobody was named for yet
        # Whether the last verb is done to that noun; or it is a thing that only says where.
        self._object = self._aside = False
        # Whether a noun here may be a subject; has a preposition; and joins none before.
        self._open, self._governed, self._stale = True, False, False
        # Whether a clause begins with what is none of the cast; and whether that does a verb, or
        # is about how somebody looks.
        self._other = self._others = self._looks = False
        for k in range(len(matches)):
            self._step(k)

    def _step(self, k: int) -> None:
        match, behind = self._matches[k], self._matches[k + 1]
        before = self._matches[k - 1] if k and not match.first else None
        kind, word = match.kind, match.word
        self._begin(k, match, word)
        worn = any(one.ends("whose") for one in self._matches[max(0, k - 2) : k])
        if self._open and not self._governed and _is_look(self._matches[: k + 1]):
            self.found[match.at], self._looks, self._noun = "look", True, None
        elif kind in _NOUNS or (kind == "cloth" and not worn):  # "a scarf flutters"
            of = any(one.last == "of" for one in self._matches[max(0, k - 3) : k])
            self._governed |= bool(library.facts(match.value).worn and self._fresh)
            self._name(match, of=of and self._governed)
        elif kind == "in" and word != "aboard":  # "rides" is a verb, too
            self._did, self._subjects = tuple(self._subjects) or "same", []
            self._open, self._governed = False, False
        elif kind == "relation" or word in WORDS["prepositions"]:
            if self._before(k)[1] and self._subjects:  # "is on a table"
                self._did, self._subjects, self._open = tuple(self._subjects), [], False
            self._governed = kind not in NATURE  # "in the middle of the night a boy reads"
            if self._others and kind == "relation":
                self.found[match.at] = "others"
        elif kind in VERBAL or self._is_unknown(before, match, behind):
            self._verb(k, match)
        elif kind in _OTHERS and not word.endswith("ly"):
            told = kind != "gap" or (before is not None and _is_adjective(before))
            self._other = self._open and not (self._governed or self._fresh)
            self._other &= told or _is_verbal(behind)
            self._others |= self._other and _is_verbal(behind)
            more = kind in ("gap", "setting") and not behind.first  # "on an office desk"
            self._governed &= more and behind.kind in _NOUNS

    def _begin(self, k: int, match: Match, word: str) -> None:
        """Begin a clause at a comma, a conjunction or an "and"."""
        if self._begins(k):
            self.begins.add(match.at)
        plain = match.comma and not (k and _is_adjective(self._matches[k - 1]))
        if plain or match.first or word in (*_JOINTS, "that") or match.at in self.begins:
            self._fresh = self._fresh if self._open and word not in _JOINTS else []
            self._open, self._governed = True, False
            self._other = self._others = self._looks = False
            self._stale |= word in _JOINTS
            so = any(one.words == ("so",) for one in self._matches[max(0, k - 3) : k])
            if word in ("who", "which", "that") and self._noun is not None and not so:
                self._subjects, self._fresh = [self._noun.at], [self._noun.at]

    def _name(self, match: Match, *, of: bool) -> None:
        """Take a noun for a subject or an object."""
        self._object = not (self._open or self._governed)
        alive = not (library.has(match.value) or library.facts(match.value).scenery)
        self._aside = self._governed and not of and not alive
        head = self._noun if of and self._fresh and self._subjects else None
        alive &= head is not None and library.has(head.value)
        alive &= head is not None and not head.ends("likenesses")
        if match.turned:
            self._did = self._last = (match.at,)
        elif alive and head is not None and head.at == self._fresh[-1]:  # "a box of kittens"
            self._subjects[-1] = self._fresh[-1] = match.at
        elif self._open and not self._governed:
            self._subjects = [*([] if self._stale else self._subjects), match.at]
            self.found.update((at, (match.at,)) for at in self._early)
            self._early = []
            self._fresh = [*([] if self._stale else self._fresh), match.at]
            self._others = self._stale = False
        self._noun, self._governed = match, False

    def _verb(self, k: int, match: Match) -> None:
        """Find who does a verb."""
        if self._looks or self._matches[k + 1].ends("features"):
            self.found[match.at] = "look"  # "her smile lights up her face", "a piercing gaze"
            return
        if self._is_attribute(k):
            self.found[match.at] = "attribute"
            return
        before, helped = self._before(k)
        near = before if before is self._noun and not match.first else None
        word = before.last if before is not None and not match.first else ""
        self._others |= self._other and self._open and not self._fresh
        participle = match.word.endswith("ing") and not helped
        participle &= match.word != "lightning"
        who: Doers
        self._others |= self._is_aside(k, before)
        if word == "of" or (self._others and not (participle and near)):
            who = "others"  # "petals fall", and not "on a couple dancing"
        elif self._noun is not None and self._is_made_to(k):
            who = (self._noun.at,)
        elif word in ("he", "she", "it", "they", "to"):
            who = self._last if word == "to" else "same"
        elif participle:
            who = self._participle(match, near, word)
        else:
            alone = match.word.removesuffix("ss").endswith("s") and bool(self._fresh)
            single = alone and near is not None and not near.plural and near.at == self._fresh[-1]
            who = tuple(self._fresh[-single:] if alone else self._subjects)
            object_does = near is not None and (self._object or self._did == "same")
            who = who or ((near.at,) if near and object_does else self._did)
        self.found[match.at] = self._last = who or "same"
        self._early = [match.at] if participle and not who else []
        if not participle:
            self._did, self._subjects = who or "same", []
        self._open, self._governed = False, False

    def _participle(self, match: Match, near: Match | None, word: str) -> Doers:
        """Who does a participle: the noun it stands near, or those who did the last verb."""
        did = () if self._did == "same" else self._did
        subjects = tuple(self._subjects)
        aside = self._aside or (near is not None and _is_beyond(near, match))
        if near is not None and not (aside and (subjects or did)):
            return tuple(self._fresh) if near.at in self._fresh else (near.at,)
        return (did or subjects) if near is None else (subjects or did)  # "sits at a desk typing"

    def _phrase(self, k: int) -> list[str]:
        """The words of the noun phrase before a match, and before them what it begins behind."""
        words: list[str] = []
        for one in reversed(self._matches[1:k]):
            words = [*one.words, *words]
            ends = one.kind in VERBAL or one.word in (*_ENDS, *WORDS["causing"])
            if ends or one.first or one.comma:
                return [","] * one.comma + words
        return words

    def _is_made_to(self, k: int) -> bool:
        """Whether a verb is what another is seen or made to do: "for her dog to fetch"."""
        to = self._matches[k - 1].words == ("to",)
        behind, *phrase = [*self._phrase(k - to), ""]
        told = behind in WORDS["causing"] and (to or behind != "for")
        named = self._noun is not None and self._noun.words[-1:] == tuple(phrase[-2:-1])
        return told and named and not self._matches[k].word.endswith(("s", "ing", "ed"))

    def _is_aside(self, k: int, before: Match | None) -> bool:
        """Whether a verb is of what flies about, or a part of somebody: "with sparks rising"."""
        match, (behind, *phrase) = self._matches[k], [*self._phrase(k), ""]
        if before is None or before.kind in _NOUNS or behind not in (",", "with", "and"):
            return False
        own = behind == "," or not {*phrase}.isdisjoint(WORDS["whose"])
        loose = before.ends("loose") and match.word.endswith("ing")
        return loose or (own and before.ends("limbs"))

    def _before(self, k: int) -> tuple[Match | None, bool]:
        """What stands before a verb, without adverbs, and whether an auxiliary does."""
        helped = False
        for one in reversed(self._matches[:k]):
            if one.ends("auxiliaries"):
                helped = True
            elif not (one.last.endswith("ly") or one.ends("adverbs")):
                return one, helped
        return None, helped

    def _is_attribute(self, k: int) -> bool:
        match, behind = self._matches[k : k + 2]
        if behind.at != match.end or behind.kind not in _NOUNS | {"setting"}:
            return False
        for one in reversed(self._matches[:k]):
            kind = one.kind  # "sells roasted chestnuts"
            told = kind in VERBAL and match.last.endswith("ed")
            if told or one.ends("determiners") or kind in ("colour", "count"):
                break
            if not _is_adjective(one) or one.first:
                return False
        return match.last.endswith(("ing", "ed"))

    def _is_unknown(self, before: Match | None, match: Match, behind: Match) -> bool:
        """Whether a word that is not known is a verb: "gets stuck", "a crew changes four tyres"."""
        word = match.word
        told = behind.begins("determiners") or behind.kind == "count"
        if before is not None and before.last in ("who", "which") and told:
            return True  # "who lost his ball"
        if match.kind not in ("gap", "filler"):
            return False
        if before is not None and before.ends("auxiliaries"):
            return match.kind == "gap" or word.endswith("ed")
        told &= match.first or (before is not None and before is self._noun)
        return told and word.endswith("s") and word not in _ENDS

    def _begins(self, k: int) -> bool:
        """Whether "and", or a comma and an article, begin a clause whose verb the noun does."""
        match = self._matches[k]
        told = match.comma and match.ends("determiners")
        if self._open or not (told or match.word == "and"):
            return False
        noun = 0
        for n, one in enumerate(self._matches[k + 1 :], k + 1):
            if one.first or one.turned or one.word in (*_JOINTS, "and"):
                break
            verbal = _is_verbal(one) or (told and one.begins("auxiliaries"))
            if one.kind in VERBAL or (noun == n - 1 and verbal):
                return bool(noun) and (noun == n - 1 or not one.word.endswith("ing"))
            noun = noun or (n if one.kind in _NOUNS | _OTHERS else 0)
        return False


def _is_beyond(noun: Match, verb: Match) -> bool:
    """Whether a house, a car or a ball cannot do a deed: it may burn or fall, but reads not."""
    name, facts = noun.value, library.facts(noun.value)
    stiff = facts.scenery or facts.crewed or library.has(name)
    return stiff and verb.kind == "deed" and not VERBS[verb.value].changes


def _is_look(found: Sequence[Match]) -> bool:
    """Whether the last of these is somebody's face or a part of it: "her warm smile"."""
    if not found[-1].ends("features"):
        return False
    begins = max((k for k, one in enumerate(found) if one.first), default=0)
    told = [one.last for one in found[max(begins, len(found) - 5) : -1]]
    return any(word.endswith("'s") or word in WORDS["whose"] for word in told)


def _is_adjective(match: Match) -> bool:
    """Whether a word may stand between an article and its noun, or is an article."""
    return match.kind in ("filler", "mood", "gap") and match.last not in _ENDS


def _is_verbal(match: Match) -> bool:
    """Whether a word behind a noun is a verb, perhaps one that is not known."""
    gap = match.kind == "gap" and match.word.endswith(("s", "ing"))
    return gap or match.kind in VERBAL
