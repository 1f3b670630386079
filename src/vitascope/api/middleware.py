"""The gate every request passes: an id for it, its origin checked, its project found."""

from __future__ import annotations

import logging
import secrets
import time
from urllib.parse import SplitResult, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vitascope.api.error_handlers import error_response, internal_error
from vitascope.api.services.api_keys import ApiKeyCache
from vitascope.api.services.metrics import Metrics
from vitascope.config import Settings
from vitascope.errors import Forbidden, RequestError

log = logging.getLogger(__name__)

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
# They tell nothing worth protecting, and answer when the database, which knows the keys, does not.
_PROBES = frozenset({"/healthz", "/readyz"})
# What proxies add: the request then comes from another machine, whatever the connection says.
_HOPS = (
    b"forwarded",
    b"via",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-real-ip",
    b"true-client-ip",
    b"cf-connecting-ip",
)


class AuthenticationMiddleware:
    """The outermost layer: nothing leaves without an `x-request-id`, not even a 500.

    It also routes on the path as it was sent, so that an id with an encoded slash stays one
    segment; handlers decode their own parameters.
    """

    def __init__(
        self, app: ASGIApp, *, settings: Settings, api_keys: ApiKeyCache, metrics: Metrics
    ) -> None:
        self._app = app
        self._settings = settings
        self._api_keys = api_keys
        self._metrics = metrics
        self._open = {"/"}
        if settings.open_docs:
            self._open |= {"/docs", "/openapi.json"}
        if settings.open_metrics:
            self._open.add("/metrics")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; lifespan messages pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        passage = _Passage(send)
        scope["path"] = scope["raw_path"].decode("ascii", "replace")
        try:
            await self._admit(scope)
            await self._app(scope, receive, passage.send)
        except RequestError as error:
            await error_response(error)(scope, receive, passage.send)
        except Exception:
            # The last resort: logged whole here, and told to the client as a bare 500.
            log.exception("%s: %s %s failed", passage.id, scope["method"], scope["path"])
            if not passage.status:
                await internal_error()(scope, receive, passage.send)
            elif not passage.complete:
                raise
        finally:
            self._metrics.observe(scope, passage.status, time.perf_counter() - passage.began)

    async def _admit(self, scope: Scope) -> None:
        if scope["path"] in _PROBES:
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        self._check_origin(headers, keys=await self._api_keys.required())
        if scope["path"] in self._open:
            return
        access = await self._api_keys.access_of(headers.get(b"authorization"))
        scope.setdefault("state", {})["access"] = access

    def _check_origin(self, headers: dict[bytes, str], *, keys: bool) -> None:
        """Without keys, only programs of this machine are let in, and no web page through them.

        A proxy on this machine lets in others: the headers that it adds give it away. A page
        elsewhere can make a browser send requests here: its Origin gives it away. A page
        whose host name was pointed at this machine is given away by its Host.
        """
        if keys:
            return
        if not self._settings.allow_anonymous and any(hop in headers for hop in _HOPS):
            raise Forbidden(
                "This server has no API keys, and a proxy would let in everyone who reaches it. "
                "Make a key with `vitascope keys create`, or set allow_anonymous."
            )
        host = headers.get(b"host", "")
        if self._settings.loopback and _parts(f"//{host}").hostname not in _LOCAL_HOSTS:
            raise Forbidden(
                "This server has no API keys, so it answers only to localhost. Reach it as "
                "localhost or 127.0.0.1, or make a key with `vitascope keys create`."
            )
        origin = headers.get(b"origin")
        if origin is not None and _parts(origin).netloc.lower() != host.lower():
            raise Forbidden(
                "This server has no API keys, so it takes no requests from other web pages. Make "
                "a key with `vitascope keys create` and send it with the request."
            )


def _parts(url: str) -> SplitResult:
    """The parts of a URL; none if it is no URL."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


class _Passage:
    """One request's way back: stamps the response's head and remembers its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.id = f"req_{secrets.token_hex(16)}"
        self.began = time.perf_counter()
        self.status = 0
        self.complete = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            milliseconds = int((time.perf_counter() - self.began) * 1000)
            message["headers"] = [
                *message["headers"],
                (b"x-request-id", self.id.encode()),
                (b"openai-processing-ms", b"%d" % milliseconds),
                (b"openai-version", b"2020-10-01"),
            ]
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self._send(message)
