"""`/videos/estimate`: what a request would wait for and need, before it is sent."""

from __future__ import annotations

import time
from math import ceil
from typing import Any

from starlette.responses import Response

from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing.operations import CreateParameters
from vitascope.api.routing import Routes
from vitascope.api.schemas import VideoEstimate
from vitascope.api.services.container import ApiRequest, Services
from vitascope.api.services.creation import new_spec
from vitascope.video import Video, new_id

routes = Routes("Videos")


@routes.post(
    "/videos/estimate", answer=VideoEstimate, refusals=(400, 401, 413), body=CreateParameters
)
async def estimate_video(request: ApiRequest) -> Response:
    """What `POST /videos` with the same body would wait for and need. Nothing is stored."""
    services = request.services
    async with request.payload() as body:
        parameters = CreateParameters.read(body, services.settings)
    return JsonResponse(await _estimate(services, request.project, parameters))


async def _estimate(
    services: Services, project: str, parameters: CreateParameters
) -> dict[str, Any]:
    """What a new film would wait for and need, as the API answers it."""
    model = parameters.model
    services.require(model, "create" if parameters.input_reference is None else "image")
    settings = services.settings.resolve_model(model)
    able = services.capabilities_of(model)
    video = Video(
        id=new_id("video"),
        project=project,
        spec=new_spec(services, parameters),
        created_at=time.time(),
        queue="" if settings is None else settings.queue,
    )
    outlook, seconds = await services.estimates.of_new(video)
    expected = outlook.to_wire()
    return {
        "object": "video.estimate",
        "model": model,
        "queue_position": expected["queue_position"],
        "eta_seconds": expected["eta_seconds"],
        "render_seconds": None if seconds is None else ceil(seconds),
        "memory_gib": {} if able is None else dict(able.memory_gib),
    }
