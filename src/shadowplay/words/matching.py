"""Matching: the longest phrases of a prompt that the lexicon knows, from left to right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from shadowplay.art import library
from shadowplay.deeds import VERBS
from shadowplay.names import Word
from shadowplay.scene import MOST
from shadowplay.words.lexicon import (
    LEXICON,
    LIKE,
    LONGEST,
    TABLES,
    TRADES,
    TRANSLATIONS,
    WORDS,
    Entry,
    by_ending,
    drawn,
    entry,
    kinds_of,
    language_of,
    variants,
)
from shadowplay.words.people import called
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
from shadowplay.words.senses import in_sense
from shadowplay.words.turning import turned
from shadowplay.words.voice import active, by_somebody, regular

Phrase = tuple[str, ...]


def matches_of(words: list[Word], *, after: bool) -> tuple[list[Match], list[str]]:
    """The longest known phrases from left to right, and the words that are none.

    What turns is as it is before that, or `after` it.
    """
    found: list[Match] = []
    unknown: list[str] = []
    words = called(turned(words, after=after))
    language = language_of(words)
    words = _closed_up(_in_english(words, language), language)
    words = _spelt_out(in_sense(regular(words)), language)
    at = 0
    while at < len(words):
        match = _longest(words, at, language)
        if match and language == "en" and predicates(words, match, found):
            match = _longest(words, at, language, most=len(match.words) - 1)
        match = _told(words, at, match, found) if language == "en" else match
        match = match or _by_ending(words, at, language, found)
        if match is None:
            new = len(words[at]) > 2 and not words[at].isdigit() and words[at] not in unknown
            unknown += [words[at]] if new else []
            match = _stranger(words, at, language, unknown) or _gap(words, at, language, found)
        if match is not None:
            match.comma, joint = words[at].first, words[at] in WORDS["joints"]
            match.first = joint or (match.comma and match.kind not in _ADJECTIVES)
            found.append(match)  # the article of "hangs a picture" is the picture's, too
            at -= match.kind in _VERBAL and match.ends("counted")
        at += len(match.words) if match else 1
    if language == "en":
        found = by_somebody(active(sharing(heads(found, words))))
    return found, unknown


def _closed_up(words: list[Word], language: str) -> list[Word]:
    """A prompt in which verb and particle are together: "knocks it down"."""
    for k in range(len(words) - 2) if language == "en" else ():
        verb, it, down = words[k : k + 3]
        told = words[k + 3 : k + 4] and words[k + 3] in WORDS["determiners"]  # "puts it on a shelf"
        if it in ("it", "him", "her", "them") and entry((verb, down)) and not told:
            words[k + 1 : k + 3] = [down, it]
    return words


def _told(words: list[Word], at: int, match: Match | None, found: list[Match]) -> Match | None:
    """A noun that an article tells from a verb, with adjectives between: "a hot iron pan"."""
    verbal = match is None or (match.kind in {*_VERBAL, "in"} and len(match.words) == 1)
    if not (verbal and not words[at].first and determiner(words, at, found)):
        return match
    described = words[at - 1] not in WORDS["determiners"]
    if match and words[at] in WORDS["no_deeds"] and not (described and words[at].endswith("s")):
        return replace(match, entry=_FILLER)  # "her paddle"
    name = LIKE.get(("a", words[at])) or library.names("en").get(("a", words[at]), "")
    return Match(drawn(name), (words[at],), False, at) if described and name else match


def _gap(words: list[Word], at: int, language: str, found: Sequence[Match]) -> Match | None:
    """An unknown word as a verb, or as the end of a phrase that it may be the noun of."""
    word, last = words[at], found[-1] if found else None
    if language != "en":
        return None
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
    after = _longest(words, at + 1, language) if at + 1 < len(words) else None
    if after is not None and after.kind in _BEFORE_NOUNS:
        return None
    return Match(Entry("gap", word), (word,), False, at)


_FILLER = Entry("filler", "words")
_WHERE = frozenset({"on", "in", "at", "by", "under", "beside", "behind"})
_VERBAL = frozenset({"action", "deed", "verb", "move"})
_ADJECTIVES = frozenset({"filler", "colour", "mood", "style"})


def _in_english(words: list[Word], language: str) -> list[Word]:
    """A prompt with English words for all that is no name of a drawing in its own language.

    A colour that stands behind its noun moves before it.
    """
    translations = TRANSLATIONS.get(language)
    if translations is None:
        return words
    named = [(w, [""] if w.actor or w.quoted else w.split("'")) for w in words]
    words = [
        Word(one) if one else w for w, parts in named for one in parts if one or len(parts) < 2
    ]
    done: list[Word] = []
    at = 0
    while at < len(words):
        phrases = [tuple(words[at : at + n]) for n in range(LONGEST, 0, -1)]
        known = (one for one in phrases if one in translations or _names(one, language))
        phrase = next(known, phrases[-1])
        english = () if _names(phrase, language) else translations.get(phrase, ())
        if TABLES["colour"].get(english) and done and _names((done[-1],), language):
            done.insert(len(done) - 1, Word(english[0]))
        else:
            done += map(Word, english) if english else words[at : at + len(phrase)]
        at += len(phrase)
    return done


def _spelt_out(words: list[Word], language: str) -> list[Word]:
    """A prompt with a figure, a verb and a thing for each trade: "a violinist" plays a violin.

    A thing that the prompt names itself is not named once more.
    """
    named = [{library.names(language).get(form) for form, _ in variants((one,))} for one in words]
    done: list[Word] = []
    at = 0
    while at < len(words):
        length, who, plural = _trade(words, at, language)
        if who:
            start = len(done)
            if _works(words, at + length, language) or done[-1:] == ["carries"]:
                # a tailor who is at no sewing machine, skiers whom a lift carries
                who = re.split(
                    r" (?:with|using|riding|play\w*|strumming|carrying|holding|paint|ski)\b", who
                )[0]
            apart = (*named[:at], *named[at + length :])
            others = {name for names in apart for name in names if name}
            if at < 3 and {*words} & {"she", "her"} and not {*words} & {*WORDS["others"]}:
                who = re.sub(r"^(?:man|youth|old_man)\b", "young_woman", who)
            done += _doing(who, others, plural=plural)
            done[start].first = words[at].first
        else:
            done += words[at : at + length]
        at += length
    return done


def _works(words: list[Word], at: int, language: str) -> bool:
    """Whether one of a trade does another thing, for which tools are known, or suffers one."""
    if words[at : at + 1] in (["is"], ["are"]) and "by" in words[at : at + 4]:
        return True  # "a postman is chased by a dog"
    if _WHERE & {*words[at : at + 1]} and ARTICLES & {*words[at + 1 : at + 2]}:
        at += 3  # "a painter on a ladder paints"
    match = _longest(words, at, language) if at < len(words) else None
    verb = VERBS[match.value] if match and match.kind == "deed" else None
    own = verb and (verb.uses or verb.at or verb.on or verb.there or verb.out)
    return bool(own or (verb and "carry" in verb.bond))  # "a courier delivers a box"


def _trade(words: list[Word], at: int, language: str) -> tuple[int, str, bool]:
    """How many words name a trade here, what it is spelt out as, or nothing; whether of several."""
    for length in range(min(3, len(words) - at), 0, -1):
        phrase = tuple(words[at : at + length])
        forms = variants(phrase)
        kind = language == "en" and any(form in LIKE for form, _ in forms)
        kind = kind and phrase[0] not in ARTICLES  # "a crossing guard"
        if length > 1 and (kind or phrase in LEXICON or _names(phrase, language)):
            return length, "", False  # a potter's wheel, "leads an orchestra"
        suits = phrase[-1].endswith("ed")  # "tailored suits"
        found = [(TRADES[form], many) for form, many in forms if form in TRADES and not suits]
        does = phrase[-1].endswith("'s") and {*words[at + length :][:1]} & {*WORDS["hands"]}
        own = phrase[-1].endswith("'s") and not does  # "a potter's apprentice" has no wheel
        own = own or _is_verb(words, at, length)  # "a jet taxis past"
        if found and not own and not any(word.actor or word.quoted for word in phrase):
            return (length + bool(does), *found[0])
    return 1, "", False


def _doing(who: str, others: set[str], *, plural: bool) -> list[Word]:
    """A trade spelt out, without the things of it that the prompt names itself or in their place.

    Who plays another instrument or is in another boat has not its own.
    """
    nouns = [one for one in who.split() if one in library.figures() or library.has(one)]
    for kind in ("crewed", "music"):
        if any(getattr(library.facts(name), kind) for name in others):
            others = others | {one for one in nouns if getattr(library.facts(one), kind)}
    done: list[Word] = []
    band = who.split()[0] in ("three", "four")  # of whom each has an instrument
    for one in who.split():
        if one in nouns[1:] and one in others:
            if library.has(one) or library.facts(one).crewed:  # nor is what is done with it
                done.pop()
        else:
            named = one in nouns
            many = plural or (band and named and library.facts(one).music)
            done.append(Word(f"{one}s" if many and named else one, one if named else ""))
    return done


def _names(phrase: Phrase, language: str) -> bool:
    """Whether a drawing has this name."""
    known = library.names(language), library.places_named(language)
    return any(form in names for form, _ in variants(phrase) for names in known)


def _by_ending(words: list[Word], at: int, language: str, found: Sequence[Match]) -> Match | None:
    """A noun whose ending names what it is, or one who does something: a racehorse, a striker."""
    word, behind = words[at], words[at + 1 : at + 2]
    told = words[max(0, at - 1)] in WORDS["articles"]
    after = _longest(words, at + 1, language) if behind else None
    kind = "subject" if {*behind} & {*WORDS["features"]} else after.kind if after else ""
    last = found[-1].kind if found and found[-1].end == at else ""
    several = bool(found[-2:-1]) and found[-2].kind == "count"
    verb = last == "subject" and not word.endswith(("ing",) if several else ("ing", "s"))
    noun = at > 0 and (verb or told) and kind not in ("subject", "setting")  # which says more of it
    acts = verb or kind in _VERBAL or (bool(behind) and after is None and behind[0].endswith("s"))
    does = language == "en" and not (kind in _BEFORE_NOUNS or last in SUBJECTS or last in _BLOWN)
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


def _stranger(words: list[Word], at: int, language: str, unknown: Sequence[str]) -> Match | None:
    """An unknown noun as a paper cut-out with the noun on it, if it names a thing.

    It follows an article, alone or behind other unknown words, which describe it; what follows a
    noun is no noun.
    """
    word, first = words[at], at - 1
    while first > 0 and words[first] in unknown and not words[first + 1].first:
        first -= 1
    told = first >= 0 and words[first] in WORDS["counted"] and word.isalpha() and len(word) > 2
    none = {form for (form,), _ in variants((word,))} & {*WORDS["no_things"]}
    none |= {*words[at + 1 : at + 2]} & {"of", *WORDS["features"]}
    if not told or none or word.endswith(WORDS["abstract"]) or _is_verb(words, at, 1):
        return None
    if at + 1 < len(words) and _is_more(words, at + 1, language):
        return None
    return Match(Entry("stranger", word), (word,), False, at)


def _is_more(words: list[Word], at: int, language: str) -> bool:
    """Whether a noun, or a word that may be one, begins here or behind adjectives."""
    after = _longest(words, at, language)
    while after and after.kind == "filler" and words[at] not in WORDS["links"]:
        at += len(after.words)
        if at == len(words) or words[at].first:
            return False
        after = _longest(words, at, language)
    return after is None or after.kind in _BEFORE_NOUNS


def _is_verb(words: list[Word], at: int, length: int) -> bool:
    """Whether a word is what a figure does, and no noun: "a girl pets a dog", "she plants it"."""
    last = words[at - 1] if at else Word("")
    if length > 1 or last in WORDS["articles"]:
        return False
    drawing = library.names("en").get((last,)) or LIKE.get((last,))
    figure = bool(last.actor) or drawing in library.figures()
    figure = figure and words[at].endswith(("s", "ing", "ed"))
    return figure or last in WORDS["pronouns"] or acts(words, at)


def _noun_before(words: list[Word], at: int) -> bool:
    """Whether the word before is a noun, and not a genitive."""
    last = words[at - 1] if at else Word("")
    like = any(form in LIKE for form, _ in variants((last,)))
    return bool(last.actor or like or kinds_of(last) & _THINGS)


_THINGS = frozenset({"subject", "many", "setting", "cloth"})


def _describes(words: list[Word], at: int, language: str) -> bool:
    """Whether a noun begins here that the word before says more of."""
    after = _longest(words, at, language) if at < len(words) and not words[at].first else None
    return after is not None and (after.kind in _BEFORE_NOUNS or ("a", words[at]) in LIKE)


def _longest(words: list[Word], at: int, language: str, most: int = LONGEST) -> Match | None:
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
        if length == 2 and tells and _describes(words, at + 2, language):
            continue  # "an orange coat" is no orange, "its young builder" no child
        for variant, plural in variants(phrase):
            if found := _meant(words, at, phrase, variant, plural=plural, language=language):
                return Match(found, phrase, plural, at)
    count = min(MOST, int(words[at])) if words[at].isdecimal() else 0
    return Match(Entry("count", str(count)), (words[at],), False, at) if count else None


def _meant(
    words: list[Word], at: int, phrase: Phrase, variant: Phrase, *, plural: bool, language: str
) -> Entry | None:
    """What a phrase stands for in one of its forms, if it is known."""
    found = entry(variant, language)
    if found and found.kind in _THINGS and phrase[-1].endswith("ed") and variant != phrase:
        return _FILLER  # "a walled city", "masked dancers"
    both = found is not None and found.kind == "deed" and phrase in TABLES["filler"]
    if both and not _noun_before(words, at):
        return _FILLER  # "cold hands", but "a clown hands out balloons"
    if found and found.kind in ("subject", "setting") and language == "en" and len(phrase) == 1:
        place, does = found.kind == "setting" and _is_verb(words, at, 1), verb_of(phrase)
        ridden = library.facts(found.value).crewed  # "canoeing"
        if acts(words, at) or (variant != phrase and phrase[0].endswith("ing") and not ridden):
            told = words[max(0, at - 1)] in WORDS["determiners"]
            return _FILLER if told else does  # "a bubbling pot", "sticking out"
        found = does if place and does.value else found  # "a girl waves"
    owner = phrase[-1].endswith("'s")
    thing = (variant == phrase or plural or owner) and not _is_verb(words, at, len(phrase))
    return drawn(LIKE[variant]) if thing and variant in LIKE and not found else found
