"""Paths that OpenAI's API shares with a dialect: the body tells whose request it is."""

from __future__ import annotations

from starlette.responses import Response

from vitascope.api.dialects import replicate, xai
from vitascope.api.dialects.middleware import speak
from vitascope.api.parsing.operations import EditParameters, ExtendParameters
from vitascope.api.routes.uploads import create_file_from
from vitascope.api.routing import Routes
from vitascope.api.services import creation
from vitascope.api.services.container import ApiRequest

xai_routes = Routes("xAI")
file_routes = Routes("Files")


@xai_routes.post("/videos/edits", documented=False)
async def edit_video(request: ApiRequest) -> Response:
    """Change a video."""
    async with request.payload() as body:
        if xai.speaks(body):
            speak(request.scope, "xai")
            return await xai.edit(request, body)
        return await creation.create_job_from(request, body, EditParameters, creation.edit)


@xai_routes.post("/videos/extensions", documented=False)
async def extend_video(request: ApiRequest) -> Response:
    """Continue a video."""
    async with request.payload() as body:
        if xai.speaks(body):
            speak(request.scope, "xai")
            return await xai.extend(request, body)
        return await creation.create_job_from(request, body, ExtendParameters, creation.extension)


@file_routes.post("/files", documented=False)
async def create_file(request: ApiRequest) -> Response:
    """Upload a file."""
    dialects = request.services.settings.dialects
    async with request.payload() as body:
        if "replicate" in dialects and replicate.uploads(body):
            speak(request.scope, "replicate")
            return await replicate.upload(request, body)
        if "xai" in dialects and xai.uploads(body):
            speak(request.scope, "xai")
            return await xai.upload(request, body)
        return await create_file_from(request, body)
