"""Field names of multipart bodies, such as `characters[][id]`, and the tree they describe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from vitascope.api.body.body import Value

_BRACKETED = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_MEMBER = re.compile(r"\[([^\[\]]*)\]")

# Old clients join with dots. A dot may also be part of a plain name, so only names that can mean
# nothing else are split there.
_DOTTED = re.compile(r"(video|input_reference)\.(id|file_id|image_url)")

APPEND = ""
"""The step of a path that means "at the end of the list"."""


class Clash(Exception):
    """A value stands where another one already does."""


class _Nothing:
    """The place where no value stands yet."""


_NOTHING: Final = _Nothing()


def path_of(name: str) -> tuple[str, ...]:
    """Split `a[b][]` into `("a", "b", APPEND)`; a name that is not built this way stays whole."""
    if dotted := _DOTTED.fullmatch(name):
        return dotted.groups()
    if bracketed := _BRACKETED.fullmatch(name):
        return (bracketed[1], *_MEMBER.findall(bracketed[2]))
    return (name,)


def plant(tree: dict[str, Value], path: Sequence[str], value: Value) -> None:
    """Put a value where its path says.

    A repeated `list[][key]` goes into the list's last element until the key is taken there; then
    a new element begins.

    Raises:
        Clash: the place is taken, or is a list for some names and an object for others.
    """
    tree[path[0]] = _put(tree.get(path[0], _NOTHING), path[1:], value)


def _put(there: Value | _Nothing, path: Sequence[str], value: Value) -> Value:
    if not path:
        if not isinstance(there, _Nothing):
            raise Clash
        return value
    if path[0] == APPEND:
        return _put_last(there, path[1:], value)
    members = {} if isinstance(there, _Nothing) else there
    if not isinstance(members, dict):
        raise Clash
    members[path[0]] = _put(members.get(path[0], _NOTHING), path[1:], value)
    return members


def _put_last(there: Value | _Nothing, path: Sequence[str], value: Value) -> Value:
    elements = [] if isinstance(there, _Nothing) else there
    if not isinstance(elements, list):
        raise Clash
    if elements and path:
        try:
            elements[-1] = _put(elements[-1], path, value)
        except Clash:
            pass
        else:
            return elements
    elements.append(_put(_NOTHING, path, value))
    return elements


def number_lists(value: Value) -> Value:
    """Turn objects whose keys are 0, 1, 2, … into lists: some clients write `characters[0][id]`."""
    if isinstance(value, list):
        return [number_lists(element) for element in value]
    if not isinstance(value, dict):
        return value
    members = {key: number_lists(member) for key, member in value.items()}
    indices = [str(index) for index in range(len(members))]
    if members and members.keys() == set(indices):
        return [members[index] for index in indices]
    return members
