"""What dialects read from requests: fields that they declare, and media in every form.

Media are pictures, films and sound.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec

from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.references import (
    MAX_IMAGE_URL,
    DataUrlRef,
    FileIdRef,
    Reference,
    SceneReference,
    UploadRef,
    UrlRef,
    decode_base64,
)
from vitascope.api.parsing.text import printable, too_long
from vitascope.api.services.container import ApiRequest
from vitascope.api.services.links import base_url
from vitascope.api.services.scene import upload_as
from vitascope.errors import InvalidRequest
from vitascope.spec import InputRole, ReferenceUse

_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_PLACE = re.compile(r" - at `\$(.*)`\Z", re.DOTALL)

Declared = TypeVar("Declared", bound=msgspec.Struct)


class Fields(msgspec.Struct, forbid_unknown_fields=True):
    """The base of every declared object: a member that is not declared is refused by its name.

    A member of type `Any` holds text; a long one is an `Upload`.
    """


def declared(body: Body, kind: type[Declared]) -> Declared:
    """The fields of a body, checked.

    Raises:
        InvalidRequest: a field is missing, unknown or of the wrong type; it is named.
    """
    try:
        return msgspec.convert(body.fields, kind)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None


def refuse(given: Mapping[str, Any], why: str) -> None:
    """Refuse fields that this server can't honour, if they are given.

    Raises:
        InvalidRequest: the first of them is; `why` continues "'name' is not supported: ".
    """
    for name, value in given.items():
        # Zero is a value, although it equals False.
        if value is not None and value is not False and value not in ("", [], {}):
            raise InvalidRequest(
                f"'{name}' is not supported: {why}", param=name, code="unsupported_parameter"
            )


def _refusal(message: str) -> InvalidRequest:
    place = _PLACE.search(message)
    where = place[1].lstrip(".") if place else ""
    message = _PLACE.sub("", message)
    if found := _UNKNOWN.fullmatch(message):
        name = printable(".".join(filter(None, (where, found[1]))))
        return InvalidRequest(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    if found := _MISSING.fullmatch(message):
        name = ".".join(filter(None, (where, found[1])))
        return InvalidRequest(
            f"Missing required parameter: '{name}'.",
            param=name,
            code="missing_required_parameter",
        )
    name = printable(where)
    return InvalidRequest(
        f"Invalid value for '{name}': {message[:1].lower()}{message[1:]}.",
        param=name or None,
        code="invalid_value",
    )


_MAX_LINK = 8192
_FILE_PATH = re.compile(r"/(?:v1(?:beta)?/)?files/([^/:?]+?)(?:/content|:download)?")
_OWN_FILE = re.compile(r"(?:files/)?(?:file[-_]|r8-|g)([0-9a-f]{48})")


class Media(NamedTuple):
    """A picture, film or sound that a request names.

    Attributes:
        role: what it is for.
        source: a URL, a `data:` URL or the id of a file, or base64; long text is an `Upload`.
        field: its place in the request, for errors.
        at: for a keyframe, its time in seconds.
        plain: whether `source` is base64 without a `data:` URL around it.
        use: what a reference image or video shows.
    """

    role: InputRole
    source: Any
    field: str
    at: float | None = None
    plain: bool = False
    use: ReferenceUse = "subject"


async def scene_reference(request: ApiRequest, body: Body, media: Media) -> SceneReference:
    """Bring in a medium, as a file of the body.

    Raises:
        InvalidRequest: it can't be fetched, or is of the wrong kind.
        NotFound: the project has no such file.
    """
    reference = await _reference(request, body, media)
    upload = await _upload(request, body, media, reference)
    file_id = reference.file_id if isinstance(reference, FileIdRef) else None
    return SceneReference(media.role, UploadRef(upload), media.field, media.use, media.at, file_id)


async def film_of(request: ApiRequest, body: Body, media: Media) -> str | Upload:
    """The film that a request continues or changes: a video's id, or a file of the body.

    A link of this server's own stands for its video.

    Raises:
        InvalidRequest: it can't be fetched, or is no film.
        NotFound: the project has no such file.
    """
    if isinstance(media.source, str) and not media.plain:
        target = await request.services.links.check_url(media.source)
        if target is not None and target.variant == "video":
            return target.video_id
    return await _upload(request, body, media, await _reference(request, body, media))


async def _reference(request: ApiRequest, body: Body, media: Media) -> Reference | Upload:
    source, field = media.source, media.field
    if media.plain:
        return await decode_base64(source, body, name=field)
    head = source.head[:8].decode("latin-1") if isinstance(source, Upload) else source
    if not isinstance(head, str) or not head:
        raise InvalidRequest(
            f"Invalid type for '{field}': expected a URL.", param=field, code="invalid_type"
        )
    scheme = head[:8].partition(":")[0].lower() if ":" in head[:8] else ""
    if scheme == "data":
        size = source.size if isinstance(source, Upload) else len(source)
        if size > MAX_IMAGE_URL:
            raise too_long(field, MAX_IMAGE_URL, size)
        return DataUrlRef(source)
    if isinstance(source, Upload) or len(source) > _MAX_LINK:
        raise too_long(field, _MAX_LINK, source.size if isinstance(source, Upload) else len(source))
    if file_id := _own_file(request, source):
        return FileIdRef(file_id)
    if scheme in ("http", "https"):
        return UrlRef(source)
    raise InvalidRequest(
        f"Invalid '{field}': expected an https URL, a base64-encoded data URL or a file of this "
        "server.",
        param=field,
        code="invalid_value",
    )


def _own_file(request: ApiRequest, text: str) -> str | None:
    """The id of the file that a URL of this server or a name of a dialect stands for."""
    name = text
    if text.startswith(("http://", "https://")):
        try:
            parts = urlsplit(text)
        except ValueError:
            return None
        own = urlsplit(base_url(request.services.settings, request))
        path = _FILE_PATH.fullmatch(parts.path)
        if parts.netloc != own.netloc or path is None:
            return None
        name = path[1]
    found = _OWN_FILE.fullmatch(name)
    return None if found is None else f"file-{found[1]}"


async def _upload(
    request: ApiRequest, body: Body, media: Media, reference: Reference | Upload
) -> Upload:
    return await upload_as(
        request.services, request.project, body, reference, role=media.role, field=media.field
    )
