"""Names: the words of a prompt, with the names of a shot's characters found among them."""

import re
from collections.abc import Callable, Sequence
from typing import Self

_WORD = r"[^\W_]+(?:(?:['’-]{1,2}|\.['’])[^\W_]+)*"
_STOP = re.compile(r"[,;:!?()—–]|(?<!\b[DJMS]r)\.")
"""Marks that end a part of a sentence, and no dot of "Mr. Brown"."""

_PREFIX = "character-"


def actor_name(index: int) -> str:
    """What the cast calls a shot's character number `index`."""
    return f"{_PREFIX}{index}"


def is_puppet(actor: str) -> bool:
    """Whether a name of the cast stands for a character."""
    return actor.startswith(_PREFIX)


class Word(str):
    """A word of a prompt in lower case."""

    actor: str  # the character or the drawing that it names, or empty
    quoted: str  # it is all that stands between two quotation marks, or empty
    first: bool  # a comma or the like stands before it, or nothing
    capital: bool  # the prompt writes it with one

    def __new__(cls, text: str, actor: str = "", quoted: str = "", *, first: bool = False) -> Self:
        """A word, or a name of one or more words."""
        word = super().__new__(cls, text.lower().replace("’", "'"))
        word.capital = text[:1].isupper()
        word.actor, word.quoted, word.first = actor, quoted, first
        return word


_QUOTED = (
    r"""(?<!\w)(?:["“„«](?P<quoted>[^"“”„«»]*)["”“»]"""
    r"""|['‘](?P<single>(?:[^'‘’"]|\b['’]\b){2,})['’](?!\w))"""
)


def unquoted(prompt: str) -> str:
    """A prompt without its quotation marks if all of it stands between them."""
    rest = re.sub(_QUOTED, " ", prompt)
    return prompt if re.search(r"\w", rest) else re.sub(r'["“”„«»]', " ", prompt).strip("'‘’ ")


def words_of(prompt: str, names: Sequence[str] = ()) -> list[Word]:
    """The words of a prompt in order; a name of several words is one, and so is a quotation."""
    longest = sorted(range(len(names)), key=lambda k: -len(names[k]))
    prompt = prompt.replace("&", " and ")
    patterns = [f"(?P<n{k}>{_spelt(names[k])})" for k in longest if names[k].strip()]
    words: list[Word] = []
    end = 0
    for found in re.finditer("|".join([_QUOTED, *patterns, _WORD]), prompt, re.IGNORECASE):
        group = found.lastgroup or ""
        quoted = " ".join((found["quoted"] or found["single"] or "").split())
        actor = actor_name(int(group[1:])) if group[:1] == "n" else ""
        if actor or quoted or group not in ("quoted", "single"):
            first = not words or bool(_STOP.search(prompt, end, found.start()))
            words.append(Word(found[0], actor, quoted, first=first))
            end = found.end()
    return words


Said = tuple[int, Sequence[str]]
"""How many words a rule reads, and what it says in their place."""

Rule = Callable[[Sequence[Word], int], Said | None]
"""What is read at a place of a prompt, and said there, or nothing if it stays as it is."""


def reworded(words: Sequence[Word], rule: Rule) -> list[Word]:
    """A prompt in which a rule has said other words, from left to right."""
    done: list[Word] = []
    at = 0
    while at < len(words):
        length, said = rule(words, at) or (1, words[at : at + 1])
        new = [one if isinstance(one, Word) else Word(one) for one in said]
        for one in [*new, *words[at + length :]][:1]:
            one.first = words[at].first
        done += new
        at += length
    return done


def _spelt(name: str) -> str:
    """A pattern for a name, with or without the ending of the genitive."""
    parts = r"\s+".join(re.escape(part) for part in name.split())
    if not name.isascii():
        # Scripts that put no spaces between words have no boundaries to look for.
        return parts
    return rf"(?<!\w){parts}(?:['’]s?)?(?!\w)"
