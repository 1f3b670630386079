"""Replicate's predictions and files, under `/v1`.

A model is `OWNER/NAME`, of which the owner does not matter; its version is its name, too. A file's
id begins with `r8-`, behind which are the digits of the file's id here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from starlette.responses import Response

from vitascope.api.dialects import jobs
from vitascope.api.dialects.answers import film_url, gone, iso, request_for, subscription
from vitascope.api.dialects.requests import Fields, Media, declared, refuse
from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.sizes import size_of
from vitascope.api.routes.uploads import delete_stored, find_file, store_file
from vitascope.api.routing import Routes
from vitascope.api.services.container import ApiRequest, Services
from vitascope.api.services.content import json_response
from vitascope.api.services.links import base_url
from vitascope.api.services.waiting import LONGEST_WAIT, preferred_wait
from vitascope.api.services.webhooks import Subscription, WebhookForm
from vitascope.errors import InvalidRequest
from vitascope.spec import Sampling
from vitascope.store.deliveries import Delivery, Event
from vitascope.store.files import StoredFile
from vitascope.video import Video

FILE_ID = "r8-"
PURPOSE = "user_data"
OWNER = "vitascope"
_PAGE = 100

routes = Routes("Replicate", versioned=False)


class Input(Fields):
    """The input of every model."""

    prompt: str | None = None
    negative_prompt: str | None = None
    image: Any = None
    last_frame: Any = None
    reference_images: list[Any] | None = None
    reference_videos: list[Any] | None = None
    audio: Any = None
    video: Any = None
    mode: Literal["edit", "extend"] | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    size: str | None = None
    duration: float | None = None
    fps: float | None = None
    seed: int | None = None
    generate_audio: bool | None = None
    guidance_scale: float | None = None
    num_inference_steps: int | None = None


class Create(Fields):
    """The body of a prediction."""

    input: Input
    version: str | None = None
    stream: bool | None = None
    webhook: Any = None
    webhook_events_filter: list[Literal["start", "output", "logs", "completed"]] | None = None


def error(status: int, fault: dict[str, Any]) -> dict[str, Any]:
    """An error in Replicate's form."""
    title = (fault.get("code") or fault["type"]).replace("_", " ").capitalize()
    return {"title": title, "detail": fault["message"], "status": status}


@routes.post("/v1/predictions", documented=False)
async def create(request: ApiRequest) -> Response:
    """Make a video with the model that `version` names."""
    return await _create(request, None)


@routes.post("/v1/models/{owner}/{name}/predictions", documented=False)
@routes.post("/v1/deployments/{owner}/{name}/predictions", documented=False)
async def create_with(request: ApiRequest) -> Response:
    """Make a video with the model that the path names."""
    names = request.path_params
    own = request.services.settings.resolve_model(f"{names['owner']}/{names['name']}")
    return await _create(
        request, names["name"] if own is None else f"{names['owner']}/{names['name']}"
    )


@routes.get("/v1/predictions", documented=False)
async def list_all(request: ApiRequest) -> Response:
    """The project's videos, newest first."""
    cursor = request.query_params.get("cursor")
    videos, has_more = await request.services.videos.page(
        project=request.project, after=cursor or None, limit=_PAGE, newest_first=True
    )
    base = base_url(request.services.settings, request)
    following = f"{base}/v1/predictions?cursor={videos[-1].id}" if has_more else None
    results = [await _prediction(request, video, output=False) for video in videos]
    return JsonResponse({"previous": None, "next": following, "results": results})


@routes.get("/v1/predictions/{prediction_id}", documented=False)
async def retrieve(request: ApiRequest) -> Response:
    """A prediction."""
    video = await _find(request)
    return await json_response(await _prediction(request, video), request.services.blobs)


@routes.post("/v1/predictions/{prediction_id}/cancel", documented=False)
async def cancel(request: ApiRequest) -> Response:
    """End a prediction that is not finished."""
    video = await jobs.cancel(request, await _find(request))
    return await json_response(await _prediction(request, video), request.services.blobs)


