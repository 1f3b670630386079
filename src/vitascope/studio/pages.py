"""The pages below `/studio/`, and the parts of pages that scripts ask for."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response

from vitascope.api.middleware import PAGES, session_in
from vitascope.api.routes.admin import overview_of, require_admin
from vitascope.api.routes.videos import recreation_of
from vitascope.api.routing import Handler, Routes, query_of
from vitascope.api.schemas import Schema, Term
from vitascope.api.services.container import ApiRequest
from vitascope.errors import Forbidden, InvalidRequest, NotFound
from vitascope.store.keys import Access
from vitascope.store.search import VideoFilter
from vitascope.studio import views
from vitascope.studio.assets import assets
from vitascope.studio.code import snippets
from vitascope.video import DEFAULT_MODEL, DEFAULT_SECONDS, DEFAULT_SIZE, SECONDS, Status, Video

if TYPE_CHECKING:  # only the studio's pages need it
    import jinja2

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
_CHARACTERS = 50

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
            except Forbidden as error:
                return _render(request, "missing.html", status=403, message=error.message)

        routes.get(PAGES + path, documented=False)(page)
        return handle

    return add


class _MakeQuery(Schema):
    prompt: str = ""
    model: str = DEFAULT_MODEL
    character: Term = ""


@_page("")
async def make(request: ApiRequest) -> Response:
    """The prompt box, the queue and the newest videos."""
    services, query, since = request.services, query_of(request, _MakeQuery), time.time()
    page = partial(services.search.page, project=request.project)
    running, _ = await page(VideoFilter("in_progress"), limit=100, newest_first=False)
    waiting = await services.search.waiting(request.project)
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
        characters=await _characters(request),
        chosen={
            "prompt": query.prompt,
            "character": query.character,
            "model": query.model,
            "size": DEFAULT_SIZE,
            "seconds": DEFAULT_SECONDS,
        },
    )


class _LibraryQuery(Schema):
    after: Term | None = None
    status: Status | Literal[""] = ""
    model: Term = ""
    search: Term = ""
    character: Term = ""
    tag: Term = ""
    starred: Literal["", "true"] = ""
    part: bool = False


@_page("library")
async def library(request: ApiRequest) -> Response:
    """The wall of videos, a page at a time; with `part`, the tiles alone."""
    services, query, since = request.services, query_of(request, _LibraryQuery), time.time()
    videos, more = await services.search.page(
        VideoFilter(
            query.status or None,
            query.model or None,
            query.search or None,
            query.character or None,
            query.tag or None,
            True if query.starred else None,
        ),
        project=request.project,
        after=query.after,
        limit=_TILES,
    )
    chosen = query.model_dump(exclude={"after", "part"})
    following = {name: value for name, value in chosen.items() if value}
    cursor = urlencode({**following, "after": videos[-1].id, "part": "1"}) if more else None
    return _render(
        request,
        "_tiles.html" if query.part else "library.html",
        since=since,
        tiles=[views.shown(video) for video in videos],
        following=None if cursor is None else f"{PAGES}library?{cursor}",
        chosen=chosen,
        filtered=bool(following),
        characters=[] if query.part else await _characters(request),
        tags=[] if query.part else await services.search.tags(request.project),
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


class _CompareQuery(Schema):
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


class _CastQuery(Schema):
    after: Term | None = None
    video: Term = ""


@_page("cast")
async def cast(request: ApiRequest) -> Response:
    """The characters, and where a new one is cut out: of an upload, or of a part of a video."""
    services, query, since = request.services, query_of(request, _CastQuery), time.time()
    characters, more = await services.characters.page(
        project=request.project, after=query.after, limit=_TILES, newest_first=True
    )
    video = views.shown(await _find(request, query.video)) if query.video else None
    if video is not None and not video["stored"]:
        raise NotFound("This video has no film to cut a character out of.")
    sources, _ = await services.search.page(
        VideoFilter("completed"), project=request.project, limit=_LATEST
    )
    return _render(
        request,
        "cast.html",
        since=since,
        characters=[views.character(one) for one in characters],
        more=more,
        video=video,
        videos=[shown for shown in map(views.shown, sources) if shown["stored"]],
    )


class _OperateQuery(Schema):
    part: bool = False


@_page("operate")
async def operate(request: ApiRequest) -> Response:
    """The whole server, for administrators; with `part`, what changes by itself."""
    require_admin(request)
    query, since = query_of(request, _OperateQuery), time.time()
    state = await overview_of(request)
    keys = [] if query.part else await request.services.keys.list()
    return _render(
        request,
        "_operate.html" if query.part else "operate.html",
        since=since,
        state=state,
        keys=keys,
        **views.operating(state),
    )


@_page("parts/{kind}/{part_id}")
async def part(request: ApiRequest) -> Response:
    """A part of a page that has changed or is new.

    A video's row in the queue (`job`), the form that changes it (`edit`), its tile on the wall
    (`tile`), a character (`cast`) or an API key (`key`).
    """
    kind, part_id = request.path_params["kind"], request.path_params["part_id"]
    if kind in ("job", "tile"):
        return _render(request, f"_{kind}.html", video=views.shown(await _find(request, part_id)))
    if kind == "edit":
        video = await _find(request, part_id)
        return _render(request, "_edit.html", video=views.shown(video), **views.editing(video))
    if kind == "cast":
        one = await request.services.characters.get(part_id, project=request.project)
        if one is not None:
            return _render(request, "_cast.html", one=views.character(one))
    if kind == "key":
        require_admin(request)
        for key in await request.services.keys.list():
            if key.id == part_id:
                return _render(request, "_key.html", key=key)
    raise NotFound("Pages have no such part.")


class _SignInQuery(Schema):
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


async def _characters(request: ApiRequest) -> list[dict[str, Any]]:
    """The newest characters of the project, for lists to choose from."""
    found, _ = await request.services.characters.page(
        project=request.project, after=None, limit=_CHARACTERS, newest_first=True
    )
    return [views.character(one) for one in found]


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
            admin=access is not None and access.admin,
            signed_in=access is not None and session_in(dict(request.scope["headers"])) is not None,
            path=request.scope["path"],
            **values,
        )
    )
    return HTMLResponse(text, status_code=status, headers=_HEADERS)


@cache
def _templates() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("vitascope.studio"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    icons: Any = environment.get_template("_icons.html").module
    environment.globals |= {
        "icon": icons.icon,
        "bytes": views.bytes_text,
        "moment": views.moment,
    }
    return environment
