"""Matching: the longest phrases of a prompt that the lexicon knows, from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shadowplay.art import library
from shadowplay.names import Word
from shadowplay.scene import MOST
from shadowplay.words.lexicon import (
    LIKE,
    LONGEST,
    TABLES,
    WORDS,
    Entry,
    Phrase,
    by_ending,
    drawn,
    entry,
    kinds_of,
    variants,
)
from shadowplay.words.passives import active, by_somebody
from shadowplay.words.phrases import (
    ARTICLES,
    SUBJECTS,
    Match,
    acts,
    determiner,
    heads,
    predicates,
    sharing,
    verb_of,
)


def matches_of(words: Sequence[Word]) -> tuple[list[Match], list[str]]:
    """The longest known phrases from left to right, and the words that are none."""
    found: list[Match] = []
    unknown: list[str] = []
    at = 0
    while at < len(words):
        match = longest(words, at)
        if match and predicates(words, match, found):
            match = longest(words, at, most=len(match.words) - 1)
        match = _told(words, at, match, found)
        match = match or _by_ending(words, at, found)
        if match is None:
            new = len(words[at]) > 2 and not words[at].isdigit() and words[at] not in unknown
            unknown += [words[at]] if new else []
            match = _stranger(words, at, unknown) or _gap(words, at, found)
        if match is not None:
            match.comma, joint = words[at].first, words[at] in WORDS["joints"]
            match.first = joint or (match.comma and match.kind not in _ADJECTIVES)
            found.append(match)  # the article of "hangs a picture" is the picture's, too
            at -= match.kind in _VERBAL and match.ends("counted")
        at += len(match.words) if match else 1
    return by_somebody(active(sharing(heads(found, words)))), unknown


def _told(words: Sequence[Word], at: int, match: Match | None, found: list[Match]) -> Match | None:
    """A noun that an article tells from a verb, with adjectives between: "a hot iron pan"."""
    verbal = match is None or (match.kind in {*_VERBAL, "in"} and len(match.words) == 1)
    if not (verbal and not words[at].first and determiner(words, at, found)):
        return match
    described = words[at - 1] not in WORDS["determiners"]
    if match and words[at] in WORDS["no_deeds"] and not (described and words[at].endswith("s")):
        return replace(match, entry=_FILLER)  # "her paddle"
    name = LIKE.get(("a", words[at])) or library.names("en").get(("a", words[at]), "")
    return Match(drawn(name), (words[at],), False, at) if described and name else match


def _gap(words: Sequence[Word], at: int, found: Sequence[Match]) -> Match | None:
    """An unknown word as a verb, or as the end of a phrase that it may be the noun of."""
    word, last = words[at], found[-1] if found else None
    if last and last.end == at and not word.first and not last.last.endswith("'s"):
        behind = words[at + 1 : at + 2]
        told = bool({*behind} & {*WORDS["determiners"]}) and not behind[0].first
        kinds = {one.kind for one in found}
        alone = told and "subject" in kinds and kinds.isdisjoint(_VERBAL)
        does = alone and word.endswith("s")  # "a boy on a hill finds a pear"
        if last.kind in SUBJECTS:  # "two boys aim a hose"
            does = word.endswith(("s", "ing", "ed")) or (told and last.plural)
        if does:
            return Match(verb_of((word,)), (word,), False, at)
    after = longest(words, at + 1) if at + 1 < len(words) else None
    if after is not None and after.kind in _BEFORE_NOUNS:
        return None
    return Match(Entry("gap", word), (word,), False, at)


_FILLER = Entry("filler", "words")
_VERBAL = frozenset({"action", "deed", "verb", "move"})
_ADJECTIVES = frozenset({"filler", "colour", "mood", "style"})


def _by_ending(words: Sequence[Word], at: int, found: Sequence[Match]) -> Match | None:
    """A noun whose ending names what it is, or one who does something: a racehorse, a striker."""
    word, behind = words[at], words[at + 1 : at + 2]
    told = words[max(0, at - 1)] in WORDS["articles"]
    after = longest(words, at + 1) if behind else None
    kind = "subject" if {*behind} & {*WORDS["features"]} else after.kind if after else ""
    last = found[-1].kind if found and found[-1].end == at else ""
    several = bool(found[-2:-1]) and found[-2].kind == "count"
    verb = last == "subject" and not word.endswith(("ing",) if several else ("ing", "s"))
    noun = at > 0 and (verb or told) and kind not in ("subject", "setting")  # which says more of it
    acts = verb or kind in _VERBAL or (bool(behind) and after is None and behind[0].endswith("s"))
    does = not (kind in _BEFORE_NOUNS or last in SUBJECTS or last in _BLOWN)
    does = does and not word.removesuffix("s").endswith(WORDS["abstract"])
    told = told or bool(determiner(words, at, found))
    for (form,), plural in variants((word,)):
        if form in WORDS["no_things"] or (form != word and word.endswith("ed")):
            return None  # "tethered"
        lives = form not in WORDS["devices"]
        person = lives and does and (told or plural)
        name = by_ending(form, acts=acts and lives) if noun else ""
        if name := name or (by_ending(form, acts=True) if person else ""):
            return Match(drawn(name), (word,), plural, at)
    return None


_BLOWN = frozenset({"falling", "fog", "wind", "waves"})  # "rain patters"
_SCENERY = _BLOWN | {"setting", "sky", "time", "wonder", "wet"}
_BEFORE_NOUNS = _SCENERY | {"hint", "subject", "many", "colour", "mood", "style", "count", "cloth"}


def _stranger(words: Sequence[Word], at: int, unknown: Sequence[str]) -> Match | None:
    """An unknown noun as a paper cut-out with the noun on it, if it names a thing.

    It follows an article, alone or behind other unknown words, which describe it; what follows a
    noun is no noun.
    """
    word, first = words[at], at - 1
    while first > 0 and words[first] in unknown and not words[first + 1].first:
        first -= 1
    told = first >= 0 and words[first] in WORDS["counted"] and word.isalpha() and len(word) > 2
    none = {form for (form,), _ in variants((word,))} & {*WORDS["no_things"]}
    if not told or none or word.endswith(WORDS["abstract"]) or is_verb(words, at, 1):
        return None
    if at + 1 < len(words) and _is_more(words, at + 1):
        return None
    return Match(Entry("stranger", word), (word,), False, at)


def _is_more(words: Sequence[Word], at: int) -> bool:
    """Whether a noun, or a word that may be one, begins here or behind adjectives."""
    after = longest(words, at)
    while after and after.kind == "filler" and words[at] not in WORDS["links"]:
        at += len(after.words)
        if at == len(words):
            return False
        after = longest(words, at)
    return after is None or after.kind in _BEFORE_NOUNS


def is_verb(words: Sequence[Word], at: int, length: int) -> bool:
    """Whether a word is what a figure does, and no noun: "a girl pets a dog", "she plants it"."""
    last = words[at - 1] if at else Word("")
    if length > 1 or last in WORDS["articles"]:
        return False
    drawing = library.names("en").get((last,)) or LIKE.get((last,))
    figure = bool(last.actor) or drawing in library.figures()
    figure = figure and words[at].endswith(("s", "ing", "ed"))
    return figure or last in WORDS["pronouns"] or acts(words, at)


_THINGS = frozenset({"subject", "many", "setting", "cloth"})


def _describes(words: Sequence[Word], at: int) -> bool:
    """Whether a noun begins here that the word before says more of."""
    after = longest(words, at) if at < len(words) and not words[at].first else None
    return after is not None and (after.kind in _BEFORE_NOUNS or ("a", words[at]) in LIKE)


def longest(words: Sequence[Word], at: int, most: int = LONGEST) -> Match | None:
    """The longest phrase that is known at a place, of so many words at most."""
    if words[at].actor:
        plural = words[at] == f"{words[at].actor}s"
        return Match(Entry("subject", words[at].actor), (words[at],), plural, at)
    if words[at].quoted:
        return Match(Entry("lettering", words[at].quoted), (words[at],), False, at)
    for length in range(min(most, len(words) - at), 0, -1):
        phrase = tuple(words[at : at + length])
        if any(word.actor or word.quoted for word in phrase):
            continue
        tells = phrase[0] in ARTICLES or phrase[1:] == ("young",)
        if length == 2 and tells and _describes(words, at + 2):
            continue  # "an orange coat" is no orange, "its young builder" no child
        for variant, plural in variants(phrase):
            if found := _meant(words, at, phrase, variant, plural=plural):
                return Match(found, phrase, plural, at)
    count = min(MOST, int(words[at])) if words[at].isdecimal() else 0
    return Match(Entry("count", str(count)), (words[at],), False, at) if count else None


def _meant(
    words: Sequence[Word], at: int, phrase: Phrase, variant: Phrase, *, plural: bool
) -> Entry | None:
    """What a phrase stands for in one of its forms, if it is known."""
    found = entry(variant)
    if found and found.kind in _THINGS and phrase[-1].endswith("ed") and variant != phrase:
        return _FILLER  # "a walled city", "masked dancers"
    noun = at > 0 and not kinds_of(words[at - 1]).isdisjoint(_THINGS)
    if found and found.kind == "deed" and phrase in TABLES["filler"] and not noun:
        return _FILLER  # "cold hands", but "a clown hands out balloons"
    if found and found.kind in ("subject", "setting") and len(phrase) == 1:
        place, does = found.kind == "setting" and is_verb(words, at, 1), verb_of(phrase)
        ridden = library.facts(found.value).crewed  # "canoeing"
        if acts(words, at) or (variant != phrase and phrase[0].endswith("ing") and not ridden):
            told = words[max(0, at - 1)] in WORDS["determiners"]
            return _FILLER if told else does  # "a bubbling pot", "sticking out"
        found = does if place and does.value else found  # "a girl waves"
    owner = phrase[-1].endswith("'s")
    thing = (variant == phrase or plural or owner) and not is_verb(words, at, len(phrase))
    return drawn(LIKE[variant]) if thing and variant in LIKE and not found else found