@routes.get("/v1/webhooks/default/secret", documented=False)
async def webhook_secret(request: ApiRequest) -> Response:
    """The secret that signs the project's webhooks."""
    return JsonResponse({"key": await request.services.webhooks.secret_of(request.project)})


@routes.get("/v1/files/" + FILE_ID + "{digits}", documented=False)
async def retrieve_file(request: ApiRequest) -> Response:
    """A file that was uploaded in this dialect."""
    file = await find_file(request, f"file-{request.path_params['digits']}")
    return JsonResponse(_file(request, file))


@routes.delete("/v1/files/" + FILE_ID + "{digits}", documented=False)
async def delete_file(request: ApiRequest) -> Response:
    """Delete a file."""
    await delete_stored(request, await find_file(request, f"file-{request.path_params['digits']}"))
    return Response(status_code=204)


def uploads(body: Body) -> bool:
    """Whether the body of `POST /v1/files` is Replicate's.

    Raises:
        InvalidRequest: it could be OpenAI's as well.
    """
    if "content" not in body.fields:
        return False
    if both := [name for name in ("file", "purpose") if name in body.fields]:
        raise InvalidRequest(
            f"'content' belongs to Replicate's API and '{both[0]}' to OpenAI's. Send a request of "
            "one of them.",
            param=both[0],
            code="ambiguous_request",
        )
    return True


class FileUpload(Fields):
    """The body of an upload."""

    content: Any
    filename: str | None = None
    type: str | None = None
    metadata: Any = None


async def upload(request: ApiRequest, body: Body) -> Response:
    """Store a file."""
    given = declared(body, FileUpload)
    if given.metadata != "{}":
        refuse({"metadata": given.metadata}, "files of this server have none.")
    content = given.content
    if not isinstance(content, Upload):
        raise InvalidRequest(
            "Invalid type for 'content': expected a file.", param="content", code="invalid_type"
        )
    return JsonResponse(_file(request, await store_file(request, content, PURPOSE)), 201)


async def _create(request: ApiRequest, model: str | None) -> Response:
    async with request.payload("input") as body:
        given = declared(body, Create)
        webhooks = _subscriptions(request, given)
        refuse({"stream": given.stream}, "a film is not streamed; poll the prediction.")
        if (model is None) == (given.version is None):
            raise InvalidRequest(
                "Name the model once: as 'version', or in the path.",
                param="version",
                code="invalid_value",
            )
        name = model or (given.version or "").rpartition(":")[2]
        name = jobs.model_named(request, name)
        parameters = replace(_translated(request, given.input, name), webhooks=webhooks)
        (video,) = await jobs.submit(request, body, parameters)
    await request.services.waiting.wait(video.id, _wait(request), request.receive)
    video = await jobs.find(request, video.id)
    # `run` of both packages takes every other status for the end.
    status = None if video.finished else "starting"
    prediction = await _prediction(request, video, status=status)
    return await json_response(prediction, request.services.blobs, status=201)


def _subscriptions(request: ApiRequest, given: Create) -> tuple[Subscription, ...]:
    """The webhooks that a prediction asks for. Its output comes at its end; there are no logs."""
    if given.webhook is None:
        refuse({"webhook_events_filter": given.webhook_events_filter}, "there is no 'webhook'.")
        return ()
    asked: Sequence[str] = given.webhook_events_filter or ("output", "completed")
    events: list[Event] = ["started"] if "start" in asked else []
    if "completed" in asked:
        events.append("finished")
    elif "output" in asked:
        events.append("completed")
    return tuple(
        subscription(request, "replicate", event, given.webhook, "webhook") for event in events
    )


async def _webhook(services: Services, video: Video, delivery: Delivery) -> dict[str, Any]:
    return await _prediction(request_for(services, delivery), video)


WEBHOOK = WebhookForm(_webhook)
"""The body is the prediction."""


def _wait(request: ApiRequest) -> float:
    """How long a create is held: `Prefer: wait` is a minute, and a client waits little longer."""
    return max(0.0, preferred_wait(request.headers, otherwise=LONGEST_WAIT) - 0.25)


