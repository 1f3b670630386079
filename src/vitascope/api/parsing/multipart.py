"""Multipart bodies, read part by part while they arrive."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from vitascope.api.parsing import text as headers
from vitascope.api.parsing.body import BodyLimits, ScratchFiles, UploadWriter, Value
from vitascope.api.parsing.json_body import JsonScanner, read_json, scan_json
from vitascope.api.parsing.text import (
    Clash,
    Grouped,
    number_lists,
    path_of,
    plant,
    printable,
    refuse_unstorable,
)
from vitascope.errors import InvalidRequest

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks


_PLAIN_PART = re.compile(
    rb'\r\ncontent-disposition: form-data; name="([a-z_]+)"\r\n\r\n(.*)', re.DOTALL | re.IGNORECASE
)


def read_plain_form(raw: bytes, boundary: bytes, limits: BodyLimits) -> dict[str, Value] | None:
    """The fields of a whole, short form of plain texts, as the SDKs send it without a file.

    None for any other body: `MultipartReader` reads it or says what is wrong with it.
    """
    mark = b"\r\n--" + boundary
    if len(raw) > limits.short or not raw.startswith(mark[2:]):
        return None
    _, *parts, last = (b"\r\n" + raw).split(mark)
    if last not in (b"--", b"--\r\n") or len(parts) > limits.max_parts:
        return None
    fields: dict[str, Value] = {}
    for part in parts:
        found = _PLAIN_PART.fullmatch(part)
        if found is None or b"\0" in part:
            return None
        name = found[1].decode("ascii")
        if name in fields or name in limits.file_fields or len(name) > limits.max_name:
            return None
        try:
            fields[name] = found[2].decode()
        except UnicodeDecodeError:
            return None
    return fields


class _Role(Enum):
    """How a part is read."""

    FILE = auto()
    TEXT = auto()
    JSON = auto()
    EITHER = auto()
    """Text if it is short and decodes; a file if not."""


class MultipartReader:
    """Reads a multipart/form-data body chunk by chunk."""

    def __init__(self, boundary: bytes, files: ScratchFiles, limits: BodyLimits) -> None:
        self._files = files
        self._limits = limits
        self._tree: dict[str, Value] = {}
        self._complete: list[_Part] = []
        self._part: _Part | None = None
        self._parts = 0
        self._texts = 0
        self._ended = False
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._headers: dict[str, bytes] = {}
        self._header_bytes = 0  # of the part that begins
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._on_part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks)
        except FormParserError:
            raise InvalidRequest("The multipart boundary is too long.") from None

    async def feed(self, chunk: bytes) -> None:
        """Take the next chunk.

        Raises:
            InvalidRequest: the body is malformed, or holds what no request may.
        """
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise InvalidRequest(
                "We could not parse the multipart body of your request: it does not follow the "
                "boundary given in its Content-Type header."
            ) from None
        for part in self._complete:
            await self._take(part)
        self._complete.clear()
        if self._part and self._part.writer.due:
            await self._part.writer.flush()

    async def finish(self) -> dict[str, Value]:
        """End the body.

        Raises:
            InvalidRequest: the final boundary is missing.
        """
        if not self._ended:
            raise InvalidRequest(
                "We could not parse the multipart body of your request: it ends before its final "
                "boundary."
            )
        for name, value in self._tree.items():
            if isinstance(value, Grouped) and not value.complete:
                raise InvalidRequest(
                    f"Invalid '{printable(name)}': it is not clear which values belong together. "
                    f"Number the items, as in '{printable(name)}[0]', or send the list as JSON.",
                    param=printable(name),
                    code="invalid_value",
                )
        return {name: number_lists(value) for name, value in self._tree.items()}

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > self._limits.max_parts:
            raise InvalidRequest(
                f"The multipart body has too many parts: at most {self._limits.max_parts} are "
                "taken."
            )
        self._headers = {}
        self._header_bytes = 0

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._count_header(end - start)
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._count_header(end - start)
        self._header_value += data[start:end]

    def _count_header(self, count: int) -> None:
        self._header_bytes += count
        if self._header_bytes > self._limits.max_part_headers:
            raise InvalidRequest(
                "A part of the multipart body has too large headers: at most "
                f"{self._limits.max_part_headers} bytes are taken."
            )

    def _on_header_end(self) -> None:
        name = self._header_name.decode("latin-1").lower()
        self._headers[name] = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _on_headers_finished(self) -> None:
        self._part = _Part(self._headers, self._files, self._limits)

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        assert self._part is not None
        self._part.append(memoryview(data)[start:end])

    def _on_part_end(self) -> None:
        assert self._part is not None
        self._complete.append(self._part)
        self._part = None

    def _on_end(self) -> None:
        self._ended = True

    async def _take(self, part: _Part) -> None:
        value = await part.value()
        # JSON of a file field does not count: it may be a long data URL, which is on disk.
        of_file = part.path[0] in self._limits.file_fields
        if isinstance(value, str) or (part.role is _Role.JSON and not of_file):
            self._texts += part.writer.size
        if self._texts > self._limits.max_texts:
            raise InvalidRequest(
                "The text fields of the multipart body are too long: at most "
                f"{self._limits.max_texts} bytes are taken."
            )
        try:
            plant(self._tree, part.path, value)
        except Clash:
            raise InvalidRequest(
                f"Duplicate parameter: '{part.shown}'. It was given more than once.",
                param=part.shown,
                code="duplicate_parameter",
            ) from None


class _Part:
    """One part: its role by its headers, and its bytes so far."""

    def __init__(
        self, raw_headers: dict[str, bytes], files: ScratchFiles, limits: BodyLimits
    ) -> None:
        _, disposition = headers.parse_header(raw_headers.get("content-disposition", b""))
        name = _name(disposition, limits)
        self.shown = printable(name)
        self.path = path_of(name)
        if len(self.path) > limits.max_depth:
            raise InvalidRequest(
                f"Invalid '{self.shown}': nested more than {limits.max_depth} levels deep.",
                param=self.shown,
            )
        self._refuse_encoded(raw_headers.get("content-transfer-encoding", b""))
        self._files = files
        self._limits = limits
        self._filename = headers.filename(disposition)
        self._kind, parameters = headers.parse_header(raw_headers.get("content-type", b""))
        self._charset = parameters.get("charset")
        self.role = self._role()
        self._scanner = (
            JsonScanner(limits, of_file=self.path[0] in limits.file_fields)
            if self.role is _Role.JSON
            else None
        )
        self.writer = UploadWriter(
            files, filename=self._filename or None, content_type=printable(self._kind) or None
        )

    def append(self, data: memoryview) -> None:
        if self._scanner is not None:
            scan_json(self._scanner, data, self.shown)
        self.writer.append(data)
        limit = {_Role.TEXT: self._limits.max_text, _Role.JSON: self._limits.max_json}
        if self.writer.size > limit.get(self.role, self.writer.size):
            raise InvalidRequest(
                f"Invalid '{self.shown}': the text is too long. At most "
                f"{limit[self.role]} bytes are taken.",
                param=self.shown,
                code="string_above_max_length",
            )

    async def value(self) -> Value:
        """The value of the complete part."""
        if not self.writer.size and (self._filename == "" or self.role is _Role.JSON):
            return ""  # a browser's empty file field
        match self.role:
            case _Role.JSON:
                return await read_json(self.writer, self.shown, self._files, self._limits)
            case _Role.TEXT:
                return self._text(self.writer.in_memory or bytearray())
            case _Role.EITHER:
                return self._text_if_any() or await self.writer.finish()
            case _Role.FILE:
                return await self.writer.finish()

    def _role(self) -> _Role:
        nested = len(self.path) > 1
        of_file = self.path[0] in self._limits.file_fields
        if self._filename is not None:
            return _Role.FILE if of_file else _Role.EITHER
        if nested:
            return _Role.EITHER if of_file else _Role.TEXT
        if self._kind == "application/json":
            return _Role.JSON
        if not of_file:
            return _Role.TEXT
        # Java sends the bytes of a file with a type but no name.
        typed = self._kind.startswith(("image/", "video/", "audio/"))
        return _Role.FILE if typed or self._kind == "application/octet-stream" else _Role.EITHER

    def _text(self, raw: bytearray) -> str:
        codec = headers.charset(self._charset)
        if codec is None:
            raise InvalidRequest(
                f"Invalid '{self.shown}': its charset is not supported. Send UTF-8.",
                param=self.shown,
            )
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            raise InvalidRequest(
                f"Invalid '{self.shown}': the text is not valid UTF-8.",
                param=self.shown,
                code="invalid_string",
            ) from None
        refuse_unstorable(text, self.shown)
        return text

    def _text_if_any(self) -> str | None:
        raw = self.writer.in_memory
        if raw is None or len(raw) > self._limits.max_text:
            return None
        try:
            return self._text(raw)
        except InvalidRequest:
            return None

    def _refuse_encoded(self, encoding: bytes) -> None:
        if encoding.strip().lower() in (b"base64", b"quoted-printable"):
            raise InvalidRequest(
                f"Invalid '{self.shown}': Content-Transfer-Encoding is not supported in "
                "multipart/form-data.",
                param=self.shown,
            )


def _name(disposition: dict[str, bytes], limits: BodyLimits) -> str:
    try:
        name = headers.field_name(disposition)
    except UnicodeDecodeError:
        raise InvalidRequest("A part of the multipart body has a name that is not UTF-8.") from None
    if not name:
        raise InvalidRequest("A part of the multipart body has no name.")
    if len(name) > limits.max_name:
        raise InvalidRequest(
            f"A part of the multipart body has a name of more than {limits.max_name} characters."
        )
    refuse_unstorable(name, name)
    return name
