"""The body of a request: its fields as nested values, its files as temporary files.

Clients declare wrong media types too often, so `sniff` finds a file's type by its first bytes.
"""

from __future__ import annotations

import codecs
import os
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

from starlette.concurrency import run_in_threadpool

MIB = 1024 * 1024

FILE_FIELDS = frozenset({"video", "input_reference", "last_frame", "references", "file", "content"})
"""The fields that may hold a file."""

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | Upload | None"


@dataclass(frozen=True, kw_only=True)
class BodyLimits:
    """How much of a body is taken; sizes in bytes.

    Attributes:
        max_body: the whole body.
        max_json: a body or part of JSON; leaves room for the longest data URL.
        max_text: one text value; a longer one in a file field becomes an Upload.
        max_texts: all text values of a multipart body together; of a JSON document, all that is no
            content of a file.
        max_parts: parts of a multipart body.
        max_part_headers: the headers of one part.
        max_name: a field's name.
        max_depth: how deep values may nest.
        max_values: values in a JSON document.
        file_fields: the fields that may hold a file.
    """

    max_body: int = 1024 * MIB
    max_json: int = 24 * MIB
    max_text: int = MIB
    max_texts: int = 4 * MIB
    max_parts: int = 1000
    max_part_headers: int = 16 * 1024
    max_name: int = 256
    max_depth: int = 8
    max_values: int = 10_000
    file_fields: frozenset[str] = FILE_FIELDS

    @cached_property
    def short(self) -> int:
        """Up to this size, a body without files breaks no limit of bytes."""
        return min(
            16 * 1024,
            self.max_body,
            self.max_json,
            self.max_text,
            self.max_texts,
            self.max_part_headers,
        )


@dataclass(frozen=True, slots=True)
class Body:
    """A parsed body. Valid inside `read_body` only, which removes its files at the end.

    Strings hold no NUL and no lone surrogates. Text of a multipart body stays text (`"8"`), and an
    empty one stays `""`: `fields` and `references` know what each means.
    """

    fields: dict[str, Value]
    files: ScratchFiles

    def adopt(self, upload: Upload) -> Upload:
        """Add a file made elsewhere, which is removed with the body's own."""
        self.files.adopt(upload.path)
        return upload


def kind_of(value: Value) -> str:
    """The type of a value in the words of OpenAI's validator, such as "an integer"."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case int():
            return "an integer"
        case float():
            return "a decimal number"
        case list():
            return "an array"
        case dict():
            return "an object"
        case _:
            return "a file"


HEAD_BYTES = 512
"""How many of an upload's first bytes stay in memory, for `sniff`."""

FLUSH_BYTES = 1024 * 1024
"""How many bytes of an upload are buffered before they are written to disk."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request.

    Attributes:
        path: where its bytes lie until the request ends.
        filename: what the client called it; for people, never for paths.
        content_type: the declared media type in lower case; fit to be shown, not to be trusted.
        size: in bytes.
        head: its first bytes, at most `HEAD_BYTES`.
    """

    path: Path
    filename: str | None
    content_type: str | None
    size: int
    head: bytes


@dataclass(frozen=True, slots=True)
class ScratchFiles:
    """The temporary files of one request. `close` removes all of them.

    Attributes:
        folder: where they are made.
        paths: those that have not been removed.
    """

    folder: Path
    paths: list[Path] = field(default_factory=list)

    def create(self) -> Path:
        """Create an empty file that only this user can open."""
        path = self.folder / f"upload-{secrets.token_hex(16)}"
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self.paths.append(path)
        return path

    def adopt(self, path: Path) -> None:
        """Add a file made elsewhere, which `close` removes, too."""
        self.paths.append(path)

    def write(self, data: bytes) -> Upload:
        """Write some bytes to a new file."""
        path = self.create()
        append(path, data)
        return Upload(path, None, None, len(data), data[:HEAD_BYTES])

    def close(self) -> None:
        """Remove the files that have not been moved away."""
        while self.paths:
            self.paths.pop().unlink(missing_ok=True)


