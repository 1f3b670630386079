"""xAI's video API. Its paths meet OpenAI's under `/v1`.

`/videos/generations` is xAI's alone. An edit or extension is xAI's if its `video` has a `url`. A
job's id is xAI's if it begins with `xai-`; behind it are the digits of the video's id.
"""

from __future__ import annotations

from typing import Any, Literal

from starlette.responses import Response

from vitascope.api.dialects import jobs
from vitascope.api.dialects.answers import film_url, gone
from vitascope.api.dialects.requests import Fields, Media, declared, refuse
from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.sizes import size_of
from vitascope.api.routes.uploads import store_file
from vitascope.api.routing import Routes
from vitascope.api.services.container import ApiRequest
from vitascope.api.services.content import json_response
from vitascope.errors import InvalidRequest, NotFound
from vitascope.video import Video, is_own_id

ID = "xai-"
PURPOSE = "user_data"
_OPENAI_ONLY = ("seconds", "size", "input_reference", "characters")
_LONG = ("image", "last_frame", "keyframes", "reference_images", "reference_audios", "video")

routes = Routes("xAI", versioned=True)


class Url(Fields):
    """`{"url": …}`."""

    url: Any


class Keyframe(Fields):
    """A picture that the film shows at a time."""

    image: Url
    timestamp_s: float


class Audio(Fields):
    """Sound, or the id of a voice."""

    url: Any = None
    voice_id: str | None = None


class Generation(Fields):
    """The body of `POST /videos/generations`."""

    model: str | None = None
    prompt: str | None = None
    duration: float | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    generate_audio: bool | None = None
    image: Url | None = None
    last_frame: Url | None = None
    keyframes: list[Keyframe] | None = None
    reference_images: list[Url] | None = None
    reference_audios: list[Audio] | None = None
    user: str | None = None
    storage_options: Any = None


class Edit(Fields):
    """The body of an edit."""

    video: Url
    model: str | None = None
    prompt: str | None = None
    user: str | None = None
    image: Any = None
    storage_options: Any = None


class Extension(Fields):
    """The body of an extension; `duration` is what it adds."""

    video: Url
    model: str | None = None
    prompt: str | None = None
    duration: float | None = None
    image: Any = None
    storage_options: Any = None


def error(_status: int, fault: dict[str, Any]) -> dict[str, Any]:
    """An error in xAI's form."""
    return {"code": fault.get("code") or fault["type"], "error": fault["message"]}


def speaks(body: Body) -> bool:
    """Whether the body of an edit or extension is xAI's.

    Raises:
        InvalidRequest: it could be OpenAI's as well.
    """
    video = body.fields.get("video")
    if not isinstance(video, dict) or "url" not in video:
        return False
    openai = [name for name in _OPENAI_ONLY if name in body.fields]
    openai += [f"video.{name}" for name in video if name != "url"]
    if openai:
        raise InvalidRequest(
            f"'video.url' belongs to xAI's API and '{openai[0]}' to OpenAI's. Send a request of "
            "one of them.",
            param=openai[0],
            code="ambiguous_request",
        )
    return True


def uploads(body: Body) -> bool:
    """Whether the body of `POST /v1/files` is xAI's: it does not say what the file is for."""
    return "file" in body.fields and "purpose" not in body.fields


class FileUpload(Fields):
    """The body of an upload. Files stay until they are deleted, as on the OpenAI routes."""

    file: Any
    expires_after: Any = None
    team_id: Any = None


async def upload(request: ApiRequest, body: Body) -> Response:
    """Store a file."""
    given = declared(body, FileUpload)
    refuse({"team_id": given.team_id}, "the API key names the project.")
    if not isinstance(given.file, Upload):
        raise InvalidRequest("Invalid type for 'file': expected a file.", param="file")
    file = await store_file(request, given.file, PURPOSE)
    return JsonResponse({**file.to_wire(), "purpose": ""})


