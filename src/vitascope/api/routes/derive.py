"""Films that go on from others: remix, edit and extend."""

from __future__ import annotations

from typing import Literal
from urllib.parse import unquote

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from vitascope.api.parsing import Body
from vitascope.api.parsing.fields import reject_unknown, require_choice
from vitascope.api.parsing.parameters import (
    SETTINGS,
    configured_seed,
    model_of,
    prompt_of,
    read_payload,
    sampling_of,
    seed_of,
    stored_for,
)
from vitascope.api.parsing.references import UploadRef, VideoIdRef, source_of
from vitascope.api.routes.models import capabilities_of, require
from vitascope.api.schemas import EDIT_BODY, EXTEND_BODY, REMIX_BODY, VideoObject, refusals
from vitascope.api.services.container import Services, access_of, services_of
from vitascope.api.services.retries import claim_of
from vitascope.api.services.sources import carry_film, carry_scene, completed_video, store_upload
from vitascope.errors import InvalidRequest
from vitascope.spec import DEFAULT_FPS, RenderSpec, Size
from vitascope.store.idempotency import Claim
from vitascope.store.keys import Access
from vitascope.video import (
    DEFAULT_SECONDS,
    DEFAULT_SIZE,
    MAX_EXTENSIONS,
    MAX_TOTAL_SECONDS,
    SECONDS,
    Parent,
    Relation,
    Video,
    new_id,
)

router = APIRouter(tags=["Videos"])

Derived = Literal["edit", "extend"]


@router.post(
    "/videos/{video_id}/remix",
    response_model=VideoObject,
    responses=refusals(400, 401, 404, 413, 429),
    openapi_extra=REMIX_BODY,
)
async def remix_video(request: Request, video_id: str) -> JSONResponse:
    """Make a completed video anew with another prompt; what both prompts share stays."""
    services, access = services_of(request), access_of(request)
    async with read_payload(request) as body:
        claim = await claim_of(request, body)
        reject_unknown(body, {"prompt"})
        prompt = prompt_of(body)
    source = await completed_video(
        services, unquote(video_id), project=access.project, verb="remixed"
    )
    require(services, source.spec.model, "remix")
    spec = msgspec.structs.replace(
        source.spec,
        prompt=prompt,
        task="remix",
        start=0,
        history=(),
        extensions=0,
        inputs=(),
        characters=(),
    )
    able = capabilities_of(services, source.spec.model)
    film = able is not None and able.remixes_film
    return await _submit(services, spec, source, access, claim, "remix", film=film)


@router.post(
    "/videos/edits",
    response_model=VideoObject,
    responses=refusals(400, 401, 404, 413, 429),
    openapi_extra=EDIT_BODY,
)
async def edit_video(request: Request) -> JSONResponse:
    """Change a completed or an uploaded video as the prompt says; the rest stays as it is."""
    services, access = services_of(request), access_of(request)
    async with read_payload(request) as body:
        claim = await claim_of(request, body)
        reject_unknown(body, SETTINGS | {"prompt", "video"})
        prompt = prompt_of(body)
        match source_of(body, inline_text=services.settings.conformance):
            case VideoIdRef(video_id):
                source = await completed_video(
                    services, video_id, project=access.project, verb="edited"
                )
                spec = _from_source(body, services, source, "edit", prompt)
                return await _submit(services, spec, source, access, claim, "edit")
            case UploadRef() as upload:
                spec = _from_upload(body, services, "edit", prompt)
                return await _submit_upload(services, spec, upload, access, claim)


