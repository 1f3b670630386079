"""`/videos`: retrieve, list, download, cancel and delete."""

from __future__ import annotations

import time
from typing import Annotated, Literal
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from vitascope.api.parsing.fields import unsupported_value
from vitascope.api.schemas import (
    RetrievedVideo,
    Term,
    VideoDeleted,
    VideoList,
    VideoObject,
    page_of,
    refusals,
)
from vitascope.api.services import content, space
from vitascope.api.services.conformance import undeletable
from vitascope.api.services.container import project_of, services_of
from vitascope.api.services.waiting import requested_wait
from vitascope.errors import InvalidRequest, NotFound
from vitascope.video import VARIANTS, Variant, Video

router = APIRouter(tags=["Videos"])

_DEFAULT_LIMIT = 20


@router.get("/videos", response_model=VideoList, responses=refusals(400, 401))
async def list_videos(
    request: Request,
    after: Annotated[Term | None, Query(description="`last_id` of the page before.")] = None,
    limit: Annotated[int, Query(ge=0, le=100)] = _DEFAULT_LIMIT,
    order: Literal["asc", "desc"] = "desc",
) -> JSONResponse:
    """List the project's videos, newest first unless told otherwise."""
    videos, has_more = list[Video](), False
    if limit:
        videos, has_more = await services_of(request).videos.page(
            project=project_of(request),
            after=after or None,
            limit=limit,
            newest_first=order == "desc",
        )
    return page_of(videos, has_more=has_more)


@router.get("/videos/{video_id}", response_model=RetrievedVideo, responses=refusals(401, 404))
async def retrieve_video(request: Request, video_id: str) -> JSONResponse:
    """Retrieve a video; with `Prefer: wait=N`, once it is finished or N seconds are over."""
    services = services_of(request)
    video, own_before = await _look_at(request, video_id)
    seconds = 0.0 if video.finished else requested_wait(request.headers)
    if seconds > 0:
        await services.waiting.wait(video.id, seconds, request.receive)
        video, own_before = await _look_at(request, video_id)
    if video.finished:
        return JSONResponse(video.to_wire())
    outlook = await services.estimates.outlook(video, own_before=own_before)
    return JSONResponse(
        {**video.to_wire(), **outlook.to_wire()},
        headers={"openai-poll-after-ms": str(outlook.poll_after_ms)},
    )


@router.delete("/videos/{video_id}", response_model=VideoDeleted, responses=refusals(400, 401, 404))
async def delete_video(request: Request, video_id: str) -> JSONResponse:
    """Permanently delete a completed or failed video and its files."""
    services = services_of(request)
    video = await find_video(request, video_id)
    if not video.finished:
        raise InvalidRequest(
            "Video is still being processed. Wait until it is finished, or end it with "
            f"POST /v1/videos/{video.id}/cancel."
        )
    if not undeletable(services.settings, video.id):
        await space.delete(
            lambda: services.videos.delete(video.id, project=video.project),
            lambda: services.blobs.delete_under(f"videos/{video.id}"),
        )
        await services.job_log.delete(video.id)
    return JSONResponse({"id": video.id, "object": "video.deleted", "deleted": True})


@router.post(
    "/videos/{video_id}/cancel", response_model=VideoObject, responses=refusals(400, 401, 404)
)
async def cancel_video(request: Request, video_id: str) -> JSONResponse:
    """End a video that is not finished; it becomes `failed` with the code `cancelled`."""
    video = await find_video(request, video_id)
    cancelled = await services_of(request).queue.cancel(video.id)
    if cancelled is None:
        video = await find_video(request, video_id)
        raise InvalidRequest(f"The video is {video.status} already and can't be cancelled.")
    return JSONResponse(cancelled.to_wire())


async def find_video(request: Request, encoded_id: str) -> Video:
    """The project's video of the id in a path, which the gate leaves as it was sent.

    Raises:
        NotFound: the project has none of that id.
    """
    video_id = unquote(encoded_id)
    video = await services_of(request).videos.get(video_id, project=project_of(request))
    if video is None:
        raise _not_found(video_id)
    return video


async def _look_at(request: Request, encoded_id: str) -> tuple[Video, int]:
    """The same, and how many of the project's videos wait before it."""
    video_id = unquote(encoded_id)
    found = await services_of(request).videos.get_with_position(
        video_id, project=project_of(request)
    )
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
_MEDIA_TYPES = ("video/mp4", "image/webp", "image/jpeg")
_ONE_OF_VARIANTS = Query(json_schema_extra={"enum": list(VARIANTS)})


@router.head("/videos/{video_id}/content", include_in_schema=False)
@router.get(
    "/videos/{video_id}/content",
    response_class=Response,
    operation_id="download_video_content",
    responses={
        200: {
            "description": "The file.",
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}} for media in _MEDIA_TYPES
            },
        },
        206: {"description": "The part of it that Range asked for."},
        304: {"description": "The client has it already."},
        416: {"description": "Range asks for nothing that the file has."},
        **refusals(400, 401, 404),
    },
)
async def download_content(
    request: Request, video_id: str, variant: Annotated[str, _ONE_OF_VARIANTS] = "video"
) -> Response:
    """Download the MP4, its thumbnail (WebP) or its spritesheet (JPEG)."""
    if variant not in VARIANTS:
        raise unsupported_value("variant", variant, VARIANTS)
    video = await find_video(request, video_id)
    asset = video.assets.get(variant)
    if video.status == "failed":
        raise NotFound("The video failed, so it has no content. Its `error` says why.")
    if not video.finished:
        raise NotFound(f"Video is not ready yet, use GET /v1/videos/{video.id} to check status.")
    if asset is None or video.expired(time.time()):
        raise NotFound("The video's files have expired and are not stored any more.")
    name = f"{video.id}{_SUFFIXES[variant]}"
    return await content.serve(request, services_of(request).blobs, asset, filename=name)
