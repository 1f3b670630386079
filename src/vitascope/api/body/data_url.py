"""Pictures sent inside the request as base64 `data:` URLs (RFC 2397)."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from vitascope.api.body.body import Body
from vitascope.api.body.references import DataUrlRef
from vitascope.api.body.text import printable
from vitascope.api.body.upload import HEAD_BYTES, Upload, append
from vitascope.errors import InvalidRequest

_CHUNK = 1024 * 1024
_MAX_HEADER = 256
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BLANK = b" \t\r\n"


async def decode_data_url(
    ref: DataUrlRef, body: Body, *, name: str = "input_reference.image_url"
) -> Upload:
    """Write what a data URL holds to a file of the body; never all of it in memory.

    Line breaks, missing padding and the URL-safe alphabet are put up with.

    Raises:
        InvalidRequest: it is not base64, or is empty.
    """
    path = body.files.create()
    try:
        return await run_in_threadpool(_decode, ref.source, path)
    except ValueError:
        raise InvalidRequest(
            f"Invalid '{name}': expected a base64-encoded data URL, such as "
            "'data:image/png;base64,…'.",
            param=name,
            code="invalid_value",
        ) from None


def _decode(source: str | Upload, path: Path) -> Upload:
    chunks = _chunks(source)
    start = next(chunks, b"")
    header, comma, first = start[: _MAX_HEADER + 1].partition(b",")
    kind, *parameters = header.lower().split(b";")
    if not comma or not kind.startswith(b"data:") or b"base64" not in map(bytes.strip, parameters):
        raise ValueError("not a base64 data URL")
    size, head = 0, b""
    for data in _decoded(first + start[_MAX_HEADER + 1 :], chunks):
        append(path, data)
        size += len(data)
        head = (head + data)[:HEAD_BYTES] if len(head) < HEAD_BYTES else head
    if not size:
        raise ValueError("empty")
    media = printable(kind.removeprefix(b"data:").decode("latin-1"))
    return Upload(path, None, media or None, size, head)


def _decoded(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decode group by group; four characters may lie across two chunks."""
    rest = first.translate(_URL_SAFE, _BLANK)
    for chunk in chunks:
        whole = len(rest) // 4 * 4
        yield binascii.a2b_base64(rest[:whole], strict_mode=True)
        rest = rest[whole:] + chunk.translate(_URL_SAFE, _BLANK)
    rest += b"=" * (-len(rest) % 4)
    yield binascii.a2b_base64(rest, strict_mode=True)


def _chunks(source: str | Upload) -> Iterator[bytes]:
    if isinstance(source, str):
        yield source.encode()
        return
    with source.path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
