"""The outermost layer: finds the dialect of a request, its key, and the form of its errors.

The layers inside know one form of key and one form of errors, OpenAI's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vitascope.api.dialects import gateway, gemini, openrouter, replicate, xai

Form = Callable[[int, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a dialect differs on the outside.

    Attributes:
        paths: a regular expression for the paths that are its alone.
        error: puts an error of OpenAI's form into its own; None where the form is the same.
        key_headers: headers in which its clients send their keys, without `Bearer`.
        key_in_query: whether they may send it as `?key=`.
        prefix: what comes before the same paths as OpenAI's.
    """

    paths: str
    error: Form | None = None
    key_headers: tuple[bytes, ...] = ()
    key_in_query: bool = False
    prefix: bytes = b""


_GEMINI_PATHS = (
    r"/v1(?:beta|alpha)[0-9]*/.*"
    r"|/v1/(?:models/[^/]+(?::predictLongRunning|/operations/.+)"
    r"|interactions(?:/.*)?|files/(?:[gv][0-9a-f]{48}|[gv][^/]*:download|https?:/.*)"
    r"|(?:publishers|projects)/.+)"
    r"|/upload/v1[a-z0-9]*/files"
)
DIALECTS: Mapping[str, Dialect] = {
    "azure": Dialect(r"/openai/v1/.*", key_headers=(b"api-key",), prefix=b"/openai"),
    "openrouter": Dialect(r"/api/v1/.*", openrouter.error),
    "xai": Dialect(r"(?:/v1)?/videos/(?:generations|xai-[^/]*)", xai.error),
    "replicate": Dialect(
        r"/v1/(?:predictions(?:/.*)?|(?:models|deployments)/[^/]+/[^/]+/predictions"
        r"|files/r8-[^/]*)",
        replicate.error,
    ),
    "gemini": Dialect(
        _GEMINI_PATHS, gemini.error, key_headers=(b"x-goog-api-key",), key_in_query=True
    ),
    "gateway": Dialect(r"/v[34]/ai/.*", gateway.error),
}
_STATE = "dialect"


def speak(scope: Scope, dialect: str) -> None:
    """Have the request's errors answered in a dialect whose path alone does not tell."""
    scope[_STATE] = dialect


class DialectMiddleware:
    """Finds the dialect by the path; translates keys on the way in and errors on the way out."""

    def __init__(self, app: ASGIApp, enabled: tuple[str, ...]) -> None:
        self._app = app
        names = [name for name in DIALECTS if name in enabled]
        self._paths = re.compile("|".join(f"(?P<{name}>{DIALECTS[name].paths})" for name in names))
        self._enabled = bool(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; other messages pass through."""
        if scope["type"] != "http" or not self._enabled:
            await self._app(scope, receive, send)
            return
        found = self._paths.fullmatch(scope["raw_path"].decode("ascii", "replace"))
        if found is not None and found.lastgroup is not None:
            speak(scope, found.lastgroup)
            _translate_request(scope, DIALECTS[found.lastgroup])
        elif scope["method"] != "POST":  # of shared paths, only POST has a body that tells
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Translation(scope, send).send)


def _translate_request(scope: Scope, dialect: Dialect) -> None:
    if dialect.prefix:
        scope["raw_path"] = scope["raw_path"].removeprefix(dialect.prefix)
        scope["path"] = scope["path"].removeprefix(dialect.prefix.decode())
    key = next(_keys(scope, dialect), None)
    if key is not None:
        headers = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
        scope["headers"] = [*headers, (b"authorization", b"Bearer " + key)]


def _keys(scope: Scope, dialect: Dialect) -> Iterator[bytes]:
    headers = dict(scope["headers"])
    for name in dialect.key_headers:
        if headers.get(name):
            yield headers[name]
    if dialect.key_in_query:
        for key in parse_qs(scope["query_string"].decode("latin-1")).get("key", ()):
            yield key.encode("latin-1", "replace")
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() == b"token":  # older packages of Replicate
        yield token


class _Translation:
    """The way back: holds an error until it is whole and puts it into the dialect's form."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._held: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Pass on a message, unless it belongs to an error of this server."""
        if message["type"] == "http.response.start" and message["status"] >= 400:
            if self._form is not None and _is_json(message):
                self._held = message
                return
        elif self._held is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._flush(self._held)
            return
        await self._send(message)

    @property
    def _form(self) -> Form | None:
        name = self._scope.get(_STATE)
        return None if name is None else DIALECTS[name].error

    async def _flush(self, start: Message) -> None:
        body = self._body
        fault = json.loads(body).get("error") if body else None
        if self._form is not None and isinstance(fault, dict) and "message" in fault:
            body = json.dumps(self._form(start["status"], fault), ensure_ascii=False).encode()
        headers = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        headers.append((b"content-length", b"%d" % len(body)))
        self._held = None
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _is_json(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"application/json")
        for name, value in message.get("headers", ())
    )
