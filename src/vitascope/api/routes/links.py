"""`/videos/{id}/links` and `/links`: addresses of a video's file that work without an API key."""

from __future__ import annotations

import time
from typing import Annotated, Any, cast

from pydantic import BaseModel, Field
from starlette.responses import Response

from vitascope.api.parsing.fields import Choice, Integer
from vitascope.api.parsing.operations import Parameters
from vitascope.api.routes.videos import FILE_ANSWERS, find_video, ready_asset, serve_variant
from vitascope.api.routing import Routes, query_of
from vitascope.api.schemas import LinkObject, Term
from vitascope.api.services.container import ApiRequest
from vitascope.api.services.content import InlineFile, json_response, require_inline
from vitascope.api.services.links import PREFIX, Target, base_url
from vitascope.errors import NotFound
from vitascope.video import MAX_LINK_SECONDS, VARIANTS, Variant

making = Routes("Videos")
following = Routes("Videos", versioned=False)

_DEFAULT_SECONDS = 3600


class LinkParameters(Parameters, frozen=True, kw_only=True):
    """`POST /videos/{video_id}/links`."""

    variant: Annotated[str, Choice(VARIANTS, "video")]
    form: Annotated[str, Choice(("url", "data"), "url")]
    expires_in: Annotated[int | None, Integer(1, MAX_LINK_SECONDS)]


@making.post(
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
        require_inline(services.settings, asset)
        link |= {"url": InlineFile.data_url(asset), "expires_at": None}
    else:
        seconds = parameters.expires_in or _DEFAULT_SECONDS
        target = Target(video.id, variant, int(time.time()) + seconds)
        address = base_url(services.settings, request) + await services.links.path_of(target)
        link |= {"url": address, "expires_at": target.expires_at}
    return await json_response(link, services.blobs)


class _LinkQuery(BaseModel):
    expires: Annotated[Term, Field(description="Unix seconds.")] = ""
    signature: Annotated[Term, Field(description="What the server signed the link with.")] = ""


@following.head(PREFIX + "{video_id}/{file}")
@following.get(
    PREFIX + "{video_id}/{file}",
    operation_id="download_by_link",
    query=_LinkQuery,
    refusals=(403, 404),
    answers=FILE_ANSWERS,
)
async def follow_link(request: ApiRequest) -> Response:
    """Download the file that a link names, as `/videos/{id}/content` does."""
    services, names = request.services, request.path_params
    query = query_of(request, _LinkQuery)
    target = await services.links.check(
        names["video_id"], names["file"], query.expires, query.signature
    )
    video = await services.videos.find(target.video_id)
    if video is None:
        raise NotFound("The link's video was deleted.")
    return await serve_variant(request, video, target.variant)
