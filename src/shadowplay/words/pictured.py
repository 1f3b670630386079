"""Pictured: what a prompt says of the picture, and not of what is seen in it."""

from __future__ import annotations

from collections.abc import Sequence

from shadowplay.names import Word
from shadowplay.words.lexicon import LEXICON, TABLES, WORDS, entry, variants

_FRAME = 9
"""Words of a prompt in which it is said what kind of picture it is, at most."""


def shown(words: Sequence[Word]) -> list[Word]:
    """The words for what is seen, without "a photo of".

    How a picture is made is said before what it shows: "as an oil painting".
    """
    done: list[Word] = []
    at = 0
    while at < len(words):
        word, clause = words[at], words[at + 1 : at + _FRAME]
        ends = next((k for k, one in enumerate(clause) if one.first or one == "of"), 0)
        frame = [word, *clause[:ends]]
        if word.first and ends and clause[ends] == "of" and _is_medium(frame):
            looks = (tuple(frame[k:]) for k in range(len(frame)))
            paint = next((look for look in looks if ("as", "a", *look) in LEXICON), ())
            parts = (frame[k:n] for k in range(len(frame)) for n in range(len(frame), k, -1))
            style = next((part for part in parts if tuple(part) in TABLES["style"]), [])
            done += [*map(Word, ("as", "a", *paint) if paint else ()), *style]
            at += ends + 2
            if at < len(words):
                words[at].first = True
            continue
        done.append(word)
        at += 1
    return done


def _is_medium(frame: Sequence[Word]) -> bool:
    """Whether a noun phrase is a kind of picture: "a blurred photo", not "a man with a photo"."""
    told = [k for k, word in enumerate(frame) if word in WORDS["determiners"]]
    said = [word for word in frame if word not in WORDS["media"]]
    inner = (entry(form) for word in said for form, _ in variants((word,)))
    acts = any(one is not None and one.kind in ("deed", "action", "in") for one in inner)
    return frame[-1] in WORDS["media"] and not (acts or told[1:] or told[:1] > [1])
