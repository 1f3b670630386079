"""The files of a video: its content, one frame, the preview of a running job, and links.

A link is an address of a file that works without an API key.
"""

from __future__ import annotations

import time
from typing import Annotated, Any, cast

from pydantic import Field
from starlette.responses import Response

from vitascope.api.parsing.fields import Choice, Integer, unsupported_value
from vitascope.api.parsing.operations import Parameters
from vitascope.api.routes.videos import find_video
from vitascope.api.routing import Answers, Routes, query_of
from vitascope.api.schemas import LinkObject, Schema, Term
from vitascope.api.services import content
from vitascope.api.services.container import ApiRequest
from vitascope.api.services.links import PREFIX, Target, base_url
from vitascope.api.services.waiting import while_connected
from vitascope.errors import InvalidRequest, JobError, NotFound
from vitascope.spec import Asset
from vitascope.store.blobs import MissingBlob
from vitascope.video import MAX_LINK_SECONDS, VARIANTS, Variant, Video

routes = Routes("Videos")
links = Routes("Videos", versioned=False)

_LINK_SECONDS = 3600

_SUFFIXES: dict[Variant, str] = {
    "video": ".mp4",
    "thumbnail": "-thumbnail.webp",
    "spritesheet": "-spritesheet.jpg",
}


_FILE_ANSWERS: Answers = {
    200: {
        "description": "The file.",
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}}
            for media in ("video/mp4", "image/webp", "image/jpeg")
        },
    },
    206: {"description": "The part of it that Range asked for."},
    304: {"description": "The client has it already."},
    416: {"description": "Range asks for nothing that the file has."},
}
"""The answers of a route that serves a video's files."""


class _ContentQuery(Schema):
    variant: Annotated[str, Field(json_schema_extra={"enum": list(VARIANTS)})] = "video"


@routes.head("/videos/{video_id}/content")
@routes.get(
    "/videos/{video_id}/content",
    operation_id="download_video_content",
    query=_ContentQuery,
    refusals=(400, 401, 404),
    answers=_FILE_ANSWERS,
)
async def download_content(request: ApiRequest) -> Response:
    """Download the MP4, its thumbnail (WebP) or its spritesheet (JPEG)."""
    variant = query_of(request, _ContentQuery).variant
    if variant not in VARIANTS:
        raise unsupported_value("variant", variant, VARIANTS)
    return await serve_variant(request, await find_video(request), variant)


async def serve_variant(
    request: ApiRequest, video: Video, variant: Variant, *, inline: bool = False
) -> Response:
    """Answer with one of a video's files, named by its id, or by its prompt where it is shown.

    Raises:
        NotFound: the video has no such file, not yet or not any more.
    """
    asset = ready_asset(video, variant)
    stem = (content.name_from(video.spec.prompt) if inline else "") or video.id
    name = f"{stem}{_SUFFIXES[variant]}"
    return await content.serve(request, request.services.blobs, asset, filename=name, inline=inline)


def ready_asset(video: Video, variant: Variant) -> Asset:
    """One of a video's stored files.

    Raises:
        NotFound: the video has no such file, not yet or not any more.
    """
    asset = video.assets.get(variant)
    if video.status == "failed":
        raise NotFound("The video failed, so it has no content. Its `error` says why.")
    if not video.finished:
        raise NotFound(f"Video is not ready yet, use GET /v1/videos/{video.id} to check status.")
    if asset is None or video.expired(time.time()):
        raise NotFound("The video's files have expired and are not stored any more.")
    return asset


