"""The lexicon: words and phrases shadowplay knows, by what they stand for, and their forms.

They are in `lexicon.toml`; `ontology.toml` says what other nouns are a kind of, and `grammar.toml`
has the words that sentences are read by. `translations.toml` has other languages' words for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import msgspec

from shadowplay import deeds
from shadowplay.art import library
from shadowplay.retouch.painted import PAINTS
from shadowplay.retouch.reading import LEXICON as EDITS
from shadowplay.tables import load, phrases_of, words_of

Phrase = tuple[str, ...]


class _Grammar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    irregular: str
    participles: str
    words: dict[str, str]
    shorter: dict[str, str]
    languages: dict[str, str]


_GRAMMAR = load("words/grammar.toml", _Grammar)


def pairs_of(words: Iterable[str]) -> dict[str, str]:
    """What stands before each "=", and what behind."""
    return dict(word.split("=") for word in words)


_IRREGULAR = pairs_of(_GRAMMAR.irregular.split())
PARTICIPLES = pairs_of(_GRAMMAR.participles.split())
"""Participles that do not end in "ed", and the stems of their verbs."""

SHORTER = _GRAMMAR.shorter  # patterns for what is said at length, and what is read in their place

WORDS = {name: words_of(words) for name, words in _GRAMMAR.words.items()}
"""Words by what they are for in a sentence."""

TRANSLATIONS = {
    language: {
        words_of(" ".join(phrase).lower().replace("'", " ")): words_of(english)
        for phrase, english in phrases_of(table).items()
    }
    for language, table in load("words/translations.toml", dict[str, dict[str, str]]).items()
}
"""By language, phrases that are no names of drawings, and the English ones they are read as."""


def _of_others(phrase: Phrase) -> Phrase:
    """A phrase with its verb in the third person: "gets a haircut"."""
    verb = re.sub(r"(?<![aeiou])y$", "ie", phrase[0])
    ending = "es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else "s"
    return (verb + ending, *phrase[1:])


def _of_whom(phrase: Phrase) -> list[Phrase]:
    """A phrase about one's own things, as it is said of others: "folds her arms"."""
    owners = ("her", "his", "their") if "her" in phrase[:-1] else ("her",)
    return [tuple(owner if word == "her" else word for word in phrase) for owner in owners]


_BEFORE_ES = ("s", "x", "z", "ch", "sh", "o", "l", "r", "n", "d")
"""Ends of words whose plural has "es": "rages" is none of a rag."""


def _singulars(word: str) -> list[str]:
    if word in _IRREGULAR:
        return [_IRREGULAR[word]]
    forms = [word[:-2] + "an"] if word.endswith("men") else []
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        forms.append(word[:-1])
    if word.endswith("ies") and len(word) > 4:
        forms.append(word[:-3] + "y")
    if word.endswith("es") and len(word) > 4 and word[:-2].endswith(_BEFORE_ES):
        forms.append(word[:-2])
    return forms


class Entry(NamedTuple):
    """What a word or phrase stands for.

    Attributes:
        kind: the table it is in, such as `subject` or `time`.
        value: the name that scenes use.
    """

    kind: str
    value: str


TABLES = {
    kind: phrases_of(table)
    for kind, table in load("words/lexicon.toml", dict[str, dict[str, str]]).items()
}
"""By kind, the phrases as words, and the value of each."""

BONDS = TABLES.pop("bond")  # verbs that bind their subject to a thing: the relations to choose from

SAID_OF = {kind: TABLES.pop(kind) for kind in ("build", "expression", "size")}
"""What words before a noun say of somebody: the body, what the face shows, how many times as large
as others of its kind one is."""

_ONTOLOGY = load("words/ontology.toml", dict[str, dict[str, str]])

_HATS = TABLES.pop("hats")

LIKE = phrases_of(_ONTOLOGY["like"]) | dict.fromkeys(_HATS, "hat")
"""Phrases for what neither art nor lexicon has, and the drawing that is nearest to each."""

TRADES = phrases_of(_ONTOLOGY["trade"])
"""Words for who does something with a thing, and the figure, verb and thing that they stand for."""

_IDIOMS = phrases_of(_ONTOLOGY["plain"])
PLAIN = {form: plain for words, plain in _IDIOMS.items() for form in (words, _of_others(words))}
"""Idioms, and words for sports, and how they are said in other words."""

OTHER = _ONTOLOGY["other"]
"""By figure, the one that is drawn for another one whom the same figure would stand for."""

SIBLINGS = _ONTOLOGY["sibling"]
"""By figure of a brother or sister, the one that is drawn if they are a child's."""

KEEPERS = phrases_of(_ONTOLOGY["keeper"])
"""Words for those who have a place of work, or a shop of their own kind, and which it is."""

SENSES: dict[str, list[tuple[str, frozenset[str]]]] = {}
"""Words of several meanings: their drawings, and the other words of a prompt that tell each."""

for _key, _told in _ONTOLOGY["sense"].items():
    _word, _, _drawing = _key.partition(" as ")
    SENSES.setdefault(_word, []).append((_drawing, frozenset(_told.split())))

_ENDINGS, _DOERS = phrases_of(_ONTOLOGY["ending"]), phrases_of(_ONTOLOGY["doer"])

