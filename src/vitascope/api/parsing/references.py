"""References to pictures and videos, in all forms that clients send."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from starlette.concurrency import run_in_threadpool

from vitascope.api.parsing.body import HEAD_BYTES, Body, ScratchFiles, Upload, Value, append
from vitascope.api.parsing.fields import (
    Number,
    missing_parameter,
    unknown_parameter,
    unsupported_value,
    wrong_type,
)
from vitascope.api.parsing.text import printable, too_long
from vitascope.errors import InvalidRequest
from vitascope.spec import InputRole, ReferenceUse
from vitascope.video import MAX_TOTAL_SECONDS

MAX_IMAGE_URL = 20_971_520
"""Characters of an `image_url`, data URLs included."""

REFERENCE_ROLES: dict[str, dict[str, tuple[InputRole, ReferenceUse]]] = {
    "image": {
        "subject": ("reference_image", "subject"),
        "figure": ("reference_image", "subject"),
        "style": ("reference_image", "style"),
        "setting": ("reference_image", "setting"),
        "background": ("reference_image", "setting"),
        "keyframe": ("keyframe", "subject"),
    },
    "video": {
        "subject": ("reference_video", "subject"),
        "figure": ("reference_video", "subject"),
        "setting": ("reference_video", "setting"),
        "background": ("reference_video", "setting"),
        "control": ("control_video", "subject"),
    },
    "audio": {"soundtrack": ("audio", "subject")},
}
"""What a reference of each type can be for, and how an engine gets it; the first is the default."""

_PLACES = ("file_id", "url", "upload")
_MAX_LINK = 8192
_MAX_ID = 256
_TIME = Number(0, MAX_TOTAL_SECONDS)


@dataclass(frozen=True, slots=True)
class UploadRef:
    """A file that came with the request."""

    upload: Upload


@dataclass(frozen=True, slots=True)
class UrlRef:
    """An http or https address to fetch."""

    url: str


@dataclass(frozen=True, slots=True)
class DataUrlRef:
    """A `data:` URL; a long one is in a file. `decode_data_url` reads it."""

    source: str | Upload


@dataclass(frozen=True, slots=True)
class FileIdRef:
    """An uploaded file."""

    file_id: str


@dataclass(frozen=True, slots=True)
class VideoIdRef:
    """An existing video."""

    video_id: str


Reference: TypeAlias = UploadRef | UrlRef | DataUrlRef | FileIdRef


@dataclass(frozen=True, slots=True)
class SceneReference:
    """A picture, film or sound that a new film is made from, besides its first frame.

    Attributes:
        role: how an engine is to use it.
        source: where it is.
        field: its place in the request, for errors.
        use: what a reference image or video shows.
        at: for a keyframe, its time in seconds.
        file_id: the id of the uploaded file that `source` is a copy of.
    """

    role: InputRole
    source: Reference
    field: str
    use: ReferenceUse = "subject"
    at: float | None = None
    file_id: str | None = None


Source: TypeAlias = VideoIdRef | UploadRef


def reference_of(value: Value, name: str, *, inline: ScratchFiles | None = None) -> Reference:
    """The picture that a field names.

    Args:
        value: the field's.
        name: of the field, for errors.
        inline: take text that is neither id nor URL as the content of a file, and write it here, as
            the official test suites send it.

    Raises:
        InvalidRequest: the field says something else, or two things at once.
    """
    match value:
        case Upload():
            return _of_file(value, name)
        case str() if value.startswith(("file-", "file_")):
            return FileIdRef(_identifier(value, name))
        case str() if _scheme(value) in ("http", "https", "data"):
            return _of_url(value, name)
        case str() if inline is not None:
            return UploadRef(inline.write(value.encode()))
        case dict():
            return _of_object(value, name)
        case _:
            raise wrong_type(name, "an object", value)


def scene_reference_of(value: Value, name: str) -> SceneReference:
    """One item of `references`: `{type, role, file_id | url | upload, at}`.

    Raises:
        InvalidRequest: it says something else, or two things at once.
    """
    if not isinstance(value, dict):
        raise wrong_type(name, "an object", value)
    _refuse_others(value, name, {"type", "role", "at", *_PLACES})
    kind = value.get("type")
    if not kind:
        raise missing_parameter(f"{name}.type")
    roles = REFERENCE_ROLES.get(kind) if isinstance(kind, str) else None
    if roles is None:
        raise unsupported_value(f"{name}.type", str(kind), list(REFERENCE_ROLES))
    role = value.get("role") or next(iter(roles))
    if not isinstance(role, str) or role not in roles:
        raise unsupported_value(f"{name}.role", str(role), list(roles))
    sent = value.get("at")
    at = None if sent is None or sent == "" else _TIME.read(sent, f"{name}.at")
    if (at is not None) != (role == "keyframe"):
        raise InvalidRequest(
            f"Invalid '{name}.at': a keyframe has the time in seconds at which it is shown, and no "
            "other reference has one.",
            param=f"{name}.at",
            code="invalid_value",
        )
    spec_role, use = roles[role]
    return SceneReference(spec_role, _place_of(value, name), name, use, at)


def _place_of(value: dict[str, Value], name: str) -> Reference:
    given = [key for key in _PLACES if value.get(key)]
    if len(given) != 1:
        raise InvalidRequest(
            f"Invalid '{name}': expected exactly one of 'file_id', 'url' and 'upload'.",
            param=name,
            code="invalid_value",
        )
    place, field = value[given[0]], f"{name}.{given[0]}"
    if given[0] == "file_id":
        return FileIdRef(_identifier(place, field))
    if isinstance(place, Upload):
        return _of_file(place, field)
    if given[0] == "upload":
        raise wrong_type(field, "a file of a multipart body", place)
    return _of_url(place, field)


def source_of(value: Value, name: str, *, inline: ScratchFiles | None = None) -> Source:
    """The video that a field names; the field is required.

    Args:
        value: the field's.
        name: of the field, for errors.
        inline: take text that is no id as the content of a file, and write it here, as the official
            test suites send it.

    Raises:
        InvalidRequest: it is missing or says something else.
    """
    match value:
        case None | "":
            raise missing_parameter(name)
        case Upload():
            return UploadRef(value)
        case str() if value.startswith("video_"):
            return VideoIdRef(_identifier(value, name))
        case str() if inline is not None:
            return UploadRef(inline.write(value.encode()))
        case dict():
            _refuse_others(value, name, {"id"})
            if not value.get("id"):
                raise missing_parameter(f"{name}.id")
            return VideoIdRef(_identifier(value["id"], f"{name}.id"))
        case _:
            raise wrong_type(name, "a file or an object", value)


def _of_object(value: dict[str, Value], name: str) -> Reference:
    _refuse_others(value, name, {"file_id", "image_url"})
    file_id, image_url = value.get("file_id") or None, value.get("image_url") or None
    if (file_id is None) == (image_url is None):
        raise InvalidRequest(
            f"Invalid '{name}': expected exactly one of 'file_id' and 'image_url'.",
            param=name,
            code="invalid_value",
        )
    if file_id is not None:
        return FileIdRef(_identifier(file_id, f"{name}.file_id"))
    if isinstance(image_url, Upload):
        return _of_file(image_url, f"{name}.image_url")
    return _of_url(image_url, f"{name}.image_url")


def _of_file(upload: Upload, name: str) -> Reference:
    # A long data URL arrives as a file; so does one that the CLI reads from a file.
    if _scheme(upload.head[:8].decode("latin-1")) != "data":
        return UploadRef(upload)
    if upload.size > MAX_IMAGE_URL:
        raise too_long(name, MAX_IMAGE_URL, upload.size)
    return DataUrlRef(upload)


def _of_url(value: Value, name: str) -> Reference:
    if not isinstance(value, str):
        raise wrong_type(name, "a string", value)
    scheme = _scheme(value)
    if scheme == "data":
        return DataUrlRef(value)
    if scheme not in ("http", "https"):
        raise InvalidRequest(
            f"Invalid '{name}': expected an https URL or a base64-encoded data URL.",
            param=name,
            code="invalid_value",
        )
    if len(value) > _MAX_LINK:
        raise too_long(name, _MAX_LINK, len(value))
    return UrlRef(value)


def _scheme(text: str) -> str | None:
    scheme, colon, _ = text[:8].partition(":")
    return scheme.lower() if colon else None


def _identifier(value: Value, name: str) -> str:
    if not isinstance(value, str):
        raise wrong_type(name, "a string", value)
    if len(value) > _MAX_ID:
        raise too_long(name, _MAX_ID, len(value))
    return value


def _refuse_others(value: dict[str, Value], name: str, allowed: set[str]) -> None:
    for member in value:
        if member not in allowed:
            raise unknown_parameter(f"{name}.{member}")


_CHUNK = 1024 * 1024
_MAX_HEADER = 256
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BLANK = b" \t\r\n"


async def decode_data_url(
    ref: DataUrlRef, body: Body, *, name: str = "input_reference.image_url"
) -> Upload:
    """Decode a data URL to a file of the body, in portions.

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


