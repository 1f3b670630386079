"""Fetches pictures from URLs of clients without giving access to this server's network.

The server resolves a name, checks every address, and connects to a checked address; the same for
every redirect. So no second resolution can lead elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import httpcore2
import httpx2

from vitascope.api.parsing.body import (
    HEAD_BYTES,
    PICTURES,
    MediaType,
    ScratchFiles,
    Upload,
    UploadWriter,
    sniff,
)
from vitascope.errors import InvalidRequest, TooManyRequests
from vitascope.store.data_folder import Places

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver: TypeAlias = Callable[[str, int], Awaitable[list[str]]]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST = ipaddress.IPv6Network("2000::/3")

_LOOKUP_SECONDS = 5.0
_TURN_SECONDS = 20.0

# Not public. The lists of the standard library depend on its version.
_CLOSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # Azure's host, reachable from every guest
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # protocol assignments, with Teredo
        "2001:db8::/32",
        "3fff::/20",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """What a fetch may cost.

    Attributes:
        max_bytes: size of the picture.
        timeout: seconds for everything together, redirects included.
        max_redirects: how many are followed.
        allow_http: whether unencrypted addresses are taken.
        accept: the media types taken, recognised by their bytes.
        kind: what they are, for errors.
    """

    max_bytes: int = 20 * 1024 * 1024
    timeout: float = 20.0
    max_redirects: int = 3
    allow_http: bool = False
    accept: tuple[MediaType, ...] = PICTURES
    kind: str = "an image"


def is_public(address: Address) -> bool:
    """Whether an address is public: global unicast, embedded IPv4 addresses included.

    IPv4-mapped, 6to4 and NAT64 addresses are judged by the IPv4 address inside them.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = _embedded(address)
        if inner is not None:
            return is_public(inner)
        if address not in _UNICAST:
            return False
    if any(address in network for network in _CLOSED if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


async def resolve(
    host: str, port: int, *, on_end: Callable[[], object] = lambda: None
) -> list[str]:
    """All addresses the system's resolver knows for a name, best first.

    Nothing can end a lookup in the system's resolver. So each has a thread of its own, which is
    left behind after some seconds: other lookups do not wait for it.

    Args:
        host: the name.
        port: of the service.
        on_end: called in the loop when the thread has ended, which may be long after this returns.

    Raises:
        OSError: there are none, or nobody says in time.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def end(found: list[str], error: OSError | UnicodeError | None) -> None:
        on_end()
        if answer.done():
            return
        if error is None:
            answer.set_result(found)
        else:
            answer.set_exception(error)

    def look() -> None:
        found: list[str] = []
        failure: OSError | UnicodeError | None = None
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
        except (OSError, UnicodeError) as error:
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop is closed, so no caller waits
            loop.call_soon_threadsafe(end, found, failure)

    threading.Thread(target=look, name="lookup", daemon=True).start()
    async with asyncio.timeout(_LOOKUP_SECONDS):
        return await answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How names are resolved and addresses judged; tests replace it.

    Attributes:
        allow: which addresses may be connected to.
        resolve: what a host name stands for.
        tls: how servers prove who they are; `None` for the system's authorities.
    """

    allow: Callable[[Address], bool] = is_public
    resolve: Resolver = resolve
    tls: ssl.SSLContext | None = None


class Fetching:
    """Gives each project a few fetches at once, in all API processes together."""

    def __init__(self, places: Places) -> None:
        self._places = places

    @asynccontextmanager
    async def turn(self, project: str, *, at_once: int) -> AsyncIterator[Network]:
        """Wait for a turn of the project, and give the network to fetch through.

        A turn is over when the fetch and every lookup it began are: names that nobody answers for
        hold up the project that asks for them, and no other.

        Raises:
            TooManyRequests: the project's other fetches have not ended in time.
        """
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                place = await self._places.take(f"fetch {project}", at_once)
        except TimeoutError:
            raise TooManyRequests(
                f"This project has {at_once} pictures being fetched already, which is the most it "
                "may have. Send the request again later, or send the picture itself.",
                code="rate_limit_exceeded",
                headers={"retry-after": "5"},
            ) from None
        going_on = 1

        def end_one() -> None:
            nonlocal going_on
            going_on -= 1
            if not going_on:
                place.close()

        async def look_up(host: str, port: int) -> list[str]:
            nonlocal going_on
            going_on += 1
            return await resolve(host, port, on_end=end_one)

        try:
            yield Network(resolve=look_up)
        finally:
            end_one()


async def fetch_image(
    url: str,
    *,
    scratch: Path,
    limits: FetchLimits,
    network: Network | None = None,
    param: str = "input_reference",
) -> Upload:
    """Fetch a picture into a new file in `scratch`, which is the caller's to remove.

    Raises:
        InvalidRequest: the address is not taken, the server does not answer well or in time, or
            what it sends is too large or no picture.
    """
    files = ScratchFiles(scratch)
    fetch = _Fetch(files, limits, network or Network())
    try:
        async with asyncio.timeout(limits.timeout):
            return await fetch.follow(url)
    except BaseException as error:
        files.close()
        if isinstance(error, Exception) and (why := _reason(error, limits)):
            raise InvalidRequest(
                f"The URL in '{param}' could not be fetched: {why}.",
                param=param,
                code="invalid_image_url",
            ) from None
        raise


class Refused(Exception):
    """The fetch fails. The text is the reason, for the client."""


def _reason(error: Exception, limits: FetchLimits) -> str | None:
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, TimeoutError):
        return f"it took longer than {limits.timeout:g} seconds"
    if isinstance(error, httpcore2.ProtocolError):
        return "its server does not speak HTTP"
    if isinstance(error, httpcore2.NetworkError | httpcore2.TimeoutException):
        return "the connection to its server failed"
    return None


