"""Stored files for clients: streamed with ranges and validators, or as base64 in JSON; deleting.

Ranges and validators follow RFC 9110, sections 13 and 14.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import secrets
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from obstore.exceptions import BaseError
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from vitascope.api.error_handlers import storage_error
from vitascope.config import Settings
from vitascope.errors import InvalidRequest, NoSpace, NotFound
from vitascope.spec import Asset
from vitascope.store.blobs import Blobs, MissingBlob

# Longer than any file needs, and below the number of digits that Python refuses.
_POSITION = re.compile(r"[0-9]{1,40}")

_DELETE_SECONDS = 5.0
_NAME_CHARACTERS = 50
_UNSAFE_IN_NAMES = frozenset('"*/:<>?\\|%;')

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` up to, not including, `end`."""

    start: int
    end: int


class Unsatisfiable(Exception):
    """The range has no byte of the file."""


async def serve(
    request: Request, blobs: Blobs, asset: Asset, *, filename: str, inline: bool = False
) -> Response:
    """Answer GET or HEAD for one file. Browsers show an `inline` file and store others.

    Raises:
        NotFound: the file is not in the store any more.
    """
    etag = f'"{asset.digest}"'
    headers = {
        "etag": etag,
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
        "content-type": asset.media_type,
        "content-disposition": _inline(filename) if inline else _attachment(filename),
        "x-content-type-options": "nosniff",
    }
    if etag_matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=_without_body(headers))
    try:
        # HEAD has no ranges (section 14.2).
        get = request.method == "GET"
        part = requested_range(request.headers, asset.size, etag) if get else None
    except Unsatisfiable:
        return Response(
            status_code=416,
            headers=_without_body(headers) | {"content-range": f"bytes */{asset.size}"},
        )
    span = part or ByteRange(0, asset.size)
    headers["content-length"] = str(span.end - span.start)
    if part is not None:
        headers["content-range"] = f"bytes {span.start}-{span.end - 1}/{asset.size}"
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(await _open(blobs, asset, span), status_code=status, headers=headers)


async def _open(blobs: Blobs, asset: Asset, span: ByteRange) -> AsyncIterator[memoryview]:
    try:
        return await blobs.stream(asset.key, start=span.start, end=span.end)
    except MissingBlob:
        raise NotFound("The video's file is not stored any more.") from None


def _attachment(filename: str) -> str:
    """The Content-Disposition, in the form of RFC 8187 for names that need it."""
    if filename.isascii() and filename.isprintable() and not set(filename) & {'"', "\\"}:
        return f'attachment; filename="{filename}"'
    return f"attachment; filename*=UTF-8''{quote(filename, safe='', errors='replace')}"


def _inline(filename: str) -> str:
    """The Content-Disposition of a file to show, with an ASCII name for older clients."""
    plain = _safe(unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode())
    if plain.startswith((".", "-")):
        plain = f"file{plain}"
    encoded = quote(filename, safe="", errors="replace")
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def name_from(text: str) -> str:
    """A file's name from a text, without a suffix; empty if the text has nothing to take."""
    words = _safe(text)
    if len(words) > _NAME_CHARACTERS:
        words = words[:_NAME_CHARACTERS].rpartition(" ")[0] or words[:_NAME_CHARACTERS]
    return words.strip(" .-")


def _safe(name: str) -> str:
    """A name without what separates folders, breaks a header or Windows, or hides the suffix."""
    kept = (" " if not each.isprintable() or each in _UNSAFE_IN_NAMES else each for each in name)
    return " ".join("".join(kept).split())


def _without_body(headers: Mapping[str, str]) -> dict[str, str]:
    about_body = {"content-type", "content-disposition"}
    return {name: value for name, value in headers.items() if name not in about_body}


def etag_matches(header: str | None, etag: str) -> bool:
    """Whether an If-None-Match list has the tag, by weak comparison (section 13.1.2)."""
    if header is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags


def requested_range(headers: Mapping[str, str], size: int, etag: str) -> ByteRange | None:
    """The range to send; None for the whole file.

    A range is ignored, as the RFC allows, when it is no single byte range or when If-Range names
    another version of the file.
    """
    text = headers.get("range")
    if text is None or headers.get("if-range", etag) != etag:
        return None
    unit, _, spec = text.partition("=")
    if unit.strip().lower() != "bytes" or "," in spec:
        return None
    first, dash, last = (part.strip() for part in spec.partition("-"))
    if not dash or not all(_POSITION.fullmatch(part) for part in (first, last) if part):
        return None
    return _resolve(first, last, size)


def _resolve(first: str, last: str, size: int) -> ByteRange | None:
    if not first and not last:
        return None
    if not first:  # the last N bytes
        if int(last) == 0:
            raise Unsatisfiable
        return ByteRange(max(0, size - int(last)), size)
    start = int(first)
    end = min(size, int(last) + 1) if last else size
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return ByteRange(start, end)


@dataclass(frozen=True, slots=True)
class InlineFile:
    """Stands in a JSON document for a string: `prefix` and the file as base64."""

    asset: Asset
    prefix: str = ""

    @classmethod
    def data_url(cls, asset: Asset) -> InlineFile:
        """The file as a `data:` URL."""
        return cls(asset, f"data:{asset.media_type};base64,")


def require_inline(settings: Settings, asset: Asset) -> None:
    """Make sure that a file is small enough to be sent inside JSON.

    Raises:
        InvalidRequest: it is not.
    """
    if asset.size > settings.max_inline_bytes:
        raise InvalidRequest(
            f"The file has {asset.size} bytes, and at most {settings.max_inline_bytes} are sent as "
            "base64 (max_inline_bytes). Download it by its URL.",
            code="file_too_large",
        )


async def json_response(document: Any, blobs: Blobs, *, status: int = 200) -> Response:
    """Answer with a JSON document that may hold `InlineFile`s.

    Raises:
        NotFound: a file is not in the store any more.
    """
    length, chunks = await json_chunks(document, blobs)
    headers = {"content-length": str(length), "content-type": "application/json"}
    return StreamingResponse(chunks, status_code=status, headers=headers)


async def json_chunks(document: Any, blobs: Blobs) -> tuple[int, AsyncIterator[bytes]]:
    """A JSON document on one line, which may hold `InlineFile`s: its length and its bytes.

    Raises:
        NotFound: a file is not in the store any more.
    """
    files: list[InlineFile] = []
    mark = secrets.token_hex(16)

    def marked(value: object) -> str:
        if not isinstance(value, InlineFile):
            raise TypeError(f"not JSON: {value!r}")
        files.append(value)
        return mark

    encoded = json.dumps(document, default=marked, ensure_ascii=False, separators=(",", ":"))
    texts = [text.encode() for text in encoded.split(mark)]
    length = sum(map(len, texts)) + sum(map(_encoded_length, files))
    # Opened before anything is sent: a missing file is still an error of its own.
    contents = [await _open(blobs, file.asset, ByteRange(0, file.asset.size)) for file in files]
    return length, _joined(texts, files, contents)


def _encoded_length(file: InlineFile) -> int:
    return len(file.prefix.encode()) + -(-file.asset.size // 3) * 4


async def _joined(
    texts: list[bytes], files: list[InlineFile], contents: list[AsyncIterator[memoryview]]
) -> AsyncIterator[bytes]:
    yield texts[0]
    for text, file, content in zip(texts[1:], files, contents, strict=True):
        yield file.prefix.encode()
        rest = b""
        async for chunk in content:
            data = rest + chunk
            whole = len(data) // 3 * 3
            yield base64.b64encode(data[:whole])
            rest = data[whole:]
        yield base64.b64encode(rest) + text


async def delete_with_files(
    row: Callable[[], Awaitable[object]], files: Callable[[], Awaitable[None]]
) -> None:
    """Delete a row and then its files; on a full disk the files first, which makes room.

    Once the row is gone, the video or file is deleted for all clients. Garbage collection removes
    files that the store does not remove now.
    """
    try:
        await row()
    except DBAPIError as error:
        if not isinstance(storage_error(error), NoSpace):
            raise
        await files()
        await row()
    try:
        async with asyncio.timeout(_DELETE_SECONDS):
            await files()
    except (BaseError, OSError) as error:
        reason = str(error).partition("\n")[0] or "no answer in time"
        log.warning("Garbage collection will remove the files of a deleted row: %s", reason)