class UploadWriter:
    """Collects one upload while it arrives: first in memory, then on disk.

    `append` may be called from a parser's callbacks; the disk is touched only in `flush` and
    `finish`, on another thread.
    """

    def __init__(
        self, files: ScratchFiles, *, filename: str | None = None, content_type: str | None = None
    ) -> None:
        self._files = files
        self._filename = filename
        self._content_type = content_type
        self._buffer = bytearray()
        self._path: Path | None = None
        self._head = b""
        self.size = 0

    @property
    def due(self) -> bool:
        """Whether the buffer is full enough for `flush`."""
        return len(self._buffer) >= FLUSH_BYTES

    @property
    def in_memory(self) -> bytearray | None:
        """The whole content; None if part of it is on disk."""
        return self._buffer if self._path is None else None

    @property
    def head(self) -> bytes:
        """The first bytes so far, at most `HEAD_BYTES`."""
        return self._head if self._path else bytes(self._buffer[:HEAD_BYTES])

    def append(self, data: bytes | memoryview) -> None:
        """Add bytes at the end."""
        self._buffer += data
        self.size += len(data)

    async def flush(self) -> None:
        """Write the buffer to disk."""
        if self._path is None:
            # On this thread, so that a cancelled request leaves no unknown file.
            self._head = self.head
            self._path = self._files.create()
        data, self._buffer = self._buffer, bytearray()
        if data:
            await run_in_threadpool(append, self._path, data)

    async def finish(self) -> Upload:
        """Write the last bytes to disk."""
        await self.flush()
        assert self._path is not None
        return Upload(self._path, self._filename, self._content_type, self.size, self._head)


def append(path: Path, data: bytes | bytearray) -> None:
    """Append to an existing file. A removed one is not created again."""
    # Opened for each call, so that a thread of a cancelled request holds no
    # descriptor that another request may have by then.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0))
    with open(descriptor, "ab", buffering=0) as file:
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]


