"""`/videos`: create, remix, edit, extend; retrieve, list, download, cancel, delete; lineage."""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from starlette.responses import Response

from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing.fields import unsupported_value
from vitascope.api.parsing.operations import (
    CreateParameters,
    EditParameters,
    ExtendParameters,
    RemixParameters,
)
from vitascope.api.routing import Answers, Routes, query_of
from vitascope.api.schemas import (
    CreatedVideo,
    LineageObject,
    RetrievedVideo,
    Term,
    VideoDeleted,
    VideoList,
    VideoObject,
    VideoRequest,
    page_of,
)
from vitascope.api.services import content, creation
from vitascope.api.services.conformance import undeletable
from vitascope.api.services.container import ApiRequest, Services
from vitascope.api.services.recreation import request_for
from vitascope.api.services.submission import create_job
from vitascope.api.services.waiting import requested_wait, while_connected
from vitascope.errors import InvalidRequest, JobError, NotFound
from vitascope.spec import Asset
from vitascope.store.blobs import MissingBlob
from vitascope.store.search import VideoFilter
from vitascope.store.statements import ListedVideo
from vitascope.video import VARIANTS, Status, Variant, Video

routes = Routes("Videos")

_CREATION_REFUSALS = (400, 401, 404, 413, 429)


@routes.post("/videos", answer=CreatedVideo, refusals=_CREATION_REFUSALS, body=CreateParameters)
async def create_video(request: ApiRequest) -> Response:
    """Create a video from a prompt and, if given, references and up to two characters.

    With `n`, so many videos with consecutive seeds; the answer is the first one.
    """
    async with request.payload() as body:
        return await create_job(request, body, CreateParameters, creation.new_film)


@routes.post(
    "/videos/{video_id}/remix",
    answer=VideoObject,
    refusals=_CREATION_REFUSALS,
    body=RemixParameters,
)
async def remix_video(request: ApiRequest) -> Response:
    """Render a completed video again with another prompt; what both prompts share stays."""
    make = partial(creation.remix, video_id=request.path_params["video_id"])
    async with request.payload() as body:
        return await create_job(request, body, RemixParameters, make)


@routes.post("/videos/edits", answer=VideoObject, refusals=_CREATION_REFUSALS, body=EditParameters)
async def edit_video(request: ApiRequest) -> Response:
    """Change a completed or an uploaded video as the prompt says; the rest stays as it is."""
    async with request.payload() as body:
        return await create_job(request, body, EditParameters, creation.edit)


@routes.post(
    "/videos/extensions", answer=VideoObject, refusals=_CREATION_REFUSALS, body=ExtendParameters
)
async def extend_video(request: ApiRequest) -> Response:
    """Continue a completed or an uploaded video; the result is the whole, old part and new."""
    async with request.payload() as body:
        return await create_job(request, body, ExtendParameters, creation.extension)


