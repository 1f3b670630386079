"""`/videos`: look at, list, cancel and delete."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from vitascope.api import space
from vitascope.api.conformance import undeletable
from vitascope.api.paging import Term, page_of
from vitascope.api.schemas import (
    RetrievedVideo,
    VideoDeleted,
    VideoList,
    VideoObject,
    refusals,
)
from vitascope.api.services import project_of, services_of
from vitascope.api.waiting import wished_wait
from vitascope.errors import InvalidRequest, NotFound
from vitascope.video import Video

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
    seconds = 0.0 if video.finished else wished_wait(request.headers)
    if seconds > 0:
        await services.waiting.wait(video.id, seconds, request.receive)
        video, own_before = await _look_at(request, video_id)
    if video.finished:
        return JSONResponse(video.to_wire())
    outlook = await services.pace.outlook(video, own_before=own_before)
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
    found = await services_of(request).videos.look(video_id, project=project_of(request))
    if found is None:
        raise _not_found(video_id)
    return found


def _not_found(video_id: str) -> NotFound:
    return NotFound(f"Video with id '{video_id}' not found.", param="video_id")
