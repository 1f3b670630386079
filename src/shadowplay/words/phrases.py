"""Phrases: in English, which noun of a row is meant, how many it means, and which is a verb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from shadowplay.art import library
from shadowplay.art.cast import lives
from shadowplay.names import Word, is_puppet
from shadowplay.words.lexicon import (
    KEEPERS,
    LEXICON,
    OTHER,
    SAID_OF,
    SIBLINGS,
    WORDS,
    Entry,
    variants,
)

ARTICLES = frozenset({"a", "an", "the"})
_FILLER, _DOES = Entry("filler", "words"), Entry("verb", "")
_ENDS_PHRASE = frozenset({"subject", "stranger", "setting", "relation", "deed", "action", "verb"})
NOUNS = frozenset({"subject", "stranger", "setting"})


@dataclass(slots=True)
class Match:
    """A phrase of the prompt that the lexicon knows, or the place of an unknown word.

    Attributes:
        first: a clause may begin with it.
        comma: a comma or the like stands before it.
        turned: it was the subject of a verb in the passive, and what follows is said of it.
        suffered: it is a verb in the passive that "somebody" does who is not named, or "others".
        trade: the figure whose work an animal does: "a bear chef".
    """

    entry: Entry
    words: tuple[str, ...]
    plural: bool
    at: int
    first: bool = False
    comma: bool = False
    turned: bool = False
    suffered: str = ""
    trade: str = ""

    @property
    def kind(self) -> str:
        """The kind of what the phrase stands for."""
        return self.entry.kind

    @property
    def value(self) -> str:
        """What the phrase stands for."""
        return self.entry.value

    @property
    def word(self) -> str:
        """The first word."""
        return self.words[0]

    @property
    def last(self) -> str:
        """The last word."""
        return self.words[-1]

    def begins(self, use: str) -> bool:
        """Whether the first word is one that `grammar.toml` lists for a use."""
        return self.words[0] in WORDS[use]

    def ends(self, use: str) -> bool:
        """Whether the last word is one that `grammar.toml` lists for a use."""
        return self.words[-1] in WORDS[use]

    @property
    def end(self) -> int:
        """Where the next phrase begins."""
        return self.at + len(self.words)


NOTHING = Match(Entry("", ""), ("",), False, -1, first=True)
"""What stands before the first match and behind the last."""


def determiner(words: Sequence[str], at: int, found: Sequence[Match]) -> str:
    """The article or possessive of the noun at a place, or nothing."""
    nouns = [
        match.end - (match.ends("determiners"))  # "up a"
        for before, match in pairwise([*found[:1], *found])
        if match.kind in _ENDS_PHRASE and match.end <= at and not _attributes(before, match)
    ]
    nouns += [k + 1 for k in range(at) if words[k] == "of"]  # "a row of tomato plants"
    before = words[max([0, at - 3, *nouns]) : at]
    return next((word for word in reversed(before) if word in WORDS["determiners"]), "")


def _attributes(before: Match, match: Match) -> bool:
    """Whether a verb says more of the noun behind it: "a burning building"."""
    told = before.ends("determiners") and before.end == match.at
    return told and match.last.endswith(("ing", "ed"))


def acts(words: Sequence[Word], at: int) -> bool:
    """Whether what follows a word tells that it is a verb: "swallows it", "and darts off"."""
    word, last, behind = words[at], words[at - 1] if at else "", words[at + 1 : at + 2]
    if not behind or behind[0].first or last in WORDS["determiners"] or last in WORDS["places"]:
        return False
    herd = last in (*WORDS["groups"], *WORDS["family"]) and word.endswith("s")  # "grandpa ducks"
    told = herd or behind[0] in (*WORDS["determiners"], "it", "them", "him")
    goes = (word.first or last in ("and", "then")) and behind[0] in WORDS["particles"]
    return (told or (goes and word.endswith("s"))) and word.endswith(("s", "ing"))


def predicates(words: Sequence[Word], match: Match, found: Sequence[Match]) -> bool:
    """Whether the end of a compound in the plural is a verb: "a bus stops", not "bus stops"."""
    if len(match.words) == 1 or not match.plural or match.kind not in ("subject", "setting"):
        return False
    return determiner(words, match.at, found) in WORDS["singular"]


def heads(found: Sequence[Match], words: Sequence[Word]) -> list[Match]:
    """Phrases, of whose nouns in a row the last one alone is a thing.

    A noun in the genitive is none, either; what follows one in the singular may be a verb.
    """
    kept: list[Match] = []
    for match in found:
        if match.kind == "subject" and match.ends("same_plural"):
            match.plural |= determiner(words, match.at, kept) not in WORDS["one"]
        inner = kept and not match.first and match.kind in NOUNS
        if inner and _is_done(match, kept):
            match.entry = verb_of(match.words)
        elif inner and _fills(match, kept, words):
            continue
        at = max((k for k, x in enumerate(kept) if x.kind not in BEFORE_NOUN), default=-1)
        told = at >= 0 and all(not one.begins("links") for one in kept[at + 1 :])
        if told and match.kind in NOUNS and kept[at].last.endswith("'s"):
            kept.append(kept.pop(at))  # "her grandmother's heavy suitcase"
        if kept and not match.first and _belongs(match, kept, words):
            continue
        kept.append(match)
    return kept


def _is_done(match: Match, kept: Sequence[Match]) -> bool:
    """Whether a noun is what the figure before it does: "a man in a hat painting in a room".

    A wing has too few letters.
    """
    (word, *more), last = match.words, kept[-1]
    verb = not more and word.endswith("ing") and len(word) > 5 and verb_of(match.words) != _DOES
    return verb and (last.ends("auxiliaries") or last.kind in ("subject", "cloth"))


_LOOKS = frozenset({"subject", "many", "cloth", "stranger"})
"""Kinds of words for what may look old, wet or dark."""


def describes(match: Match, head: Entry) -> bool:
    """Whether a word for weather, an hour or a style says what the thing behind it is like."""
    dark = (match.words, head.kind) == (("dark",), "colour")  # a dark green coat is no night
    thing = head.kind in _LOOKS and not library.facts(head.value).scenery
    return dark or (thing and match.ends("describing"))


SUBJECTS = frozenset({"subject", "many"})


def _belongs(match: Match, kept: list[Match], words: Sequence[Word]) -> bool:
    """Whether a phrase only says more of the noun before; one that says more of it is dropped."""
    last, kind = kept[-1], match.kind
    name = words[last.at].actor
    if last.kind != "subject" or is_puppet(name) or (name and match.plural):
        return False
    facts = library.facts(last.value)
    first = LEXICON.get(match.words[:1])
    if kind == "setting" and first and first.kind in ("filler", "relation"):
        return False  # "two men in a tent", "a chest under the sea"
    owned = kind in (*NOUNS, "cloth") and last.last.endswith("'s")
    if last.end < match.at or (owned and kind == "cloth"):
        if owned:
            kept.pop()
        return False
    several = match.begins("groups")  # "a hedgehog family", not "a pineapple fruit"
    told = kind != "deed" and any(form[0] in WORDS["kinds"] for form, _ in variants(match.words))
    if several or told:  # but "a farmer planting rice"
        last.plural |= not match.begins("kinds")
        return True
    furnishes = (library.has(last.value) or facts.crewed) and not last.plural
    bare = last.first and facts.person  # "gymnast swings"
    single = bare or determiner(words, last.at, kept[:-1]) in WORDS["singular"]
    both = ("and",) in [one.words for one in kept[-4:-1]] and match.words == ("fish",)
    ends = match.last.endswith("s") and not match.last.endswith(("ss", "'s"))
    if kind == "sky" or (kind in NOUNS and (last.plural or both or (ends and single))):
        match.entry = verb_of(match.words)  # "horses thunder", "men fish", "a boxer trains"
    elif kind == "subject" and (
        _titled(last, match, words) or (owned and _brings_owner(match, kept))
    ):
        return True
    elif kind == "subject" or (kind in ("setting", "cloth") and furnishes):
        kept.pop()
        kept += _told_by(last) if kind != "setting" else []
    return False


def _brings_owner(thing: Match, kept: list[Match]) -> bool:
    """Whether whose a thing is, is there, too, behind it: "steals a girl's ball"."""
    owner = kept[-1]
    told = max((k for k, one in enumerate(kept) if one.word in ARTICLES), default=0)
    named = {one.value: k for k, one in enumerate(kept[:-1]) if one.kind in SUBJECTS}
    if not 0 <= max(named.values(), default=-1) < told:  # "a king's crown on a pillow"
        return False
    owner.words = (*owner.words[:-1], owner.last.removesuffix("'s"))
    if kept[told - 1].last != "at":  # "pecks at a girl's hat", on her head
        beside = replace(kept[told], entry=Entry("relation", "beside"), words=("beside", "a"))
        kept[told : told + 1] = [replace(thing, at=kept[told].at), beside]
    return True


def _fills(match: Match, kept: list[Match], words: Sequence[Word]) -> bool:
    """Whether a thing only says what is in the one before: "a bowl of hot soup"."""
    kinds = ("subject", "setting")
    at = next((k for k in range(len(kept) - 1, -1, -1) if kept[k].kind in kinds), -1)
    holder, between = kept[at], kept[at + 1 :]
    fills = at >= 0 and words[holder.end] == "of" and match.at - holder.end < 4
    if fills and holder.ends("heaps"):
        del kept[at : at + 2]  # "a tower of pancakes"
        return False
    fills = fills and any(form[-1] in WORDS["holders"] for form, _ in variants(holder.words))
    if fills and all(one.kind in ("filler", "colour", "mood", "gap") for one in between):
        kept[at:] = [*(one for one in between if one.kind == "colour"), holder]
        return True
    return False


def _titled(first: Match, second: Match, words: Sequence[Word]) -> bool:
    """Whether the second of two in a row is only the trade of the first: "a robot bartender"."""
    who, facts = first.value, library.facts(second.value)
    if not facts.person or first.last.endswith("'s"):
        return False
    young = who in {"child", *SIBLINGS.values()} and any(facts.aboard)  # "a boy pirate"
    if library.facts(who).person and not young:
        return who not in OTHER
    spelt_out = bool(words[second.at].actor)  # "a cat violinist"
    if not lives(who) or (second.ends("people_with_animals") and not spelt_out):
        return False
    first.trade, first.plural = second.value, second.plural
    return True


def sharing(found: Sequence[Match]) -> list[Match]:
    """Phrases, with the word for having before all that is worn or held: "in a dress and a hat"."""
    kept: list[Match] = []
    link: Match | None = None
    has, at = "", 0
    for match in found:
        joins = match.words == ("and",) or match.comma
        if match.entry in _HAVING:
            holder = next((one for one in reversed(kept) if one.kind == "subject"), match)
            link, has, at = None if library.has(holder.value) else match, "", 0
        elif link and match.kind in ("subject", "cloth", "stranger"):
            how = _had(match)
            if at and (how == has or (how and link.value == "with")):
                last = kept[at]
                word = replace(link, words=(link.value,), at=last.at, first=False)
                kept[at : at + (last.words == ("and",))] = [word]
            elif at or not how:
                link = None
            has, at = how, 0
        elif link and joins and not at and not kept[-1].ends("determiners"):
            has, at = has or "held", len(kept)  # "with a beard and a cane"
        elif match.kind not in BEFORE_NOUN:
            link = None
        kept.append(match)
    return kept


_HAVING = (Entry("relation", "in"), Entry("relation", "with"))
"""Words for wearing and for holding."""

BEFORE_NOUN = frozenset({"filler", "colour", "mood", "gap", "count", "sky", "style"})
"""Kinds of words between such a word and its noun."""


def _had(match: Match) -> str:
    """How somebody has a thing: "worn", "held", or not at all."""
    facts = library.facts(match.value)
    if match.kind == "cloth" or facts.worn:
        return "worn"
    thing = library.has(match.value) and "grip" in facts.means
    return "held" if thing or match.kind == "stranger" else ""


def _told_by(last: Match) -> list[Match]:
    """What a noun says of the next: a colour, "an orange tent", or a room, "palace stairs"."""
    room, tone = library.facts(last.value).inside, LEXICON.get(last.words[-1:])
    said = [Entry("hint", room)] if room else []
    said += [tone] if tone and tone.kind == "colour" else []
    said += [_FILLER] if last.words in SAID_OF["size"] else []  # "a toy boat"
    return [replace(last, entry=one) for one in said]


def verb_of(words: tuple[str, ...]) -> Entry:
    """What a word stands for that is no noun."""
    known = (LEXICON.get(form) for form, _ in variants(words))
    return next((one for one in known if one and one.kind in ("action", "deed")), _DOES)


def workplace(words: Sequence[str]) -> str:
    """Where the first one works of those whom a prompt names by what they work as, or nothing."""
    rows = (tuple(words[at : at + length]) for at in range(len(words)) for length in (3, 2, 1))
    forms = (form for row in rows for form, _ in variants(row) if not row[-1].endswith("ed"))
    return next((KEEPERS[form] for form in forms if form in KEEPERS), "")
