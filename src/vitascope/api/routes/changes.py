"""Changes of videos: `PATCH /videos/{id}`, their place in the queue, and the tags in use."""

from __future__ import annotations

from starlette.responses import Response

from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing.operations import ChangeParameters, QueueParameters
from vitascope.api.routes.videos import find_video, retrieved
from vitascope.api.routing import Routes
from vitascope.api.schemas import RetrievedVideo, TagList
from vitascope.api.services.changing import changed
from vitascope.api.services.container import ApiRequest
from vitascope.errors import InvalidRequest
from vitascope.jobs.waiting import NotWaiting, WrongPlace

routes = Routes("Videos")


@routes.patch(
    "/videos/{video_id}",
    answer=RetrievedVideo,
    refusals=(400, 401, 404, 413),
    body=ChangeParameters,
)
async def change_video(request: ApiRequest) -> Response:
    """Star or tag a video, or change what a waiting one renders. What is left out stays."""
    services, video = request.services, await find_video(request)
    async with request.payload() as body:
        parameters = ChangeParameters.read(body, services.settings)
    try:
        await services.queue.waiting.change(video, lambda now: changed(now, parameters))
    except NotWaiting:  # it was deleted meanwhile
        await find_video(request)
        raise
    return await retrieved(request)


@routes.post(
    "/videos/{video_id}/queue",
    answer=RetrievedVideo,
    refusals=(400, 401, 404, 413),
    body=QueueParameters,
)
async def queue_video(request: ApiRequest) -> Response:
    """Move a waiting video among the project's waiting videos, pause it, or resume it.

    `position` counts from 1; `before` is the id of the video that it is to precede. Other projects
    keep their turns.
    """
    services, video = request.services, await find_video(request)
    async with request.payload() as body:
        parameters = QueueParameters.read(body, services.settings)
    asked = (parameters.position, parameters.before, parameters.paused)
    if sum(one is not None for one in asked) != 1:
        raise InvalidRequest(
            "Send one of 'position', 'before' and 'paused'.", code="missing_required_parameter"
        )
    waiting = services.queue.waiting
    try:
        if parameters.paused is not None:
            await waiting.pause(video, paused=parameters.paused)
        elif parameters.before != video.id:
            await waiting.move(video, position=parameters.position, before=parameters.before)
    except WrongPlace:
        raise InvalidRequest(
            f"No video '{parameters.before}' waits in the same queue of this project.",
            param="before",
            code="invalid_value",
        ) from None
    except NotWaiting:
        now = (await find_video(request)).status
        state = "has just been started" if now == "queued" else f"is {now} already"
        raise InvalidRequest(
            f"The video {state}, so its place in the queue can't be changed.",
            code="video_not_waiting",
        ) from None
    return await retrieved(request)


@routes.get("/tags", answer=TagList, refusals=(401,))
async def list_tags(request: ApiRequest) -> Response:
    """List the tags of the project's videos, in alphabetical order."""
    found = await request.services.search.tags(request.project)
    tags = [{"id": tag, "object": "tag", "videos": number} for tag, number in found]
    return JsonResponse({"object": "list", "data": tags})
