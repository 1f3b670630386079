"""Google's files: resumable uploads, and downloads of films and uploads by their names.

A name is `files/g…` for an upload and `files/v…` for a film; the digits of its id follow.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from vitascope.api.dialects.answers import iso
from vitascope.api.dialects.gemini import VIDEO_FILE
from vitascope.api.dialects.jobs import find
from vitascope.api.dialects.requests import Fields, declared
from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing import Upload
from vitascope.api.parsing.body import ScratchFiles, append
from vitascope.api.routes.content import serve_variant
from vitascope.api.routes.uploads import delete_stored, find_file, serve_file, store_file
from vitascope.api.routing import Routes
from vitascope.api.services.container import ApiRequest
from vitascope.api.services.inputs import head_of
from vitascope.api.services.links import base_url
from vitascope.errors import InvalidRequest, NotFound, PayloadTooLarge
from vitascope.store.files import StoredFile

UPLOAD_FILE = "g"
PURPOSE = "user_data"
_UNFINISHED_SECONDS = 3600.0
_PREFIX = "resumable-"

routes = Routes("Gemini files", versioned=False)


class FileFields(Fields):
    """What is said of a file before it is sent."""

    name: str | None = None
    displayName: str | None = None
    display_name: str | None = None
    mimeType: str | None = None
    mime_type: str | None = None
    sizeBytes: str | int | None = None
    size_bytes: str | int | None = None


class Start(Fields):
    """The body of an upload's start."""

    file: FileFields = msgspec.field(default_factory=FileFields)


@routes.post("/upload/{version}/files", documented=False)
async def upload(request: ApiRequest) -> Response:
    """Begin an upload, or with `upload_id` take the next bytes of one."""
    query = request.query_params
    if "upload_id" not in query:
        return await _start(request)
    path = _place(request, query["upload_id"])
    size = path.stat().st_size if path.is_file() else -1
    if size < 0:
        raise NotFound("The upload does not exist. Begin a new one.", param="upload_id")
    files = ScratchFiles(path.parent)
    files.adopt(path)
    try:
        size = await _take(request, path, size)
        commands = request.headers.get("x-goog-upload-command", "").replace(" ", "").split(",")
        if "finalize" not in commands:
            files = ScratchFiles(path.parent)  # the bytes stay for the next request
            received = {"x-goog-upload-size-received": str(size)}
            return JsonResponse({}, headers={"x-goog-upload-status": "active", **received})
        sent = Upload(path, query.get("name") or None, None, size, head_of(path))
        file = await store_file(request, sent, PURPOSE)
    finally:
        files.close()
    return JsonResponse({"file": _file(request, file)}, headers={"x-goog-upload-status": "final"})


@routes.get("/{version}/files/" + UPLOAD_FILE + "{digits}:download", documented=False)
async def download_upload(request: ApiRequest) -> Response:
    """The bytes of an upload."""
    return await serve_file(request, await _stored(request))


@routes.get("/{version}/files/" + VIDEO_FILE + "{digits}:download", documented=False)
@routes.get(
    # What the packages make of an address that is not https.
    "/{version}/files/{scheme}//{host}/{again}/files/" + VIDEO_FILE + "{digits}:download",
    documented=False,
)
@routes.get(
    "/{version}/files/{scheme}//{host}/{again}/files/" + VIDEO_FILE + "{digits}:download:download",
    documented=False,
)
async def download_film(request: ApiRequest) -> Response:
    """The bytes of a film."""
    video = await find(request, f"video_{request.path_params['digits']}", what="File")
    return await serve_variant(request, video, "video")


@routes.get("/{version}/files/" + UPLOAD_FILE + "{digits}", documented=False)
async def retrieve(request: ApiRequest) -> Response:
    """What is known of an upload."""
    return JsonResponse(_file(request, await _stored(request)))


@routes.delete("/{version}/files/" + UPLOAD_FILE + "{digits}", documented=False)
async def delete(request: ApiRequest) -> Response:
    """Delete an upload."""
    await delete_stored(request, await _stored(request))
    return JsonResponse({})


async def _start(request: ApiRequest) -> Response:
    async with request.payload() as body:
        given = declared(body, Start).file
    folder = request.services.settings.uploads_dir
    for old in folder.glob(f"{_PREFIX}*"):
        if old.stat().st_mtime < time.time() - _UNFINISHED_SECONDS:
            old.unlink(missing_ok=True)
    upload_id = secrets.token_hex(16)
    path = _place(request, upload_id)
    path.touch(mode=0o600)
    name = given.displayName or given.display_name or "upload"
    base = base_url(request.services.settings, request)
    query = urlencode({"upload_id": upload_id, "name": name})
    address = f"{base}{request.scope['path']}?{query}"
    headers = {"x-goog-upload-url": address, "x-goog-upload-status": "active"}
    return JsonResponse({}, headers=headers)


def _place(request: ApiRequest, upload_id: str) -> Path:
    """Where an upload's bytes are until it is finished: a name for the project and the upload.

    All API processes of a machine share the folder.
    """
    subject = f"{request.project}\n{upload_id}"
    digest = hashlib.sha256(subject.encode("utf-8", "surrogateescape")).hexdigest()
    return request.services.settings.uploads_dir / f"{_PREFIX}{digest}"


async def _take(request: ApiRequest, path: Path, size: int) -> int:
    """Append the body to an upload of so many bytes; its size afterwards."""
    settings = request.services.settings
    request.services.space.require()
    if request.headers.get("x-goog-upload-offset", "0") != str(size):
        raise InvalidRequest(
            f"The upload has {size} bytes, so the next offset is {size}. Begin a new one.",
            param="X-Goog-Upload-Offset",
        )
    async for chunk in request.stream():
        size += len(chunk)
        if size > settings.max_upload_bytes:
            raise PayloadTooLarge(f"At most {settings.max_upload_bytes} bytes are taken.")
        append(path, chunk)
    return size


async def _stored(request: ApiRequest) -> StoredFile:
    return await find_file(request, f"file-{request.path_params['digits']}")


def _file(request: ApiRequest, file: StoredFile) -> dict[str, Any]:
    name = f"files/{UPLOAD_FILE}{file.id.removeprefix('file-')}"
    return {
        "name": name,
        "displayName": file.filename,
        "mimeType": file.content.media_type,
        "sizeBytes": str(file.content.size),
        "createTime": iso(file.created_at),
        "updateTime": iso(file.created_at),
        "sha256Hash": file.content.digest,
        "uri": f"{base_url(request.services.settings, request)}/v1beta/{name}",
        "state": "ACTIVE",
        "source": "UPLOADED",
    }
