"""Reads a request's body in any form, and removes its files at the end."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Protocol

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message, Receive

from vitascope.api.parsing.body import Body, BodyLimits, ScratchFiles, Value
from vitascope.api.parsing.json_body import JsonReader, read_plain_json
from vitascope.api.parsing.multipart import MultipartReader, read_plain_form
from vitascope.api.parsing.text import parse_header, printable
from vitascope.errors import InvalidRequest, PayloadTooLarge

_PEEK_BYTES = 4096
_FORM = re.compile(r"multipart/form-data; ?boundary=([\w-]{1,70})", re.ASCII)
_BLANK = b" \t\r\n\xef\xbb\xbf"


class _Reader(Protocol):
    async def feed(self, chunk: bytes) -> None: ...
    async def finish(self) -> dict[str, Value]: ...


@asynccontextmanager
async def read_body(request: Request, *, limits: BodyLimits, scratch: Path) -> AsyncIterator[Body]:
    """Read a request's body: JSON or multipart.

    Args:
        request: a request whose body has not been touched.
        limits: how much is taken.
        scratch: an existing folder for temp files; nothing of this request stays in it.

    Raises:
        PayloadTooLarge: there is more than the limits allow.
        InvalidRequest: the body can't be read.
    """
    headers, files = request.headers, ScratchFiles(scratch)
    try:
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise InvalidRequest(
                f"Content-Encoding '{printable(encoding)}' is not supported. Send the body as it "
                "is."
            )
        length = headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length[:20]) > limits.max_body:
            raise _too_large(limits.max_body)
        message, fields = await request.receive(), None
        if not message.get("more_body"):
            raw = message.get("body", b"")
            if raw.startswith(b"{"):
                fields = read_plain_json(raw, limits)
            elif raw.startswith(b"--") and (
                form := _FORM.fullmatch(headers.get("content-type", ""))
            ):
                fields = read_plain_form(raw, form[1].encode(), limits)
        if fields is None:
            fields = await _read_long(message, request, files, limits)
        yield Body(fields, files)
    finally:
        files.close()


async def _read_long(
    message: Message, request: Request, files: ScratchFiles, limits: BodyLimits
) -> dict[str, Value]:
    """Read a body of any form, of which the first message has been received, as it arrives."""
    async with aclosing(_counted(message, request.receive, limits.max_body)) as chunks:
        start = await _peek(chunks)
        if not start:
            return {}
        reader = _reader_for(start, request.headers, files, limits)
        await reader.feed(start)
        async for chunk in chunks:
            await reader.feed(chunk)
        return await reader.finish()


async def _counted(message: Message, receive: Receive, maximum: int) -> AsyncGenerator[bytes]:
    """The chunks of the body, of which the first message has been received."""
    total = 0
    while message["type"] == "http.request":
        chunk = message.get("body", b"")
        total += len(chunk)
        if total > maximum:
            raise _too_large(maximum)
        if chunk:
            yield chunk
        if not message.get("more_body"):
            return
        message = await receive()
    raise InvalidRequest("The connection was closed before the whole body arrived.")


def _too_large(maximum: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The request body is too large: at most {maximum} bytes are taken.")


async def _peek(chunks: AsyncIterator[bytes]) -> bytes:
    """Read until the form is known: JSON, or a multipart body with its first line."""
    start = b""
    async for chunk in chunks:
        start += chunk
        seen = start.lstrip(_BLANK)
        if len(start) >= _PEEK_BYTES or (seen and (seen[:1] != b"-" or b"\n" in seen)):
            break
    return start


def _reader_for(start: bytes, headers: Headers, files: ScratchFiles, limits: BodyLimits) -> _Reader:
    """The reader by the first bytes, because clients declare JSON as anything or nothing."""
    declared, parameters = parse_header(headers.get("content-type", "").encode("latin-1"))
    seen = start.lstrip(_BLANK)
    if seen.startswith(b"{") or declared == "text/json" or _is_json(declared):
        return JsonReader(files, limits)
    if declared.startswith("multipart/") or (not declared and seen.startswith(b"--")):
        boundary = parameters.get("boundary") or _first_line(seen)
        return MultipartReader(boundary, files, limits)
    if not declared:
        raise InvalidRequest(
            "The request has no Content-Type header. Send application/json or multipart/form-data."
        )
    raise InvalidRequest(
        f"Unsupported Content-Type '{printable(declared)}'. Send application/json or "
        "multipart/form-data."
    )


def _is_json(declared: str) -> bool:
    return declared == "application/json" or declared.endswith("+json")


def _first_line(seen: bytes) -> bytes:
    line, newline, _ = seen.partition(b"\r\n")
    boundary = line.removeprefix(b"--")
    if not newline or boundary == line or not boundary:
        raise InvalidRequest(
            "The multipart Content-Type header has no boundary. Let your HTTP library set that "
            "header."
        )
    return boundary
