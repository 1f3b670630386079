"""Vercel's AI Gateway, under `/v4/ai` and `/v3/ai`: one long request, or a start and status calls.

The model is in a header. Films are base64 in the answer, because the AI SDK downloads nothing from
private addresses; one that is too large for that is a link.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from starlette.responses import Response, StreamingResponse
from starlette.types import Message

from vitascope.api.dialects import jobs
from vitascope.api.dialects.answers import film_asset, gone, subscription
from vitascope.api.dialects.requests import Fields, Media, declared, refuse
from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing.sizes import size_of
from vitascope.api.routing import Routes
from vitascope.api.services.container import ApiRequest, Services
from vitascope.api.services.content import InlineFile, json_chunks, json_response
from vitascope.api.services.links import link_to
from vitascope.api.services.webhooks import WebhookForm
from vitascope.errors import InvalidRequest, RequestError, Unavailable
from vitascope.spec import InputRole
from vitascope.store.deliveries import Delivery
from vitascope.video import Video, is_own_id

_PROTOCOLS = ("0.0.1",)
_SPECIFICATIONS = {"/v3": "3", "/v4": "4"}
_COMMENT_SECONDS = 10.0
"""How often a waiting client hears something, so that nothing between ends the connection."""
_LONG = ("image", "frameImages", "inputReferences")
_TYPES = {
    401: "authentication_error",
    403: "forbidden",
    404: "not_found",
    429: "rate_limit_exceeded",
}

_NAMED = re.compile(r"'(.+?)'")

routes = Routes("Vercel AI Gateway", versioned=False)


class File(Fields):
    """Base64 (`file`) or an address (`url`)."""

    type: Literal["file", "url"]
    data: Any = None
    url: str | None = None
    mediaType: str | None = None


class Frame(Fields):
    """A picture that the film begins or ends with."""

    image: File
    frameType: Literal["first_frame", "last_frame"]


class Generate(Fields):
    """The body of a start or of the long request."""

    prompt: str | None = None
    n: int = 1
    aspectRatio: str | None = None
    resolution: str | None = None
    duration: float | None = None
    fps: float | None = None
    seed: int | None = None
    generateAudio: bool | None = None
    image: File | None = None
    frameImages: list[Frame] | None = None
    inputReferences: list[File] | None = None
    providerOptions: dict[str, Any] | None = None
    callbackUrl: Any = None


class Operation(Fields):
    """What a start answers and a status call sends back."""

    ids: list[str]


class Status(Fields):
    """The body of a status call."""

    operation: Operation


def error(status: int, fault: dict[str, Any]) -> dict[str, Any]:
    """An error in the gateway's form."""
    kind = _kind(status)
    param: dict[str, Any] | None = None if fault.get("param") is None else {"name": fault["param"]}
    if fault.get("code") == "model_not_found":
        named = _NAMED.search(fault["message"])
        kind, param = "model_not_found", {"modelId": named[1] if named else None}
    return {
        "error": {
            "message": fault["message"],
            "type": kind,
            "param": param,
            "code": fault.get("code"),
        }
    }


def _kind(status: int) -> str:
    other = "internal_server_error" if status >= 500 else "invalid_request_error"
    return _TYPES.get(status, other)


@routes.post("/{version}/ai/video-model", documented=False)
async def generate(request: ApiRequest) -> Response:
    """Make films and answer, as one server-sent event, when they are finished."""
    videos = await _submitted(request, webhooks=False)
    return StreamingResponse(_event(request, videos), media_type="text/event-stream")


@routes.post("/{version}/ai/video-model/start", documented=False)
async def start(request: ApiRequest) -> Response:
    """Make films; answers at once."""
    videos = await _submitted(request, webhooks=True)
    return JsonResponse(
        {
            "operation": {"ids": [video.id for video in videos]},
            "warnings": [],
            "providerMetadata": _metadata(videos),
        }
    )


@routes.post("/{version}/ai/video-model/status", documented=False)
async def status(request: ApiRequest) -> Response:
    """How far an operation is."""
    _check_versions(request)
    async with request.payload() as body:
        ids = declared(body, Status).operation.ids
    if not 1 <= len(ids) <= jobs.MAX_VIDEOS or not all(is_own_id(one, "video") for one in ids):
        raise InvalidRequest("'operation' is none of this server's.", param="operation")
    videos = [await jobs.find(request, one, what="Operation") for one in ids]
    if not all(video.finished for video in videos):
        return JsonResponse({"status": "pending"})
    if all(jobs.cancelled(video) for video in videos):
        return JsonResponse({"status": "cancelled"})
    if failed := _failure(videos):
        return JsonResponse({"status": "error", "error": failed})
    answer = {
        "status": "completed",
        "videos": [await _film(request, video) for video in videos],
        "warnings": [],
        "providerMetadata": _metadata(videos),
    }
    return await json_response(answer, request.services.blobs)


@routes.get("/{version}/ai/config", documented=False)
async def config(request: ApiRequest) -> Response:
    """The models."""
    version = _check_versions(request)
    models = []
    for name in request.services.settings.models:
        able = request.services.capabilities_of(name)
        models.append(
            {
                "id": name,
                "name": name,
                "description": None if able is None else able.description,
                "pricing": None,
                "specification": {
                    "specificationVersion": f"v{version}",
                    "provider": "vitascope",
                    "modelId": name,
                },
                "modelType": "video",
            }
        )
    return JsonResponse({"models": models})


