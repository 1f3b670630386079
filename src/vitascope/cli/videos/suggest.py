"""Finds the known name that is most similar to a word (Jaro-Winkler)."""

from __future__ import annotations

from collections.abc import Iterable

_PREFIX_WEIGHT = 0.1
_PREFIX_LENGTH = 4
_PREFIX_COUNTS_FROM = 0.7


def most_similar(word: str, names: Iterable[str], *, above: float = 0.0) -> str:
    """The first name with the highest similarity above `above`; empty if there is none."""
    best = ""
    for name in names:
        score = similarity(name, word)
        if score > above:
            best, above = name, score
    return best


def similarity(one: str, other: str) -> float:
    """Jaro-Winkler similarity, from 0 (nothing in common) to 1 (equal).

    Source: W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules", 1990.
    """
    jaro = _jaro(one, other)
    if jaro <= _PREFIX_COUNTS_FROM:
        return jaro
    prefix = 0
    for mine, yours in zip(one[:_PREFIX_LENGTH], other[:_PREFIX_LENGTH], strict=False):
        if mine != yours:
            break
        prefix += 1
    return jaro + _PREFIX_WEIGHT * prefix * (1 - jaro)


def _jaro(one: str, other: str) -> float:
    reach = max(max(len(one), len(other)) // 2 - 1, 0)
    pairs: dict[int, int] = {}  # positions of equal letters, from `other` to `one`
    for position, letter in enumerate(one):
        for candidate in range(max(0, position - reach), min(len(other), position + reach + 1)):
            if candidate not in pairs and other[candidate] == letter:
                pairs[candidate] = position
                break
    if not pairs:
        return 0.0
    matches = len(pairs)
    in_order = zip(sorted(pairs), sorted(pairs.values()), strict=True)
    moved = sum(other[theirs] != one[mine] for theirs, mine in in_order) / 2
    return (matches / len(one) + matches / len(other) + (matches - moved) / matches) / 3
