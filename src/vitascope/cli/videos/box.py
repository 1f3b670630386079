"""JSON values as a titled box of `key: value` lines."""

from __future__ import annotations

import re
from typing import Any

from rich.cells import cell_len, set_cell_size

from vitascope.cli.videos.json_text import to_line


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
    """Text that can't break the box or speak to the terminal."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text)


def _fit(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)) + "…"
