"""`/videos`: create, look at, list, download, cancel and delete."""

from __future__ import annotations

import secrets
import time
from typing import Annotated, Literal
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from vitascope.api import content
from vitascope.api.body import Body, BodyLimits, read_body
from vitascope.api.body.fields import (
    choice,
    integer,
    number,
    optional_text,
    reject_unknown,
    require_text,
    unsupported_value,
)
from vitascope.api.body.references import reference_of
from vitascope.api.inputs import Inputs
from vitascope.api.schemas import CREATE_BODY, VideoDeleted, VideoList, VideoObject, refusals
from vitascope.api.services import Services, project_of, services_of
from vitascope.api.waiting import wished_wait
from vitascope.errors import InvalidRequest, NotFound
from vitascope.video import (
    DEFAULT_MODEL,
    DEFAULT_SECONDS,
    DEFAULT_SIZE,
    MAX_PROMPT_LENGTH,
    MAX_SEED,
    SECONDS,
    SIZES,
    VARIANTS,
    Variant,
    Video,
    VideoRequest,
)

router = APIRouter(tags=["Videos"])

_CREATE_FIELDS = frozenset(
    {
        "prompt",
        "model",
        "seconds",
        "size",
        "input_reference",
        "seed",
        "negative_prompt",
        "guidance_scale",
        "num_inference_steps",
    }
)
_RANDOM_SEEDS = 2**31
_DEFAULT_LIMIT = 20
_SUFFIXES: dict[Variant, str] = {
    "video": ".mp4",
    "thumbnail": "-thumbnail.webp",
    "spritesheet": "-spritesheet.jpg",
}


@router.post(
    "/videos",
    response_model=VideoObject,
    responses=refusals(400, 401, 413),
    openapi_extra=CREATE_BODY,
)
async def create_video(request: Request) -> JSONResponse:
    """Create a video from a prompt and, if given, a first frame."""
    services = services_of(request)
    scratch = services.settings.scratch_dir / "uploads"
    limits = BodyLimits(max_body=services.settings.max_upload_bytes)
    async with read_body(request, limits=limits, scratch=scratch) as body:
        wanted = _read_request(body, services)
        reference = reference_of(body)
        inputs = Inputs(services.blobs, scratch)
        if reference is not None:
            asset = await inputs.store(body, reference, wanted.id)
            wanted = wanted.with_input("input_reference", asset)
        try:
            video = await services.queue.submit(wanted, project=project_of(request))
        except BaseException:
            await inputs.drop(list(wanted.inputs.values()))
            raise
    return JSONResponse(video.to_wire())


@router.get("/videos", response_model=VideoList, responses=refusals(400, 401))
async def list_videos(
    request: Request,
    after: Annotated[str | None, Query(description="`last_id` of the page before.")] = None,
    limit: Annotated[int, Query(ge=0, le=100)] = _DEFAULT_LIMIT,
    order: Literal["asc", "desc"] = "desc",
) -> JSONResponse:
    """List the project's videos, newest first unless told otherwise."""
    services = services_of(request)
    if limit == 0:
        videos, has_more = list[Video](), False
    else:
        videos, has_more = await services.videos.page(
            project=project_of(request),
            after=after or None,
            limit=limit,
            newest_first=order == "desc",
        )
    return JSONResponse(
        {
            "object": "list",
            "data": [video.to_wire() for video in videos],
            "first_id": videos[0].id if videos else None,
            "last_id": videos[-1].id if videos else None,
            "has_more": has_more,
        }
    )


@router.get("/videos/{video_id}", response_model=VideoObject, responses=refusals(401, 404))
async def retrieve_video(request: Request, video_id: str) -> JSONResponse:
    """Retrieve a video; with `Prefer: wait=N`, once it is finished or N seconds are over."""
    services = services_of(request)
    video = await _find(request, services, video_id)
    seconds = 0.0 if video.finished else wished_wait(request.headers)
    if seconds > 0:
        await services.waiting.wait(video.id, seconds, request.receive)
        video = await _find(request, services, video_id)
    headers = None
    if not video.finished:
        headers = {"openai-poll-after-ms": str(await services.pace.poll_after_ms(video))}
    return JSONResponse(video.to_wire(), headers=headers)