@router.post(
    "/videos/extensions",
    response_model=VideoObject,
    responses=refusals(400, 401, 404, 413, 429),
    openapi_extra=EXTEND_BODY,
)
async def extend_video(request: Request) -> JSONResponse:
    """Carry a completed or an uploaded video on; the result is the whole, old part and new."""
    services, access = services_of(request), access_of(request)
    async with read_payload(request) as body:
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
                spec = _from_source(body, services, source, "extend", prompt)
                spec = _lengthened(spec, source.spec.frames, seconds)
                return await _submit(services, spec, source, access, claim, "extension")
            case UploadRef() as upload:
                spec = _from_upload(body, services, "extend", prompt)
                spec = _lengthened(spec, 0, seconds)
                return await _submit_upload(services, spec, upload, access, claim)


def _from_source(
    body: Body, services: Services, source: Video, task: Derived, prompt: str
) -> RenderSpec:
    """A specification that inherits from the source what the body does not say."""
    model = model_of(body, services, source.spec.model)
    require(services, model, task)
    return msgspec.structs.replace(
        source.spec,
        prompt=prompt,
        model=model,
        seed=seed_of(body, source.spec.seed),
        task=task,
        start=0,
        history=source.spec.steps,
        inputs=(),
        characters=(),
        sampling=sampling_of(body, source.spec.sampling),
    )


def _from_upload(body: Body, services: Services, task: Derived, prompt: str) -> RenderSpec:
    """A specification for a film of which nothing is known before it is decoded.

    Size and length are the defaults until then; the finished video states the real ones.
    """
    model = model_of(body, services)
    require(services, model, task)
    return RenderSpec(
        prompt=prompt,
        model=model,
        size=Size.parse(DEFAULT_SIZE),
        frames=DEFAULT_FPS.frames_in(int(DEFAULT_SECONDS)),
        seed=seed_of(body, configured_seed(services, model)),
        task=task,
        history=None,
        sampling=sampling_of(body),
    )


def _lengthened(spec: RenderSpec, before: int, seconds: int) -> RenderSpec:
    """The specification of an extension that adds so many seconds after `before` frames."""
    return msgspec.structs.replace(
        spec,
        start=before,
        frames=before + spec.fps.frames_in(seconds),
        extensions=spec.extensions + 1,
    )


def _check_extension(source: Video, seconds: int) -> None:
    if source.spec.extensions >= MAX_EXTENSIONS:
        raise InvalidRequest(
            f"Video '{source.id}' has been extended {MAX_EXTENSIONS} times, which is the most.",
            param="video",
            code="too_many_extensions",
        )
    total = source.spec.seconds + seconds
    if total > MAX_TOTAL_SECONDS:
        raise InvalidRequest(
            f"The extended video would be {total:g} seconds long; {MAX_TOTAL_SECONDS} is the most.",
            param="seconds",
            code="video_too_long",
        )


async def _submit(
    services: Services,
    spec: RenderSpec,
    source: Video,
    access: Access,
    claim: Claim,
    relation: Relation,
    *,
    film: bool = True,
) -> JSONResponse:
    """Hand in a job that goes on from a video: from its scene and, unless told not to, its film."""
    video_id = new_id("video")
    async with stored_for(services.blobs, video_id):
        inputs, characters = await carry_scene(services.blobs, source, video_id)
        if film:
            inputs += await carry_film(services.blobs, source, video_id)
        video = await services.queue.submit(
            msgspec.structs.replace(spec, inputs=inputs, characters=characters),
            video_id=video_id,
            project=access.project,
            priority=access.priority,
            claim=claim,
            parents=(Parent(source.id, relation),),
            remixed_from=None if relation == "extension" else source.id,
        )
    return JSONResponse(video.to_wire())


async def _submit_upload(
    services: Services, spec: RenderSpec, reference: UploadRef, access: Access, claim: Claim
) -> JSONResponse:
    video_id = new_id("video")
    async with stored_for(services.blobs, video_id):
        upload = await store_upload(services.blobs, reference.upload, video_id)
        video = await services.queue.submit(
            spec.with_inputs([upload]),
            video_id=video_id,
            project=access.project,
            priority=access.priority,
            claim=claim,
        )
    return JSONResponse(video.to_wire())
