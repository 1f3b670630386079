"""`/files` and `/videos/characters`: what clients upload for later requests."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import Response

from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.operations import (
    CharacterParameters,
    FileParameters,
    RenameParameters,
)
from vitascope.api.parsing.references import UploadRef, VideoIdRef
from vitascope.api.routing import Routes, query_of
from vitascope.api.schemas import (
    CharacterDeleted,
    CharacterList,
    CharacterObject,
    FileDeleted,
    FileList,
    FileObject,
    Schema,
    Term,
    page_of,
)
from vitascope.api.services import content
from vitascope.api.services.conformance import without_pictures
from vitascope.api.services.container import ApiRequest, Services
from vitascope.api.services.inputs import completed_video, put_upload
from vitascope.api.services.waiting import while_connected
from vitascope.errors import InvalidRequest, JobError, NotFound
from vitascope.jobs.cutouts import Cutouts
from vitascope.jobs.decode_task import Span
from vitascope.spec import Asset, FilmPoint
from vitascope.store.blobs import digest_of
from vitascope.store.characters import StoredCharacter
from vitascope.store.files import StoredFile
from vitascope.video import MAX_TOTAL_SECONDS, new_id

files = Routes("Files")
characters = Routes("Characters")

_LONGEST_PAGE = 1000
"""A client may send a higher limit and gets the rest by `after`: a page is made in one piece."""
_MAX_NAME = 255


@files.post("/files", answer=FileObject, refusals=(400, 401, 413), body=FileParameters)
async def create_file(request: ApiRequest) -> Response:
    """Upload a file, which later requests name by its id."""
    async with request.payload() as body:
        return await create_file_from(request, body)


async def create_file_from(request: ApiRequest, body: Body) -> Response:
    """Store the file of a body that has been read."""
    parameters = FileParameters.read(body, request.services.settings)
    file = await store_file(request, parameters.file, parameters.purpose)
    return JsonResponse(file.to_wire())


class _ListQuery(Schema):
    purpose: Term | None = None
    after: Term | None = None
    limit: Annotated[int, Field(ge=0, le=10_000)] = 100
    order: Literal["asc", "desc"] = "desc"


@files.get("/files", answer=FileList, refusals=(400, 401), query=_ListQuery)
async def list_files(request: ApiRequest) -> Response:
    """List the project's files, newest first by default."""
    query = query_of(request, _ListQuery)
    found, has_more = list[StoredFile](), False
    if query.limit:
        found, has_more = await request.services.files.page(
            project=request.project,
            purpose=query.purpose or None,
            after=query.after or None,
            limit=min(query.limit, _LONGEST_PAGE),
            newest_first=query.order == "desc",
        )
    ids = [file.id for file in found]
    return page_of(ids, [file.to_wire() for file in found], has_more=has_more)


@files.get("/files/{file_id}", answer=FileObject, refusals=(401, 404))
async def retrieve_file(request: ApiRequest) -> Response:
    """Retrieve a file's description."""
    return JsonResponse((await _named_file(request)).to_wire())


@files.head("/files/{file_id}/content")
@files.get(
    "/files/{file_id}/content",
    operation_id="download_file_content",
    refusals=(401, 404),
    answers={200: {"description": "Successful Response"}},
)
async def download_file(request: ApiRequest) -> Response:
    """Download a file's content."""
    return await serve_file(request, await _named_file(request))


async def serve_file(request: ApiRequest, file: StoredFile) -> Response:
    """Answer with a file's content."""
    return await content.serve(
        request, request.services.blobs, file.content, filename=file.filename
    )


@files.delete("/files/{file_id}", answer=FileDeleted, refusals=(401, 404))
async def delete_file(request: ApiRequest) -> Response:
    """Delete a file. Videos made from it stay whole."""
    file = await _named_file(request)
    await delete_stored(request, file)
    return JsonResponse({"id": file.id, "object": "file", "deleted": True})