_JPEG_ANSWERS: Answers = {
    200: {
        "description": "The picture.",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class _FrameQuery(Schema):
    at: Annotated[float, Field(ge=0, description="Seconds from the beginning of the video.")] = 0.0


@routes.get(
    "/videos/{video_id}/frame",
    query=_FrameQuery,
    refusals=(400, 401, 404, 429),
    answers=_JPEG_ANSWERS,
)
async def video_frame(request: ApiRequest) -> Response:
    """Look at the frame that a completed video shows at a time, as JPEG."""
    at, video = query_of(request, _FrameQuery).at, await find_video(request)
    film = ready_asset(video, "video")
    if at > video.spec.seconds:
        raise InvalidRequest(
            f"Invalid value for 'at': the video is {video.spec.seconds:g} seconds long.",
            param="at",
            code="invalid_value",
        )
    making = request.services.frames.frame(film.key, at, project=request.project)
    try:
        picture = await while_connected(request, making)
    except MissingBlob:
        raise NotFound("The video's file is not stored any more.") from None
    except JobError as error:
        raise InvalidRequest(error.message, param="video_id", code=error.code) from None
    headers = {"cache-control": "private, no-cache", "x-content-type-options": "nosniff"}
    return Response(picture, media_type="image/jpeg", headers=headers)


@routes.head("/videos/{video_id}/preview")
@routes.get("/videos/{video_id}/preview", refusals=(401, 404), answers=_JPEG_ANSWERS)
async def preview_video(request: ApiRequest) -> Response:
    """A small JPEG of a film while it is rendered, at most two seconds old.

    There is none before rendering has begun, and none after its end.
    """
    video = await find_video(request)
    jpeg = await request.services.live_previews.get(video.id, project=video.project)
    if jpeg is None:
        raise NotFound(
            "The video is finished: see its thumbnail."
            if video.finished
            else "There is no preview yet. Ask again when the video is in progress."
        )
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})


class LinkParameters(Parameters, frozen=True, kw_only=True):
    """`POST /videos/{video_id}/links`."""

    variant: Annotated[str, Choice(VARIANTS, "video")]
    form: Annotated[str, Choice(("url", "data"), "url")]
    expires_in: Annotated[int | None, Integer(1, MAX_LINK_SECONDS)]


@routes.post(
    "/videos/{video_id}/links",
    answer=LinkObject,
    refusals=(400, 401, 404, 413),
    body=LinkParameters,
)
async def create_link(request: ApiRequest) -> Response:
    """Make a link to one file of a completed video, which works for a limited time without a key.

    With `form: "data"` the answer has the file itself as a `data:` URL.
    """
    services = request.services
    async with request.payload() as body:
        parameters = LinkParameters.read(body, services.settings)
    variant = cast(Variant, parameters.variant)
    video = await find_video(request)
    asset = ready_asset(video, variant)
    link: dict[str, Any] = {"object": "video.link", "video_id": video.id, "variant": variant}
    if parameters.form == "data":
        content.require_inline(services.settings, asset)
        link |= {"url": content.InlineFile.data_url(asset), "expires_at": None}
    else:
        seconds = parameters.expires_in or _LINK_SECONDS
        target = Target(video.id, variant, int(time.time()) + seconds)
        address = base_url(services.settings, request) + await services.links.path_of(target)
        link |= {"url": address, "expires_at": target.expires_at}
    return await content.json_response(link, services.blobs)


class _LinkQuery(Schema):
    expires: Annotated[Term, Field(description="Unix seconds.")] = ""
    signature: Annotated[Term, Field(description="What the server signed the link with.")] = ""


@links.head(PREFIX + "{video_id}/{file}")
@links.get(
    PREFIX + "{video_id}/{file}",
    operation_id="download_by_link",
    query=_LinkQuery,
    refusals=(403, 404),
    answers=_FILE_ANSWERS,
)
async def follow_link(request: ApiRequest) -> Response:
    """Send the file that a link names, as `/videos/{id}/content` does, for a browser to show."""
    services, names = request.services, request.path_params
    query = query_of(request, _LinkQuery)
    target = await services.links.check(
        names["video_id"], names["file"], query.expires, query.signature
    )
    video = await services.videos.find(target.video_id)
    if video is None:
        raise NotFound("The link's video was deleted.")
    return await serve_variant(request, video, target.variant, inline=True)
