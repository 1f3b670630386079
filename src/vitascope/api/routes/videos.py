"""`/videos`: create, remix, edit, extend; estimate; retrieve, list, delete, cancel; segments.

And what a video was made from: its lineage and its request.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import cached_property, partial
from math import ceil
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.responses import Response

from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing.operations import (
    CreateParameters,
    EditParameters,
    ExtendParameters,
    RemixParameters,
    SegmentParameters,
)
from vitascope.api.routing import Routes, query_of
from vitascope.api.schemas import (
    CreatedVideo,
    LineageObject,
    RetrievedVideo,
    Schema,
    SegmentList,
    Term,
    VideoDeleted,
    VideoEstimate,
    VideoList,
    VideoObject,
    VideoRequest,
    page_of,
)
from vitascope.api.services import content, creation
from vitascope.api.services.conformance import undeletable
from vitascope.api.services.container import ApiRequest, Services
from vitascope.api.services.creation import new_spec
from vitascope.api.services.recreation import request_for
from vitascope.api.services.segments import timeline
from vitascope.api.services.submission import create_job
from vitascope.api.services.waiting import requested_wait
from vitascope.errors import InvalidRequest, NotFound
from vitascope.store.search import VideoFilter
from vitascope.store.statements import EMPTY_PAGE
from vitascope.video import Status, Video, new_id

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


@routes.post(
    "/videos/estimate", answer=VideoEstimate, refusals=(400, 401, 413), body=CreateParameters
)
async def estimate_video(request: ApiRequest) -> Response:
    """What `POST /videos` with the same body would wait for and need. Nothing is stored."""
    services = request.services
    async with request.payload() as body:
        parameters = CreateParameters.read(body, services.settings)
    return JsonResponse(await _estimate(services, request.project, parameters))


async def _estimate(
    services: Services, project: str, parameters: CreateParameters
) -> dict[str, Any]:
    """What a new film would wait for and need, as the API answers it."""
    model = parameters.model
    services.require(model, "create" if parameters.input_reference is None else "image")
    settings = services.settings.resolve_model(model)
    able = services.capabilities_of(model)
    video = Video(
        id=new_id("video"),
        project=project,
        spec=new_spec(services, parameters),
        created_at=time.time(),
        queue="" if settings is None else settings.queue,
    )
    outlook, seconds = await services.estimates.of_new(video)
    expected = outlook.to_wire()
    return {
        "object": "video.estimate",
        "model": model,
        "queue_position": expected["queue_position"],
        "eta_seconds": expected["eta_seconds"],
        "render_seconds": None if seconds is None else ceil(seconds),
        "memory_gib": {} if able is None else dict(able.memory_gib),
    }


class _ListQuery(Schema):
    after: Annotated[Term | None, Field(description="`last_id` of the page before.")] = None
    limit: Annotated[int, Field(ge=0, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"
    status: Annotated[Status | None, Field(description="Those in this state.")] = None
    model: Annotated[Term | None, Field(description="Those of this model.")] = None
    search: Annotated[
        Term | None,
        Field(description="Those of which a prompt, earlier parts included, has this."),
    ] = None
    character: Annotated[Term | None, Field(description="Those with this character.")] = None
    tag: Annotated[Term | None, Field(description="Those with this tag.")] = None
    starred: Annotated[bool | None, Field(description="Those with a star, or without.")] = None

    @cached_property
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
    page = EMPTY_PAGE
    if query.limit:
        page = await request.services.search.listed_page(
            query.filter,
            project=request.project,
            after=query.after or None,
            limit=query.limit,
            newest_first=query.order == "desc",
        )
    return page_of(page.ids, page.json, has_more=page.has_more)


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


@routes.get("/videos/{video_id}/segments", answer=SegmentList, refusals=(401, 404))
async def list_segments(request: ApiRequest) -> Response:
    """The segments of a video, in order: the first, and one for each extension."""
    spec = (await find_video(request)).spec
    data = [segment.to_wire(spec.fps) for segment in timeline(spec)]
    return JsonResponse({"object": "list", "data": data})


@routes.post(
    "/videos/{video_id}/segments/{segment}",
    answer=VideoObject,
    refusals=(400, 401, 404, 413, 429),
    body=SegmentParameters,
)
async def make_segment_again(request: ApiRequest) -> Response:
    """Make one segment of a completed video again, with another prompt or seed.

    The answer is a new video: what comes before the segment is copied, and what follows it is made
    again with its own prompts. The old video stays.
    """
    names = request.path_params
    make = partial(creation.segment_again, video_id=names["video_id"], index=names["segment"])
    async with request.payload() as body:
        return await create_job(request, body, SegmentParameters, make)


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
