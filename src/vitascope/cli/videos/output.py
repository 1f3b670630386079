"""Prints JSON values on stdout as JSON, YAML or a box of `key: value` lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, set_cell_size

from vitascope.cli.videos.terminal import Terminal
from vitascope.cli.videos.transform import NOTHING, transform

_NO_EXPLORE = (
    "Warning: Output format 'explore' not supported for non-terminal output; falling back to 'json'"
)
_NO_EXPLORER = "Warning: Output format 'explore' not supported; falling back to 'json'"


@dataclass
class Display:
    """How to print values.

    Attributes:
        title: the line above a box.
        path: the GJSON path of the part to print; a path without a match prints the whole value.
        raw_output: print a string without quotes.
    """

    terminal: Terminal
    title: str
    format: str = "auto"
    path: str = ""
    raw_output: bool = False

    def show(self, value: Any, text: str | None = None) -> None:
        """Print a value.

        Args:
            value: the decoded JSON.
            text: the JSON text as received, for the format `raw`.
        """
        if self.format == "explore":
            self.terminal.complain(_NO_EXPLORER if self.terminal.interactive else _NO_EXPLORE)
            self.format = "json"
        if self.path:
            part = transform(value, self.path)
            if part is not NOTHING:
                value, text = part, None
        self.terminal.write(self._formatted(value, text))

    def _formatted(self, value: Any, text: str | None) -> str:
        if self.raw_output and isinstance(value, str):
            return value + "\n"
        paint = coloured if self.terminal.coloured else plain
        match self.format:
            case "raw":
                return (to_line(value) if text is None else text) + "\n"
            case "jsonl":
                return to_line(value, paint) + "\n"
            case "yaml":
                return to_yaml(value)
            case "pretty":
                return to_box(self.title, value, width=self.terminal.width) + "\n"
            case _:
                return to_json(value, paint) + "\n"


def decode(text: str) -> Any:
    """The parsed JSON of a body; the text itself if it is not JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


Paint = Callable[[str, str], str]
"""Adds colour codes to a text, by the kind of JSON token."""

_WIDEST_ONE_LINE_ARRAY = 80
_COLOURS = {
    "key": "\x1b[1m\x1b[94m",
    "str": "\x1b[32m",
    "number": "\x1b[33m",
    "bool": "\x1b[36m",
    "null": "\x1b[2m",
}


def plain(_kind: str, text: str) -> str:
    """Add no colour."""
    return text


def coloured(kind: str, text: str) -> str:
    """Add the colour codes of a terminal."""
    return f"{_COLOURS[kind]}{text}\x1b[0m"


def _scalar(value: Any, paint: Paint) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        return paint("str", text)
    if value is None:
        return paint("null", text)
    return paint("bool" if isinstance(value, bool) else "number", text)


def to_line(value: Any, paint: Paint = plain) -> str:
    """JSON on one line without spaces."""
    if isinstance(value, dict):
        pairs = (f"{paint('key', _quoted(k))}:{to_line(v, paint)}" for k, v in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(to_line(each, paint) for each in value) + "]"
    return _scalar(value, paint)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def to_json(value: Any, paint: Paint = plain, *, indent: str = "", column: int = 0) -> str:
    """Indented JSON; an array without objects stays on one line if it fits in 80 columns."""
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


# Texts that YAML would not read as a string.
_NOT_PLAIN = re.compile(
    r"|[-?:,\[\]{}#&*!|>'\"%@`].*|.*(: | #|:$).*|\s.*|.*\s|~|null|true|false|yes|no|on|off|y|n"
    r"|[-+]?(0x[0-9a-f_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?)"
    r"|[-+]?(\.[0-9_]+(e[-+]?[0-9]+)?|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|\.inf|\.nan)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|<<|=|---.*|\.\.\..*",
    re.IGNORECASE | re.DOTALL,
)
_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def to_yaml(value: Any, *, indent: str = "") -> str:
    """YAML in block style, ending with a line break; strings are quoted only if necessary."""
    if isinstance(value, dict) and value:
        return "".join(
            f"{indent}{_plain_or_quoted(key)}:{_yaml_below(each, indent)}"
            for key, each in value.items()
        )
    if isinstance(value, list) and value:
        return "".join(f"{indent}- {_yaml_item(each, indent + '  ')}" for each in value)
    return f"{indent}{_yaml_scalar(value, indent)}\n"


def _yaml_below(value: Any, indent: str) -> str:
    if isinstance(value, dict | list) and value:
        return "\n" + to_yaml(value, indent=indent + "  ")
    return f" {_yaml_scalar(value, indent)}\n"


def _yaml_item(value: Any, indent: str) -> str:
    """An array element after its dash, so without indent on the first line."""
    if isinstance(value, dict | list) and value:
        return to_yaml(value, indent=indent).removeprefix(indent)
    return f"{_yaml_scalar(value, indent[:-2])}\n"


def _yaml_scalar(value: Any, indent: str) -> str:
    return _yaml_text(value, indent) if isinstance(value, str) else to_line(value)


def _yaml_text(text: str, indent: str) -> str:
    if "\n" in text and text.strip() and not _UNPRINTABLE.search(text):
        return _yaml_block(text, indent)
    return _plain_or_quoted(text)


def _plain_or_quoted(text: str) -> str:
    if "\n" in text or _UNPRINTABLE.search(text) or _NOT_PLAIN.fullmatch(text):
        return to_line(text)
    return text


def _yaml_block(text: str, indent: str) -> str:
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    sign = "-" if ends == 0 else "" if ends == 1 else "+"
    first_indent = "2" if text[0] in " \n" else ""
    lines = [f"{indent}  {line}" if line else "" for line in body.split("\n")]
    return "\n".join([f"|{first_indent}{sign}", *lines]) + "\n" * max(0, ends - 1)


def to_box(title: str, value: Any, *, width: int) -> str:
    """A titled box of `key: value` lines, as wide as it needs to be and at most `width` columns."""
    lines = _box_lines(value, 0, width - 4)
    widest = max(cell_len(line) for line in lines)
    rows = [f"│ {set_cell_size(line, widest)} │" for line in lines]
    edge = "─" * (widest + 2)
    return "\n".join([f"  {title}", f"╭{edge}╮", *rows, f"╰{edge}╯"])


def _box_lines(value: Any, depth: int, width: int) -> list[str]:
    indent = "  " * depth
    if isinstance(value, dict) and value:
        heads = [(f"{indent}{_visible(key)}:", each) for key, each in value.items()]
    elif isinstance(value, list) and value:
        number_width = len(f"{len(value)}.")
        numbers = (f"{number}.".ljust(number_width) for number in range(1, len(value) + 1))
        heads = [(indent + number, each) for number, each in zip(numbers, value, strict=True)]
    else:
        return [_fit(_box_scalar(value), width)]
    lines: list[str] = []
    for head, each in heads:
        if isinstance(each, dict | list) and each:
            lines += [head.rstrip(), *_box_lines(each, depth + 1, width)]
        else:
            lines.append(f"{head} {_fit(_box_scalar(each), width - cell_len(head) - 1)}")
    return lines


def _box_scalar(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "yes" if value else "no"
        case str():
            return _visible(value) or "(empty)"
        case list():
            return "(none)"
        case dict():
            return "(empty)"
        case _:
            return to_line(value)


def _visible(text: str) -> str:
    """The text without control characters, which could break the box or control the terminal."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text)


def _fit(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)) + "…"
