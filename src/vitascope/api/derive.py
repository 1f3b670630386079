"""Films that go on from others: remix, edit and extend."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal
from urllib.parse import unquote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from vitascope.api.body import Body
from vitascope.api.body.fields import reject_unknown, require_choice
from vitascope.api.body.references import UploadRef, VideoIdRef, source_of
from vitascope.api.capabilities import capabilities_of, require
from vitascope.api.cast import ROLES
from vitascope.api.retries import claim_of
from vitascope.api.schemas import EDIT_BODY, EXTEND_BODY, REMIX_BODY, VideoObject, refusals
from vitascope.api.services import Services, access_of, services_of
from vitascope.api.sources import (
    carry_film,
    carry_inputs,
    completed_video,
    store_upload,
)
from vitascope.api.wishes import (
    SETTINGS,
    body_of,
    house_seed,
    model_of,
    options_of,
    prompt_of,
    seed_of,
    stored_for,
)
from vitascope.errors import InvalidRequest
from vitascope.shot import Step
from vitascope.store.idempotency import Claim
from vitascope.store.keys import Access
from vitascope.video import (
    ADDED_SECONDS,
    DEFAULT_SECONDS,
    DEFAULT_SIZE,
    MAX_EXTENSIONS,
    MAX_TOTAL_SECONDS,
    SECONDS,
    Parent,
    Video,
    VideoRequest,
)

router = APIRouter(tags=["Videos"])

Derived = Literal["edit", "extend"]
_SCENE_ROLES = ("input_reference", *ROLES)


@router.post(
    "/videos/{video_id}/remix",
    response_model=VideoObject,
    responses=refusals(400, 401, 404, 413, 429),
    openapi_extra=REMIX_BODY,
)
async def remix_video(request: Request, video_id: str) -> JSONResponse:
    """Make a completed video anew with another prompt; what both prompts share stays."""
    services, access = services_of(request), access_of(request)
    async with body_of(request) as body:
        claim = await claim_of(request, body)
        reject_unknown(body, {"prompt"})
        prompt = prompt_of(body)
    source = await completed_video(
        services, unquote(video_id), project=access.project, verb="remixed"
    )
    require(services, source.model, "remix")
    wanted = VideoRequest(
        prompt=prompt,
        model=source.model,
        size=source.size,
        seconds=source.seconds,
        seed=source.seed,
        task="remix",
        script=(Step("remix", prompt),),
        options=source.options,
        remixed_from_video_id=source.id,
        parents=(Parent(source.id, "remix"),),
    )
    async with stored_for(services.blobs, wanted.id):
        carried = await carry_inputs(services.blobs, source, wanted.id, _SCENE_ROLES)
        able = capabilities_of(services, source.model)
        if able is not None and able.remixes_film:
            carried |= await carry_film(services.blobs, source, wanted.id)
        return await _hand_in(services, wanted.with_inputs(carried), access, claim)


@router.post(
    "/videos/edits",
    response_model=VideoObject,
    responses=refusals(400, 401, 404, 413, 429),
    openapi_extra=EDIT_BODY,
)
async def edit_video(request: Request) -> JSONResponse:
    """Change a completed or an uploaded video as the prompt says; the rest stays as it is."""
    services, access = services_of(request), access_of(request)
    async with body_of(request) as body:
        claim = await claim_of(request, body)
        reject_unknown(body, SETTINGS | {"prompt", "video"})
        prompt = prompt_of(body)
        match source_of(body, inline_text=services.settings.conformance):
            case VideoIdRef(video_id):
                source = await completed_video(
                    services, video_id, project=access.project, verb="edited"
                )
                wanted = _from_source(body, services, source, "edit", prompt)
                return await _submit(services, wanted, source, access, claim)
            case UploadRef() as upload:
                wanted = _from_upload(body, services, "edit", prompt)
                return await _submit_upload(services, wanted, upload, access, claim)


@router.post(
    "/videos/extensions",
    response_model=VideoObject,
    responses=refusals(400, 401, 404, 413, 429),
    openapi_extra=EXTEND_BODY,
)
async def extend_video(request: Request) -> JSONResponse:
    """Carry a completed or an uploaded video on; the result is the whole, old part and new."""
    services, access = services_of(request), access_of(request)
    async with body_of(request) as body:
        claim = await claim_of(request, body)
        reject_unknown(body, SETTINGS | {"prompt", "video", "seconds"})
        prompt = prompt_of(body)
        seconds = int(require_choice(body, "seconds", SECONDS))
        match source_of(body, inline_text=services.settings.conformance):
            case VideoIdRef(video_id):
                source = await completed_video(
                    services, video_id, project=access.project, verb="extended"
                )
                _check_extension(source, seconds)
                wanted = _from_source(body, services, source, "extend", prompt)
                wanted = _lengthened(wanted, source.seconds, seconds)
                return await _submit(services, wanted, source, access, claim)
            case UploadRef() as upload:
                wanted = _from_upload(body, services, "extend", prompt)
                wanted = _lengthened(wanted, 0, seconds)
                return await _submit_upload(services, wanted, upload, access, claim)


def _from_source(
    body: Body, services: Services, source: Video, task: Derived, prompt: str
) -> VideoRequest:
    """A request that inherits what the body does not say."""
    step = Step(task, prompt, source.seconds if task == "extend" else 0.0)
    model = model_of(body, services, source.model)
    require(services, model, task)
    return VideoRequest(
        prompt=prompt,
        model=model,
        size=source.size,
        seconds=source.seconds,
        seed=seed_of(body, source.seed),
        task=task,
        extensions=source.extensions,
        script=None if source.script is None else (*source.script, step),
        options={**_kept_options(source), **options_of(body)},
        remixed_from_video_id=source.id if task == "edit" else None,
        parents=(Parent(source.id, "edit" if task == "edit" else "extension"),),
    )


def _from_upload(body: Body, services: Services, task: Derived, prompt: str) -> VideoRequest:
    """A request for a film of which nothing is known before it is decoded.

    Size and length are the defaults until then; the finished video tells the true ones.
    """
    model = model_of(body, services)
    require(services, model, task)
    return VideoRequest(
        prompt=prompt,
        model=model,
        size=DEFAULT_SIZE,
        seconds=int(DEFAULT_SECONDS),
        seed=seed_of(body, house_seed(services, model)),
        task=task,
        options=options_of(body),
    )


def _kept_options(source: Video) -> dict[str, object]:
    return {name: value for name, value in source.options.items() if name != ADDED_SECONDS}


def _lengthened(wanted: VideoRequest, before: float, added: int) -> VideoRequest:
    return replace(
        wanted,
        seconds=before + added,
        extensions=wanted.extensions + 1,
        options={**wanted.options, ADDED_SECONDS: added},
    )


def _check_extension(source: Video, seconds: int) -> None:
    if source.extensions >= MAX_EXTENSIONS:
        raise InvalidRequest(
            f"Video '{source.id}' has been extended {MAX_EXTENSIONS} times, which is the most.",
            param="video",
            code="too_many_extensions",
        )
    total = source.seconds + seconds
    if total > MAX_TOTAL_SECONDS:
        raise InvalidRequest(
            f"The extended video would be {total:g} seconds long; {MAX_TOTAL_SECONDS} is the most.",
            param="seconds",
            code="video_too_long",
        )


async def _submit(
    services: Services, wanted: VideoRequest, source: Video, access: Access, claim: Claim
) -> JSONResponse:
    async with stored_for(services.blobs, wanted.id):
        film = await carry_film(services.blobs, source, wanted.id)
        scene = await carry_inputs(services.blobs, source, wanted.id, _SCENE_ROLES)
        return await _hand_in(services, wanted.with_inputs({**film, **scene}), access, claim)


async def _submit_upload(
    services: Services, wanted: VideoRequest, reference: UploadRef, access: Access, claim: Claim
) -> JSONResponse:
    async with stored_for(services.blobs, wanted.id):
        inputs = await store_upload(services.blobs, reference.upload, wanted.id)
        return await _hand_in(services, wanted.with_inputs(inputs), access, claim)


async def _hand_in(
    services: Services, wanted: VideoRequest, access: Access, claim: Claim
) -> JSONResponse:
    video = await services.queue.submit(
        wanted, project=access.project, priority=access.priority, claim=claim
    )
    return JSONResponse(video.to_wire())
