"""Google's long-running video operations: of the Gemini API and, with inline bytes, of Vertex AI.

The Gemini API: `POST /v1beta/models/MODEL:predictLongRunning`, then `GET /v1beta/NAME`. Vertex AI:
`POST /v1beta1/publishers/google/models/MODEL:predictLongRunning`, then `…:fetchPredictOperation`.
An operation's last segment is the digits of its videos' ids, joined by `-`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from vitascope.api.dialects import jobs
from vitascope.api.dialects.answers import film_url, gone, inline_film, speaks_ai_sdk
from vitascope.api.dialects.requests import Fields, Media, declared, refuse
from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing.sizes import size_of
from vitascope.api.routing import Routes
from vitascope.api.services.container import ApiRequest
from vitascope.api.services.content import InlineFile, json_response
from vitascope.api.services.links import base_url
from vitascope.errors import InvalidRequest, NotFound
from vitascope.spec import ReferenceUse, Sampling
from vitascope.video import Video, is_own_id

VIDEO_FILE = "v"
"""What the name of a film among the files begins with; behind it are the digits of its id."""
_VERTEX = "projects/vitascope/locations/local/publishers/google/models/"
_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    507: "RESOURCE_EXHAUSTED",
}
_CANCELLED, _INTERNAL = 1, 13
"""Codes of google.rpc.Code."""

_USES: dict[str, ReferenceUse] = {"asset": "subject", "style": "style"}
"""What reference images are for, by their type."""

routes = Routes("Gemini", versioned=False)


class Picture(Fields):
    """A picture as base64."""

    bytesBase64Encoded: Any = None
    mimeType: str | None = None
    gcsUri: str | None = None


class Reference(Fields):
    """A picture to refer to."""

    image: Picture
    referenceType: str | None = None


class Film(Fields):
    """A film: a file of this server, or base64 in one of two forms."""

    uri: str | None = None
    encodedVideo: Any = None
    encoding: str | None = None
    bytesBase64Encoded: Any = None
    mimeType: str | None = None
    gcsUri: str | None = None


class Instance(Fields):
    """What to show."""

    prompt: str | None = None
    image: Picture | None = None
    lastFrame: Picture | None = None
    referenceImages: list[Reference] | None = None
    video: Film | None = None
    mask: Any = None


class Settings(Fields):
    """How to show it."""

    sampleCount: int | None = None
    durationSeconds: float | None = None
    aspectRatio: str | None = None
    resolution: str | None = None
    negativePrompt: str | None = None
    seed: int | None = None
    fps: float | None = None
    generateAudio: bool | None = None
    personGeneration: str | None = None
    enhancePrompt: bool | None = None
    resizeMode: str | None = None
    compressionQuality: str | None = None
    storageUri: Any = None
    pubsubTopic: Any = None


class Predict(Fields):
    """The body of a create."""

    instances: list[Instance]
    parameters: Settings = msgspec.field(default_factory=Settings)
    labels: dict[str, str] | None = None
    webhookConfig: Any = None


class Fetch(Fields):
    """The body of Vertex AI's poll."""

    operationName: str


def error(status: int, fault: dict[str, Any]) -> dict[str, Any]:
    """An error in Google's form."""
    known = _STATUSES.get(status, "INTERNAL" if status >= 500 else "INVALID_ARGUMENT")
    return {"error": {"code": status, "message": fault["message"], "status": known, "details": []}}


@routes.post("/{version}/models/{model}:predictLongRunning", documented=False)
async def predict(request: ApiRequest) -> Response:
    """Make videos by the Gemini API."""
    model, videos = await _submitted(request)
    return JsonResponse({"name": f"models/{model}/operations/{_joined(videos)}"})


@routes.get("/{version}/models/{model}/operations/{operation}", documented=False)
async def operation(request: ApiRequest) -> Response:
    """An operation of the Gemini API."""
    params = request.path_params
    name = f"models/{params['model']}/operations/{params['operation']}"
    videos = await _videos(request, params["operation"])
    answer: dict[str, Any] = {"name": name, "metadata": _metadata(videos)}
    answer |= _outcome(videos)
    if "response" in answer:
        samples = [{"video": {"uri": await film_uri(request, one)}} for one in _there(videos)]
        answer["response"] = {
            "@type": "type.googleapis.com/google.ai.generativelanguage.v1beta."
            "PredictLongRunningResponse",
            "generateVideoResponse": {"generatedSamples": samples, **answer["response"]},
        }
    return await json_response(answer, request.services.blobs)


