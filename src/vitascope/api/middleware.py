"""Authentication: an id for each request, its host, origin and API key checked, its project."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from urllib.parse import SplitResult, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vitascope.api.error_handlers import error_response, internal_error
from vitascope.api.services.links import PREFIX as LINKS
from vitascope.api.services.monitoring import Metrics
from vitascope.config import Settings
from vitascope.errors import Forbidden, RequestError, Unauthorized
from vitascope.store.keys import DEFAULT_PROJECT, Access, Keys, digest
from vitascope.store.sessions import Sessions

log = logging.getLogger(__name__)

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
# They have nothing to protect, and answer while the database, which has the keys, is away.
_PROBES = frozenset({"/healthz", "/readyz"})
# Headers that proxies add. Such a request comes from another machine, even if its address is local.
_HOPS = frozenset(
    {
        b"forwarded",
        b"via",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-real-ip",
        b"true-client-ip",
        b"cf-connecting-ip",
    }
)
PAGES = "/studio/"
"""Pages for browsers are below this path."""
SESSION_COOKIE = "vitascope_session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_VERSION = b"openai-version", b"2020-10-01"


class AuthenticationMiddleware:
    """The outermost ASGI layer. Every answer gets an `x-request-id`, a 500 as well.

    It restores the path as it was sent, so that an id with an encoded slash stays one segment, and
    puts the access that the key gives into the scope.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        api_keys: ApiKeyCache,
        sessions: Sessions,
        metrics: Metrics,
    ) -> None:
        self._app = app
        self._settings = settings
        self._api_keys = api_keys
        self._sessions = sessions
        self._metrics = metrics
        self._loopback = settings.loopback
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
        answer = _Answer(send)
        scope["path"] = scope["raw_path"].decode("ascii", "replace")
        try:
            # The signature of a link is its permission; its route checks it.
            if scope["path"] not in _PROBES and not scope["path"].startswith(LINKS):
                await self._admit(scope)
            await self._app(scope, receive, answer.send)
        except RequestError as error:
            await error_response(error)(scope, receive, answer.send)
        except Exception:
            # The last resort: the log has the whole fault, the client a bare 500.
            log.exception("%s: %s %s failed", answer.id, scope["method"], scope["path"])
            if not answer.status:
                await internal_error()(scope, receive, answer.send)
            elif not answer.complete:
                raise
        finally:
            self._metrics.observe(scope, answer.status, time.perf_counter() - answer.began)

    async def _admit(self, scope: Scope) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        keys = await self._api_keys.required()
        if not keys:
            self._check_origin(headers)
            scope["access"] = self._api_keys.anyone
            return
        if scope["path"] in self._open:
            return
        try:
            scope["access"] = await access_by(headers, self._api_keys, self._sessions)
        except Unauthorized:
            if scope["path"].startswith(PAGES):
                return  # a page without access asks to sign in
            raise
        if b"authorization" not in headers and scope["method"] not in _SAFE:
            _check_own_page(headers)

    def _check_origin(self, headers: Mapping[bytes, bytes]) -> None:
        """Without keys, admit programs of this machine only, and no web page through them.

        A proxy on this machine admits others; the headers that it adds show it. A page elsewhere
        can make a browser send requests here; its Origin shows it. A page can have its own host
        name point at this machine; the Host shows it.
        """
        if not self._settings.allow_anonymous and not _HOPS.isdisjoint(headers):
            raise Forbidden(
                "This server has no API keys, and a proxy would let in everyone who reaches it. "
                "Make a key with `vitascope keys create`, or set allow_anonymous."
            )
        host = headers.get(b"host", b"").decode("latin-1")
        if self._loopback and not _is_local(host):
            raise Forbidden(
                "This server has no API keys, so it answers only to localhost. Reach it as "
                "localhost or 127.0.0.1, or make a key with `vitascope keys create`."
            )
        origin = headers.get(b"origin")
        if origin is not None and _parts(origin.decode("latin-1")).netloc.lower() != host.lower():
            raise Forbidden(
                "This server has no API keys, so it takes no requests from other web pages. Make "
                "a key with `vitascope keys create` and send it with the request."
            )


@lru_cache(maxsize=256)
def _is_local(host: str) -> bool:
    """Whether a Host header names this machine, with any port."""
    return _parts(f"//{host}").hostname in _LOCAL_HOSTS


