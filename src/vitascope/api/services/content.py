"""Serves a stored file over HTTP: streaming, ranges, validators (RFC 9110 sections 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from vitascope.errors import NotFound
from vitascope.spec import Asset
from vitascope.store.blobs import Blobs, MissingBlob

# Longer than any file needs, and below the number of digits that Python refuses.
_POSITION = re.compile(r"[0-9]{1,40}")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` up to, not including, `end`."""

    start: int
    end: int


class Unsatisfiable(Exception):
    """The range has no byte of the file."""


async def serve(request: Request, blobs: Blobs, asset: Asset, *, filename: str) -> Response:
    """Answer GET or HEAD for one file.

    Raises:
        NotFound: the file is not in the store any more.
    """
    etag = f'"{asset.digest}"'
    headers = {
        "etag": etag,
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
        "content-type": asset.media_type,
        "content-disposition": _attachment(filename),
        "x-content-type-options": "nosniff",
    }
    if _matches(request.headers.get("if-none-match"), etag):
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


def _without_body(headers: Mapping[str, str]) -> dict[str, str]:
    about_body = {"content-type", "content-disposition"}
    return {name: value for name, value in headers.items() if name not in about_body}


def _matches(header: str | None, etag: str) -> bool:
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
