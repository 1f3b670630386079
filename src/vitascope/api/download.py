"""`/videos/{id}/content`: the film, its thumbnail and its spritesheet."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from vitascope.api import content
from vitascope.api.body.fields import unsupported_value
from vitascope.api.schemas import refusals
from vitascope.api.services import services_of
from vitascope.api.videos import find_video
from vitascope.errors import NotFound
from vitascope.video import VARIANTS, Variant

router = APIRouter(tags=["Videos"])

_SUFFIXES: dict[Variant, str] = {
    "video": ".mp4",
    "thumbnail": "-thumbnail.webp",
    "spritesheet": "-spritesheet.jpg",
}
_MEDIA_TYPES = ("video/mp4", "image/webp", "image/jpeg")
_ONE_OF_VARIANTS = Query(json_schema_extra={"enum": list(VARIANTS)})


@router.head("/videos/{video_id}/content", include_in_schema=False)
@router.get(
    "/videos/{video_id}/content",
    response_class=Response,
    operation_id="download_video_content",
    responses={
        200: {
            "description": "The file.",
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}} for media in _MEDIA_TYPES
            },
        },
        206: {"description": "The part of it that Range asked for."},
        304: {"description": "The client has it already."},
        416: {"description": "Range asks for nothing that the file has."},
        **refusals(400, 401, 404),
    },
)
async def download_content(
    request: Request, video_id: str, variant: Annotated[str, _ONE_OF_VARIANTS] = "video"
) -> Response:
    """Download the MP4, its thumbnail (WebP) or its spritesheet (JPEG)."""
    if variant not in VARIANTS:
        raise unsupported_value("variant", variant, VARIANTS)
    video = await find_video(request, video_id)
    asset = video.assets.get(variant)
    if video.status == "failed":
        raise NotFound("The video failed, so it has no content. Its `error` says why.")
    if not video.finished:
        raise NotFound(f"Video is not ready yet, use GET /v1/videos/{video.id} to check status.")
    if asset is None or video.expired(time.time()):
        raise NotFound("The video's files have expired and are not stored any more.")
    name = f"{video.id}{_SUFFIXES[variant]}"
    return await content.serve(request, services_of(request).blobs, asset, filename=name)