class _ListQuery(BaseModel):
    after: Annotated[Term | None, Field(description="`last_id` of the page before.")] = None
    limit: Annotated[int, Field(ge=0, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"
    status: Annotated[Status | None, Field(description="Those in this state.")] = None
    model: Annotated[Term | None, Field(description="Those of this model.")] = None
    search: Annotated[Term | None, Field(description="Those whose prompt contains this.")] = None
    character: Annotated[Term | None, Field(description="Those with this character.")] = None
    tag: Annotated[Term | None, Field(description="Those with this tag.")] = None
    starred: Annotated[bool | None, Field(description="Those with a star, or without.")] = None

    @property
    def filter(self) -> VideoFilter:
        """The filter that these parameters name."""
        return VideoFilter(
            self.status,
            self.model or None,
            self.search or None,
            self.character or None,
            self.tag or None,
            self.starred,
        )


@routes.get("/videos", answer=VideoList, refusals=(400, 401), query=_ListQuery)
async def list_videos(request: ApiRequest) -> Response:
    """List the project's videos, newest first by default."""
    query = query_of(request, _ListQuery)
    videos, has_more = list[ListedVideo](), False
    if query.limit:
        videos, has_more = await request.services.search.listed_page(
            query.filter,
            project=request.project,
            after=query.after or None,
            limit=query.limit,
            newest_first=query.order == "desc",
        )
    return page_of(videos, [video.json for video in videos], has_more=has_more)


@routes.get("/videos/{video_id}", answer=RetrievedVideo, refusals=(401, 404))
async def retrieve_video(request: ApiRequest) -> Response:
    """Retrieve a video; with `Prefer: wait=N`, once it is finished or N seconds have passed."""
    return await retrieved(request)


async def retrieved(request: ApiRequest) -> Response:
    """Answer with the video that the path names, as it is now or, as asked, once it is finished."""
    services = request.services
    video, own_before = await _look(request)
    seconds = 0.0 if video.finished else requested_wait(request.headers)
    if seconds > 0:
        await services.waiting.wait(video.id, seconds, request.receive)
        video, own_before = await _look(request)
    if video.finished:
        return JsonResponse(video.to_wire())
    outlook = await services.estimates.outlook(video, own_before=own_before)
    return JsonResponse(
        {**video.to_wire(), **outlook.to_wire()},
        headers={"openai-poll-after-ms": str(outlook.poll_after_ms)},
    )


@routes.delete("/videos/{video_id}", answer=VideoDeleted, refusals=(400, 401, 404))
async def delete_video(request: ApiRequest) -> Response:
    """Permanently delete a completed or failed video and its files."""
    video = await find_video(request)
    await delete_finished(request, video)
    return JsonResponse({"id": video.id, "object": "video.deleted", "deleted": True})


async def delete_finished(request: ApiRequest, video: Video) -> None:
    """Delete a video and its files.

    Raises:
        InvalidRequest: it is not finished.
    """
    services = request.services
    if not video.finished:
        raise InvalidRequest(
            "Video is still being processed. Wait until it is finished, or end it with "
            f"POST /v1/videos/{video.id}/cancel."
        )
    if not undeletable(services.settings, video.id):
        await content.delete_with_files(
            lambda: services.videos.delete(video.id, project=video.project),
            lambda: services.blobs.delete_under(f"videos/{video.id}"),
        )
        await services.job_log.delete(video.id)


@routes.post("/videos/{video_id}/cancel", answer=VideoObject, refusals=(400, 401, 404))
async def cancel_video(request: ApiRequest) -> Response:
    """End a video that is not finished; it becomes `failed` with the code `cancelled`."""
    video = await find_video(request)
    cancelled = await request.services.queue.cancel(video.id)
    if cancelled is None:
        video = await find_video(request)
        raise InvalidRequest(f"The video is {video.status} already and can't be cancelled.")
    return JsonResponse(cancelled.to_wire())


async def find_video(request: ApiRequest) -> Video:
    """The video that the path names.

    Raises:
        NotFound: the project has none of that id.
    """
    video_id = request.path_params["video_id"]
    video = await request.services.videos.get(video_id, project=request.project)
    if video is None:
        raise _not_found(video_id)
    return video


async def _look(request: ApiRequest) -> tuple[Video, int]:
    """The same, with the number of the project's videos that wait before it."""
    video_id = request.path_params["video_id"]
    found = await request.services.videos.get_with_position(video_id, project=request.project)
    if found is None:
        raise _not_found(video_id)
    return found


def _not_found(video_id: str) -> NotFound:
    return NotFound(f"Video with id '{video_id}' not found.", param="video_id")


_SUFFIXES: dict[Variant, str] = {
    "video": ".mp4",
    "thumbnail": "-thumbnail.webp",
    "spritesheet": "-spritesheet.jpg",
}


FILE_ANSWERS: Answers = {
    200: {
        "description": "The file.",
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}}
            for media in ("video/mp4", "image/webp", "image/jpeg")
        },
    },
    206: {"description": "The part of it that Range asked for."},
    304: {"description": "The client has it already."},
    416: {"description": "Range asks for nothing that the file has."},
}
"""The answers of a route that serves a video's files."""


class _ContentQuery(BaseModel):
    variant: Annotated[str, Field(json_schema_extra={"enum": list(VARIANTS)})] = "video"


@routes.head("/videos/{video_id}/content")
@routes.get(
    "/videos/{video_id}/content",
    operation_id="download_video_content",
    query=_ContentQuery,
    refusals=(400, 401, 404),
    answers=FILE_ANSWERS,
)
async def download_content(request: ApiRequest) -> Response:
    """Download the MP4, its thumbnail (WebP) or its spritesheet (JPEG)."""
    variant = query_of(request, _ContentQuery).variant
    if variant not in VARIANTS:
        raise unsupported_value("variant", variant, VARIANTS)
    return await serve_variant(request, await find_video(request), variant)


async def serve_variant(request: ApiRequest, video: Video, variant: Variant) -> Response:
    """Answer with one of a video's files.

    Raises:
        NotFound: the video has no such file, not yet or not any more.
    """
    asset = ready_asset(video, variant)
    name = f"{video.id}{_SUFFIXES[variant]}"
    return await content.serve(request, request.services.blobs, asset, filename=name)


