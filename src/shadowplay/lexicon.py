"""The lexicon: words and phrases shadowplay knows, from `lexicon.toml`, by what they stand for."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import NamedTuple

from shadowplay import deeds
from shadowplay.art import library
from shadowplay.retouch.lexicon import LEXICON as EDITS
from shadowplay.retouch.painted import PAINTS


class Entry(NamedTuple):
    """What a word or phrase stands for.

    Attributes:
        kind: the table it is in, such as `subject` or `time`.
        value: the name that scenes use.
    """

    kind: str
    value: str


def _load() -> dict[str, dict[str, tuple[str, ...]]]:
    text = resources.files(__package__).joinpath("lexicon.toml").read_text(encoding="utf-8")
    return {
        kind: {
            value: tuple(" ".join(phrase.split()) for phrase in phrases.split(","))
            for value, phrases in table.items()
        }
        for kind, table in tomllib.loads(text).items()
    }


TABLES = _load()
"""By kind and value: the phrases."""


_THINGS = frozenset(
    (
        "pencil", "drawing", "painting", "painted", "drawn", "oils", "crayon", "crayons", "chalk",
        "sketch", "acrylic", "toon", "comic", "comics",
    )
)  # fmt: skip
"""Words for a look that are things or deeds, too, unless "as a" or "in" stands before them."""


def _paints() -> Iterator[tuple[str, str]]:
    """Phrases for a whole film that looks painted, with the look; edits know the same ones."""
    for words, asked in EDITS.items():
        if asked.value not in PAINTS:
            continue
        phrase = " ".join(words)
        if phrase not in _THINGS:
            yield phrase, asked.value
        for before in ("as a", "as an", "in", "like a", "like an"):
            yield f"{before} {phrase}", asked.value
        yield f"{phrase} style", asked.value


def _invert() -> dict[tuple[str, ...], Entry]:
    """All phrases with their entries; deeds first, and no table overwrites an earlier one."""
    lexicon = {tuple(phrase.split()): Entry("deed", verb) for phrase, verb in deeds.phrases()}
    for phrase, paint in _paints():
        lexicon.setdefault(tuple(phrase.split()), Entry("paint", paint))
    for kind, table in TABLES.items():
        if kind == "bond":
            continue
        for value, phrases in table.items():
            for phrase in phrases:
                lexicon.setdefault(tuple(phrase.split()), Entry(kind, value))
    return lexicon


LEXICON = _invert()
"""Every phrase as a tuple of words."""

BONDS = {
    tuple(phrase.split()): value for value, phrases in TABLES["bond"].items() for phrase in phrases
}
"""Verbs that bind their subject to a thing: the relations to choose from."""

LONGEST = max(8, *map(len, LEXICON))
"""How many words the longest phrase has."""


def entry(phrase: tuple[str, ...], language: str = "en") -> Entry | None:
    """What a phrase stands for: the art's own names first, then the lexicon's.

    The English names of figures and places are known in all languages, as the lexicon's words are.
    """
    place = library.places_named(language).get(phrase)
    if place is not None:
        return Entry("setting", place)
    art = library.names(language).get(phrase)
    if art is not None:
        return Entry("subject", art)
    found = LEXICON.get(phrase)
    if found is None and (name := library.names("en").get(phrase)) in library.figures():
        return Entry("subject", name)
    if found is None and (place := library.places_named("en").get(phrase)) is not None:
        return Entry("setting", place)
    return found


_HINTS = {
    "de": (
        "der die das den dem ein eine einer einem einen und auf unter mit ist im neben über "
        "hinter durch"
    ),
    "fr": "le la les un une des et sur sous dans avec est du au devant derrière",
    "es": "el la los las un una y sobre bajo con está del al en detrás por",
    "it": "il lo la gli un una e su sotto con è nel nella della del di dietro",
    "pt": "o um uma e sobre sob com está na da em ao dos das debaixo",
}
"""Small words that tell a language; English is what is left."""

_ENGLISH = frozenset(
    (
        "the", "an", "and", "is", "are", "on", "with", "under", "beside", "of", "at", "by", "to",
        "through", "over", "behind", "from", "his", "her",
    )
)  # fmt: skip


def language_of(words: Sequence[str]) -> str:
    """The language of a prompt, told by its small words, and among several by its nouns."""
    if not _ENGLISH.isdisjoint(words):
        return "en"
    counts = {name: sum(word in hints.split() for word in words) for name, hints in _HINTS.items()}
    nouns = {
        name: sum((word,) in library.names(name) for word in words) if counts[name] else 0
        for name in counts
    }
    best = max(counts, key=lambda name: (counts[name], nouns[name]))
    return best if counts[best] >= 2 or (counts[best] and len(words) < 5) else "en"


IRREGULAR = {
    "bunnies": "bunny", "buses": "bus", "butterflies": "butterfly", "calves": "calf",
    "canoes": "canoe", "feet": "foot", "fishes": "fish", "foxes": "fox", "geese": "goose",
    "jellyfishes": "jellyfish", "leaves": "leaves", "lorries": "lorry", "mice": "mouse",
    "ostriches": "ostrich", "ponies": "pony", "puppies": "puppy", "witches": "witch",
    "wolves": "wolf",
}  # fmt: skip
"""Plurals that rules would not undo."""

ALWAYS_PLURAL = frozenset(
    {"people", "men", "women", "children", "geese", "cattle", "oxen", "lovers", "wolves", "mice"}
)

SAME_PLURAL = frozenset(
    {"fish", "deer", "sheep", "koi", "bison", "salmon", "trout", "moose", "reindeer"}
)


def variants(phrase: tuple[str, ...]) -> list[tuple[tuple[str, ...], bool]]:
    """A phrase as it stands, with its last word in the singular, and as a verb's stem."""
    *head, last = phrase
    variants = [(phrase, last in ALWAYS_PLURAL)]
    forms = [(form, True) for form in _singulars(last)]
    if len(phrase) == 1:
        forms += [(form, False) for form in _stems(last)]
    if head and head[0].endswith(("ing", "s")) and len(phrase) > 1:
        variants += [((stem, *phrase[1:]), False) for stem in _stems(head[0])]
    return variants + [((*head, form), plural) for form, plural in forms]


def _singulars(word: str) -> list[str]:
    if word in IRREGULAR:
        return [IRREGULAR[word]]
    if word.endswith("'s"):
        return [word[:-2]]
    forms = []
    if word.endswith("ies") and len(word) > 4:
        forms.append(word[:-3] + "y")
    if word.endswith("es") and len(word) > 4:
        forms.append(word[:-2])
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        forms.append(word[:-1])
    return forms


def _stems(word: str) -> list[str]:
    stems = []
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            stem = word[: -len(ending)]
            stems += [stem, stem + "e"]
            if len(stem) > 2 and stem[-1] == stem[-2]:
                stems.append(stem[:-1])
    return stems