async def delete_stored(request: ApiRequest, file: StoredFile) -> None:
    """Delete a file and its content."""
    services = request.services
    await content.delete_with_files(
        lambda: services.files.delete(file.id, project=file.project),
        lambda: services.blobs.delete([file.content.key]),
    )


async def store_file(request: ApiRequest, upload: Upload, purpose: str) -> StoredFile:
    """Store an upload as a file of the request's project.

    Raises:
        QuotaReached: the project may not have one more of that size.
    """
    services, project = request.services, request.project
    file_id = new_id("file", "-")
    asset = await put_upload(services.blobs, f"files/{file_id}", upload)
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


async def _named_file(request: ApiRequest) -> StoredFile:
    return await find_file(request, request.path_params["file_id"])


async def find_file(request: ApiRequest, file_id: str) -> StoredFile:
    """A file of the project.

    Raises:
        NotFound: the project has none of that id.
    """
    file = await request.services.files.get(file_id, project=request.project)
    if file is None:
        raise NotFound(f"No such File object: {file_id}", param="id")
    return file


@characters.post(
    "/videos/characters",
    answer=CharacterObject,
    refusals=(400, 401, 413, 429),
    body=CharacterParameters,
)
async def create_character(request: ApiRequest) -> Response:
    """Make a character from a clip that shows it, or from a part of a video of this server."""
    services, project = request.services, request.project
    async with request.payload() as body:
        parameters = CharacterParameters.read(body, services.settings)
        film, span = await _clip(services, body, parameters, project)
        _check_point(parameters.point, span)
        making = _make_character(services, film, span, parameters, project)
        try:
            character = await while_connected(request, making)
        except JobError as error:
            if not services.settings.conformance:
                raise InvalidRequest(error.message, param="video", code=error.code) from None
            character = without_pictures(parameters.name, project=project)
            await services.characters.add(character)
    return JsonResponse(character.to_wire())


@characters.get("/videos/characters/{character_id}", answer=CharacterObject, refusals=(401, 404))
async def get_character(request: ApiRequest) -> Response:
    """Retrieve a character."""
    return JsonResponse((await _named_character(request)).to_wire())


