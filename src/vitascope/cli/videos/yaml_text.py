"""JSON values as YAML in blocks; strings are quoted only where they must be."""

from __future__ import annotations

import re
from typing import Any

from vitascope.cli.videos.json_text import to_line

# What YAML would take for something else than a string.
_NOT_PLAIN = re.compile(
    r"|[-?:,\[\]{}#&*!|>'\"%@`].*|.*(: | #|:$).*|\s.*|.*\s|~|null|true|false|yes|no|on|off|y|n"
    r"|[-+]?(0x[0-9a-f_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?)"
    r"|[-+]?(\.[0-9_]+(e[-+]?[0-9]+)?|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|\.inf|\.nan)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|<<|=|---.*|\.\.\..*",
    re.IGNORECASE | re.DOTALL,
)
_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def to_yaml(value: Any, *, indent: str = "") -> str:
    """YAML in blocks, ending with a line break."""
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
    """An element after its dash: the first line needs no indent."""
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
