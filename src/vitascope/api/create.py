"""`POST /videos`: a film from a prompt, a first frame and characters."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from vitascope.api.body import Body
from vitascope.api.body.fields import choice, reject_unknown
from vitascope.api.body.references import FileIdRef, reference_of
from vitascope.api.capabilities import require
from vitascope.api.cast import cast_of, characters_of
from vitascope.api.inputs import Inputs
from vitascope.api.retries import claim_of
from vitascope.api.schemas import CREATE_BODY, VideoObject, refusals
from vitascope.api.services import Services, access_of, services_of
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
from vitascope.shot import Step
from vitascope.video import (
    DEFAULT_SECONDS,
    DEFAULT_SIZE,
    SECONDS,
    SIZES,
    Parent,
    VideoRequest,
)

router = APIRouter(tags=["Videos"])

_FIELDS = SETTINGS | {"prompt", "seconds", "size", "input_reference", "characters"}


@router.post(
    "/videos",
    response_model=VideoObject,
    responses=refusals(400, 401, 404, 413, 429),
    openapi_extra=CREATE_BODY,
)
async def create_video(request: Request) -> JSONResponse:
    """Create a video from a prompt and, if given, a first frame and up to two characters."""
    services, access = services_of(request), access_of(request)
    project = access.project
    async with body_of(request) as body:
        claim = await claim_of(request, body)
        wanted = _read(body, services)
        characters = await characters_of(body, services, project)
        async with stored_for(services.blobs, wanted.id):
            wanted = await _with_reference(wanted, body, services, project)
            wanted, notes = await cast_of(wanted, characters, services.blobs)
            if "characters" in wanted.options:
                require(services, wanted.model, "characters")
            video = await services.queue.submit(
                wanted, project=project, priority=access.priority, claim=claim
            )
    await services.job_log.add(video.id, notes)
    return JSONResponse(video.to_wire())


def _read(body: Body, services: Services) -> VideoRequest:
    """The plain fields, checked in the order people meet them."""
    reject_unknown(body, _FIELDS)
    prompt, model = prompt_of(body), model_of(body, services)
    return VideoRequest(
        prompt=prompt,
        model=model,
        size=choice(body, "size", SIZES) or DEFAULT_SIZE,
        seconds=int(choice(body, "seconds", SECONDS) or DEFAULT_SECONDS),
        seed=seed_of(body, house_seed(services, model)),
        script=(Step("create", prompt),),
        options=options_of(body),
    )


async def _with_reference(
    wanted: VideoRequest, body: Body, services: Services, project: str
) -> VideoRequest:
    reference = reference_of(body, inline_text=services.settings.conformance)
    require(services, wanted.model, "create" if reference is None else "image")
    if reference is None:
        return wanted
    inputs = Inputs(services, project)
    asset = await inputs.store(body, reference, wanted.id)
    if isinstance(reference, FileIdRef):
        wanted = replace(wanted, parents=(*wanted.parents, Parent(reference.file_id, "file")))
    return wanted.with_inputs({"input_reference": asset})