async def decode_base64(source: object, body: Body, *, name: str) -> Upload:
    """Write what base64 without a `data:` URL holds to a file of the body.

    Raises:
        InvalidRequest: it is not base64, or is empty.
    """
    try:
        if not isinstance(source, str | Upload):
            raise ValueError("not a string")
        path = body.files.create()
        return await run_in_threadpool(_write, b"", _chunks(source), path, None)
    except ValueError:
        raise InvalidRequest(
            f"Invalid '{name}': expected base64.", param=name, code="invalid_value"
        ) from None


def _decode(source: str | Upload, path: Path) -> Upload:
    chunks = _chunks(source)
    start = next(chunks, b"")
    header, comma, first = start[: _MAX_HEADER + 1].partition(b",")
    kind, *parameters = header.lower().split(b";")
    if not comma or not kind.startswith(b"data:") or b"base64" not in map(bytes.strip, parameters):
        raise ValueError("not a base64 data URL")
    media = printable(kind.removeprefix(b"data:").decode("latin-1"))
    return _write(first + start[_MAX_HEADER + 1 :], chunks, path, media or None)


def _write(first: bytes, chunks: Iterator[bytes], path: Path, media: str | None) -> Upload:
    """Decode `first` and all chunks into a file."""
    size, head = 0, b""
    for data in _decoded(first, chunks):
        append(path, data)
        size += len(data)
        head = (head + data)[:HEAD_BYTES] if len(head) < HEAD_BYTES else head
    if not size:
        raise ValueError("empty")
    return Upload(path, None, media, size, head)


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
