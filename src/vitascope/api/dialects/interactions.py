"""Google's interactions, with which the packages since 3.0 make videos by the Gemini API.

An interaction's id is its video's id; `-inline` behind it asks for the film as base64.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec
from starlette.responses import Response

from vitascope.api.dialects import jobs
from vitascope.api.dialects.answers import gone, inline_film, iso
from vitascope.api.dialects.gemini import film_source, film_uri
from vitascope.api.dialects.requests import Fields, Media, declared, refuse
from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing import Body
from vitascope.api.parsing.sizes import size_of
from vitascope.api.routes.videos import delete_finished
from vitascope.api.routing import Routes
from vitascope.api.services.container import ApiRequest
from vitascope.api.services.content import json_response
from vitascope.api.services.waiting import LONGEST_WAIT
from vitascope.errors import InvalidRequest
from vitascope.video import Video

_INLINE = "-inline"
_DURATION = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,6})?)s")
Task = Literal["text_to_video", "image_to_video", "reference_to_video", "edit", "extend", "upscale"]

routes = Routes("Gemini interactions", versioned=False)


class Content(Fields):
    """Text, a picture or a film."""

    type: Literal["text", "image", "video", "audio"]
    text: str | None = None
    data: Any = None
    uri: str | None = None
    mime_type: str | None = None


class Step(Fields):
    """What the user says."""

    type: Literal["user_input"]
    content: list[Content]


class ResponseFormat(Fields):
    """The format of the film."""

    type: Literal["video"] = "video"
    aspect_ratio: str | None = None
    resolution: str | None = None
    duration: str | None = None
    delivery: Literal["inline", "uri"] | None = None
    gcs_uri: str | None = None


class VideoConfig(Fields):
    """The kind of work."""

    task: Task | None = None


class GenerationConfig(Fields):
    """How it is to be done."""

    seed: int | None = None
    video_config: VideoConfig = msgspec.field(default_factory=VideoConfig)


class Create(Fields):
    """The body of a create."""

    model: str
    input: Any
    response_format: ResponseFormat = msgspec.field(default_factory=ResponseFormat)
    generation_config: GenerationConfig = msgspec.field(default_factory=GenerationConfig)
    previous_interaction_id: str | None = None
    background: bool | None = None
    store: bool | None = None
    stream: bool | None = None
    labels: dict[str, str] | None = None
    webhook_config: Any = None


class _Steps(Fields):
    """The inputs of a list, in one of two forms."""

    input: list[Step] | None = None


class _Contents(Fields):
    input: list[Content] | None = None


@routes.post("/{version}/interactions", documented=False)
async def create(request: ApiRequest) -> Response:
    """Make a video; without `background` the answer is held for up to a minute."""
    async with request.payload("input") as body:
        given = declared(body, Create)
        refuse(
            {"webhook_config": given.webhook_config}, "only Google can sign these; poll instead."
        )
        refuse({"stream": given.stream}, "a film is not streamed; poll the interaction.")
        refuse({"store": given.store is False}, "every video is stored until it is deleted.")
        refuse({"response_format.gcs_uri": given.response_format.gcs_uri}, "use 'uri' or 'inline'.")
        (video,) = await jobs.submit(request, body, _translated(request, given, body))
    if not given.background:
        await request.services.waiting.wait(video.id, LONGEST_WAIT, request.receive)
        video = await jobs.find(request, video.id)
    return await _answer(request, video, inline=given.response_format.delivery == "inline")


@routes.get("/{version}/interactions/{interaction}", documented=False)
async def retrieve(request: ApiRequest) -> Response:
    """An interaction."""
    if request.query_params.get("stream", "false") not in ("false", "False", "0"):
        raise InvalidRequest("A film is not streamed; ask without 'stream'.", param="stream")
    video, inline = await _find(request)
    return await _answer(request, video, inline=inline)


@routes.post("/{version}/interactions/{interaction}/cancel", documented=False)
async def cancel(request: ApiRequest) -> Response:
    """End an interaction that is not finished."""
    video, inline = await _find(request)
    return await _answer(request, await jobs.cancel(request, video), inline=inline)


@routes.delete("/{version}/interactions/{interaction}", documented=False)
async def delete(request: ApiRequest) -> Response:
    """Delete an interaction and its film."""
    video, _ = await _find(request)
    await delete_finished(request, video)
    return JsonResponse({})


async def _find(request: ApiRequest) -> tuple[Video, bool]:
    name = request.path_params["interaction"]
    video = await jobs.find(request, name.removesuffix(_INLINE), what="Interaction")
    return video, name.endswith(_INLINE)


def _translated(request: ApiRequest, given: Create, body: Body) -> jobs.DialectParameters:
    prompt, contents = _inputs(body)
    task, output = given.generation_config.video_config.task, given.response_format
    films = [place for place, one in contents if one.type == "video"]
    pictures = [place for place, one in contents if one.type == "image"]
    if task is None:
        if films or given.previous_interaction_id is not None:
            raise InvalidRequest(
                "Say in 'generation_config.video_config.task' whether the film is to be changed "
                "(edit) or continued (extend).",
                param="generation_config.video_config.task",
                code="missing_required_parameter",
            )
        task = "image_to_video" if pictures else "text_to_video"
    if task == "upscale":
        refuse({"generation_config.video_config.task": task}, "no model of this server upscales.")
    sources = [_source(one, place) for place, one in contents if one.type == "video"]
    if given.previous_interaction_id is not None:
        sources.append(given.previous_interaction_id.removesuffix(_INLINE))
    changes = task in ("edit", "extend")
    if len(sources) != int(changes):
        needs = "one film, in 'input' or as 'previous_interaction_id'" if changes else "no film"
        raise InvalidRequest(f"The task '{task}' needs {needs}.", param="input")
    role: Literal["first_frame", "reference_image"] = "first_frame"
    if task == "reference_to_video":
        role = "reference_image"
    elif len(pictures) != int(task == "image_to_video"):
        needs = "one picture" if task == "image_to_video" else "no picture"
        raise InvalidRequest(f"The task '{task}' needs {needs}.", param="input")
    media = [_medium(role, one, place) for place, one in contents if one.type == "image"]
    media += [_medium("audio", one, place) for place, one in contents if one.type == "audio"]
    return jobs.DialectParameters(
        prompt=prompt,
        model=jobs.model_named(request, given.model),
        size=size_of(
            aspect=output.aspect_ratio,
            resolution=output.resolution,
            names=("resolution", "aspect_ratio", "resolution"),
        ),
        seconds=_seconds(output.duration),
        seed=given.generation_config.seed,
        media=tuple(media),
        task=task if task in ("edit", "extend") else "create",
        source=sources[0] if sources else None,
        notes=jobs.labels({"labels": given.labels}),
        names=(("prompt", "input"), ("seconds", "response_format.duration")),
    )


def _inputs(body: Body) -> tuple[str, list[tuple[str, Content]]]:
    """The text of the input, and the other contents with their places."""
    value = body.fields.get("input")
    if isinstance(value, str):
        return value, []
    only = Body({"input": value}, body.files)
    steps = isinstance(value, list) and any(
        isinstance(one, dict) and "content" in one for one in value
    )
    placed: list[tuple[str, Content]] = []
    if steps:
        for number, step in enumerate(declared(only, _Steps).input or ()):
            placed += [
                (f"input[{number}].content[{index}]", one) for index, one in enumerate(step.content)
            ]
    else:
        contents = declared(only, _Contents).input or ()
        placed = [(f"input[{index}]", one) for index, one in enumerate(contents)]
    texts = [one.text or "" for _, one in placed if one.type == "text"]
    return "\n".join(texts), [(place, one) for place, one in placed if one.type != "text"]


def _medium(role: Any, given: Content, place: str) -> Media:
    if (given.data is None) == (given.uri is None):
        raise InvalidRequest(f"Give 'data' or 'uri' in '{place}'.", param=place)
    if given.data is not None:
        return Media(role, given.data, f"{place}.data", plain=True)
    return Media(role, given.uri, f"{place}.uri")


def _source(given: Content, place: str) -> Media | str:
    medium = _medium("uploaded_video", given, place)
    return medium if medium.plain else film_source(str(given.uri), f"{place}.uri")


def _seconds(duration: str | None) -> float | None:
    if duration is None:
        return None
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise InvalidRequest(
            "Invalid 'response_format.duration': give seconds as in '8s'.",
            param="response_format.duration",
            code="invalid_value",
        )
    return float(found[1])


async def _answer(request: ApiRequest, video: Video, *, inline: bool) -> Response:
    answer: dict[str, Any] = {
        "id": video.id + (_INLINE if inline else ""),
        "object": "interaction",
        "status": _status(video),
        "model": video.spec.model,
        "created": iso(video.created_at),
        "updated": iso(video.completed_at or video.started_at or video.created_at),
    }
    if answer["status"] == "completed":
        film: dict[str, Any] = {"type": "video", "mime_type": "video/mp4"}
        if inline:
            film["data"] = inline_film(request, video)
        else:
            film["uri"] = await film_uri(request, video)
        answer["steps"] = [{"type": "model_output", "content": [film]}]
    elif answer["status"] == "failed":
        message = video.error_message or "The video's files have expired."
        answer["errors"] = [{"code": 13, "message": message}]
    return await json_response(answer, request.services.blobs)


def _status(video: Video) -> str:
    if jobs.cancelled(video):
        return "cancelled"
    return "failed" if video.status == "completed" and gone(video) else video.status