class MediaType(StrEnum):
    """The kinds of picture and video that `sniff` recognises, by media type."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    GIF = "image/gif"
    AVIF = "image/avif"
    HEIC = "image/heic"
    BMP = "image/bmp"
    TIFF = "image/tiff"
    MP4 = "video/mp4"
    QUICKTIME = "video/quicktime"
    WEBM = "video/webm"
    MATROSKA = "video/x-matroska"
    AVI = "video/x-msvideo"
    MPEG_TS = "video/mp2t"
    FLV = "video/x-flv"
    WAV = "audio/wav"
    MP3 = "audio/mpeg"
    FLAC = "audio/flac"
    OGG = "audio/ogg"
    M4A = "audio/mp4"
    AAC = "audio/aac"

    @property
    def kind(self) -> Literal["image", "video", "audio"]:
        """Whether it is a picture, a video or a sound."""
        kind = self.value.partition("/")[0]
        return "image" if kind == "image" else "audio" if kind == "audio" else "video"


PICTURES = (
    MediaType.JPEG, MediaType.PNG, MediaType.WEBP,  # what the documented API takes
    MediaType.AVIF, MediaType.HEIC, MediaType.GIF, MediaType.BMP, MediaType.TIFF,
)  # fmt: skip
"""The accepted kinds of picture."""

FILMS = tuple(media for media in MediaType if media.kind == "video")
"""The kinds of film that are recognised; the worker finds out which it can decode."""

SOUNDS = tuple(media for media in MediaType if media.kind == "audio")
"""The kinds of sound that are recognised."""

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": MediaType.PNG,
    b"\xff\xd8\xff": MediaType.JPEG,
    b"GIF87a": MediaType.GIF,
    b"GIF89a": MediaType.GIF,
    b"II*\0": MediaType.TIFF,
    b"MM\0*": MediaType.TIFF,
    b"II+\0": MediaType.TIFF,
    b"MM\0+": MediaType.TIFF,
    b"FLV\x01": MediaType.FLV,
    b"fLaC": MediaType.FLAC,
    b"OggS": MediaType.OGG,
    b"ID3": MediaType.MP3,
}
_RIFF = {b"WEBP": MediaType.WEBP, b"AVI ": MediaType.AVI, b"WAVE": MediaType.WAV}
_STILL_BRANDS = {
    b"avif": MediaType.AVIF,
    b"avis": MediaType.AVIF,
    b"heic": MediaType.HEIC,
    b"heix": MediaType.HEIC,
    b"heim": MediaType.HEIC,
    b"heis": MediaType.HEIC,
    b"hevc": MediaType.HEIC,
    b"mif1": MediaType.HEIC,
    b"msf1": MediaType.HEIC,
}
_ANY_STILL = frozenset({b"mif1", b"msf1"})
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_SOUND_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P "})
_OLD_QUICKTIME_ATOMS = frozenset({b"moov", b"mdat", b"wide", b"pnot"})
_TS_PACKET = 188


def sniff(head: bytes) -> MediaType | None:
    """Find a file's type by its first bytes (64 are enough for all but Matroska and TS).

    ISO 14496-12 `ftyp` brands, RIFF form types, the EBML DocType of Matroska, and fixed magic
    numbers for the rest. `None` for anything else.
    """
    for magic, media in _MAGIC.items():
        if head.startswith(magic):
            return media
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head.startswith(b"\x1aE\xdf\xa3"):
        return MediaType.WEBM if b"webm" in head[:128] else MediaType.MATROSKA
    if head[:1] == b"G" and head[_TS_PACKET : _TS_PACKET + 1] == b"G":
        return MediaType.MPEG_TS
    # Two letters are not enough, because texts begin with them, too.
    if (
        head.startswith(b"BM")
        and head[14:18]
        and int.from_bytes(head[14:18], "little") in _BMP_HEADERS
    ):
        return MediaType.BMP
    return _sniff_boxes(head) or _sniff_frames(head)


def _sniff_frames(head: bytes) -> MediaType | None:
    """MP3 and AAC without a container, by the sync word and fields of their first frame."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0 and head[2] >> 2 & 0xF < 13:
        return MediaType.AAC
    layer, rate = head[1] >> 1 & 3, head[2] >> 2 & 3
    valid = head[1] >> 5 == 7 and rate != 3 and head[2] >> 4 not in (0, 15)
    return MediaType.MP3 if valid and layer == 1 else None


def described(head: bytes) -> str:
    """The media type of a file by its first bytes, for messages; a general one if unknown."""
    known = sniff(head)
    if known is not None:
        return known.value
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    try:
        # The last character may be cut off.
        text, _ = codecs.utf_8_decode(head, "strict", False)
    except UnicodeDecodeError:
        text = ""
    if not text or any(letter < " " and letter not in "\t\n\f\r" for letter in text):
        return "application/octet-stream"
    return "image/svg+xml" if "<svg" in text else "text/plain"


def _sniff_boxes(head: bytes) -> MediaType | None:
    atom, brand = head[4:8], head[8:12]
    if atom in _OLD_QUICKTIME_ATOMS:
        return MediaType.QUICKTIME
    if atom != b"ftyp":
        return None
    if brand in _SOUND_BRANDS:
        return MediaType.M4A
    if brand == b"qt  ":
        return MediaType.QUICKTIME
    still = _STILL_BRANDS.get(brand)
    if brand in _ANY_STILL:  # shared by AVIF and HEIC; the compatible brands decide
        size = int.from_bytes(head[:4], "big")
        others = (head[place : place + 4] for place in range(16, min(size, len(head)), 4))
        recognised = (
            _STILL_BRANDS[other] for other in others if other in _STILL_BRANDS.keys() - _ANY_STILL
        )
        return next(recognised, still)
    return still or MediaType.MP4