class _CharactersQuery(Schema):
    after: Term | None = None
    limit: Annotated[int, Field(ge=0, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"


@characters.get(
    "/videos/characters", answer=CharacterList, refusals=(400, 401), query=_CharactersQuery
)
async def list_characters(request: ApiRequest) -> Response:
    """List the project's characters, newest first by default."""
    query = query_of(request, _CharactersQuery)
    found, has_more = list[StoredCharacter](), False
    if query.limit:
        found, has_more = await request.services.characters.page(
            project=request.project,
            after=query.after or None,
            limit=query.limit,
            newest_first=query.order == "desc",
        )
    ids = [one.id for one in found]
    return page_of(ids, [one.to_wire() for one in found], has_more=has_more)


@characters.patch(
    "/videos/characters/{character_id}",
    answer=CharacterObject,
    refusals=(400, 401, 404, 413),
    body=RenameParameters,
)
async def rename_character(request: ApiRequest) -> Response:
    """Give a character another name, for later prompts."""
    character = await _named_character(request)
    async with request.payload() as body:
        parameters = RenameParameters.read(body, request.services.settings)
    renamed = await request.services.characters.rename(
        character.id, parameters.name, project=request.project
    )
    if renamed is None:
        raise _no_character(character.id)
    return JsonResponse(renamed.to_wire())


@characters.delete(
    "/videos/characters/{character_id}", answer=CharacterDeleted, refusals=(401, 404)
)
async def delete_character(request: ApiRequest) -> Response:
    """Delete a character. Videos that show it stay whole."""
    services, character = request.services, await _named_character(request)
    await content.delete_with_files(
        lambda: services.characters.delete(character.id, project=character.project),
        lambda: services.blobs.delete([cutout.key for cutout in character.cutouts]),
    )
    return JsonResponse({"id": character.id, "object": "character.deleted", "deleted": True})


@characters.head("/videos/characters/{character_id}/content")
@characters.get(
    "/videos/characters/{character_id}/content",
    operation_id="download_character_content",
    refusals=(401, 404),
    answers={
        200: {
            "description": "The cut-out, with transparency.",
            "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def download_character(request: ApiRequest) -> Response:
    """Download a character's best cut-out as PNG."""
    character = await _named_character(request)
    if not character.cutouts:
        raise NotFound("The character has no picture.")
    return await content.serve(
        request,
        request.services.blobs,
        character.cutouts[0],
        filename=f"{character.id}.png",
    )


async def _named_character(request: ApiRequest) -> StoredCharacter:
    character_id = request.path_params["character_id"]
    character = await request.services.characters.get(character_id, project=request.project)
    if character is None:
        raise _no_character(character_id)
    return character


def _no_character(character_id: str) -> NotFound:
    return NotFound(f"Character with id '{character_id}' not found.", param="character_id")


async def _clip(
    services: Services, body: Body, parameters: CharacterParameters, project: str
) -> tuple[Path, Span | None]:
    """The film that shows the figure, and which part of it.

    Raises:
        InvalidRequest: the part is not one of a video of this server.
        NotFound: the project has no such video.
    """
    start, end, source = parameters.start or 0.0, parameters.end, parameters.video
    if isinstance(source, UploadRef):
        if start or end is not None:
            raise InvalidRequest(
                "'start' and 'end' are for a video that is named by its id.",
                param="start" if start else "end",
                code="unsupported_parameter",
            )
        return source.upload.path, None
    video = await completed_video(
        services, source.video_id, project=project, verb="used for a character"
    )
    seconds = video.spec.seconds
    span = Span(start, seconds if end is None else end)
    if not start < span.end <= seconds:
        raise InvalidRequest(
            f"Invalid 'end': the part must begin before it ends, within the {seconds:g} seconds of "
            "the video.",
            param="end",
            code="invalid_value",
        )
    path = services.settings.uploads_dir / f"source-{secrets.token_hex(16)}"
    body.files.adopt(path)
    await services.blobs.fetch(video.assets["video"].key, path)
    return path, span


def _check_point(point: FilmPoint | None, span: Span | None) -> None:
    """Check that the time of a point is in the part of the video.

    Raises:
        InvalidRequest: it is not.
    """
    if point is None or point.at is None:
        return
    start, end = span or (0.0, float(MAX_TOTAL_SECONDS))
    if not start <= point.at <= end:
        raise InvalidRequest(
            f"Invalid 'point': its time 'at' is outside the part from {start:g} s to {end:g} s.",
            param="point",
            code="invalid_value",
        )


async def _make_character(
    services: Services,
    film: Path,
    span: Span | None,
    parameters: CharacterParameters,
    project: str,
) -> StoredCharacter:
    source = parameters.video
    video_id = source.video_id if isinstance(source, VideoIdRef) else None
    cutting = services.cutouts.cut_out(film, project=project, span=span, point=parameters.point)
    async with cutting as cutouts:
        return await _store_character(services, cutouts, parameters.name, project, video_id)


async def _store_character(
    services: Services, cutouts: Cutouts, name: str, project: str, video_id: str | None
) -> StoredCharacter:
    character_id = new_id("char")
    assets: list[Asset] = []
    try:
        for path in cutouts.pictures:
            asset = Asset(
                key=f"characters/{character_id}/{path.name}",
                size=path.stat().st_size,
                digest=await digest_of(path),
                media_type="image/png",
            )
            assets.append(asset)
            await services.blobs.put_file(asset.key, path, asset.media_type)
        character = StoredCharacter(
            id=character_id,
            project=project,
            name=name,
            created_at=time.time(),
            cutouts=tuple(assets),
            palette=cutouts.palette,
        )
        await services.characters.add(character, services.quota_of(project), video_id=video_id)
    except BaseException:
        await services.blobs.delete([asset.key for asset in assets])
        raise
    return character