@routes.post("/{version}/publishers/google/models/{model}:predictLongRunning", documented=False)
@routes.post(
    "/{version}/projects/{project}/locations/{location}/publishers/google/models/{model}"
    ":predictLongRunning",
    documented=False,
)
async def predict_vertex(request: ApiRequest) -> Response:
    """Make videos by Vertex AI."""
    model, videos = await _submitted(request)
    return JsonResponse({"name": f"{_VERTEX}{model}/operations/{_joined(videos)}"})


@routes.post(
    "/{version}/projects/{project}/locations/{location}/publishers/google/models/{model}"
    ":fetchPredictOperation",
    documented=False,
)
@routes.post("/{version}/publishers/google/models/{model}:fetchPredictOperation", documented=False)
async def fetch_vertex(request: ApiRequest) -> Response:
    """An operation of Vertex AI, with its films as base64."""
    async with request.payload() as body:
        name = declared(body, Fetch).operationName
    videos = await _videos(request, name.rpartition("/operations/")[2])
    answer: dict[str, Any] = {"name": name, **_outcome(videos)}
    if "response" in answer:
        films = [
            {"bytesBase64Encoded": inline_film(request, one), "mimeType": "video/mp4"}
            for one in _there(videos)
        ]
        answer["response"] = {"videos": films, **answer["response"]}
    return await json_response(answer, request.services.blobs)


async def film_uri(request: ApiRequest, video: Video) -> str | InlineFile:
    """Where a film is. The google packages download by the file's name, with their key."""
    if speaks_ai_sdk(request):
        return await film_url(request, video)
    base = base_url(request.services.settings, request)
    digits = video.id.removeprefix("video_")
    return f"{base}/v1beta/files/{VIDEO_FILE}{digits}:download?alt=media"


async def _submitted(request: ApiRequest) -> tuple[str, list[Video]]:
    model = jobs.model_named(request, request.path_params["model"])
    async with request.payload("instances") as body:
        given = declared(body, Predict)
        if len(given.instances) != 1:
            raise InvalidRequest("Give one instance.", param="instances", code="invalid_value")
        _refuse_settings(request, model, given)
        parameters = _translated(given.instances[0], given.parameters, given.labels, model)
        return model, await jobs.submit(request, body, parameters)


def _refuse_settings(request: ApiRequest, model: str, given: Predict) -> None:
    settings = given.parameters
    refuse({"webhookConfig": given.webhookConfig}, "only Google can sign these; poll instead.")
    refuse(
        {"storageUri": settings.storageUri, "pubsubTopic": settings.pubsubTopic},
        "films stay in this server's store.",
    )
    refuse({"mask": given.instances[0].mask}, "no model of this server edits by a mask.")
    if settings.personGeneration not in (None, "allow_all", "ALLOW_ALL"):
        refuse(
            {"personGeneration": settings.personGeneration},
            "this server does not filter what a film shows; leave it out or say allow_all.",
        )
    if settings.resizeMode not in (None, "crop", "CROP"):
        refuse({"resizeMode": settings.resizeMode}, "pictures are cropped to the film's size.")
    if settings.compressionQuality not in (None, "optimized", "OPTIMIZED"):
        refuse(
            {"compressionQuality": settings.compressionQuality},
            "films have one quality, 'optimized'.",
        )
    configured = request.services.settings.resolve_model(model)
    expands = getattr(configured, "expand", None) is not None
    if settings.enhancePrompt is not None and settings.enhancePrompt != expands:
        done = "expands" if expands else "does not expand"
        raise InvalidRequest(
            f"'enhancePrompt' is not supported: the model '{model}' {done} prompts, as its "
            "operator configured it.",
            param="enhancePrompt",
            code="unsupported_parameter",
        )
    jobs.require_rate(request, model, settings.fps, "fps")


