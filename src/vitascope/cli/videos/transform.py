r"""Applies a GJSON path to decoded JSON; implements a subset of the language.

Supported are keys with `*`, `?` and `\` escapes, array indexes, `#`, `#.key`, queries `#(a==b)`
and `#(a==b)#`, multipaths `{a,"name":b}` and `[a,b]`, literals `!"text"`, pipes, and the modifiers
below. Not understood are nested queries, `~` tests, `..` lines and modifiers' arguments.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator
from fnmatch import translate
from typing import Any, Final

_OPENERS = {"{": "}", "[": "]", "(": ")"}
_QUERY = re.compile(r"(?P<path>.*?)\s*(?P<test>==|!=|<=|>=|!%|=|<|>|%)\s*(?P<value>.*)", re.DOTALL)


class _Nothing:
    """The result of a path without a match."""

    def __bool__(self) -> bool:
        return False


NOTHING: Final = _Nothing()


def transform(data: Any, path: str) -> Any:
    """The result of a path in `data`; `NOTHING` without a match."""
    step, separator, rest = _next_step(path)
    if step.startswith("#") and isinstance(data, list):
        return _over_list(data, step, separator, rest)
    found = _take(data, step)
    return transform(found, rest) if separator and found is not NOTHING else found


def _next_step(path: str) -> tuple[str, str, str]:
    """Split a path into its first step, the separator (`.`, `|` or none) and the rest."""
    for position, letter in _top_level(path):
        if letter in ".|":
            return path[:position], letter, path[position + 1 :]
    return path, "", ""


def _top_level(text: str) -> Iterator[tuple[int, str]]:
    """The characters that are not escaped and not inside brackets or quotes."""
    closers: list[str] = []
    quoted = escaped = False
    for position, letter in enumerate(text):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif quoted:
            quoted = letter != '"'
        elif letter == '"':
            quoted = True
        elif letter in _OPENERS:
            closers.append(_OPENERS[letter])
        elif closers:
            if letter == closers[-1]:
                closers.pop()
        else:
            yield position, letter


def _take(data: Any, step: str) -> Any:
    if step[:1] in {"{", "["}:
        return _multipath(data, step)
    if step[:1] == "!":
        return _literal(step[1:])
    if step[:1] == "@" and step[1:] in _MODIFIERS:
        return _MODIFIERS[step[1:]](data)
    if isinstance(data, dict):
        return _member(data, step)
    if isinstance(data, list) and step.isdecimal() and int(step) < len(data):
        return data[int(step)]
    return NOTHING


def _member(data: dict[str, Any], step: str) -> Any:
    if not re.search(r"(?<!\\)[*?]", step):
        return data.get(re.sub(r"\\(.)", r"\1", step), NOTHING)
    pattern = re.compile(translate(step.replace("[", "[[]")))
    return next((value for key, value in data.items() if pattern.match(key)), NOTHING)


def _over_list(data: list[Any], step: str, separator: str, rest: str) -> Any:
    if step.startswith("#("):
        condition, closed, every = step[2:].rpartition(")")
        matches = [each for each in data if closed and _fits(each, condition)]
        if every != "#":
            found = matches[0] if matches else NOTHING
            return transform(found, rest) if separator and matches else found
        data = matches
        if separator != ".":
            return transform(data, rest) if separator else data
    elif separator != ".":
        return transform(len(data), rest) if separator else len(data)
    return _each(data, rest)


def _each(data: list[Any], path: str) -> Any:
    """The path's result for each element; the part after its first pipe gets the whole list."""
    pipe = next((position for position, letter in _top_level(path) if letter == "|"), len(path))
    found = [transform(each, path[:pipe]) for each in data]
    found = [each for each in found if each is not NOTHING]
    return transform(found, path[pipe + 1 :]) if pipe < len(path) else found


def _fits(data: Any, condition: str) -> bool:
    match = _QUERY.fullmatch(condition.strip())
    if match is None:
        return transform(data, condition.strip()) is not NOTHING
    found = transform(data, match["path"]) if match["path"] else data
    expected = _literal(match["value"])
    if expected is NOTHING:
        expected = match["value"]
    return found is not NOTHING and _holds(found, match["test"], expected)


def _holds(found: Any, test: str, expected: Any) -> bool:
    if test in {"%", "!%"}:
        like = re.match(translate(str(expected).replace("[", "[[]")), str(found)) is not None
        return like == (test == "%")
    if _kind(found) != _kind(expected):
        return test == "!="
    return _comparison(test)(found, expected)


def _kind(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return type(value).__name__
    return "number"


def _comparison(test: str) -> Callable[[Any, Any], bool]:
    return {
        "=": operator.eq,
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }[test]


def _literal(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return NOTHING


def _multipath(data: Any, step: str) -> Any:
    inner = step[1:-1]
    cuts = [position for position, letter in _top_level(inner) if letter == ","]
    ends = [*cuts, len(inner)]
    starts = [0, *(cut + 1 for cut in cuts)]
    named = [_named(inner[start:end].strip()) for start, end in zip(starts, ends, strict=True)]
    found = [(name, transform(data, path)) for name, path in named if path]
    present = [(name, value) for name, value in found if value is not NOTHING]
    return dict(present) if step[0] == "{" else [value for _name, value in present]


def _named(selector: str) -> tuple[str, str]:
    """A selector's name and path; the name defaults to the path's last key."""
    for position, letter in _top_level(selector):
        if letter == ":" and not selector.startswith("@"):
            return selector[:position].strip().strip('"'), selector[position + 1 :].strip()
    last = selector
    while True:
        step, separator, rest = _next_step(last)
        if not separator:
            return (step if re.fullmatch(r"[^\[\]{}()#|!@*?]+", step) else "_"), selector
        last = rest


def _reverse(data: Any) -> Any:
    if isinstance(data, dict):
        return dict(reversed(data.items()))
    return data[::-1] if isinstance(data, list) else data


def _flatten(data: Any) -> Any:
    if not isinstance(data, list):
        return data
    return [leaf for each in data for leaf in (each if isinstance(each, list) else [each])]


def _keys(data: Any) -> Any:
    if isinstance(data, dict):
        return list(data)
    return [None] * len(data) if isinstance(data, list) else []


def _values(data: Any) -> Any:
    if isinstance(data, dict):
        return list(data.values())
    return data if isinstance(data, list) else [data]


def _same(data: Any) -> Any:
    """Return the data unchanged, because the output format decides about the layout."""
    return data


def _to_text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


_MODIFIERS: dict[str, Callable[[Any], Any]] = {
    "this": _same,
    "valid": _same,
    "ugly": _same,
    "pretty": _same,
    "reverse": _reverse,
    "flatten": _flatten,
    "keys": _keys,
    "values": _values,
    "tostr": _to_text,
    "fromstr": lambda data: _literal(data) if isinstance(data, str) else NOTHING,
}