class JudgingBackend(httpcore2.AsyncNetworkBackend):
    """Resolves a name, checks its addresses and connects to a checked address."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._backend = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to one of the host's addresses, all of which must be allowed."""
        addresses = await self._judged(host, port)
        failure: httpcore2.ConnectError | None = None
        for address in addresses:
            try:
                return await self._backend.connect_tcp(address, port, timeout=timeout)
            except httpcore2.ConnectError as error:
                failure = error
        raise failure or httpcore2.ConnectError("no address")

    async def _judged(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._network.resolve(host, port)
            judged = [self._network.allow(ipaddress.ip_address(address)) for address in addresses]
        except (OSError, ValueError):  # an unknown name, an impossible one, or no answer
            addresses, judged = [], []
        if not judged or not all(judged):
            # The same message for unknown and internal names, so that it reveals no internal names.
            raise Refused("its host has no public internet address")
        return addresses


class _Fetch:
    """One fetch with its redirects."""

    def __init__(self, files: ScratchFiles, limits: FetchLimits, network: Network) -> None:
        self._files = files
        self._limits = limits
        self._network = network

    async def follow(self, address: str) -> Upload:
        """Follow redirects to the picture."""
        url = self._checked(address)
        async with httpcore2.AsyncConnectionPool(
            ssl_context=self._network.tls or system_tls(),
            network_backend=JudgingBackend(self._network),
        ) as pool:
            for _ in range(self._limits.max_redirects + 1):
                answer = await self._get(pool, url)
                if isinstance(answer, Upload):
                    return answer
                url = answer
        raise Refused("it redirects too often")

    def _checked(self, address: str, base: httpx2.URL | None = None) -> httpx2.URL:
        try:
            url = base.join(address) if base else httpx2.URL(address)
        except (httpx2.InvalidURL, ValueError):
            raise Refused("it is not a valid URL") from None
        if url.scheme != "https" and not (self._limits.allow_http and url.scheme == "http"):
            raise Refused("only https URLs are fetched")
        if not url.host or not 0 < (url.port or 443) < 65536:
            raise Refused("it is not a valid URL")
        if url.userinfo:
            raise Refused("it holds a user name or password")
        return url

    async def _get(
        self, pool: httpcore2.AsyncConnectionPool, url: httpx2.URL
    ) -> Upload | httpx2.URL:
        target = httpcore2.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        async with pool.stream("GET", target, headers=_headers(url)) as response:
            headers = httpx2.Headers(response.headers)
            if response.status in _REDIRECTS and "location" in headers:
                return self._checked(headers["location"], url)
            if response.status != 200:
                raise Refused(f"its server answered {response.status}")
            if headers.get("content-length", "0").isdigit():
                self._refuse_large(int(headers.get("content-length", "0")[:20]))
            return await self._receive(response)

    async def _receive(self, response: httpcore2.Response) -> Upload:
        writer = UploadWriter(self._files)
        judged = False
        async for chunk in response.aiter_stream():
            writer.append(chunk)
            self._refuse_large(writer.size)
            if not judged and writer.size >= HEAD_BYTES:
                self._refuse_type(writer.head)
                judged = True
            if writer.due:
                await writer.flush()
        self._refuse_type(writer.head)
        return await writer.finish()

    def _refuse_large(self, size: int) -> None:
        if size > self._limits.max_bytes:
            raise Refused(f"it is larger than {self._limits.max_bytes} bytes")

    def _refuse_type(self, head: bytes) -> None:
        found = sniff(head)
        if found not in self._limits.accept:
            what = f"it is '{found}'" if found else f"it is not {self._limits.kind}"
            accepted = ", ".join(f"'{media}'" for media in self._limits.accept)
            raise Refused(f"{what}. Supported file formats are {accepted}")


def _headers(url: httpx2.URL) -> list[tuple[bytes, bytes]]:
    return [
        (b"Host", url.netloc),
        (b"Accept", b"image/*, video/*, */*;q=0.5"),
        (b"Accept-Encoding", b"identity"),
        (b"User-Agent", b"vitascope"),
    ]


@functools.cache
def system_tls() -> ssl.SSLContext:
    """How servers prove who they are: by the system's authorities."""
    # Once, because reading the system's certificates is slow.
    return httpcore2.default_ssl_context()