async def access_by(
    headers: Mapping[bytes, bytes], api_keys: ApiKeyCache, sessions: Sessions
) -> Access:
    """The access that a request's key gives or, if it has none, its session cookie.

    Raises:
        Unauthorized: requests need a key, and neither works.
    """
    token = session_in(headers)
    if token is None or b"authorization" in headers or not await api_keys.required():
        return await api_keys.access_of(headers.get(b"authorization", b"").decode("latin-1"))
    return await sessions.access_of(token)


def _check_own_page(headers: Mapping[bytes, bytes]) -> None:
    """A browser sends the session's cookie with requests of every page, also of foreign ones.

    Raises:
        Forbidden: the request does not come from a page of this server.
    """
    origin = headers.get(b"origin", b"").decode("latin-1")
    if _parts(origin).netloc.lower() != headers.get(b"host", b"").decode("latin-1").lower():
        raise Forbidden(
            "A session is for the pages of this server only. Send a key in the Authorization "
            "header instead."
        )


def session_in(headers: Mapping[bytes, bytes]) -> str | None:
    """The token of the session cookie; None without one."""
    cookie = headers.get(b"cookie", b"").decode("latin-1")
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(cookie if SESSION_COOKIE in cookie else "")
    except CookieError:
        return None
    return jar[SESSION_COOKIE].value if SESSION_COOKIE in jar else None


def _parts(url: str) -> SplitResult:
    """The parts of a URL; none if it is no URL."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


@dataclass(slots=True)
class _Answer:
    """The answer to one request: adds the headers that all have, and remembers its status."""

    pass_on: Send
    id: str = field(default_factory=lambda: f"req_{random.getrandbits(128):032x}")
    began: float = field(default_factory=time.perf_counter)
    status: int = 0
    complete: bool = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            milliseconds = int((time.perf_counter() - self.began) * 1000)
            message["headers"] = [
                *message["headers"],
                (b"x-request-id", self.id.encode()),
                (b"openai-processing-ms", b"%d" % milliseconds),
                _VERSION,
            ]
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self.pass_on(message)


_FRESH_SECONDS = 1.0
"""How long the creation or revocation of a key may go unnoticed."""


class ApiKeyCache:
    """The API keys in memory. Reads them again once a second while requests arrive.

    Attributes:
        anyone: the access of every request while none needs a key.
    """

    def __init__(self, keys: Keys, *, anyone_is_admin: bool = False) -> None:
        """Prepare; reads the keys when first asked.

        Args:
            keys: the repository.
            anyone_is_admin: whether requests are an administrator's while there are no keys.
        """
        self._keys = keys
        self.anyone = Access(DEFAULT_PROJECT, admin=anyone_is_admin)
        self._working: dict[str, Access] = {}
        self._required = True
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def required(self) -> bool:
        """Whether requests need a key: from the creation of the first one on."""
        if time.monotonic() - self._read_at >= _FRESH_SECONDS:
            await self._refresh()
        return self._required

    async def access_of(self, authorization: str | None) -> Access:
        """The access that an `Authorization` header gives.

        Raises:
            Unauthorized: requests need a key, and the header has none that works.
        """
        if not await self.required():
            return self.anyone
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthorized(
                "You didn't provide an API key. Send one of this server's keys in the "
                "Authorization header: Authorization: Bearer YOUR_KEY. Keys are made with "
                "`vitascope keys create --project NAME`."
            )
        access = self._working.get(digest(token.strip()))
        if access is None:
            raise Unauthorized(
                f"Incorrect API key provided: {_masked(token.strip())}. Keys of this server are "
                "made with `vitascope keys create --project NAME`.",
                code="invalid_api_key",
            )
        return access

    def forget(self) -> None:
        """Read the keys at the next request, because they have changed."""
        self._read_at = float("-inf")

    async def _refresh(self) -> None:
        async with self._reading:
            if time.monotonic() - self._read_at < _FRESH_SECONDS:
                return
            self._working = await self._keys.active()
            self._required = bool(self._working) or await self._keys.ever_created()
            self._read_at = time.monotonic()


def _masked(token: str) -> str:
    shown = "".join(letter if letter.isprintable() else "?" for letter in token)
    return f"{shown[:4]}***{shown[-4:]}" if len(shown) > 12 else "***"
