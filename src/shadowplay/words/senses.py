"""Senses: words of a prompt that other words tell to be something else."""

from __future__ import annotations

import re
from functools import lru_cache

from shadowplay.art import library
from shadowplay.art.cast import extent
from shadowplay.names import Word
from shadowplay.words.lexicon import (
    PLAIN,
    SENSES,
    SHORTER,
    WORDS,
    entry,
    kinds_of,
    pairs_of,
    variants,
)
from shadowplay.words.phrases import ARTICLES

_ACTS, _GIFTS = pairs_of(WORDS["acts"]), pairs_of(WORDS["gifts"])
"""Verbs by nouns for them: "takes a walk", "gives somebody a hug"."""

_IDIOM = max(map(len, PLAIN))

_PULLED = 7  # words from a verb to the end of what it is done to, and one more


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


def in_sense(words: list[Word]) -> list[Word]:
    """A prompt with the words for what is meant in the place of those that could mean more."""
    words = _in_plain_words(words)
    forms = [dict(variants((word,))) for word in words]
    told = {form for one in forms for (form,) in one}
    done = [[word] for word in words]
    for word, drawing, telling in SENSES:
        if told.isdisjoint(telling):
            continue
        for at in [k for k, one in enumerate(forms) if (word,) in one]:
            named = at > 0 and words[at - 1] not in ARTICLES  # "a tower crane"
            named = named and entry((words[at - 1], word)) is not None
            named = named or (words[at] != word and words[at].endswith(("ed", "ing")))
            pair = variants(tuple(words[at : at + 2])) if words[at + 1 :] else ()
            behind = next(filter(None, (entry(form) for form, _ in pair)), None)
            named |= behind is not None and behind.kind in ("deed", "subject")  # "pumps up"
            after = entry(tuple(words[at + 1 : at + 2])) if library.has(drawing) else None
            named |= after is not None and after.kind == "subject"  # "a glass bowl"
            if not named:
                many = forms[at][(word,)] or word.removesuffix("ss").endswith("s")
                said = [Word(f"{drawing}s" if many else drawing, drawing)]
                if not (library.has(drawing) or drawing in library.figures()):
                    said = [Word(part) for part in drawing.split()]
                said[0].first = words[at].first
                done[at] = said
    return _taking(_plainly([word for said in done for word in said]))


def _in_plain_words(words: list[Word]) -> list[Word]:
    """A prompt in which idioms are said in other words: "gets a haircut"."""
    done, at = list(words), 0
    while at < len(done):
        phrases = [done[at : at + length] for length in range(_IDIOM, 0, -1)]
        said = ((len(one), PLAIN.get(form)) for one in phrases for form, _ in variants(tuple(one)))
        length, plain = next(((n, plain) for n, plain in said if plain), (1, ""))
        if plain and not any(word.quoted for word in done[at : at + length]):
            first = done[at].first
            done[at : at + length] = map(Word, plain.split())
            done[at].first = first
        at += 1
    return done


def _plainly(words: list[Word]) -> list[Word]:
    """A prompt with verbs in the place of nouns that one takes or gives: "gives a dog a hug"."""
    done, at = list(words), 0
    while at < len(done):
        verb, phrase = done[at], done[at + 1 : at + _PULLED]
        phrase = phrase[: next((k for k, one in enumerate(phrase) if one.first), len(phrase))]
        gives = verb.startswith(("gi", "ga"))
        nouns = _GIFTS if gives else _ACTS
        noun = next((k for k, one in enumerate(phrase) if k and one in nouns), 0)
        articles = ("a", "an", *(("its", "his", "her", "their") if gives else ()))
        article = max((k for k in range(noun) if phrase[k] in articles), default=-1)
        told = article > 0 if gives else article == (verb.startswith("go"))
        told &= all("subject" not in kinds_of(one) for one in phrase[article + 1 : noun])
        if verb in WORDS["light"] and noun and told and not entry((verb, *phrase[: noun + 1])):
            said = [Word(part) for part in nouns[phrase[noun]].split("_")]
            said[0].first = verb.first
            done[at : at + noun + 2] = [*said, *(phrase[:article] if gives else ())]
        at += 1
    return done


def _taking(words: list[Word]) -> list[Word]:
    """A prompt in which who pulls a small thing out of another takes it."""
    done = list(words)
    for at in (k for k, word in enumerate(words) if word in WORDS["pulling"]):
        phrase = words[at + 1 : at + _PULLED]
        end = min((k for k, word in enumerate(phrase) if word in ("from", "out")), default=0)
        forms = [(form, word.actor) for word in phrase[:end] for form, _ in variants((word,))]
        things = [library.names("en").get(form, actor) for form, actor in forms]
        if any(library.has(thing) and extent(thing) < 1.2 for thing in things):  # metres
            done[at] = Word("takes", first=words[at].first)
    return done
