"""Names: the words of a prompt, with the names of a shot's characters found among them."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = r"[^\W_]+(?:['’-][^\W_]+)*"
_PREFIX = "character-"


def actor_name(index: int) -> str:
    """What the cast calls a shot's character number `index`."""
    return f"{_PREFIX}{index}"


def is_puppet(actor: str) -> bool:
    """Whether a name of the cast stands for a character."""
    return actor.startswith(_PREFIX)


class Word(str):
    """A word of a prompt in lower case.

    Attributes:
        actor: the character it names, or empty.
    """

    actor: str

    def __new__(cls, text: str, actor: str = "") -> Word:
        """A word, or a name of one or more words."""
        word = super().__new__(cls, text.lower().replace("’", "'"))
        word.actor = actor
        return word


_QUOTED = re.compile(r"""(?<!\w)["“„«][^"“”„«»]*["”“»]""")


def unquoted(prompt: str) -> str:
    """A prompt without words in quotation marks: they are lettering, unless all of it is quoted."""
    rest = _QUOTED.sub(" ", prompt)
    return rest if re.search(r"\w", rest) else prompt


def words_of(prompt: str, names: Sequence[str] = ()) -> list[Word]:
    """The words of a prompt in order; a name of several words is one of them."""
    longest = sorted(range(len(names)), key=lambda k: -len(names[k]))
    patterns = [f"(?P<n{k}>{_spelt(names[k])})" for k in longest if names[k].strip()]
    words = []
    for found in re.finditer("|".join([*patterns, _WORD]), prompt, re.IGNORECASE):
        actor = actor_name(int(found.lastgroup[1:])) if found.lastgroup else ""
        words.append(Word(found[0], actor))
    return words


def _spelt(name: str) -> str:
    """A pattern for a name, with or without the ending of the genitive."""
    parts = r"\s+".join(re.escape(part) for part in name.split())
    if not name.isascii():
        # Scripts that put no spaces between words have no boundaries to look for.
        return parts
    return rf"(?<!\w){parts}(?:['’]s?)?(?!\w)"
