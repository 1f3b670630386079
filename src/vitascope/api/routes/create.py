"""`POST /videos`: a film from a prompt, a first frame and characters."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from vitascope.api.parsing import Body
from vitascope.api.parsing.fields import choice, reject_unknown
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
from vitascope.api.parsing.references import FileIdRef, reference_of
from vitascope.api.routes.models import capabilities_of, require
from vitascope.api.schemas import CREATE_BODY, VideoObject, refusals
from vitascope.api.services.container import Services, access_of, services_of
from vitascope.api.services.inputs import Inputs
from vitascope.api.services.retries import claim_of
from vitascope.api.services.sources import cast_of, characters_of
from vitascope.spec import DEFAULT_FPS, Input, RenderSpec, Size
from vitascope.video import (
    DEFAULT_SECONDS,
    DEFAULT_SIZE,
    SECONDS,
    SIZES,
    Parent,
    new_id,
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
    project, video_id = access.project, new_id("video")
    async with read_payload(request) as body:
        claim = await claim_of(request, body)
        spec = _read(body, services)
        characters = await characters_of(body, services, project)
        async with stored_for(services.blobs, video_id):
            inputs, parents = await _first_frame(body, spec.model, services, project, video_id)
            cast, notes = await cast_of(spec.prompt, characters, video_id, services.blobs)
            if cast:
                require(services, spec.model, "characters")
            parents += tuple(Parent(one.id, "character") for one in cast)
            video = await services.queue.submit(
                msgspec.structs.replace(spec, inputs=inputs, characters=cast),
                video_id=video_id,
                project=project,
                priority=access.priority,
                claim=claim,
                parents=parents,
            )
    await services.job_log.add(video.id, notes)
    return JSONResponse(video.to_wire())


def _read(body: Body, services: Services) -> RenderSpec:
    """The plain fields, checked in the order people meet them."""
    reject_unknown(body, _FIELDS)
    prompt, model = prompt_of(body), model_of(body, services)
    able = capabilities_of(services, model)
    fps = DEFAULT_FPS if able is None else able.fps
    return RenderSpec(
        prompt=prompt,
        model=model,
        size=Size.parse(choice(body, "size", SIZES) or DEFAULT_SIZE),
        frames=fps.frames_in(int(choice(body, "seconds", SECONDS) or DEFAULT_SECONDS)),
        fps=fps,
        seed=seed_of(body, configured_seed(services, model)),
        sampling=sampling_of(body),
    )


async def _first_frame(
    body: Body, model: str, services: Services, project: str, video_id: str
) -> tuple[tuple[Input, ...], tuple[Parent, ...]]:
    """The stored picture that the film begins with, if one is given, and where it came from."""
    reference = reference_of(body, inline_text=services.settings.conformance)
    require(services, model, "create" if reference is None else "image")
    if reference is None:
        return (), ()
    picture = await Inputs(services, project).store(body, reference, video_id)
    parents = (Parent(reference.file_id, "file"),) if isinstance(reference, FileIdRef) else ()
    return (picture,), parents