@router.delete("/videos/{video_id}", response_model=VideoDeleted, responses=refusals(400, 401, 404))
async def delete_video(request: Request, video_id: str) -> JSONResponse:
    """Permanently delete a completed or failed video and its files."""
    services = services_of(request)
    video = await _find(request, services, video_id)
    if not video.finished:
        raise InvalidRequest(
            "Video is still being processed. Wait until it is finished, or end it with "
            f"POST /v1/videos/{video.id}/cancel."
        )
    await services.videos.delete(video.id, project=video.project)
    await services.blobs.delete_under(f"videos/{video.id}")
    await services.job_log.delete(video.id)
    return JSONResponse({"id": video.id, "object": "video.deleted", "deleted": True})


@router.post(
    "/videos/{video_id}/cancel", response_model=VideoObject, responses=refusals(400, 401, 404)
)
async def cancel_video(request: Request, video_id: str) -> JSONResponse:
    """End a video that is not finished; it becomes `failed` with the code `cancelled`."""
    services = services_of(request)
    video = await _find(request, services, video_id)
    cancelled = await services.queue.cancel(video.id)
    if cancelled is None:
        video = await _find(request, services, video_id)
        raise InvalidRequest(f"The video is {video.status} already and can't be cancelled.")
    return JSONResponse(cancelled.to_wire())


_CONTENT_TYPES = ("video/mp4", "image/webp", "image/jpeg")


@router.api_route(
    "/videos/{video_id}/content",
    methods=["GET", "HEAD"],
    response_class=Response,
    operation_id="download_video_content",
    responses={
        200: {
            "description": "The file.",
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}}
                for media in _CONTENT_TYPES
            },
        },
        206: {"description": "The part of it that Range asked for."},
        304: {"description": "The client has it already."},
        416: {"description": "Range asks for nothing that the file has."},
        **refusals(400, 401, 404),
    },
)
async def download_content(
    request: Request, video_id: str, variant: Annotated[str, Query()] = "video"
) -> Response:
    """Download the MP4, its thumbnail (WebP) or its spritesheet (JPEG)."""
    if variant not in VARIANTS:
        raise unsupported_value("variant", variant, VARIANTS)
    services = services_of(request)
    video = await _find(request, services, video_id)
    asset = video.assets.get(variant)
    if video.expired(time.time()) or (video.status == "completed" and asset is None):
        raise NotFound("The video's files have expired and are not stored any more.")
    if video.status == "failed":
        raise NotFound("The video failed, so it has no content. Its `error` says why.")
    if asset is None:
        raise NotFound(f"Video is not ready yet, use GET /v1/videos/{video.id} to check status.")
    name = f"{video.id}{_SUFFIXES[variant]}"
    return await content.serve(request, services.blobs, asset, filename=name)


async def _find(request: Request, services: Services, encoded_id: str) -> Video:
    video_id = unquote(encoded_id)
    video = await services.videos.get(video_id, project=project_of(request))
    if video is None:
        raise NotFound(f"Video with id '{video_id}' not found.", param="video_id")
    return video


def _read_request(body: Body, services: Services) -> VideoRequest:
    """The fields of a create request, checked, in the order people meet them."""
    reject_unknown(body, _CREATE_FIELDS)
    prompt = require_text(body, "prompt", max_length=MAX_PROMPT_LENGTH)
    model = optional_text(body, "model", max_length=256) or DEFAULT_MODEL
    if services.settings.resolve_model(model) is None:
        raise unsupported_value("model", model, list(services.settings.models))
    seed = integer(body, "seed", minimum=0, maximum=MAX_SEED)
    options = {
        "negative_prompt": optional_text(body, "negative_prompt", max_length=MAX_PROMPT_LENGTH),
        "guidance_scale": number(body, "guidance_scale", minimum=0, maximum=100),
        "num_inference_steps": integer(body, "num_inference_steps", minimum=1, maximum=1000),
    }
    return VideoRequest(
        prompt=prompt,
        model=model,
        size=choice(body, "size", SIZES) or DEFAULT_SIZE,
        seconds=int(choice(body, "seconds", SECONDS) or DEFAULT_SECONDS),
        seed=secrets.randbelow(_RANDOM_SEEDS) if seed is None else seed,
        options={name: value for name, value in options.items() if value is not None},
    )
