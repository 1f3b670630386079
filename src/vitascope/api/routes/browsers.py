"""For pages in browsers: `/events`, a stream of changes, and `/session`, a cookie for a key."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Annotated

from pydantic import Field
from starlette.responses import Response, StreamingResponse

from vitascope.api.error_handlers import JsonResponse
from vitascope.api.middleware import SESSION_COOKIE, access_by, session_in
from vitascope.api.routing import Routes, query_of
from vitascope.api.schemas import Schema, SessionDeleted, SessionObject, VideoEvent
from vitascope.api.services.container import ApiRequest
from vitascope.errors import InvalidRequest, Unauthorized
from vitascope.store.sessions import LIFETIME_SECONDS

routes = Routes("Browsers")

_BEAT_SECONDS = 5.0
"""How often a silent stream sends a comment and checks its key again."""
_MOMENT = re.compile(r"[0-9]{1,15}")


class _EventsQuery(Schema):
    since: Annotated[
        int | None,
        Field(ge=0, lt=10**15, description="As `Last-Event-ID`: unix milliseconds."),
    ] = None


@routes.get(
    "/events",
    answer=VideoEvent,
    query=_EventsQuery,
    refusals=(400, 401),
    answers={
        200: {
            "description": "An endless `text/event-stream`. Events: `video`, whose data is the "
            "video with `phase`, `preview` and, until it is finished, `queue_position` and "
            "`eta_seconds`; `deleted`, with an `id`; and, after what was missed, `ready`, with "
            "the ids that are `unfinished`.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
)
async def stream_events(request: ApiRequest) -> Response:
    """Follow the project's videos. With `Last-Event-ID` or `since`, what was missed comes first."""
    since = query_of(request, _EventsQuery).since
    last = request.headers.get("last-event-id", "")
    moment = int(last) if _MOMENT.fullmatch(last) else since
    return StreamingResponse(
        _follow(request, None if moment is None else moment / 1000),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _follow(request: ApiRequest, since: float | None) -> AsyncIterator[bytes]:
    async with request.services.events.listen(request.project, since) as stream:
        yield b"retry: 1000\n\n"
        while (event := await stream.next(_BEAT_SECONDS)) is not None:
            yield event or b":\n\n"
            if not event and not await _still_allowed(request):
                return


async def _still_allowed(request: ApiRequest) -> bool:
    """Whether the stream's key or session still works."""
    services, headers = request.services, dict(request.scope["headers"])
    try:
        await access_by(headers, services.api_keys, services.sessions)
    except Unauthorized:
        return False
    return True


@routes.post("/session", answer=SessionObject, refusals=(400, 401))
async def create_session(request: ApiRequest) -> Response:
    """Begin a session with the key of the Authorization header; the answer sets its cookie."""
    _, _, key = request.headers.get("authorization", "").partition(" ")
    if not key.strip() or not await request.services.api_keys.required():
        raise InvalidRequest("A session begins with an API key: none was sent, or none is needed.")
    token, expires_at = await request.services.sessions.create(key.strip())
    response = _session(request, int(expires_at))
    _set_cookie(request, response, token, LIFETIME_SECONDS)
    return response


@routes.get("/session", answer=SessionObject, refusals=(401,))
async def retrieve_session(request: ApiRequest) -> Response:
    """The project of the request's key or session."""
    return _session(request, None)


@routes.delete("/session", answer=SessionDeleted, refusals=(401,))
async def end_session(request: ApiRequest) -> Response:
    """End the session of the cookie, and remove the cookie."""
    token = session_in(dict(request.scope["headers"]))
    if token is not None:
        await request.services.sessions.end(token)
    response = JsonResponse({"object": "session.deleted", "deleted": token is not None})
    _set_cookie(request, response, "", 0)
    return response


def _session(request: ApiRequest, expires_at: int | None) -> JsonResponse:
    return JsonResponse({"object": "session", "project": request.project, "expires_at": expires_at})


def _set_cookie(request: ApiRequest, response: Response, token: str, lifetime: int) -> None:
    # A proxy that ends TLS says so. A false header only loses the cookie of who sends it.
    scheme = request.headers.get("x-forwarded-proto", request.url.scheme)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=lifetime,
        secure=scheme == "https",
        httponly=True,
        samesite="lax",
    )
