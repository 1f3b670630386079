"""Files inside JSON: base64 that is streamed from the store and never held in memory whole."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response, StreamingResponse

from vitascope.config import Settings
from vitascope.errors import InvalidRequest, NotFound
from vitascope.spec import Asset
from vitascope.store.blobs import Blobs, MissingBlob


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
    contents = [await _opened(blobs, file.asset) for file in files]
    return length, _joined(texts, files, contents)


def _encoded_length(file: InlineFile) -> int:
    return len(file.prefix.encode()) + -(-file.asset.size // 3) * 4


async def _opened(blobs: Blobs, asset: Asset) -> AsyncIterator[memoryview]:
    try:
        return await blobs.stream(asset.key, start=0, end=asset.size)
    except MissingBlob:
        raise NotFound("The video's file is not stored any more.") from None


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
