"""JSON as text: over lines, or on one; with colours or without."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Paint = Callable[[str, str], str]

_WIDEST_ONE_LINE_ARRAY = 80
_COLOURS = {
    "key": "\x1b[1m\x1b[94m",
    "str": "\x1b[32m",
    "number": "\x1b[33m",
    "bool": "\x1b[36m",
    "null": "\x1b[2m",
}


def plain(_kind: str, text: str) -> str:
    """Paint nothing."""
    return text


def coloured(kind: str, text: str) -> str:
    """Paint for a terminal."""
    return f"{_COLOURS[kind]}{text}\x1b[0m"


def _scalar(value: Any, paint: Paint) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        return paint("str", text)
    if value is None:
        return paint("null", text)
    return paint("bool" if isinstance(value, bool) else "number", text)


def to_line(value: Any, paint: Paint = plain) -> str:
    """JSON on one line, without spaces."""
    if isinstance(value, dict):
        pairs = (f"{paint('key', _quoted(k))}:{to_line(v, paint)}" for k, v in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(to_line(each, paint) for each in value) + "]"
    return _scalar(value, paint)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def to_json(value: Any, paint: Paint = plain, *, indent: str = "", column: int = 0) -> str:
    """JSON over lines; an array without objects stays on one line if that fits in 80 columns."""
    if not value or not isinstance(value, dict | list):
        return to_line(value, paint)
    inner = indent + "  "
    if isinstance(value, list):
        short = _one_line_array(value)
        if short is not None and column + len(short) <= _WIDEST_ONE_LINE_ARRAY:
            return short if paint is plain else _one_line_array(value, paint) or short
        lines = [inner + to_json(each, paint, indent=inner, column=len(inner)) for each in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    lines = [_member(key, each, paint, inner) for key, each in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _member(key: str, value: Any, paint: Paint, indent: str) -> str:
    column = len(indent) + len(_quoted(key)) + 2
    text = to_json(value, paint, indent=indent, column=column)
    return f"{indent}{paint('key', _quoted(key))}: {text}"


def _one_line_array(value: list[Any], paint: Paint = plain) -> str | None:
    parts = []
    for each in value:
        if isinstance(each, dict):
            return None
        part = _one_line_array(each, paint) if isinstance(each, list) else _scalar(each, paint)
        if part is None:
            return None
        parts.append(part)
    return "[" + ", ".join(parts) + "]"
