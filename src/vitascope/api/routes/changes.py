"""Changes of videos: `PATCH /videos/{id}`, their place in the queue, and the tags in use."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing.operations import ChangeParameters, QueueParameters
from vitascope.api.routes.videos import find_video, retrieved
from vitascope.api.routing import Routes
from vitascope.api.schemas import RetrievedVideo, TagList
from vitascope.api.services.container import ApiRequest
from vitascope.errors import InvalidRequest
from vitascope.jobs.waiting import NotWaiting, WrongPlace
from vitascope.spec import RenderSpec, Sampling, Task
from vitascope.video import MAX_TOTAL_SECONDS, Video

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


_SAMPLING = frozenset(Sampling.__struct_fields__)
CHANGEABLE: dict[Task, frozenset[str]] = {
    "create": _SAMPLING | {"prompt", "size", "seconds", "seed"},
    "remix": frozenset({"prompt"}),
    "edit": _SAMPLING | {"prompt", "seed"},
    "extend": _SAMPLING | {"prompt", "seconds", "seed"},
}
"""What requests of each kind say themselves; the rest is their source's."""


def changed(video: Video, parameters: ChangeParameters) -> Video:
    """The video with the changes.

    Raises:
        InvalidRequest: it has begun, or a field is not this kind of request's to say.
    """
    sent = {name: value for name, value in _values(parameters).items() if value is not None}
    marks = {name: sent.pop(name) for name in ("starred", "tags") if name in sent}
    if sent and video.status != "queued":
        raise InvalidRequest(
            f"The video is {video.status} already: only 'starred' and 'tags' can be changed. "
            "Make another one with POST /v1/videos.",
            param=next(iter(sent)),
            code="video_not_waiting",
        )
    if "seconds" in sent and video.spec.following:
        raise InvalidRequest(
            "The length of a video whose segments follow each other can't be changed.",
            param="seconds",
            code="unsupported_parameter",
        )
    for name in sent:
        if name not in CHANGEABLE[video.spec.task]:
            raise InvalidRequest(
                f"'{name}' of this video is that of its source and can't be changed.",
                param=name,
                code="unsupported_parameter",
            )
    return msgspec.structs.replace(video, spec=_changed_spec(video.spec, sent), **marks)


def _values(parameters: ChangeParameters) -> dict[str, Any]:
    return {name: getattr(parameters, name) for name in parameters.__struct_fields__}


def _changed_spec(spec: RenderSpec, sent: dict[str, Any]) -> RenderSpec:
    own = ("prompt", "seed", "size")
    changes: dict[str, Any] = {name: sent[name] for name in own if name in sent}
    if "prompt" in sent:
        _check_names(spec, sent["prompt"])
    if "seconds" in sent:
        frames = spec.start + spec.fps.frames_in(float(sent["seconds"]))
        if spec.fps.seconds_of(frames) > MAX_TOTAL_SECONDS:
            raise InvalidRequest(
                f"The extended video would be {spec.fps.seconds_of(frames):g} seconds long; "
                f"{MAX_TOTAL_SECONDS} is the most.",
                param="seconds",
                code="video_too_long",
            )
        changes["frames"] = frames
    sampling = {name: sent[name] for name in _SAMPLING & sent.keys()}
    changes["sampling"] = msgspec.structs.replace(spec.sampling, **sampling)
    return msgspec.structs.replace(spec, **changes)


def _check_names(spec: RenderSpec, prompt: str) -> None:
    """The prompt of a video with characters has to name each."""
    for one in spec.characters:
        if one.name.casefold() not in prompt.casefold():
            raise InvalidRequest(
                f"This video shows the character '{one.name}', whom the new prompt does not name.",
                param="prompt",
                code="invalid_value",
            )
