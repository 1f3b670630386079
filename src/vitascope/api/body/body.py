"""The Body: the fields of one request as nested plain values, whatever their wire form was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from vitascope.api.body.upload import ScratchFiles, Upload

MIB = 1024 * 1024

FILE_FIELDS = frozenset({"video", "input_reference", "file"})
"""The fields that may hold a file."""

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | Upload | None"


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True)
class Body:
    """What a client sent. Valid inside `read_body` only: its files go when that ends.

    Strings hold no NUL and no lone surrogates. Text of a multipart body stays text (`"8"`), and an
    empty one stays `""`: `fields` and `references` know what each means.
    """

    fields: dict[str, Value]
    files: ScratchFiles

    def adopt(self, upload: Upload) -> Upload:
        """Let a file made elsewhere go the way of this body's own."""
        self.files.adopt(upload.path)
        return upload


def kind_of(value: Value) -> str:
    """What a value is, in the words of OpenAI's validator, such as "an integer"."""
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
