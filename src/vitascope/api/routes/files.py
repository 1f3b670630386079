"""`/files`: uploads that later requests name by id."""

from __future__ import annotations

import time
from typing import Annotated, Literal
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from vitascope.api.parsing import Upload
from vitascope.api.parsing.fields import (
    given,
    missing_parameter,
    reject_unknown,
    require_choice,
    wrong_type,
)
from vitascope.api.parsing.parameters import read_payload
from vitascope.api.parsing.sniff import sniff
from vitascope.api.schemas import (
    FILE_BODY,
    PURPOSES,
    FileDeleted,
    FileList,
    FileObject,
    Term,
    page_of,
    refusals,
)
from vitascope.api.services import content, space
from vitascope.api.services.container import Services, project_of, services_of
from vitascope.errors import NotFound
from vitascope.spec import Asset
from vitascope.store.blobs import digest_of
from vitascope.store.files import StoredFile
from vitascope.video import new_id

router = APIRouter(tags=["Files"])

_DEFAULT_LIMIT = 100
_LONGEST_PAGE = 1000
"""A client may ask for more and gets the rest by `after`: a page is made in one go."""
_MAX_NAME = 255


@router.post(
    "/files", response_model=FileObject, responses=refusals(400, 401, 413), openapi_extra=FILE_BODY
)
async def create_file(request: Request) -> JSONResponse:
    """Upload a file, to be named by its id later."""
    services = services_of(request)
    async with read_payload(request) as body:
        # Clients may say when a file is to expire; ours stay until they are deleted.
        reject_unknown(body, {"file", "purpose", "expires_after"})
        purpose = require_choice(body, "purpose", PURPOSES)
        upload = given(body, "file")
        if upload is None:
            raise missing_parameter("file")
        if not isinstance(upload, Upload):
            raise wrong_type("file", "a file", upload)
        file = await _store(services, upload, purpose, project_of(request))
    return JSONResponse(file.to_wire())


@router.get("/files", response_model=FileList, responses=refusals(400, 401))
async def list_files(
    request: Request,
    purpose: Term | None = None,
    after: Term | None = None,
    limit: Annotated[int, Query(ge=0, le=10_000)] = _DEFAULT_LIMIT,
    order: Literal["asc", "desc"] = "desc",
) -> JSONResponse:
    """List the project's files, newest first unless told otherwise."""
    files, has_more = list[StoredFile](), False
    if limit:
        files, has_more = await services_of(request).files.page(
            project=project_of(request),
            purpose=purpose or None,
            after=after or None,
            limit=min(limit, _LONGEST_PAGE),
            newest_first=order == "desc",
        )
    return page_of(files, has_more=has_more)


@router.get("/files/{file_id}", response_model=FileObject, responses=refusals(401, 404))
async def retrieve_file(request: Request, file_id: str) -> JSONResponse:
    """Tell about a file."""
    return JSONResponse((await _find(request, file_id)).to_wire())


@router.head("/files/{file_id}/content", include_in_schema=False)
@router.get(
    "/files/{file_id}/content",
    response_class=Response,
    operation_id="download_file_content",
    responses=refusals(401, 404),
)
async def download_file(request: Request, file_id: str) -> Response:
    """Download a file's content."""
    file = await _find(request, file_id)
    return await content.serve(
        request, services_of(request).blobs, file.content, filename=file.filename
    )


@router.delete("/files/{file_id}", response_model=FileDeleted, responses=refusals(401, 404))
async def delete_file(request: Request, file_id: str) -> JSONResponse:
    """Delete a file. Videos made from it stay whole."""
    services = services_of(request)
    file = await _find(request, file_id)
    await space.delete(
        lambda: services.files.delete(file.id, project=file.project),
        lambda: services.blobs.delete([file.content.key]),
    )
    return JSONResponse({"id": file.id, "object": "file", "deleted": True})


async def _store(services: Services, upload: Upload, purpose: str, project: str) -> StoredFile:
    file_id = new_id("file", "-")
    media = sniff(upload.head)
    asset = Asset(
        key=f"files/{file_id}",
        size=upload.size,
        digest=await digest_of(upload.path),
        media_type=media.value if media else "application/octet-stream",
    )
    await services.blobs.put_file(asset.key, upload.path, asset.media_type)
    file = StoredFile(
        id=file_id,
        project=project,
        filename=(upload.filename or "upload")[:_MAX_NAME],
        purpose=purpose,
        created_at=time.time(),
        content=asset,
    )
    try:
        await services.files.add(file, services.quota_of(project))
    except BaseException:
        await services.blobs.delete([asset.key])
        raise
    return file


async def _find(request: Request, encoded_id: str) -> StoredFile:
    file_id = unquote(encoded_id)
    file = await services_of(request).files.get(file_id, project=project_of(request))
    if file is None:
        raise NotFound(f"No such File object: {file_id}", param="id")
    return file
