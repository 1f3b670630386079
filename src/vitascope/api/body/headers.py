"""Header values with parameters, as clients of all ages write them."""

from __future__ import annotations

import codecs
import re
from urllib.parse import unquote_to_bytes

_PARAMETER = re.compile(rb';\s*([^\s;="]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_ESCAPED = re.compile(rb'\\(["\\])')
_EXTENDED = re.compile(rb"([^']*)'[^']*'(.*)", re.DOTALL)

# The text encodings that real clients declare; us-ascii is read as its superset.
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
    """The file name of a part: `""` if it is there but empty, `None` if the part is no file."""
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
    """The codec for a declared charset (none declared: UTF-8), or `None` for one not taken."""
    if not declared:
        return "utf-8"
    try:
        return _CHARSETS.get(codecs.lookup(declared.decode("ascii")).name)
    except (LookupError, ValueError):
        return None
