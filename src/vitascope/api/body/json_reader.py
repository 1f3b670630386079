"""Bodies and parts of JSON."""

from __future__ import annotations

import json
import math
import mmap
from pathlib import Path
from typing import NoReturn

from starlette.concurrency import run_in_threadpool

from vitascope.api.body.body import FILE_FIELDS, BodyLimits, Value, kind_of
from vitascope.api.body.json_limits import JsonScanner, JsonTooLarge
from vitascope.api.body.text import printable, refuse_unstorable, too_long
from vitascope.api.body.upload import HEAD_BYTES, ScratchFiles, Upload, UploadWriter, append
from vitascope.errors import InvalidRequest, PayloadTooLarge

_MAX_DIGITS = 40
"""Digits of an integer; Python's own limit is in the thousands and its sentence is no help."""


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
        # Read and parsed here without a pause, although it takes a moment: so there is never more
        # than one long document in memory, however many arrive at once.
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
    """A number that JSON or this server does not have."""


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
    """Walks a parsed document once: refuses bad strings, makes files of long ones."""

    def __init__(self, files: ScratchFiles, limits: BodyLimits) -> None:
        self.long: list[tuple[Path, bytes]] = []  # files that are still to be filled
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
        if name.partition(".")[0] in FILE_FIELDS:
            path, content = self._files.create(), text.encode()
            self.long.append((path, content))
            return Upload(path, None, None, len(content), content[:HEAD_BYTES])
        raise too_long(printable(name), self._limits.max_text, len(text))
