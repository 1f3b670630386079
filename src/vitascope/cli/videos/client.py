"""An HTTP client that retries requests by the rules of the official SDKs."""

from __future__ import annotations

import email.utils
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import httpx2

from vitascope import __version__
from vitascope.cli.videos.output import decode
from vitascope.cli.videos.request import Part, Request
from vitascope.cli.videos.values import CommandError
from vitascope.errors import VitascopeError
from vitascope.retry import delays

DEFAULT_BASE_URL = "http://127.0.0.1:8000/v1"
_RETRIES = 2
_RETRIED = frozenset({408, 409, 429})
_FIRST_BACKOFF = 0.5
_MAX_BACKOFF = 8.0
_JITTER = 0.25
_MAX_RETRY_AFTER = 60.0
_TIMEOUT = httpx2.Timeout(600.0, connect=5.0)
# Python renames phrases from version to version.
_PHRASES = {413: "Request Entity Too Large", 422: "Unprocessable Entity"}

Log = Callable[[str], None]


class ApiError(VitascopeError):
    """The server answered with an error.

    Attributes:
        detail: the body's `error` object, or the whole body if it has none.
    """

    def __init__(self, response: httpx2.Response) -> None:
        request, status = response.request, response.status_code
        super().__init__(f'{request.method} "{request.url}": {status} {_phrase(status)}'.rstrip())
        body = decode(response.text)
        self.detail: Any = body.get("error", body) if isinstance(body, dict) else body


def _phrase(status: int) -> str:
    try:
        return _PHRASES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return ""


class Api:
    """The API at one base URL.

    Args:
        base_url: the URL to which `/videos` is appended.
        headers: sent with every request.
        certificate: PEM files of a client certificate and its key.
        sleep: waits for a number of seconds.
        log: receives a line for each request, response and header.
        transport: replaces the network in tests.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str],
        certificate: tuple[str, str] | None = None,
        sleep: Callable[[float], None],
        log: Log | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._log = log or (lambda _line: None)
        self._sleep = sleep
        self._http = httpx2.Client(
            headers={"User-Agent": f"Vitascope/CLI {__version__}", **headers},
            timeout=_TIMEOUT,
            follow_redirects=True,
            # A proxy can't reach this machine's own addresses.
            trust_env=not is_local(base_url),
            verify=_tls_context(certificate) if certificate else True,
            transport=transport,
        )

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._http.close()

    def send(self, request: Request) -> httpx2.Response:
        """Send a request and read the response.

        Raises:
            ApiError: the answer is an error.
            CommandError: the server did not answer.
        """
        with self.stream(request) as response:
            try:
                response.read()
            except httpx2.TransportError as problem:
                raise self._unreachable(problem) from None
        return response

    @contextmanager
    def stream(self, request: Request) -> Iterator[httpx2.Response]:
        """Send a request; the caller reads the response body.

        Raises:
            ApiError: the answer is an error.
            CommandError: the server did not answer.
        """
        with ExitStack() as files:
            response = self._send_with_retries(request, _open_parts(request.parts, files))
        try:
            if not response.is_success:
                response.read()
                raise ApiError(response)
            yield response
        finally:
            response.close()

    def _send_with_retries(self, request: Request, files: Any) -> httpx2.Response:
        pauses = delays(_FIRST_BACKOFF, _MAX_BACKOFF, jitter=_JITTER)
        for attempt in range(_RETRIES + 1):
            last = attempt == _RETRIES
            try:
                response = self._send_once(request, files, attempt)
            except httpx2.TransportError as problem:
                if last:
                    raise self._unreachable(problem) from None
                self._sleep(next(pauses))
                continue
            if last or not _worth_retrying(response):
                break
            response.close()
            backoff = next(pauses)
            self._sleep(_requested_delay(response, otherwise=backoff))
        return response

    def _send_once(self, request: Request, files: Any, attempt: int) -> httpx2.Response:
        prepared = self._http.build_request(
            request.method,
            self.base_url + request.path,
            params=request.query or None,
            files=files,
            content=request.json,
            headers={
                "Accept": request.accept,
                "X-Stainless-Retry-Count": str(attempt),
                **({"Content-Type": "application/json"} if request.json is not None else {}),
                **request.headers,
            },
        )
        self._log(f"> {prepared.method} {prepared.url}")
        for name, value in prepared.headers.items():
            self._log(f"> {name}: {'***' if name == 'authorization' else value}")
        response = self._http.send(prepared, stream=True)
        self._log(f"< {response.status_code} {_phrase(response.status_code)}")
        for name, value in response.headers.items():
            self._log(f"< {name}: {value}")
        return response

    def _unreachable(self, problem: httpx2.TransportError) -> CommandError:
        hint = " Is `vitascope serve` running?" if is_local(self.base_url) else ""
        return CommandError(
            f"No answer from {self.base_url}: {problem or 'it took too long'}.{hint}"
        )


def _open_parts(
    parts: list[Part] | None, files: ExitStack
) -> list[tuple[str, tuple[str | None, str | BinaryIO, str | None]]] | None:
    """A multipart body for httpx2, in the given order; None if the request has none."""
    if parts is None:
        return None
    return [
        (name, (None, value, None))
        if isinstance(value, str)
        else (name, (value.filename, files.enter_context(value.open()), value.media_type))
        for name, value in parts
    ]


def is_local(url: str) -> bool:
    """Whether a URL's host is this machine, which no proxy can reach."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _tls_context(certificate: tuple[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        context.load_cert_chain(*certificate)
    except OSError as problem:
        raise CommandError(f"The client certificate can't be used: {problem}") from None
    return context


def _worth_retrying(response: httpx2.Response) -> bool:
    advice = response.headers.get("x-should-retry")
    if advice in {"true", "false"}:
        return advice == "true"
    return response.status_code in _RETRIED or response.status_code >= 500


def _requested_delay(response: httpx2.Response, *, otherwise: float) -> float:
    """The server's `retry-after`, if it is at most a minute."""
    requested = _seconds(response.headers.get("retry-after-ms"), 1000.0)
    if requested is None:
        requested = _retry_after(response.headers.get("retry-after"))
    if requested is not None and 0 <= requested <= _MAX_RETRY_AFTER:
        return requested
    return otherwise


def _retry_after(value: str | None) -> float | None:
    seconds = _seconds(value, 1.0)
    if seconds is not None or not value:
        return seconds
    date = email.utils.parsedate_to_datetime(value) if "," in value else None
    return None if date is None else date.timestamp() - time.time()


def _seconds(value: str | None, divisor: float) -> float | None:
    try:
        return None if value is None else float(value) / divisor
    except ValueError:
        return None
