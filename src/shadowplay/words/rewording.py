"""Rewording: a prompt in the words that the lexicon has: in English, without idioms and trades."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache, partial

from shadowplay.art import library
from shadowplay.art.cast import extent
from shadowplay.deeds import VERBS
from shadowplay.names import Said, Word, reworded
from shadowplay.words.lexicon import (
    LEXICON,
    LIKE,
    LONGEST,
    PLAIN,
    SENSES,
    SHORTER,
    TABLES,
    TRADES,
    TRANSLATIONS,
    WORDS,
    Phrase,
    entry,
    language_of,
    pairs_of,
    variants,
)
from shadowplay.words.matching import is_verb, longest
from shadowplay.words.passives import regular
from shadowplay.words.people import called, is_title, who_is_meant
from shadowplay.words.phrases import ARTICLES
from shadowplay.words.turning import turned

_ACTS, _GIFTS = pairs_of(WORDS["acts"]), pairs_of(WORDS["gifts"])
"""Verbs by nouns for them: "takes a walk", "gives somebody a hug"."""

_IDIOM = max(map(len, PLAIN))

_PULLED = 7  # words from a verb to the end of what it is done to, and one more

_WHERE = frozenset({"on", "in", "at", "by", "under", "beside", "behind"})


@lru_cache(maxsize=8)
def shortened(prompt: str) -> str:
    """A prompt with fewer words for what has several ways to be said at length."""
    for long, short in _shorter():
        prompt = long.sub(short, prompt)
    return prompt


@lru_cache(maxsize=1)
def _shorter() -> list[tuple[re.Pattern[str], str]]:
    """Compiled once: there are more than `re` keeps."""
    return [(re.compile(long, re.IGNORECASE), short) for long, short in SHORTER.items()]


def in_plain_english(words: Sequence[Word], *, after: bool) -> list[Word]:
    """The words of a prompt as the lexicon has them.

    What turns is as it is before that, or `after` it.
    """
    words = turned(words, after=after)
    names = partial(called, title=is_title(words), meant=who_is_meant(words))
    words = _in_english(reworded(words, names))
    words = reworded(regular(reworded(words, _closed_up)), _in_plain_words)
    forms = {form for word in words for (form,), _ in variants((word,))}
    for rule in (partial(_in_sense, forms=forms), _with_a_verb, _taking, _spelt_out):
        words = reworded(words, rule)
    return words


def _in_english(words: list[Word]) -> list[Word]:
    """A prompt with drawings in the place of their names in another language, and English words."""
    language = language_of(words)
    if language == "en":
        return words
    parts = [[w] if w.actor or w.quoted else [*map(Word, w.split("'"))] for w in words]
    apart = [one for some in parts for one in some if one]
    return reworded(apart, partial(_translated, language=language))


def _translated(words: Sequence[Word], at: int, language: str) -> Said | None:
    """A phrase in English; a colour that stands behind a noun moves before it."""
    for end in range(min(len(words), at + LONGEST), at, -1):
        phrase = tuple(words[at:end])
        if any(form in TRADES for form, _ in variants(phrase)):
            return end - at, phrase
        if named := _named(phrase, language):
            length, behind = _translated(words, end, language) or (0, ())
            tone = behind if tuple(behind) in TABLES["colour"] else ()
            return end - at + length * bool(tone), [*tone, *named]
        said = TRANSLATIONS[language].get(phrase)
        if said or (phrase[1:] and entry(phrase)):
            return end - at, said or phrase
    return None


def _named(phrase: Phrase, language: str) -> Sequence[str]:
    """The drawing that a phrase names, or how a place is called in English."""
    for form, plural in variants(phrase):
        if place := library.places_named(language).get(form):
            return library.settings()[place].names["en"][0].split()
        if name := library.names(language).get(form):
            return [Word(f"{name}s" if plural else name, name)]
    return []


def _closed_up(words: Sequence[Word], at: int) -> Said | None:
    """A verb and its particle together: "knocks it down"."""
    verb, it, down, behind = (*words[at : at + 4], *[""] * 3)[:4]
    told = it in WORDS["them"] and behind not in WORDS["determiners"]  # "puts it on a shelf"
    return (3, [verb, down, it]) if told and entry((verb, down)) else None


def _in_plain_words(words: Sequence[Word], at: int) -> Said | None:
    """An idiom in other words: "gets a haircut"."""
    for length in range(min(_IDIOM, len(words) - at), 0, -1):
        phrase = tuple(words[at : at + length])
        for form, _ in variants(phrase):
            if form in PLAIN and not any(word.quoted for word in phrase):
                return length, PLAIN[form].split()
    return None


def _in_sense(words: Sequence[Word], at: int, forms: Collection[str]) -> Said | None:
    """A word of several meanings as what the others tell, of which `forms` are known."""
    said: Said | None = None
    for (form,), plural in variants((words[at],)):
        for drawing, telling in SENSES.get(form, ()):
            if telling.isdisjoint(forms) or _has_a_sense(words, at, form, drawing):
                continue
            many = plural or form.removesuffix("ss").endswith("s")
            drawn = library.has(drawing) or drawing in library.figures()
            name = Word(f"{drawing}s" if many else drawing, drawing)
            said = 1, [name] if drawn else drawing.split()
    return said


def _has_a_sense(words: Sequence[Word], at: int, form: str, drawing: str) -> bool:
    """Whether a word is part of another phrase: "a tower crane", "pumps up", "a glass bowl"."""
    word, *behind = words[at : at + 2]
    part = at > 0 and words[at - 1] not in ARTICLES and entry((words[at - 1], form)) is not None
    verb = word != form and word.endswith(("ed", "ing"))
    pairs = variants((word, *behind)) if behind else ()
    pair = next(filter(None, (entry(pair) for pair, _ in pairs)), None)
    after = entry(tuple(behind)) if library.has(drawing) else None
    pumps = pair is not None and pair.kind in ("deed", "subject")
    return part or verb or pumps or (after is not None and after.kind == "subject")


def _with_a_verb(words: Sequence[Word], at: int) -> Said | None:
    """A verb in the place of a noun that one takes or gives: "gives a dog a hug"."""
    verb, phrase = words[at], words[at + 1 : at + _PULLED]
    if verb not in WORDS["light"]:
        return None
    phrase = phrase[: next((k for k, one in enumerate(phrase) if one.first), len(phrase))]
    gives = verb.startswith(("gi", "ga"))
    nouns = _GIFTS if gives else _ACTS
    noun = next((k for k, one in enumerate(phrase) if k and one in nouns), 0)
    articles = ("a", "an", *(("its", "his", "her", "their") if gives else ()))
    article = max((k for k in range(noun) if phrase[k] in articles), default=-1)
    told = article > 0 if gives else article == verb.startswith("go")
    if not (noun and told) or entry((verb, *phrase[: noun + 1])):
        return None
    return noun + 2, [*nouns[phrase[noun]].split("_"), *(phrase[:article] if gives else ())]


def _taking(words: Sequence[Word], at: int) -> Said | None:
    """Who pulls a small thing out of another takes it."""
    if words[at] not in WORDS["pulling"]:
        return None
    phrase = words[at + 1 : at + _PULLED]
    end = min((k for k, word in enumerate(phrase) if word in ("from", "out")), default=0)
    forms = [(form, word.actor) for word in phrase[:end] for form, _ in variants((word,))]
    things = [library.names("en").get(form, actor) for form, actor in forms]
    small = any(library.has(thing) and extent(thing) < 1.2 for thing in things)  # metres
    return (1, ["takes"]) if small else None


def _spelt_out(words: Sequence[Word], at: int) -> Said | None:
    """A figure, a verb and a thing for a trade: "a violinist" plays a violin.

    A thing that the prompt names itself is not named once more.
    """
    length, who, plural = _trade(words, at)
    if not who:
        return length, words[at : at + length]
    if _works(words, at + length) or words[max(0, at - 1) : at] == ["carries"]:
        # a tailor who is at no sewing machine, skiers whom a lift carries
        who = re.split(
            r" (?:with|using|riding|play\w*|strumming|carrying|holding|paint|ski)\b", who
        )[0]
    if at < 3 and {*words} & {"she", "her"} and not {*words} & {*WORDS["others"]}:
        who = re.sub(r"^(?:man|youth|old_man)\b", "young_woman", who)
    apart = [form for one in (*words[:at], *words[at + length :]) for form, _ in variants((one,))]
    named = {library.names("en").get(form, "") for form in apart}
    return length, _doing(who, named - {""}, plural=plural)


def _works(words: Sequence[Word], at: int) -> bool:
    """Whether one of a trade does another thing, for which tools are known, or suffers one."""
    if words[at : at + 1] in (["is"], ["are"]) and "by" in words[at : at + 4]:
        return True  # "a postman is chased by a dog"
    if _WHERE & {*words[at : at + 1]} and ARTICLES & {*words[at + 1 : at + 2]}:
        at += 3  # "a painter on a ladder paints"
    match = longest(words, at) if at < len(words) else None
    verb = VERBS[match.value] if match and match.kind == "deed" else None
    own = verb and (verb.uses or verb.at or verb.on or verb.there or verb.out)
    return bool(own or (verb and "carry" in verb.bond))  # "a courier delivers a box"


def _trade(words: Sequence[Word], at: int) -> tuple[int, str, bool]:
    """How many words name a trade here, what it is spelt out as, or nothing; whether of several."""
    for length in range(min(3, len(words) - at), 0, -1):
        phrase = tuple(words[at : at + length])
        if any(word.actor or word.quoted for word in phrase):
            continue
        forms = variants(phrase)
        kind = phrase[0] not in ARTICLES and any(form in LIKE for form, _ in forms)
        if length > 1 and (kind or phrase in LEXICON or _named(phrase, "en")):
            return length, "", False  # a potter's wheel, "leads an orchestra"
        suits = phrase[-1].endswith("ed")  # "tailored suits"
        found = [(TRADES[form], many) for form, many in forms if form in TRADES and not suits]
        does = phrase[-1].endswith("'s") and {*words[at + length :][:1]} & {*WORDS["hands"]}
        own = phrase[-1].endswith("'s") and not does  # "a potter's apprentice" has no wheel
        if found and not own and not is_verb(words, at, length):  # "a jet taxis past"
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