def _translated(
    given: Instance, settings: Settings, labels: dict[str, str] | None, model: str
) -> jobs.DialectParameters:
    media: list[Media] = []
    if given.image is not None:
        media.append(_picture("first_frame", given.image, "image"))
    if given.lastFrame is not None:
        media.append(_picture("last_frame", given.lastFrame, "lastFrame"))
    for index, one in enumerate(given.referenceImages or ()):
        field = f"referenceImages[{index}]"
        use = _USES.get((one.referenceType or "asset").lower())
        if use is None:
            refuse(
                {f"{field}.referenceType": one.referenceType},
                "reference images show what is to appear ('asset') or its colours ('style').",
            )
        picture = _picture("reference_image", one.image, f"{field}.image")
        media.append(picture._replace(use=use or "subject"))
    source = None if given.video is None else _film(given.video)
    if source is not None and media:
        refuse({media[0].field: True}, "a film that is continued keeps its pictures.")
    return jobs.DialectParameters(
        prompt=given.prompt,
        model=model,
        size=size_of(
            aspect=settings.aspectRatio,
            resolution=settings.resolution,
            names=("resolution", "aspectRatio", "resolution"),
        ),
        seconds=settings.durationSeconds,
        seed=settings.seed,
        sampling=Sampling(negative_prompt=settings.negativePrompt),
        media=tuple(media),
        audio=settings.generateAudio,
        count=1 if settings.sampleCount is None else settings.sampleCount,
        task="create" if source is None else "extend",
        source=source,
        notes=jobs.labels({"labels": labels}),
        names=(
            ("seconds", "durationSeconds"),
            ("count", "sampleCount"),
            ("audio", "generateAudio"),
            ("size", "resolution"),
        ),
    )


def _picture(role: Any, given: Picture, field: str) -> Media:
    refuse({f"{field}.gcsUri": given.gcsUri}, "give the picture's bytes.")
    if given.bytesBase64Encoded is None:
        raise InvalidRequest(
            f"Missing required parameter: '{field}.bytesBase64Encoded'.", param=field
        )
    return Media(role, given.bytesBase64Encoded, field, plain=True)


def _film(given: Film) -> Media | str:
    refuse({"video.gcsUri": given.gcsUri}, "name a file of this server, or give the film's bytes.")
    if given.uri is not None:
        return film_source(given.uri, "video.uri")
    content = given.encodedVideo if given.encodedVideo is not None else given.bytesBase64Encoded
    if content is None:
        raise InvalidRequest("Missing required parameter: 'video.uri'.", param="video.uri")
    return Media("uploaded_video", content, "video", plain=True)


def film_source(uri: str, field: str) -> Media | str:
    """The video that a file's URI stands for, if it is a film of this server; else a medium."""
    digits = uri.partition("files/" + VIDEO_FILE)[2][:48]
    if is_own_id(f"video_{digits}", "video"):
        return f"video_{digits}"
    return Media("uploaded_video", uri, field)


def _joined(videos: Sequence[Video]) -> str:
    return "-".join(video.id.removeprefix("video_") for video in videos)


async def _videos(request: ApiRequest, joined: str) -> list[Video]:
    ids = [f"video_{digits}" for digits in joined.split("-")]
    if len(ids) > jobs.MAX_VIDEOS or not all(is_own_id(one, "video") for one in ids):
        raise NotFound(f"Operation '{joined[:100]}' not found.", param="name")
    return [await jobs.find(request, one, what="Operation") for one in ids]


def _metadata(videos: Sequence[Video]) -> dict[str, Any]:
    return {"progressPercent": sum(video.progress for video in videos) // len(videos)}


def _there(videos: Sequence[Video]) -> list[Video]:
    return [video for video in videos if video.status == "completed" and not gone(video)]


def _outcome(videos: Sequence[Video]) -> dict[str, Any]:
    """Nothing while a video is unfinished; then an error, if there is no film, or a response.

    Of several videos, those that failed count as filtered, with their reasons.
    """
    if not all(video.finished for video in videos):
        return {}
    failed = [video for video in videos if video not in _there(videos)]
    reasons = [one.error_message or "The video's files have expired." for one in failed]
    if len(failed) == len(videos):
        code = _CANCELLED if all(jobs.cancelled(one) for one in failed) else _INTERNAL
        status = "CANCELLED" if code == _CANCELLED else "INTERNAL"
        return {"done": True, "error": {"code": code, "message": reasons[0], "status": status}}
    result = {"raiMediaFilteredCount": len(failed)}
    return {
        "done": True,
        "response": result | ({"raiMediaFilteredReasons": reasons} if reasons else {}),
    }
