"""Header values, field names and strings of a request, and the errors for bad ones."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote_to_bytes

from vitascope.api.parsing.body import Value
from vitascope.errors import InvalidRequest

_PARAMETER = re.compile(rb';\s*([^\s;="]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_ESCAPED = re.compile(rb'\\(["\\])')
_EXTENDED = re.compile(rb"([^']*)'[^']*'(.*)", re.DOTALL)

# The encodings that clients declare; us-ascii is read as its superset.
_CHARSETS = {
    "ascii": "utf-8",
    "utf-8": "utf-8",
    "iso8859-1": "iso8859-1",
    "cp1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
}


def parse_header(value: bytes) -> tuple[str, dict[str, bytes]]:
    r"""Split `text/plain; charset="utf-8"` into its lower-case value and its parameters.

    Values may be quoted or not; in quotes only `\"` and `\\` are escapes, so that a Windows path
    survives. Of a repeated parameter the first counts.
    """
    kind = value.partition(b";")[0].strip().lower().decode("latin-1")
    parameters: dict[str, bytes] = {}
    for name, raw in _PARAMETER.findall(value):
        parameters.setdefault(name.lower().decode("latin-1"), _unquoted(raw))
    return kind, parameters


def _unquoted(raw: bytes) -> bytes:
    raw = raw.strip()
    if len(raw) >= 2 and raw.startswith(b'"') and raw.endswith(b'"'):
        return _ESCAPED.sub(rb"\1", raw[1:-1])
    return raw


def field_name(parameters: dict[str, bytes]) -> str | None:
    """The name of a part.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    raw = parameters.get("name")
    return None if raw is None else raw.replace(b"%22", b'"').decode()


def filename(parameters: dict[str, bytes]) -> str | None:
    """The file name of a part: `""` if it is empty, `None` if there is none."""
    raw, encoding = parameters.get("filename"), "utf-8"
    if extended := _EXTENDED.fullmatch(parameters.get("filename*", b"")):
        encoding = charset(extended[1]) or "utf-8"
        raw = unquote_to_bytes(extended[2])
    elif raw is not None:
        raw = raw.replace(b"%22", b'"')
    elif "filename*" in parameters:
        raw = parameters["filename*"]
    if raw is None:
        return None
    name = re.split(r"[/\\]", raw.decode(encoding, errors="replace"))[-1]
    return "".join(character for character in name if character.isprintable())[:255]


def charset(declared: bytes | None) -> str | None:
    """The codec for a declared charset (default UTF-8); `None` if it is not supported."""
    if not declared:
        return "utf-8"
    try:
        return _CHARSETS.get(codecs.lookup(declared.decode("ascii")).name)
    except (LookupError, ValueError):
        return None


_BRACKETED = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_MEMBER = re.compile(r"\[([^\[\]]*)\]")

# Old clients join with dots. Plain names may have dots, too, so only these names are split.
_DOTTED = re.compile(r"(video|input_reference|last_frame)\.(id|file_id|image_url)")

APPEND = ""
"""The step of a path that means "at the end of the list"."""


class Clash(Exception):
    """The place of a value is taken."""


class _Nothing:
    """An empty place."""


_NOTHING: Final = _Nothing()


def path_of(name: str) -> tuple[str, ...]:
    """Split `a[b][]` into `("a", "b", APPEND)`; other names stay whole."""
    if dotted := _DOTTED.fullmatch(name):
        return dotted.groups()
    if bracketed := _BRACKETED.fullmatch(name):
        return (bracketed[1], *_MEMBER.findall(bracketed[2]))
    return (name,)


def plant(tree: dict[str, Value], path: Sequence[str], value: Value) -> None:
    """Put a value at its path.

    A repeated `list[][key]` goes into the list's last element until the key is taken there; then
    a new element begins. Some clients send all values of one key and then all of the next: of the
    last elements that have the same keys, the first one gets the value.

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
        at = _unfinished(elements)
        if at < len(elements) - 1 and _lacks(elements[at], path[0]):
            elements = Grouped(elements)
        else:
            at = len(elements) - 1
        try:
            elements[at] = _put(elements[at], path, value)
        except Clash:
            pass
        else:
            return elements
    elements.append(_put(_NOTHING, path, value))
    return elements


class Grouped(list[Value]):
    """A list whose values came key by key; clear only if all elements have all keys."""

    @property
    def complete(self) -> bool:
        """Whether all elements have the same keys."""
        return _unfinished(self) == 0


def _unfinished(elements: list[Value]) -> int:
    """The first of the last elements that have the same keys."""
    keys = [set(one) if isinstance(one, dict) else None for one in elements]
    at = len(keys) - 1
    while at and keys[at] is not None and keys[at - 1] == keys[at]:
        at -= 1
    return at


def _lacks(element: Value, key: str) -> bool:
    return isinstance(element, dict) and key != APPEND and key not in element


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


def refuse_unstorable(text: str, name: str) -> None:
    """Refuse NUL characters and lone surrogates, which no database or file takes.

    Raises:
        InvalidRequest: the text holds one.
    """
    if "\0" in text:
        raise InvalidRequest(
            f"Invalid '{printable(name)}': the string contains a NUL character (U+0000).",
            param=printable(name),
            code="invalid_string",
        )
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidRequest(
            f"Invalid '{printable(name)}': the string contains a lone surrogate, "
            "which is no character.",
            param=printable(name),
            code="invalid_string",
        ) from None


def too_long(name: str, maximum: int, length: int) -> InvalidRequest:
    """The error for a string above its maximum length, both in characters."""
    return InvalidRequest(
        f"Invalid '{name}': string too long. Expected a string with maximum length {maximum}, "
        f"but got a string with length {length} instead.",
        param=name,
        code="string_above_max_length",
    )


def printable(name: str) -> str:
    """A name from a request, shortened and printable, for messages."""
    kept = name if len(name) <= 80 else f"{name[:79]}…"  # first, because it may have megabytes
    return "".join(character if character.isprintable() else "\ufffd" for character in kept)
