"""The dialects: one declaration of each, with its routes and how it differs from OpenAI's API.

`docs/dialects/adding.md` shows how to add one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from starlette.responses import Response
from starlette.types import Scope

from vitascope.api.dialects import (
    gateway,
    gemini,
    gemini_files,
    interactions,
    openrouter,
    replicate,
    xai,
)
from vitascope.api.parsing import Body
from vitascope.api.parsing.operations import EditParameters, ExtendParameters
from vitascope.api.routes.uploads import create_file_from
from vitascope.api.routing import Endpoint, Routes
from vitascope.api.services import creation, webhooks
from vitascope.api.services.container import ApiRequest
from vitascope.api.services.submission import create_job
from vitascope.api.services.webhooks import WebhookForm
from vitascope.errors import ConfigError

ErrorForm: TypeAlias = Callable[[int, dict[str, Any]], dict[str, Any]]
Answering: TypeAlias = Callable[[ApiRequest, Body], Awaitable[Response]]


class SharedPath(NamedTuple):
    """A POST of OpenAI's API that is the dialect's, too: the body decides.

    Attributes:
        path: without `/v1`.
        is_its_own: whether a body is the dialect's.
        answer: answers such a request.
    """

    path: str
    is_its_own: Callable[[Body], bool]
    answer: Answering


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One dialect.

    Attributes:
        name: what the setting `dialects` calls it.
        paths: a regular expression for the paths that are its alone.
        routes: its operations. They come before OpenAI's, whose paths are wider.
        shared: the paths that it shares with OpenAI's API.
        error: puts a status and an error of OpenAI's form into its own; None: the form is the same.
        key_headers: headers in which its clients send their keys, without `Bearer`.
        key_in_query: whether they may send it as `?key=`.
        prefix: what comes before the same paths as OpenAI's.
        webhook: the form of its webhooks; None: it has none.
    """

    name: str
    paths: str
    routes: tuple[Routes, ...] = ()
    shared: tuple[SharedPath, ...] = ()
    error: ErrorForm | None = None
    key_headers: tuple[bytes, ...] = ()
    key_in_query: bool = False
    prefix: bytes = b""
    webhook: WebhookForm | None = None


DIALECTS = (
    Dialect(
        name="azure", paths=r"/openai/v1/.*", key_headers=(b"api-key",), prefix=b"/openai"
    ),  # the routes are OpenAI's
    Dialect(
        name="openrouter",
        paths=r"/api/v1/.*",
        routes=(openrouter.routes,),
        error=openrouter.error,
        webhook=openrouter.WEBHOOK,
    ),
    Dialect(
        name="replicate",
        paths=r"/v1/(?:predictions(?:/.*)?|(?:models|deployments)/[^/]+/[^/]+/predictions"
        r"|files/r8-[^/]*|webhooks/default/secret)",
        routes=(replicate.routes,),
        shared=(SharedPath("/files", replicate.uploads, replicate.upload),),
        error=replicate.error,
        webhook=replicate.WEBHOOK,
    ),
    Dialect(
        name="xai",
        paths=r"(?:/v1)?/videos/(?:generations|xai-[^/]*)",
        routes=(xai.routes,),
        shared=(
            SharedPath("/videos/edits", xai.speaks, xai.edit),
            SharedPath("/videos/extensions", xai.speaks, xai.extend),
            SharedPath("/files", xai.uploads, xai.upload),
        ),
        error=xai.error,
    ),
    Dialect(
        name="gemini",
        paths=r"/v1(?:beta|alpha)[0-9]*/.*"
        r"|/v1/(?:models/[^/]+(?::predictLongRunning|/operations/.+)"
        r"|interactions(?:/.*)?|files/(?:[gv][0-9a-f]{48}|[gv][^/]*:download|https?:/.*)"
        r"|(?:publishers|projects)/.+)"
        r"|/upload/v1[a-z0-9]*/files",
        routes=(gemini.routes, interactions.routes, gemini_files.routes),
        error=gemini.error,
        key_headers=(b"x-goog-api-key",),
        key_in_query=True,
    ),
    Dialect(
        name="gateway",
        paths=r"/v[34]/ai/.*",
        routes=(gateway.routes,),
        error=gateway.error,
        webhook=gateway.WEBHOOK,
    ),
)
"""All dialects. Of several with a shared path, the first that takes the body answers."""

_OPENAI: Mapping[str, Answering] = {
    "/files": create_file_from,
    "/videos/edits": partial(create_job, parameters=EditParameters, make=creation.edit),
    "/videos/extensions": partial(create_job, parameters=ExtendParameters, make=creation.extension),
}
"""What answers a shared path if the body is no dialect's."""
_STATE = "dialect"


def enabled(names: Iterable[str] | None) -> tuple[Dialect, ...]:
    """The dialects of these names; None: all.

    Raises:
        ConfigError: there is no such dialect.
    """
    if names is None:
        return DIALECTS
    names = tuple(names)
    known = [one.name for one in DIALECTS]
    for name in names:
        if name not in known:
            raise ConfigError(f"dialects: there is no '{name}'. There are: {', '.join(known)}.")
    return tuple(one for one in DIALECTS if one.name in names)


def webhook_forms() -> dict[str, WebhookForm]:
    """The forms of webhooks by name, also of dialects that are switched off: jobs may have some."""
    own = {one.name: one.webhook for one in DIALECTS if one.webhook is not None}
    return {"openai": webhooks.OPENAI, **own}


def endpoints_of(dialects: Iterable[Dialect]) -> list[Endpoint]:
    """The operations of these dialects, and those that they share with OpenAI's API."""
    own = [endpoint for one in dialects for routes in one.routes for endpoint in routes]
    shared: dict[str, list[tuple[Dialect, SharedPath]]] = {}
    for one in dialects:
        for place in one.shared:
            shared.setdefault(place.path, []).append((one, place))
    return own + [_endpoint_of(path, takers) for path, takers in shared.items()]


def _endpoint_of(path: str, takers: list[tuple[Dialect, SharedPath]]) -> Endpoint:
    async def answer(request: ApiRequest) -> Response:
        async with request.payload() as body:
            for dialect, place in takers:
                if place.is_its_own(body):
                    speak(request.scope, dialect)
                    return await place.answer(request, body)
            return await _OPENAI[path](request, body)

    return Endpoint(
        method="POST", path=path, handler=answer, tag="Dialects", versioned=True, documented=False
    )


def speak(scope: Scope, dialect: Dialect) -> None:
    """Have the request's errors answered in a dialect's form."""
    scope[_STATE] = dialect


def spoken(scope: Scope) -> Dialect | None:
    """The dialect of a request, if it is known."""
    dialect: Dialect | None = scope.get(_STATE)
    return dialect
