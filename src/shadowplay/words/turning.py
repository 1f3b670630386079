"""Turning: what changes, told as a thing that looks one way before and another way after it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from shadowplay.names import Word
from shadowplay.words.lexicon import LEXICON, WORDS, kinds_of, pairs_of, variants
from shadowplay.words.phrases import verb_of

_BECOMES, _WHOLES = pairs_of(WORDS["becomes"]), pairs_of(WORDS["wholes"])
_SCALES = {
    pair: [*map(Word, verb.split("_"))]
    for low, high, up, down in (scale.split("=") for scale in WORDS["scales"])
    for pair, verb in (((low, high), up), ((high, low), down))
}
_DEGREES = frozenset(degree for pair in _SCALES for degree in pair)
_LIGHT = frozenset({"dark", "bright"})
"""What places, and the sky, may turn, which have no lamp of their own."""

_LOOKS = frozenset({"colour", "time", "falling"})
"""Kinds of words for what a thing or a place may turn."""

_ENDS = frozenset({*WORDS["joints"], *WORDS["prepositions"], *WORDS["auxiliaries"], "and"})
_BEFORE_NOUNS = frozenset({*WORDS["determiners"], *WORDS["prepositions"]})
_MOST = 5
"""The most words that say how a thing looks: "a soft shade of pale pink"."""


class _Turn(NamedTuple):
    """A change: where its verb is, what goes with it, and the looks before and after it."""

    verb: int
    start: int
    end: int
    before: list[Word]
    after: list[Word]


def turned(words: Sequence[Word], *, after: bool) -> list[Word]:
    """A prompt with things as they are before, or `after`, what it says that they turn."""
    done = list(words)
    at = len(done)
    while (at := min(at, len(done)) - 1) > 0:
        if (found := _turn(done, at) or _becoming(done, at, after=after)) is None:
            continue
        at, look = found.verb, found.after[-1]
        mere = _stem(done[at]) != ""
        scale = _SCALES.get((found.before[-1] if found.before else "", look))
        if scale and (look not in _LIGHT or "subject" in kinds_of(done[at - 1])):
            done[at : found.end] = scale
        elif mere or _is(look, "colour"):  # or "goes to night school"
            end = _stripped(done, at) if mere and not verb_of((done[at],)).value else found.start
            del done[end : found.end]
            told = found.after if after else found.before
            _tell(done, min(at, end), told, over=after or bool(told))
    return done


def _turn(words: Sequence[Word], at: int) -> _Turn | None:
    """A change to a look: "turns red", "changes from red to green", "wilts to brown"."""
    last, end = _look(words, at + 1)
    start = at + 1
    before: list[Word] = []
    if last and words[at] in ("to", "into"):
        start = next((k for k in range(at - 1, max(0, at - _MOST), -1) if words[k] == "from"), at)
        before = list(words[start + 1 : at])
    elif not last or _stem(words[at]) not in WORDS["turns"] or words[at - 1] in _BEFORE_NOUNS:
        return None
    verb = start - 1
    while verb > 0 and words[verb] in WORDS["shades"]:
        verb -= 1
    return _Turn(verb, start, end, before, last)


def _becoming(words: list[Word], at: int, *, after: bool) -> _Turn | None:
    """A change whose verb tells the look: "rusts". What is done to a thing is told of it here."""
    look, behind = _BECOMES.get(_stem(words[at])), (*words[at + 1 :], Word("", first=True))
    whose = behind[0] == "of"  # "the rusting of a gate", but "a rusting gate", "in freezing rain"
    attribute = words[at - 1] in _BEFORE_NOUNS and not whose
    away = behind[0] in WORDS["particles"] or behind[0] == "to"
    does = words[at].endswith(("s", "ing")) or verb_of((words[at],)).value  # no "rust", no "brown"
    if not (look and does) or attribute or away:
        return None
    if whose or not (behind[0].first or behind[0] in _ENDS):
        start = at + 1 + whose + (behind[whose] in WORDS["determiners"])
        seen = _is("".join(words[start : start + 1]), "colour")
        words[start : start + seen] = [Word(look)] * after
        return None
    return _Turn(at, at + 1, at + 1, [], [Word(look)])


def _tell(words: list[Word], verb: int, look: Sequence[str], *, over: bool) -> None:
    """Say of the subject of a verb how it looks, and not what it was like if that is `over`."""
    end = _stripped(words, verb)
    at = _begin(words, end)
    if at > 1 and (at == end or words[at] in ("it", "they")):
        end = at - (words[at - 1] in _ENDS)  # "bread rises and turns golden", "…, and it turns red"
        at = _begin(words, end, whole=False)
    kind = next((kind for kind in _LOOKS if look and _is(look[-1], kind)), "colour")
    kept = [w for w in words[at : end - 1] if not (over and _is(w, kind))]
    kept += [w for w in words[end - 1 : end] if not _is(w, kind) or kind == "colour"]
    words[at:end] = [*map(Word, look), *kept]
    words[:] = [Word(_WHOLES[w], first=w.first) if w in _WHOLES else w for w in words]


def _stripped(words: Sequence[Word], at: int) -> int:
    """Where the adverbs and auxiliaries before a verb begin."""
    while at > 0 and (words[at - 1] in WORDS["auxiliaries"] or words[at - 1].endswith("ly")):
        at -= 1
    return at


def _begin(words: Sequence[Word], end: int, *, whole: bool = True) -> int:
    """Where the words begin that say more of the noun before a place, and of where that is."""
    stops = (*WORDS["determiners"], *_ENDS)
    at = end
    while at > 0 and (at == end or not words[at].first) and words[at - 1] not in stops:
        if words[at - 1].endswith("'s") or _is(words[at - 1], "count"):
            break
        at -= 1
    k = at - 1 if at > 0 and words[at - 1] in WORDS["places"] else at - 2
    if k < 1 or not whole or words[k] not in WORDS["places"]:
        return at
    return _begin(words, k)  # "a cup of tea" is one thing


def _look(words: Sequence[Word], at: int) -> tuple[list[Word], int]:
    """The words for a look that begin at a place, and where they end."""
    told: list[Word] = []
    end = Word("", first=True)
    for k, (word, behind) in enumerate(pairwise((*words[at : at + _MOST], end)), at + 1):
        within = word == "of" and words[k - 2] in WORDS["shades"]  # "a shade of blue"
        if (
            (word.first and k > at + 1)
            or (word in _ENDS - _DEGREES and not within)
            or "subject" in kinds_of(word)
        ):
            break
        told += [word] if word not in WORDS["shades"] else []
        looks = told and (told[-1] in _DEGREES or any(_is(told[-1], kind) for kind in _LOOKS))
        ends = behind.first or behind in {*_ENDS, "color"} - {"of"} or _is(behind, "relation")
        if looks and ends:
            return told, k
    return [], at


def _is(word: str, kind: str) -> bool:
    known = LEXICON.get((word,))
    return known is not None and known.kind == kind


def _stem(word: str) -> str:
    stems = [form for (form,), _ in variants((word,))]
    return next((one for one in stems if one in _BECOMES or one in WORDS["turns"]), "")
