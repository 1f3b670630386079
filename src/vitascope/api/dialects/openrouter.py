"""OpenRouter's video API, under `/api/v1`."""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
from starlette.responses import Response

from vitascope.api.dialects import jobs
from vitascope.api.dialects.answers import film_url, gone, iso, request_for, subscription
from vitascope.api.dialects.requests import Fields, Media, declared, refuse
from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing.sizes import RESOLUTIONS, size_of
from vitascope.api.routes.content import serve_variant
from vitascope.api.routing import Routes
from vitascope.api.services.container import ApiRequest, Services
from vitascope.api.services.content import json_response
from vitascope.api.services.links import base_url
from vitascope.api.services.webhooks import WebhookForm
from vitascope.errors import InvalidRequest
from vitascope.spec import InputRole
from vitascope.store.deliveries import Delivery
from vitascope.video import Video

PREFIX = "/api/v1"
ASPECTS = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9", "9:21")
_CREATED = 1_790_000_000

routes = Routes("OpenRouter", versioned=False)


class Url(Fields):
    """`{"url": …}`."""

    url: Any


class Frame(Fields):
    """A picture that the film begins or ends with."""

    image_url: Url
    frame_type: Literal["first_frame", "last_frame"]
    type: Literal["image_url"] = "image_url"


class InputReference(Fields):
    """A picture, film or sound to refer to; the member of the same name as its type holds it."""

    type: Literal["image_url", "video_url", "audio_url"]
    image_url: Url | None = None
    video_url: Url | None = None
    audio_url: Url | None = None


class Create(Fields):
    """The body of a create."""

    model: str
    prompt: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    size: str | None = None
    duration: Annotated[float, msgspec.Meta(ge=1)] | None = None
    seed: int | None = None
    generate_audio: bool | None = None
    frame_images: list[Frame] | None = None
    input_references: list[InputReference] | None = None
    previous_job_id: str | None = None
    user: str | None = None
    session_id: str | None = None
    trace: dict[str, Any] | None = None
    callback_url: Any = None
    provider: Any = None
    creativity: Any = None
    upscale_factor: Any = None


def error(status: int, fault: dict[str, Any]) -> dict[str, Any]:
    """An error in OpenRouter's form: the code is the HTTP status, as an integer."""
    metadata = {name: fault[name] for name in ("param", "code") if fault.get(name)}
    return {
        "error": {
            "code": status,
            "message": fault["message"],
            **({"metadata": metadata} if metadata else {}),
        }
    }


@routes.post(f"{PREFIX}/videos", documented=False)
async def create(request: ApiRequest) -> Response:
    """Make a video, or with `previous_job_id` change or continue one."""
    async with request.payload("frame_images", "input_references") as body:
        given = declared(body, Create)
        refuse({"provider": given.provider}, "this server has no providers to choose from.")
        refuse(
            {"creativity": given.creativity, "upscale_factor": given.upscale_factor},
            "no model of this server has it.",
        )
        parameters = _translated(given)
        if given.callback_url is not None:
            webhook = subscription(
                request, "openrouter", "finished", given.callback_url, "callback_url"
            )
            parameters = replace(parameters, webhooks=(webhook,))
        (video,) = await jobs.submit(request, body, parameters)
    return await _job(request, video, status=202)


@routes.get(f"{PREFIX}/videos/models", documented=False)
async def models(request: ApiRequest) -> Response:
    """What each model supports."""
    names = request.services.settings.models
    return JsonResponse({"data": [_model(request, name) for name in names]})


@routes.get(PREFIX + "/videos/{job_id}", documented=False)
async def retrieve(request: ApiRequest) -> Response:
    """A job."""
    return await _job(request, await jobs.find(request, request.path_params["job_id"], what="Job"))


@routes.head(PREFIX + "/videos/{job_id}/content")
@routes.get(PREFIX + "/videos/{job_id}/content", documented=False)
async def content(request: ApiRequest) -> Response:
    """The film."""
    video = await jobs.find(request, request.path_params["job_id"], what="Job")
    if request.query_params.get("index", "0") != "0":
        raise InvalidRequest("A job of this server has one film: 'index' is 0.", param="index")
    return await serve_variant(request, video, "video")