async def _submitted(request: ApiRequest, *, webhooks: bool) -> list[Video]:
    _check_versions(request)
    model = request.headers.get("ai-model-id", "")
    if not model:
        raise InvalidRequest("The header ai-model-id is missing.", param="ai-model-id")
    async with request.payload(*_LONG) as body:
        given = declared(body, Generate)
        if not webhooks:
            refuse({"callbackUrl": given.callbackUrl}, "this request is answered at the end.")
        if given.n > 1:
            refuse({"callbackUrl": given.callbackUrl}, "it takes one film; poll instead.")
        options = {
            f"providerOptions.{name}": value
            for name, value in (given.providerOptions or {}).items()
        }
        refuse(options, "this server has no providers to choose from.")
        model = jobs.model_named(request, model)
        jobs.require_rate(request, model, given.fps, "fps")
        parameters = _translated(given, model)
        if given.callbackUrl is not None:
            webhook = subscription(request, "gateway", "finished", given.callbackUrl, "callbackUrl")
            parameters = replace(parameters, webhooks=(webhook,))
        return await jobs.submit(request, body, parameters)


async def _webhook(_services: Services, video: Video, _delivery: Delivery) -> dict[str, Any]:
    status = "cancelled" if jobs.cancelled(video) else video.status
    data = {"operation": {"ids": [video.id]}, "status": status}
    return {"type": f"video.generation.{status}", "data": data}


WEBHOOK = WebhookForm(_webhook)
"""The body says how it ended; the films come from the status call."""


def _check_versions(request: ApiRequest) -> str:
    """The number of the specification that the client speaks.

    Raises:
        InvalidRequest: a header names a version that this server does not speak.
    """
    expected = _SPECIFICATIONS.get(f"/{request.path_params['version']}", "4")
    for header, known in (
        ("ai-gateway-protocol-version", _PROTOCOLS),
        ("ai-video-model-specification-version", (expected,)),
    ):
        version = request.headers.get(header, known[0])
        if version not in known:
            raise InvalidRequest(
                f"The header {header} says '{version[:40]}'; "
                f"this server speaks {', '.join(known)}.",
                param=header,
                code="unsupported_version",
            )
    return expected


def _translated(given: Generate, model: str) -> jobs.DialectParameters:
    media: list[Media] = []
    frames = given.frameImages or []
    # A first frame comes twice.
    if given.image is not None and not any(one.frameType == "first_frame" for one in frames):
        media.append(_media("first_frame", given.image, "image"))
    for index, frame in enumerate(frames):
        media.append(_media(frame.frameType, frame.image, f"frameImages[{index}].image"))
    for index, one in enumerate(given.inputReferences or ()):
        kind = (one.mediaType or "image").partition("/")[0]
        roles: dict[str, InputRole] = {"video": "reference_video", "audio": "audio"}
        role = roles.get(kind, "reference_image")
        media.append(_media(role, one, f"inputReferences[{index}]"))
    return jobs.DialectParameters(
        prompt=given.prompt,
        model=model,
        size=size_of(
            aspect=given.aspectRatio,
            resolution=given.resolution,
            names=("resolution", "aspectRatio", "resolution"),
        ),
        seconds=given.duration,
        seed=given.seed,
        media=tuple(media),
        audio=given.generateAudio,
        count=given.n,
        names=(("seconds", "duration"), ("count", "n"), ("audio", "generateAudio")),
    )


def _media(role: InputRole, file: File, field: str) -> Media:
    held = file.data if file.type == "file" else file.url
    if held is None:
        member = "data" if file.type == "file" else "url"
        raise InvalidRequest(f"Missing required parameter: '{field}.{member}'.", param=field)
    return Media(role, held, field, plain=file.type == "file")


async def _event(request: ApiRequest, videos: Sequence[Video]) -> AsyncIterator[bytes]:
    """Comments while the films are made, then the one event."""
    services = request.services
    finished: list[Video] = []
    try:
        for video in videos:
            current = video
            while not current.finished:
                if services.waiting.closed:
                    raise Unavailable("The server is shutting down. Send the request again.")
                yield b": waiting\n\n"
                await services.waiting.wait(video.id, _COMMENT_SECONDS, _never)
                current = await jobs.find(request, video.id)
            finished.append(current)
        if failed := _failure(finished):
            event = _error_event(failed, 400)
        else:
            event = {
                "type": "result",
                "videos": [await _film(request, video) for video in finished],
                "warnings": [],
                "providerMetadata": _metadata(finished),
            }
        _, chunks = await json_chunks(event, services.blobs)
    except RequestError as refusal:  # the video was deleted meanwhile, for example
        _, chunks = await json_chunks(_error_event(refusal.message, refusal.status), services.blobs)
    yield b"data: "
    async for chunk in chunks:
        yield chunk
    yield b"\n\n"


async def _never() -> Message:
    """Stands for the client, whose leaving ends the stream by itself."""
    await asyncio.Event().wait()
    raise AssertionError("nothing sets the event")


def _error_event(message: str, status: int) -> dict[str, Any]:
    return {
        "type": "error",
        "message": message,
        "errorType": _kind(status),
        "statusCode": status,
        "param": None,
    }


def _failure(videos: Sequence[Video]) -> str | None:
    """Why there are not all films; None if there are."""
    for video in videos:
        if video.status == "failed":
            return video.error_message or "The video failed."
        if gone(video):
            return "The video's files have expired and are not stored any more."
    return None


async def _film(request: ApiRequest, video: Video) -> dict[str, Any]:
    film, services = film_asset(video), request.services
    if film.size <= services.settings.max_inline_bytes:
        return {"type": "base64", "data": InlineFile(film), "mediaType": film.media_type}
    url = await link_to(services.links, services.settings, request, video)
    return {"type": "url", "url": url, "mediaType": film.media_type}


def _metadata(videos: Sequence[Video]) -> dict[str, Any]:
    return {
        "gateway": {"generationId": videos[0].id, "cost": "0"},
        "vitascope": {"videos": [{"id": video.id, "seed": video.spec.seed} for video in videos]},
    }