def _translated(request: ApiRequest, given: Input, model: str) -> jobs.DialectParameters:
    media: list[Media] = []
    if given.image is not None:
        media.append(Media("first_frame", given.image, "input.image"))
    if given.last_frame is not None:
        media.append(Media("last_frame", given.last_frame, "input.last_frame"))
    for index, one in enumerate(given.reference_images or ()):
        media.append(Media("reference_image", one, f"input.reference_images[{index}]"))
    for index, one in enumerate(given.reference_videos or ()):
        media.append(Media("reference_video", one, f"input.reference_videos[{index}]"))
    if given.audio is not None:
        media.append(Media("audio", given.audio, "input.audio"))
    if (given.video is None) != (given.mode is None):
        raise InvalidRequest(
            "'input.video' and 'input.mode' (edit or extend) belong together.",
            param="input.mode",
            code="invalid_value",
        )
    source = None if given.video is None else Media("uploaded_video", given.video, "input.video")
    if source is not None and media:
        refuse({media[0].field: True}, "a film that is changed or continued keeps its pictures.")
    jobs.require_rate(request, model, given.fps, "input.fps")
    return jobs.DialectParameters(
        prompt=given.prompt,
        model=model,
        size=size_of(
            size=given.size,
            aspect=given.aspect_ratio,
            resolution=given.resolution,
            names=("input.size", "input.aspect_ratio", "input.resolution"),
        ),
        seconds=given.duration,
        seed=given.seed,
        sampling=Sampling(
            negative_prompt=given.negative_prompt,
            guidance_scale=given.guidance_scale,
            num_inference_steps=given.num_inference_steps,
        ),
        media=tuple(media),
        audio=given.generate_audio,
        task=given.mode or "create",
        source=source,
        names=(
            ("prompt", "input.prompt"),
            ("seconds", "input.duration"),
            ("seed", "input.seed"),
            ("size", "input.size"),
            ("audio", "input.generate_audio"),
        ),
    )


async def _find(request: ApiRequest) -> Video:
    return await jobs.find(request, request.path_params["prediction_id"], what="Prediction")


async def _prediction(
    request: ApiRequest, video: Video, *, status: str | None = None, output: bool = True
) -> dict[str, Any]:
    base = base_url(request.services.settings, request)
    spec, address = video.spec, f"{base}/v1/predictions/{video.id}"
    prediction: dict[str, Any] = {
        "id": video.id,
        "model": spec.model if "/" in spec.model else f"{OWNER}/{spec.model}",
        "version": spec.model,
        "input": {
            "prompt": spec.prompt,
            "seed": spec.seed,
            "size": str(spec.size),
            "duration": spec.seconds,
        },
        "logs": "",
        "output": None,
        "data_removed": video.status == "completed" and gone(video),
        "error": video.error_message,
        "status": status or _status(video),
        "source": "api",
        "created_at": iso(video.created_at),
        "started_at": iso(video.started_at),
        "completed_at": iso(video.completed_at),
        "urls": {"get": address, "cancel": f"{address}/cancel", "web": f"{base}/"},
    }
    if video.status == "completed":
        if output and not gone(video):
            prediction["output"] = await film_url(request, video)
        if video.started_at is not None and video.completed_at is not None:
            prediction["metrics"] = {"predict_time": video.completed_at - video.started_at}
    return prediction


def _status(video: Video) -> str:
    if jobs.cancelled(video):
        return "canceled"
    return {"queued": "starting", "in_progress": "processing", "completed": "succeeded"}.get(
        video.status, "failed"
    )


def _file(request: ApiRequest, file: StoredFile) -> dict[str, Any]:
    file_id = FILE_ID + file.id.removeprefix("file-")
    return {
        "id": file_id,
        "name": file.filename,
        "content_type": file.content.media_type,
        "size": file.content.size,
        "etag": file.content.digest,
        "checksums": {"sha256": file.content.digest},
        "metadata": {},
        "created_at": iso(file.created_at),
        "expires_at": None,
        "urls": {"get": f"{base_url(request.services.settings, request)}/v1/files/{file_id}"},
    }