@routes.post("/videos/generations", documented=False)
async def generate(request: ApiRequest) -> Response:
    """Make a video."""
    async with request.payload(*_LONG) as body:
        given = declared(body, Generation)
        _refuse_storage(given.storage_options)
        parameters = jobs.DialectParameters(
            prompt=given.prompt,
            model=given.model,
            size=size_of(aspect=given.aspect_ratio, resolution=given.resolution),
            seconds=given.duration,
            media=_media(given),
            audio=given.generate_audio,
            notes=jobs.labels({"user": given.user}),
            names=(("seconds", "duration"), ("audio", "generate_audio")),
        )
        return await _submitted(request, body, parameters)


async def edit(request: ApiRequest, body: Body) -> Response:
    """Change the film at `video.url`."""
    given = declared(body, Edit)
    _refuse_storage(given.storage_options)
    refuse({"image": given.image}, "no model of this server edits by a picture.")
    parameters = jobs.DialectParameters(
        prompt=given.prompt,
        model=given.model,
        task="edit",
        source=Media("uploaded_video", given.video.url, "video.url"),
        notes=jobs.labels({"user": given.user}),
    )
    return await _submitted(request, body, parameters)


async def extend(request: ApiRequest, body: Body) -> Response:
    """Continue the film at `video.url`."""
    given = declared(body, Extension)
    _refuse_storage(given.storage_options)
    refuse({"image": given.image}, "no model of this server extends by a picture.")
    parameters = jobs.DialectParameters(
        prompt=given.prompt,
        model=given.model,
        seconds=given.duration,
        task="extend",
        source=Media("uploaded_video", given.video.url, "video.url"),
        names=(("seconds", "duration"),),
    )
    return await _submitted(request, body, parameters)


@routes.get("/videos/" + ID + "{digits}", documented=False)
async def retrieve(request: ApiRequest) -> Response:
    """A job; 202 until it is finished."""
    digits = request.path_params["digits"]
    if not is_own_id(f"video_{digits}", "video"):
        raise NotFound(f"Request '{ID}{digits[:60]}' not found.", param="request_id")
    video = await jobs.find(request, f"video_{digits}", what="Request")
    job: dict[str, Any] = {"status": _status(video), "model": video.spec.model}
    if job["status"] == "pending":
        return JsonResponse({**job, "progress": video.progress}, 202)
    if job["status"] == "failed":
        job["error"] = {"code": video.error_code or "failed", "message": video.error_message or ""}
    if job["status"] == "done":
        job |= {
            "progress": 100,
            "video": {
                "url": await film_url(request, video),
                "duration": video.spec.seconds,
                "respect_moderation": True,
            },
            "usage": {"cost_in_usd_ticks": 0},
        }
    return await json_response(job, request.services.blobs)


def _media(given: Generation) -> tuple[Media, ...]:
    media: list[Media] = []
    if given.image is not None:
        media.append(Media("first_frame", given.image.url, "image.url"))
    if given.last_frame is not None:
        media.append(Media("last_frame", given.last_frame.url, "last_frame.url"))
    for index, frame in enumerate(given.keyframes or ()):
        field = f"keyframes[{index}].image.url"
        media.append(Media("keyframe", frame.image.url, field, at=frame.timestamp_s))
    for index, picture in enumerate(given.reference_images or ()):
        media.append(Media("reference_image", picture.url, f"reference_images[{index}].url"))
    for index, sound in enumerate(given.reference_audios or ()):
        field = f"reference_audios[{index}]"
        refuse({f"{field}.voice_id": sound.voice_id}, "no model of this server has voices.")
        media.append(Media("audio", sound.url, f"{field}.url"))
    return tuple(media)


def _refuse_storage(options: Any) -> None:
    refuse(
        {"storage_options": options},
        "films stay in this server's store, and POST /v1/videos/{id}/links makes links to them.",
    )


async def _submitted(
    request: ApiRequest, body: Body, parameters: jobs.DialectParameters
) -> Response:
    (video,) = await jobs.submit(request, body, parameters)
    return JsonResponse({"request_id": ID + video.id.removeprefix("video_")})


def _status(video: Video) -> Literal["pending", "done", "failed", "expired"]:
    if not video.finished:
        return "pending"
    if video.status == "failed":
        return "failed"
    return "expired" if gone(video) else "done"
