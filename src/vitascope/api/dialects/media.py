"""Media of a request: pictures, films and sound in every form in which dialects name them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.body import FILMS, described, sniff
from vitascope.api.parsing.references import (
    MAX_IMAGE_URL,
    DataUrlRef,
    FileIdRef,
    Reference,
    UrlRef,
    decode_base64,
)
from vitascope.api.parsing.text import too_long
from vitascope.api.services.container import ApiRequest
from vitascope.api.services.fetch import FetchLimits
from vitascope.api.services.inputs import upload_of
from vitascope.api.services.links import base_url
from vitascope.errors import InvalidRequest
from vitascope.spec import InputRole
from vitascope.video import Parent

MAX_REFERENCES = 7
_MAX_LINK = 8192

_NEEDS: dict[InputRole, str] = {
    "last_frame": "end with a given picture",
    "keyframe": "show given pictures at given times",
    "reference_image": "use reference images",
    "reference_video": "use reference videos",
    "audio": "use given sound",
}
_PICTURE_LIMITS = FetchLimits()
_FILM_LIMITS = FetchLimits(max_bytes=256 * 1024**2, timeout=60.0, accept=FILMS, kind="a video")
_LIMITS: dict[InputRole, FetchLimits] = {
    "reference_video": _FILM_LIMITS,
    "uploaded_video": _FILM_LIMITS,
}
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
    """

    role: InputRole
    source: Any
    field: str
    at: float | None = None
    plain: bool = False


def require_roles(request: ApiRequest, model: str, media: Sequence[Media]) -> None:
    """Check that a model honours what the media are for.

    Raises:
        InvalidRequest: it does not; the message names the models of this server that do.
    """
    services = request.services
    for role in ("first_frame", "last_frame"):
        frames = [one for one in media if one.role == role]
        if len(frames) > 1:
            raise InvalidRequest(
                f"'{frames[1].field}' is a second {role.replace('_', ' ')}; a film has one.",
                param=frames[1].field,
                code="invalid_value",
            )
    references = [one for one in media if one.role == "reference_image"]
    if len(references) > MAX_REFERENCES:
        raise InvalidRequest(
            f"There are {len(references)} reference images, and at most {MAX_REFERENCES} are used.",
            param=references[-1].field,
            code="array_above_max_length",
        )
    for one in media:
        if one.role == "first_frame":
            services.require(model, "image")
            continue
        own = services.capabilities_of(model)
        if own is not None and one.role in own.references:
            continue
        able = [
            repr(name)
            for name, each in services.capabilities.items()
            if one.role in each.references
        ]
        advice = (
            f"Models here that can: {', '.join(able)}."
            if able
            else "No model on this server can; its operator may configure one."
        )
        raise InvalidRequest(
            f"The model '{model}' can't {_NEEDS[one.role]} ('{one.field}'). {advice}",
            param=one.field,
            code="unsupported_operation",
        )


async def upload_for(
    request: ApiRequest, body: Body, media: Media
) -> tuple[Upload, tuple[Parent, ...]]:
    """Bring in a medium, as a file of the body, and tell which file of the project it was.

    Raises:
        InvalidRequest: it can't be fetched, or is of the wrong kind.
        NotFound: the project has no such file.
    """
    reference = await _reference(request, body, media)
    upload = await _checked_upload(request, body, media, reference)
    parents = (Parent(reference.file_id, "file"),) if isinstance(reference, FileIdRef) else ()
    return upload, parents


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
    upload, _ = await upload_for(request, body, media)
    return upload


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


async def _checked_upload(
    request: ApiRequest, body: Body, media: Media, reference: Reference | Upload
) -> Upload:
    limits = _LIMITS.get(media.role, _PICTURE_LIMITS)
    if isinstance(reference, Upload):
        upload = reference
    else:
        upload = await upload_of(
            request.services,
            request.project,
            body,
            reference,
            name=media.field,
            limits=limits,
        )
    if sniff(upload.head) not in limits.accept:
        raise InvalidRequest(
            f"Invalid file '{media.field}': unsupported mimetype ('{described(upload.head)}'). "
            f"Supported file formats are {', '.join(limits.accept)}.",
            param=media.field,
            code="invalid_value",
        )
    return upload