_SHORTEST = 3  # the fewest letters before an ending


def drawn(name: str) -> Entry:
    """A drawing by its name: a figure, a prop, or else a place."""
    return Entry("setting" if name in library.settings() else "subject", name)


def by_ending(word: str, *, acts: bool) -> str:
    """The drawing that the end of a singular noun names, if perhaps a verb follows, or nothing."""
    if word.endswith(("less", "ness")):
        return ""
    for (ending,), name in {**_ENDINGS, **(_DOERS if acts else {})}.items():
        if word.endswith(ending) and len(word) >= len(ending) + _SHORTEST:
            return name
    return ""


def _paints() -> Iterator[tuple[str, str]]:
    """Phrases for a whole film that looks painted, with the look; edits know the same ones."""
    for words, asked in EDITS.items():
        if asked.value not in PAINTS:
            continue
        phrase = " ".join(words)
        if phrase not in WORDS["things"]:
            yield phrase, asked.value
        for before in ("as a", "as an", "in", "like a", "like an"):
            yield f"{before} {phrase}", asked.value
        yield f"{phrase} style", asked.value


def _invert() -> dict[Phrase, Entry]:
    """All phrases with their entries; deeds first, and no table overwrites an earlier one."""
    said = {words_of(phrase): Entry("deed", verb) for phrase, verb in deeds.phrases()}
    taken = {*library.names("en"), *library.places_named("en"), *TABLES["not"]}  # not "plane a"
    longer = [(form, said[words]) for words in said if words[1:] for form in _of_whom(words)]
    stems = [((form, *key[1:]), entry) for key, entry in longer for form in _singulars(key[0])]
    lexicon = {words: entry for words, entry in stems if words[:1] not in taken}
    lexicon |= {_of_others(words): entry for words, entry in longer} | dict(longer) | said
    for phrase, paint in _paints():
        lexicon.setdefault(words_of(phrase), Entry("paint", paint))
    for kind, phrases in TABLES.items():
        for words, value in phrases.items():
            lexicon.setdefault(words, Entry(kind, value))
    for words, bond in BONDS.items():
        _, _, action = bond.partition(":")
        if action not in ("", "stand") and " " not in bond:
            lexicon.setdefault(words, Entry("action", action))
    return lexicon


LEXICON = _invert()  # every phrase as a tuple of words
LONGEST = max(8, *map(len, LEXICON))  # how many words the longest phrase has


def entry(phrase: Phrase) -> Entry | None:
    """What a phrase stands for: the art's own names first, then the lexicon's."""
    if (place := library.places_named("en").get(phrase)) is not None:
        return Entry("setting", place)
    art = library.names("en").get(phrase)
    return LEXICON.get(phrase) if art is None else Entry("subject", art)


@cache
def _hints(language: str) -> frozenset[str]:
    """Words that tell a language: its small ones, and longer ones that are not English, too."""
    known = {word for phrase in TRANSLATIONS[language] for word in phrase if len(word) > 2}
    english = {word for word in known if (word,) in LEXICON or (word,) in library.names("en")}
    return frozenset(known - english | set(_GRAMMAR.languages[language].split()))


def language_of(words: Sequence[str]) -> str:
    """The language of a prompt, told by its words, and among several by its nouns."""
    if not set(WORDS["english"]).isdisjoint(words):
        return "en"
    counts = {name: sum(word in _hints(name) for word in words) for name in TRANSLATIONS}
    nouns = {
        name: sum((word,) in library.names(name) for word in words) if count else 0
        for name, count in counts.items()
    }
    best = max(counts, key=lambda name: (counts[name], nouns[name]))
    return best if counts[best] >= 2 or (counts[best] and len(words) < 5) else "en"


def variants(phrase: Phrase) -> list[tuple[Phrase, bool]]:
    """A phrase as it stands, with its last word in the singular, and as a verb's stem."""
    *head, last = phrase
    variants = [(phrase, last in WORDS["always_plural"])]
    forms = [(form, True) for form in _singulars(last)]
    if last.endswith(("'s", "s'")):
        forms = [(last.removesuffix("s").removesuffix("'"), False)]
    if len(phrase) == 1:
        forms += [(form, False) for form in _stems(last)]
    if head and head[0].endswith(("ing", "s", "ed")):
        variants += [((stem, *phrase[1:]), False) for stem in _stems(head[0])]
    return variants + [((*head, form), plural) for form, plural in forms]


def kinds_of(word: str) -> set[str]:
    """The kinds of all that a word stands for, in any of its forms."""
    return {known.kind for form, _ in variants((word,)) if (known := entry(form))}


def _stems(word: str) -> list[str]:
    stems = []
    for ending in ("ing", "ed"):
        if word.endswith(ending) and (len(word) > len(ending) + 2 or word in ("doing", "going")):
            stem = word[: -len(ending)]
            stems += [stem, stem + "e"]
            if stem[-1] == stem[-2]:
                stems.append(stem[:-1])
    return stems


def hat_of(words: Phrase, usual: str) -> str:
    """The drawing of the hat that is worn of whom these words say it."""
    return next((_HATS[form] for form, _ in variants(words) if form in _HATS), usual)
