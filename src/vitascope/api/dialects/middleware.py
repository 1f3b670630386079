"""The outermost layer: finds the dialect of a request, its key, and the form of its errors.

The layers inside know one form of key and one form of errors, OpenAI's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vitascope.api.dialects.table import Dialect, ErrorForm, speak, spoken


class DialectMiddleware:
    """Finds the dialect by the path; translates keys on the way in and errors on the way out."""

    def __init__(self, app: ASGIApp, dialects: tuple[Dialect, ...]) -> None:
        self._app = app
        self._dialects = {one.name: one for one in dialects}
        self._paths = re.compile("|".join(f"(?P<{one.name}>{one.paths})" for one in dialects))
        shared = {place.path.encode() for one in dialects for place in one.shared}
        self._shared = shared | {b"/v1" + path for path in shared}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; other messages pass through."""
        if scope["type"] != "http" or not self._dialects:
            await self._app(scope, receive, send)
            return
        found = self._paths.fullmatch(scope["raw_path"].decode("ascii", "replace"))
        if found is not None and found.lastgroup is not None:
            dialect = self._dialects[found.lastgroup]
            speak(scope, dialect)
            _translate_request(scope, dialect)
        elif scope["method"] != "POST" or scope["raw_path"] not in self._shared:
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
        self._held: tuple[Message, ErrorForm] | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Pass on a message, unless it belongs to an error of this server."""
        if message["type"] == "http.response.start" and message["status"] >= 400:
            dialect = spoken(self._scope)
            if dialect is not None and dialect.error is not None and _is_json(message):
                self._held = message, dialect.error
                return
        elif self._held is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._flush(*self._held)
            return
        await self._send(message)

    async def _flush(self, start: Message, error: ErrorForm) -> None:
        body = self._body
        fault = json.loads(body).get("error") if body else None
        if isinstance(fault, dict) and "message" in fault:
            body = json.dumps(error(start["status"], fault), ensure_ascii=False).encode()
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
