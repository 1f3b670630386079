"""Limits of a JSON document that hold while it comes in, before anything is parsed."""

from __future__ import annotations

import re

from vitascope.api.body.body import FILE_FIELDS, BodyLimits
from vitascope.errors import PayloadTooLarge

_STRUCTURE = re.compile(rb'["{}\[\],:]')
# No byte is looked at twice, whatever the string is made of.
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_LONGEST_ESCAPE = 6  # bytes that one character takes, as in \u00e9


class JsonTooLarge(Exception):
    """The document has too many parts. The text continues "We could not parse it: …"."""


class JsonScanner:
    """Follows the structure of a document chunk by chunk; what is no JSON is left to the parser."""

    def __init__(self, limits: BodyLimits, *, of_file: bool = False) -> None:
        """Begin a document.

        Args:
            limits: what is taken.
            of_file: whether the whole document is the value of a field that may hold a file.
        """
        self._limits = limits
        self._whole_is_file = of_file
        self._open = bytearray()  # the brackets that are open
        self._values = 1
        self._plain = 0  # bytes that are no content of a file
        self._in_string = False
        self._escaped = False  # the last chunk ended in a backslash
        self._is_key = False
        self._expects_key = False
        self._key = bytearray()
        self._in_file = of_file

    def feed(self, chunk: bytes | memoryview) -> None:
        """Follow the next chunk.

        Raises:
            JsonTooLarge: there are too many values or levels, or too long a key.
            PayloadTooLarge: there is too much beside files.
        """
        at = 0
        while at < len(chunk):
            at = self._string(chunk, at) if self._in_string else self._structure(chunk, at)
        if self._plain > self._limits.max_texts:
            raise PayloadTooLarge(
                f"The JSON is too large: at most {self._limits.max_texts} bytes are taken beside "
                "files."
            )

    def _string(self, chunk: bytes | memoryview, at: int) -> int:
        """Go to the string's end, or to that of the chunk; returns the place after it."""
        start = at
        if self._escaped:
            self._escaped = False
            at += 1
        found = _IN_STRING.match(chunk, at)
        assert found is not None  # it also matches nothing
        end = found.end()
        if end < len(chunk) and chunk[end] == ord("\\"):
            self._escaped = True
            end += 1
        if self._is_key:
            self._key += chunk[start:end]
            if len(self._key) > self._limits.max_name * _LONGEST_ESCAPE:
                raise JsonTooLarge(f"it has a key of more than {self._limits.max_name} characters")
        if self._is_key or not self._in_file:
            self._plain += end - start
        if end < len(chunk):
            self._in_string = self._escaped = False
            return end + 1
        return end

    def _structure(self, chunk: bytes | memoryview, at: int) -> int:
        """Go behind the next mark, or to the chunk's end; returns the place."""
        found = _STRUCTURE.search(chunk, at)
        end = len(chunk) if found is None else found.end()
        self._plain += end - at
        if found is None:
            return end
        match chunk[end - 1 : end]:
            case b'"':
                self._in_string = True
                self._is_key = self._expects_key
                self._key.clear()
            case b":":
                self._expects_key = False
                if len(self._open) == 1:
                    of_file = self._key.decode("latin-1") in FILE_FIELDS
                    self._in_file = of_file or self._whole_is_file
            case b",":
                self._count()
                self._expects_key = self._open[-1:] == b"{"
            case b"{" | b"[" as bracket:
                self._count()
                self._open += bracket
                # One more than the reader's own check allows, which can say where.
                if len(self._open) > self._limits.max_depth + 2:
                    raise JsonTooLarge("it is nested too deeply")
                self._expects_key = bracket == b"{"
            case _:
                self._expects_key = False
                del self._open[-1:]
        return end

    def _count(self) -> None:
        self._values += 1
        if self._values > self._limits.max_values:
            raise JsonTooLarge(f"it has more than {self._limits.max_values} values")