def ready_asset(video: Video, variant: Variant) -> Asset:
    """One of a video's stored files.

    Raises:
        NotFound: the video has no such file, not yet or not any more.
    """
    asset = video.assets.get(variant)
    if video.status == "failed":
        raise NotFound("The video failed, so it has no content. Its `error` says why.")
    if not video.finished:
        raise NotFound(f"Video is not ready yet, use GET /v1/videos/{video.id} to check status.")
    if asset is None or video.expired(time.time()):
        raise NotFound("The video's files have expired and are not stored any more.")
    return asset


_JPEG_ANSWERS: Answers = {
    200: {
        "description": "The picture.",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class _FrameQuery(BaseModel):
    at: Annotated[float, Field(ge=0, description="Seconds from the beginning of the video.")] = 0.0


@routes.get(
    "/videos/{video_id}/frame",
    query=_FrameQuery,
    refusals=(400, 401, 404, 429),
    answers=_JPEG_ANSWERS,
)
async def video_frame(request: ApiRequest) -> Response:
    """Look at the frame that a completed video shows at a time, as JPEG."""
    at, video = query_of(request, _FrameQuery).at, await find_video(request)
    film = ready_asset(video, "video")
    if at > video.spec.seconds:
        raise InvalidRequest(
            f"Invalid value for 'at': the video is {video.spec.seconds:g} seconds long.",
            param="at",
            code="invalid_value",
        )
    making = request.services.frames.frame(film.key, at, project=request.project)
    try:
        picture = await while_connected(request, making)
    except MissingBlob:
        raise NotFound("The video's file is not stored any more.") from None
    except JobError as error:
        raise InvalidRequest(error.message, param="video_id", code=error.code) from None
    headers = {"cache-control": "private, no-cache", "x-content-type-options": "nosniff"}
    return Response(picture, media_type="image/jpeg", headers=headers)


@routes.head("/videos/{video_id}/preview")
@routes.get("/videos/{video_id}/preview", refusals=(401, 404), answers=_JPEG_ANSWERS)
async def preview_video(request: ApiRequest) -> Response:
    """A small JPEG of a film while it is rendered, at most two seconds old.

    There is none before rendering has begun, and none after its end.
    """
    video = await find_video(request)
    jpeg = await request.services.live_previews.get(video.id, project=video.project)
    if jpeg is None:
        raise NotFound(
            "The video is finished: see its thumbnail."
            if video.finished
            else "There is no preview yet. Ask again when the video is in progress."
        )
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})


_KINDS = {"video": "video", "char": "character", "file": "file"}


@routes.get("/videos/{video_id}/lineage", answer=LineageObject, refusals=(401, 404))
async def video_lineage(request: ApiRequest) -> Response:
    """The videos, characters and files that a video comes from and that come from it.

    Deleted ones are included.
    """
    services, video = request.services, await find_video(request)
    edges = await services.lineage.family(video.id, project=request.project)
    ends = (end for edge in edges for end in (edge.parent, edge.child))
    ids = list(dict.fromkeys([video.id, *ends]))
    existing = await _existing(services, ids)
    nodes = [{"id": each, "object": _kind(each), "deleted": each not in existing} for each in ids]
    return JsonResponse(
        {
            "object": "video.lineage",
            "id": video.id,
            "nodes": nodes,
            "edges": [asdict(edge) for edge in edges],
        }
    )


@routes.get("/videos/{video_id}/request", answer=VideoRequest, refusals=(401, 404))
async def video_request(request: ApiRequest) -> Response:
    """The request that makes a video again: the same prompt, seed and settings."""
    return JsonResponse(await recreation_of(request.services, await find_video(request)))


async def recreation_of(services: Services, video: Video) -> dict[str, Any]:
    """The request that makes a video again, as `GET /videos/{id}/request` answers."""
    edges = await services.lineage.family(video.id, project=video.project)
    parents = [edge for edge in edges if edge.child == video.id]
    existing = await _existing(services, [edge.parent for edge in parents])
    return request_for(video, parents, existing)


async def _existing(services: Services, ids: list[str]) -> set[str]:
    """Those of the ids that have not been deleted."""
    found: set[str] = set()
    for store in (services.videos, services.characters, services.files):
        found |= await store.existing_among(ids)
    return found


def _kind(any_id: str) -> str:
    return _KINDS[any_id.replace("-", "_").partition("_")[0]]