def _translated(given: Create) -> jobs.DialectParameters:
    media = [
        Media(frame.frame_type, frame.image_url.url, f"frame_images[{index}].image_url.url")
        for index, frame in enumerate(given.frame_images or ())
    ]
    media += [
        _reference(reference, f"input_references[{index}]")
        for index, reference in enumerate(given.input_references or ())
    ]
    labels = {"user": given.user, "session_id": given.session_id, "trace": given.trace}
    if given.previous_job_id is not None:
        refuse(
            {
                "frame_images": given.frame_images,
                "input_references": given.input_references,
                "aspect_ratio": given.aspect_ratio,
                "resolution": given.resolution,
                "size": given.size,
            },
            "with 'previous_job_id' the film keeps its size and pictures.",
        )
    task: Literal["create", "edit", "extend"] = "create"
    if given.previous_job_id is not None:
        task = "edit" if given.duration is None else "extend"
    return jobs.DialectParameters(
        prompt=given.prompt,
        model=given.model,
        size=size_of(size=given.size, aspect=given.aspect_ratio, resolution=given.resolution),
        seconds=given.duration,
        seed=given.seed,
        media=tuple(media),
        audio=given.generate_audio,
        task=task,
        source=given.previous_job_id,
        notes=jobs.labels(labels),
        names=(("seconds", "duration"), ("audio", "generate_audio")),
    )


def _reference(given: InputReference, field: str) -> Media:
    roles: dict[str, InputRole] = {
        "image_url": "reference_image",
        "video_url": "reference_video",
        "audio_url": "audio",
    }
    held = {name: getattr(given, name) for name in roles}
    others = [name for name, value in held.items() if value is not None and name != given.type]
    if held[given.type] is None or others:
        raise InvalidRequest(
            f"Invalid '{field}': with type '{given.type}' it has '{given.type}' and no other.",
            param=field,
            code="invalid_value",
        )
    return Media(roles[given.type], held[given.type].url, f"{field}.{given.type}.url")


async def _webhook(services: Services, video: Video, delivery: Delivery) -> dict[str, Any]:
    job = await _fields(request_for(services, delivery), video)
    ended = video.completed_at or video.created_at
    return {
        "type": f"video.generation.{job['status']}",
        "created_at": iso(ended),
        "data": job,
    }


def _webhook_headers(secret: str, delivery: Delivery, now: int, body: bytes) -> dict[str, str]:
    digest = hmac.new(secret.encode(), b"%d,%s" % (now, body), "sha256").hexdigest()
    return {
        "x-openrouter-signature": f"t={now},v1={digest}",
        "x-openrouter-idempotency-key": delivery.id,
    }


WEBHOOK = WebhookForm(_webhook, _webhook_headers)
"""The body is an event with the job, and OpenRouter's own signature comes with the usual one."""


async def _job(request: ApiRequest, video: Video, *, status: int = 200) -> Response:
    fields = await _fields(request, video)
    return await json_response(fields, request.services.blobs, status=status)


async def _fields(request: ApiRequest, video: Video) -> dict[str, Any]:
    """The job object. Members without a value are left out: null breaks the JavaScript clients."""
    base = base_url(request.services.settings, request)
    job: dict[str, Any] = {
        "id": video.id,
        "polling_url": f"{base}{PREFIX}/videos/{video.id}",
        "status": _status(video),
    }
    if job["status"] == "completed":
        job |= {
            "generation_id": video.id,
            "unsigned_urls": [await film_url(request, video)],
            "usage": {"cost": 0, "is_byok": False},
        }
    elif job["status"] != "pending" and video.error_message:
        job["error"] = video.error_message
    return job


def _status(video: Video) -> str:
    if video.status == "completed":
        return "expired" if gone(video) else "completed"
    if jobs.cancelled(video):
        return "cancelled"
    return "pending" if video.status == "queued" else video.status


def _model(request: ApiRequest, name: str) -> dict[str, Any]:
    able = request.services.capabilities_of(name)
    frames = ["first_frame"] if able is None or "image" in able.operations else []
    if able is not None and "last_frame" in able.references:
        frames.append("last_frame")
    return {
        "id": name,
        "name": name,
        "created": _CREATED,
        "canonical_slug": name,
        "hugging_face_id": None if able is None else able.source,
        "description": "" if able is None else able.description,
        "allowed_passthrough_parameters": [],
        "creativity": None,
        "generate_audio": able is None or able.sound != "none",
        "seed": True,
        "supported_aspect_ratios": list(ASPECTS),
        "supported_durations": list(range(1, jobs.MAX_SECONDS + 1)),
        "supported_frame_images": frames,
        "supported_resolutions": list(RESOLUTIONS),
        "supported_sizes": None,
        "upscale_factor": None,
        "pricing_skus": {},
    }
