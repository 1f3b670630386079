"""JSON bodies and parts: limits are checked while they arrive, then they are parsed."""

from __future__ import annotations

import json
import math
import mmap
import re
from pathlib import Path
from typing import NoReturn

import msgspec
from starlette.concurrency import run_in_threadpool

from vitascope.api.parsing.body import (
    HEAD_BYTES,
    BodyLimits,
    ScratchFiles,
    Upload,
    UploadWriter,
    Value,
    append,
    kind_of,
)
from vitascope.api.parsing.text import printable, refuse_unstorable, too_long
from vitascope.errors import InvalidRequest, PayloadTooLarge

_END_OF_FIRST = re.compile(r"[.\[]")
"""What ends the name of the field at the top, as in `image.url` and `frames[0].url`."""

_SAFE_INTEGER = 2**53
"""Up to here, all parsers agree."""
_MAX_DIGITS = 40
"""Digits of an integer. Python's own limit is thousands, and its message does not help."""


def read_plain_json(raw: bytes, limits: BodyLimits) -> dict[str, Value] | None:
    """The fields of a whole, short JSON object of plain values, which most JSON bodies are.

    None for any other body: `JsonReader` reads it or says what is wrong with it.
    """
    if len(raw) > limits.short or raw.count(b",") + 2 > limits.max_values:
        return None
    try:
        fields: dict[str, Value] = msgspec.json.decode(raw, type=dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    for name, value in fields.items():
        if len(name) > limits.max_name or "\0" in name or isinstance(value, list | dict):
            return None
        if isinstance(value, str):
            if "\0" in value:
                return None
        elif isinstance(value, int) and abs(value) > _SAFE_INTEGER:
            return None
    return fields


class JsonReader:
    """Collects a JSON body chunk by chunk and reads it at the end."""

    def __init__(self, files: ScratchFiles, limits: BodyLimits) -> None:
        self._files = files
        self._limits = limits
        self._writer = UploadWriter(files)
        self._scanner = JsonScanner(limits)

    async def feed(self, chunk: bytes) -> None:
        """Take the next chunk.

        Raises:
            PayloadTooLarge: there is more than a JSON body may hold.
            InvalidRequest: it breaks another limit.
        """
        scan_json(self._scanner, chunk, "")
        self._writer.append(chunk)
        if self._writer.size > self._limits.max_json:
            raise PayloadTooLarge(
                f"The JSON body is too large: at most {self._limits.max_json} bytes are taken. "
                "Send files as multipart/form-data."
            )
        if self._writer.due:
            await self._writer.flush()

    async def finish(self) -> dict[str, Value]:
        """Read the whole.

        Raises:
            InvalidRequest: it is no JSON object, or holds what no request may.
        """
        if not self._writer.size:
            return {}
        value = await read_json(self._writer, "", self._files, self._limits)
        if not isinstance(value, dict):
            raise InvalidRequest(
                f"Invalid type for the request body: expected an object, but got {kind_of(value)} "
                "instead.",
                code="invalid_type",
            )
        return value


def scan_json(scanner: JsonScanner, chunk: bytes | memoryview, name: str) -> None:
    """Let the scanner follow a chunk; `name` as for `read_json`.

    Raises:
        InvalidRequest: the document breaks a limit.
    """
    try:
        scanner.feed(chunk)
    except JsonTooLarge as error:
        raise _unreadable(name, str(error)) from None


async def read_json(
    writer: UploadWriter, name: str, files: ScratchFiles, limits: BodyLimits
) -> Value:
    """Read collected bytes as JSON; `name` is the part's name, empty for a whole body.

    Raises:
        InvalidRequest: it is not JSON, or holds what no request may.
    """
    if writer.in_memory is None:
        upload = await writer.finish()
        # Read and parsed without awaiting, so that at most one long document is in memory.
        with (
            upload.path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw,
        ):
            text = _decode(raw, name)
    else:
        text = _decode(writer.in_memory, name)
    check = _Check(files, limits)
    value = check.checked(_parse(text, name), name)
    del text
    while check.long:
        await run_in_threadpool(append, *check.long.pop())
    return value


def _decode(raw: bytearray | mmap.mmap, name: str) -> str:
    try:
        return str(raw, "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise _unreadable(name, "it is not valid UTF-8") from None


def _parse(text: str, name: str) -> Value:
    try:
        parsed: Value = json.loads(
            text, parse_int=_integer, parse_float=_decimal, parse_constant=_no_number
        )
    except json.JSONDecodeError as error:
        raise _unreadable(
            name, f"{error.msg.lower()} at line {error.lineno} column {error.colno}"
        ) from None
    except _NoNumber as error:
        raise _unreadable(name, str(error)) from None
    except RecursionError:
        raise _unreadable(name, "it is nested too deeply") from None
    return parsed


class _NoNumber(Exception):
    """A number that JSON or this server does not support."""


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise _NoNumber("it has an integer with too many digits")
    return int(digits)


def _decimal(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _NoNumber("it has a number that is too large")
    return number


def _no_number(constant: str) -> NoReturn:
    raise _NoNumber(f"{constant} is not valid JSON")


def _unreadable(name: str, why: str) -> InvalidRequest:
    if name:
        shown = printable(name)
        return InvalidRequest(f"We could not parse the JSON of '{shown}': {why}.", param=shown)
    return InvalidRequest(f"We could not parse the JSON body of your request: {why}.")


class _Check:
    """Checks a parsed document: refuses bad strings and turns long ones into files."""

    def __init__(self, files: ScratchFiles, limits: BodyLimits) -> None:
        self.long: list[tuple[Path, bytes]] = []  # files to write
        self._files = files
        self._limits = limits

    def checked(self, value: Value, name: str, depth: int = 0) -> Value:
        if depth > self._limits.max_depth:
            raise InvalidRequest(
                f"Invalid '{printable(name)}': nested more than {self._limits.max_depth} levels "
                "deep.",
                param=printable(name),
            )
        if isinstance(value, str):
            return self._string(value, name)
        if isinstance(value, list):
            return [
                self.checked(element, f"{name}[{index}]", depth + 1)
                for index, element in enumerate(value)
            ]
        if isinstance(value, dict):
            return {
                self._key(key): self.checked(member, f"{name}.{key}" if name else key, depth + 1)
                for key, member in value.items()
            }
        return value

    def _key(self, key: str) -> str:
        if len(key) > self._limits.max_name:
            raise InvalidRequest(
                f"Unknown parameter: '{printable(key)}'.", code="unknown_parameter"
            )
        refuse_unstorable(key, key)
        return key

    def _string(self, text: str, name: str) -> Value:
        refuse_unstorable(text, name)
        if len(text) <= self._limits.max_text:
            return text
        if _END_OF_FIRST.split(name, maxsplit=1)[0] in self._limits.file_fields:
            path, content = self._files.create(), text.encode()
            self.long.append((path, content))
            return Upload(path, None, None, len(content), content[:HEAD_BYTES])
        raise too_long(printable(name), self._limits.max_text, len(text))


_STRUCTURE = re.compile(rb'["{}\[\],:]')
# Possessive, so that no byte is read twice.
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_LONGEST_ESCAPE = 6  # bytes that one character takes, as in \u00e9


class JsonTooLarge(Exception):
    """The document has too many parts. The text continues "We could not parse it: …"."""


class JsonScanner:
    """Follows the structure of a document chunk by chunk. The parser refuses what is not JSON."""

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
        self._plain = 0  # bytes outside files
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
        """Go to the end of the string or chunk; returns the position after it."""
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
        """Go past the next structural character or to the chunk's end; returns the position."""
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
                    of_file = self._key.decode("latin-1") in self._limits.file_fields
                    self._in_file = of_file or self._whole_is_file
            case b",":
                self._count()
                self._expects_key = self._open[-1:] == b"{"
            case b"{" | b"[" as bracket:
                self._count()
                self._open += bracket
                # One more than the later check allows, whose message names the field.
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
