"""The pages below `/studio/`, and the parts of pages that scripts ask for."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Literal
from urllib.parse import urlencode

import jinja2
from pydantic import BaseModel
from starlette.responses import HTMLResponse, RedirectResponse, Response

from vitascope.api.middleware import PAGES, session_in
from vitascope.api.routes.videos import recreation_of
from vitascope.api.routing import Handler, Routes, query_of
from vitascope.api.schemas import Term
from vitascope.api.services.container import ApiRequest
from vitascope.errors import InvalidRequest, NotFound
from vitascope.store.keys import Access
from vitascope.store.search import VideoFilter
from vitascope.studio import views
from vitascope.studio.assets import assets
from vitascope.studio.code import snippets
from vitascope.video import DEFAULT_MODEL, DEFAULT_SECONDS, DEFAULT_SIZE, SECONDS, Status, Video

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
_TILES = 30
_LATEST = 12

routes = Routes("Studio", versioned=False)


def _page(path: str) -> Callable[[Handler], Handler]:
    """Answer GET for a page. Without access it asks to sign in; what is not found it shows."""

    def add(handle: Handler) -> Handler:
        async def page(request: ApiRequest) -> Response:
            if "access" not in request.scope:
                query = request.url.query
                here = request.scope["path"] + (f"?{query}" if query else "")
                target = f"{PAGES}sign-in?{urlencode({'next': here})}"
                return RedirectResponse(target, status_code=303, headers=_HEADERS)
            try:
                return await handle(request)
            except (NotFound, InvalidRequest) as error:
                return _render(request, "missing.html", status=404, message=error.message)

        routes.get(PAGES + path, documented=False)(page)
        return handle

    return add


class _MakeQuery(BaseModel):
    prompt: str = ""
    model: str = DEFAULT_MODEL


@_page("")
async def make(request: ApiRequest) -> Response:
    """The prompt box, the queue and the newest videos."""
    services, query, since = request.services, query_of(request, _MakeQuery), time.time()
    page = partial(services.search.page, project=request.project)
    running, _ = await page(VideoFilter("in_progress"), limit=100, newest_first=False)
    waiting, _ = await page(VideoFilter("queued"), limit=100, newest_first=False)
    latest, _ = await page(VideoFilter(), limit=_LATEST)
    return _render(
        request,
        "make.html",
        since=since,
        jobs=[views.shown(video) for video in (*running, *waiting)],
        latest=[views.shown(video) for video in latest if video.finished],
        models=views.models(services),
        sizes=views.sizes(),
        lengths=SECONDS,
        chosen={
            "prompt": query.prompt,
            "model": query.model,
            "size": DEFAULT_SIZE,
            "seconds": DEFAULT_SECONDS,
        },
    )


class _LibraryQuery(BaseModel):
    after: Term | None = None
    status: Status | Literal[""] = ""
    model: Term = ""
    search: Term = ""
    part: bool = False


@_page("library")
async def library(request: ApiRequest) -> Response:
    """The wall of videos, a page at a time; with `part`, the tiles alone."""
    services, query, since = request.services, query_of(request, _LibraryQuery), time.time()
    videos, more = await services.search.page(
        VideoFilter(query.status or None, query.model or None, query.search or None),
        project=request.project,
        after=query.after,
        limit=_TILES,
    )
    chosen = {"status": query.status, "model": query.model, "search": query.search}
    following = {name: value for name, value in chosen.items() if value}
    cursor = urlencode({**following, "after": videos[-1].id, "part": "1"}) if more else None
    return _render(
        request,
        "_tiles.html" if query.part else "library.html",
        since=since,
        tiles=[views.shown(video) for video in videos],
        following=None if cursor is None else f"{PAGES}library?{cursor}",
        chosen=chosen,
        models=[each["name"] for each in views.models(services)],
    )


@_page("videos/{video_id}")
async def player(request: ApiRequest) -> Response:
    """One video: its film, its parameters, what can be made of it, and its family."""
    services, since = request.services, time.time()
    video = await _find(request, request.path_params["video_id"])
    recreation = await recreation_of(services, video)
    return _render(
        request,
        "video.html",
        since=since,
        video=views.shown(video),
        facts=views.facts(video),
        operations=views.operations(services, video),
        lengths=views.lengths(video),
        segments=views.segments(video),
        tree=await views.family(services, video),
        missing=recreation["missing"],
        snippets=snippets(recreation, f"{request.url.scheme}://{request.url.netloc}/v1"),
    )


class _CompareQuery(BaseModel):
    a: Term
    b: Term


@_page("compare")
async def compare(request: ApiRequest) -> Response:
    """Two videos in step, with a wipe between them."""
    query = query_of(request, _CompareQuery)
    one, other = await _find(request, query.a), await _find(request, query.b)
    return _render(
        request,
        "compare.html",
        a=views.shown(one),
        b=views.shown(other),
        rows=views.differences(one, other),
    )


@_page("parts/{kind}/{video_id}")
async def part(request: ApiRequest) -> Response:
    """A video's row in the queue (`job`), or its tile on the wall (`tile`)."""
    kind, video_id = request.path_params["kind"], request.path_params["video_id"]
    if kind not in ("job", "tile"):
        raise NotFound("Pages have no such part.")
    return _render(request, f"_{kind}.html", video=views.shown(await _find(request, video_id)))


class _SignInQuery(BaseModel):
    next: str = PAGES


@routes.get(f"{PAGES}sign-in", documented=False)
async def sign_in(request: ApiRequest) -> Response:
    """Where a key is pasted; who needs none is sent on."""
    target = query_of(request, _SignInQuery).next
    if not target.startswith(PAGES):  # never to where a link from elsewhere says
        target = PAGES
    if "access" in request.scope:
        return RedirectResponse(target, status_code=303, headers=_HEADERS)
    return _render(request, "sign-in.html", target=target)


@routes.get(f"{PAGES}static/{{version}}/{{name}}", documented=False)
async def static(request: ApiRequest) -> Response:
    """A script, a style sheet or a picture."""
    return assets().serve(request, request.path_params["version"], request.path_params["name"])


async def _find(request: ApiRequest, video_id: str) -> Video:
    video = await request.services.videos.get(video_id, project=request.project)
    if video is None:
        raise NotFound("There is no such video here. It may have been deleted.")
    return video


def _render(request: ApiRequest, template: str, *, status: int = 200, **values: Any) -> Response:
    access: Access | None = request.scope.get("access")
    text = (
        _templates()
        .get_template(template)
        .render(
            static=f"{PAGES}static/{assets().version}",
            project=None if access is None else access.project,
            signed_in=access is not None and session_in(dict(request.scope["headers"])) is not None,
            path=request.scope["path"],
            **values,
        )
    )
    return HTMLResponse(text, status_code=status, headers=_HEADERS)


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("vitascope.studio"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    icons: Any = environment.get_template("_icons.html").module
    environment.globals["icon"] = icons.icon
    return environment
