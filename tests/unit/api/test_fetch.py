"""Fetching a picture: from a real server on loopback, and from nowhere that is not public."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sweeps import for_all

from vitascope.api.parsing import Upload
from vitascope.api.parsing.body import MediaType
from vitascope.api.services.fetch import (
    Address,
    Fetching,
    FetchLimits,
    Network,
    fetch_image,
    is_public,
    resolve,
)
from vitascope.errors import InvalidRequest, TooManyRequests
from vitascope.store.data_folder import Places

# A throwaway identity for `pictures.test`, valid until 2120 and trusted by nobody else.
IDENTITY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXgGVrIXJEG61CeVx
pKF9eRz+ZdTtHUl8NhbNAxDRsfWhRANCAAQSSJuIAjCOMVw95GncsGeUxfDPKgaj
godl9sxrTtD7U+KPgVi1Hk5y2nh3qlrk47AQ8dUjJTJkIYMreI8GOJt5
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBfTCCASOgAwIBAgIBATAKBggqhkjOPQQDAjAYMRYwFAYDVQQDDA1waWN0dXJl
cy50ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAYMRYwFAYD
VQQDDA1waWN0dXJlcy50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEkib
iAIwjjFcPeRp3LBnlMXwzyoGo4KHZfbMa07Q+1Pij4FYtR5Octp4d6pa5OOwEPHV
IyUyZCGDK3iPBjibeaNcMFowGAYDVR0RBBEwD4INcGljdHVyZXMudGVzdDAPBgNV
HRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIChDAdBgNVHQ4EFgQUI/ltNUFyABIA
HeJNTd96y2dkjRUwCgYIKoZIzj0EAwIDSAAwRQIhAKTKg8LYbMWL1sEhpoiCk5Hm
L93xIBDV43twEusA3jlpAiBvluMF3/UXAtmU3oFTOVuK5Ms6d4l3l8HB6uTt7GNs
1A==
-----END CERTIFICATE-----
"""

PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)
HTTP = FetchLimits(allow_http=True, timeout=5)
HTTPS = FetchLimits(timeout=5)


def only_the_server(address: Address) -> bool:
    return str(address) == "127.0.0.1"


async def name_the_server(host: str, port: int) -> list[str]:
    return ["127.0.0.1"] if host.endswith(".test") else [host]


LOCAL = Network(allow=only_the_server, resolve=name_the_server)


@dataclass
class Pictures:
    """A server that answers each path with the bytes it was given for it."""

    answers: dict[str, bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]]
    address: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def __aenter__(self) -> Self:
        self._serving: list[asyncio.Task[None]] = []
        self._server = await asyncio.start_server(self._accept, self.address, 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        # The client has closed by now. If it never does, it left a connection open.
        await asyncio.wait_for(asyncio.gather(*self._serving), timeout=5)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._serving.append(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            await self._serve(reader, writer)
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head)
            answer = self.answers[head.split(b" ")[1].decode()]
            if not isinstance(answer, bytes):
                return await answer(writer)
            writer.write(answer.replace(b":PORT", b":%d" % self.port))
            await writer.drain()


def ok(content: bytes, kind: str = "image/png") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def redirect(location: str, status: int = 302) -> bytes:
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    return head.encode()


def fetched(
    pictures: Pictures,
    path: str,
    scratch: Path,
    *,
    limits: FetchLimits = HTTP,
    network: Network = LOCAL,
    host: str = "pictures.test",
    scheme: str = "http",
) -> Upload:
    async def run() -> Upload:
        async with pictures:
            url = f"{scheme}://{host}:{pictures.port}{path}"
            return await fetch_image(url, scratch=scratch, limits=limits, network=network)

    return asyncio.run(run())


def refused(pictures: Pictures, path: str, scratch: Path, **more: object) -> str:
    """Why a fetch is refused; nothing may be left in the scratch folder."""
    with pytest.raises(InvalidRequest) as caught:
        fetched(pictures, path, scratch, **more)  # type: ignore[arg-type]  # passed on as it came
    assert (caught.value.param, caught.value.code) == (
        "input_reference",
        "invalid_image_url",
    )
    assert list(scratch.iterdir()) == []
    said = caught.value.message
    start = "The URL in 'input_reference' could not be fetched: "
    assert said.startswith(start)
    return said.removeprefix(start)


def test_a_picture_is_fetched(tmp_path: Path) -> None:
    pictures = Pictures({"/a.png?x=%20y": ok(PNG, "application/octet-stream")})
    upload = fetched(pictures, "/a.png?x=%20y#here", tmp_path)
    assert upload.path.read_bytes() == PNG
    assert upload.path.parent == tmp_path
    assert upload.path.stat().st_mode & 0o777 == 0o600
    assert (upload.size, upload.head) == (len(PNG), PNG[:512])
    head = pictures.heads[0].lower()
    assert b"host: pictures.test:%d\r\n" % pictures.port in head
    for private in b"authorization", b"cookie", b"referer":
        assert private not in head


def test_a_large_picture_without_a_length_is_fetched(tmp_path: Path) -> None:
    content = PNG + bytes(3_000_000)
    raw = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + content

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    upload = fetched(Pictures({"/": answer}), "/", tmp_path)
    assert upload.path.read_bytes() == content


def identity(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS for the server, and for a client that trusts it."""
    pem = tmp_path.with_suffix(".pem")
    pem.write_text(IDENTITY, encoding="ascii")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(pem)
    return serving, trusting


def test_tls_is_checked_against_the_name_though_the_address_is_dialled(
    tmp_path: Path,
) -> None:
    serving, trusting = identity(tmp_path)
    named: list[str | None] = []

    def remember(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        named.append(name)

    serving.sni_callback = remember
    network = Network(allow=only_the_server, resolve=name_the_server, tls=trusting)
    upload = fetched(
        Pictures({"/": ok(PNG)}, tls=serving),
        "/",
        tmp_path,
        limits=HTTPS,
        network=network,
        scheme="https",
    )
    assert upload.path.read_bytes() == PNG
    assert named == ["pictures.test"]


@pytest.mark.parametrize("host", ["other.test", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(tmp_path: Path, host: str) -> None:
    serving, trusting = identity(tmp_path)
    network = Network(allow=only_the_server, resolve=name_the_server, tls=trusting)
    pictures = Pictures({"/": ok(PNG)}, tls=serving)
    said = refused(
        pictures,
        "/",
        tmp_path,
        limits=HTTPS,
        network=network,
        host=host,
        scheme="https",
    )
    assert said == "the connection to its server failed."
    assert pictures.heads == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    serving, _ = identity(tmp_path)
    pictures = Pictures({"/": ok(PNG)}, tls=serving)
    said = refused(pictures, "/", tmp_path, limits=HTTPS, scheme="https")
    assert said == "the connection to its server failed."


@for_all(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2002:c0a8:101::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%2",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_addresses_that_are_not_public(tmp_path: Path, address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))

    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.216.34", address]

    # One bad address among good ones is enough, and nothing is dialled at all.
    said = refused(Pictures({}), "/", tmp_path, network=Network(resolve=resolve))
    assert said == "its host has no public internet address."


@for_all(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "172.32.0.1",
        "100.128.0.1",
        "2606:4700:4700::1111",
        "2a00:1450:4001:81b::200e",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@for_all(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0",
        "127.0.0.1.",
        "①②⑦.0.0.1",
    ],
)
def test_loopback_by_any_name_is_never_reached(tmp_path: Path, host: str) -> None:
    pictures = Pictures({"/": ok(PNG)})
    said = refused(pictures, "/", tmp_path, network=Network(), host=host)
    assert said in (
        "its host has no public internet address.",
        "it is not a valid URL.",
    )
    assert pictures.connections == 0


def test_a_name_that_means_nothing_sounds_like_one_that_is_ours(tmp_path: Path) -> None:
    async def nothing(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    said = refused(Pictures({}), "/", tmp_path, network=Network(resolve=nothing))
    assert said == "its host has no public internet address."


def test_a_name_is_resolved_once_and_what_was_judged_is_dialled(tmp_path: Path) -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    network = Network(allow=only_the_server, resolve=rebinding)
    fetched(Pictures({"/": ok(PNG)}), "/", tmp_path, network=network)
    assert asked == ["pictures.test"]


def test_the_next_address_is_tried_when_one_does_not_answer(tmp_path: Path) -> None:
    async def two(host: str, port: int) -> list[str]:
        return ["127.0.0.3", "127.0.0.1"]

    network = Network(allow=lambda address: address.is_loopback, resolve=two)
    assert fetched(Pictures({"/": ok(PNG)}), "/", tmp_path, network=network).size == len(PNG)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(tmp_path: Path, status: int) -> None:
    pictures = Pictures(
        {
            "/1": redirect("/dir/2", status),
            "/dir/2": redirect("3?q", status),
            "/dir/3?q": redirect("http://other.test:PORT/4", status),
            "/4": ok(PNG),
        }
    )
    assert fetched(pictures, "/1", tmp_path).size == len(PNG)
    assert pictures.heads[-1].lower().count(b"host: other.test:") == 1


def test_redirects_end_somewhere(tmp_path: Path) -> None:
    pictures = Pictures({"/": redirect("/")})
    assert refused(pictures, "/", tmp_path) == "it redirects too often."
    assert len(pictures.heads) == 4


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://127.0.0.2:PORT/", "its host has no public internet address."),
        ("//127.0.0.2:PORT/", "its host has no public internet address."),
        ("file:///etc/passwd", "only https URLs are fetched."),
        ("ftp://pictures.test/", "only https URLs are fetched."),
        ("http://a:b@pictures.test:PORT/", "it holds a user name or password."),
        ("http://[", "its host has no public internet address."),
    ],
)
def test_redirects_are_judged_like_the_first_address(
    tmp_path: Path, location: str, why: str
) -> None:
    async def run() -> str:
        inside = Pictures({"/": ok(PNG)}, address="127.0.0.2")
        async with inside, Pictures({"/": redirect(location)}) as pictures:
            inner = location.replace(":PORT", f":{inside.port}")
            pictures.answers["/"] = redirect(inner)
            url = f"http://pictures.test:{pictures.port}/"
            with pytest.raises(InvalidRequest) as caught:
                await fetch_image(url, scratch=tmp_path, limits=HTTP, network=LOCAL)
        assert inside.connections == 0
        return caught.value.message

    assert asyncio.run(run()).endswith(why)


def test_an_https_address_is_not_redirected_to_http(tmp_path: Path) -> None:
    serving, trusting = identity(tmp_path)
    network = Network(allow=only_the_server, resolve=name_the_server, tls=trusting)
    said = refused(
        Pictures({"/": redirect("http://pictures.test:PORT/")}, tls=serving),
        "/",
        tmp_path,
        limits=HTTPS,
        network=network,
        scheme="https",
    )
    assert said == "only https URLs are fetched."


@for_all(
    ("url", "why"),
    [
        ("http://pictures.test/", "only https URLs are fetched."),
        ("file:///etc/passwd", "only https URLs are fetched."),
        ("https://", "it is not a valid URL."),
        ("https:///a.png", "it is not a valid URL."),
        ("https://user:secret@pictures.test/", "it holds a user name or password."),
        ("https://user@pictures.test/", "it holds a user name or password."),
        ("https://pictures.test:99999/", "it is not a valid URL."),
        ("https://[::1", "it is not a valid URL."),
        ("https://pictures.test/\n", "it is not a valid URL."),
    ],
)
def test_addresses_that_are_not_tried(tmp_path: Path, url: str, why: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        asyncio.run(fetch_image(url, scratch=tmp_path, limits=HTTPS))
    assert caught.value.message.endswith(why)
    assert "secret" not in caught.value.message


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.text(max_size=40).map("https://{}".format),
        st.text(max_size=20).map("https://{}.test:443/".format),
    )
)
def test_any_text_is_refused_as_an_address(url: str) -> None:
    async def nothing(host: str, port: int) -> list[str]:
        return []

    with pytest.raises(InvalidRequest):
        asyncio.run(
            fetch_image(url, scratch=Path(), limits=HTTPS, network=Network(resolve=nothing))
        )


def test_a_slow_server_is_given_up(tmp_path: Path) -> None:
    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + PNG)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    limits = FetchLimits(allow_http=True, timeout=0.2)
    assert refused(Pictures({"/": trickle}), "/", tmp_path, limits=limits) == (
        "it took longer than 0.2 seconds."
    )


def test_a_slow_resolver_is_given_up(tmp_path: Path) -> None:
    async def never(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        raise AssertionError

    limits = FetchLimits(allow_http=True, timeout=0.1)
    said = refused(Pictures({}), "/", tmp_path, limits=limits, network=Network(resolve=never))
    assert said == "it took longer than 0.1 seconds."


def test_a_picture_that_says_it_is_too_large_is_not_read(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5001\r\n\r\n"
    limits = FetchLimits(allow_http=True, timeout=5, max_bytes=5000)
    assert refused(Pictures({"/": answer}), "/", tmp_path, limits=limits) == (
        "it is larger than 5000 bytes."
    )


def test_a_picture_that_turns_out_too_large_is_given_up(tmp_path: Path) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + PNG)
        while not writer.is_closing():
            writer.write(bytes(65536))
            await writer.drain()

    limits = FetchLimits(allow_http=True, timeout=5, max_bytes=2_000_000)
    said = refused(Pictures({"/": endless}), "/", tmp_path, limits=limits)
    assert said == "it is larger than 2000000 bytes."


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<html>" + b"x" * 1000, "it is not an image"),
        (b"<html>", "it is not an image"),
        (b"", "it is not an image"),
        (b"\0\0\0\x18ftypmp42" + bytes(20), "it is 'video/mp4'"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    # Whatever the server calls it.
    said = refused(Pictures({"/": ok(content, "image/png")}), "/", tmp_path)
    assert said == (
        f"{what}. Supported file formats are 'image/jpeg', 'image/png', 'image/webp', "
        "'image/avif', 'image/heic', 'image/gif', 'image/bmp', 'image/tiff'."
    )


def test_what_is_accepted_is_a_setting(tmp_path: Path) -> None:
    limits = FetchLimits(allow_http=True, accept=(MediaType.GIF,))
    gif = b"GIF89a" + bytes(20)
    assert fetched(Pictures({"/": ok(gif)}), "/", tmp_path, limits=limits).size == len(gif)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            "its server answered 404.",
        ),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "its server answered 500."),
        (b"HTTP/1.1 304 Same\r\n\r\n", "its server answered 304."),
        (
            b"HTTP/1.1 302 Nowhere\r\nContent-Length: 0\r\n\r\n",
            "its server answered 302.",
        ),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "its server does not speak HTTP."),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "its server does not speak HTTP.",
        ),
    ],
)
def test_answers_that_are_no_picture(tmp_path: Path, answer: bytes, why: str) -> None:
    assert refused(Pictures({"/": answer}), "/", tmp_path) == why


def test_a_connection_that_breaks_off(tmp_path: Path) -> None:
    async def broken(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + PNG)

    said = refused(Pictures({"/": broken}), "/", tmp_path)
    assert said in (
        "the connection to its server failed.",
        "its server does not speak HTTP.",
    )


def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="the connection to its server failed"):
        asyncio.run(
            fetch_image("http://pictures.test:1/", scratch=tmp_path, limits=HTTP, network=LOCAL)
        )


def test_a_cancelled_fetch_leaves_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        sent = asyncio.Event()

        async def stalled(writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + PNG + bytes(2_000_000))
            await writer.drain()
            sent.set()
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)

        async with Pictures({"/": stalled}) as pictures:
            url = f"http://pictures.test:{pictures.port}/"
            task = asyncio.create_task(
                fetch_image(url, scratch=tmp_path, limits=HTTP, network=LOCAL)
            )
            await sent.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
    assert list(tmp_path.iterdir()) == []


def test_proxies_of_the_environment_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY":
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:1")
    assert fetched(Pictures({"/": ok(PNG)}), "/", tmp_path).size == len(PNG)


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A resolver that answers for no name that begins with "silent" until the event is set."""
    answered = threading.Event()
    real = socket.getaddrinfo

    def look(host: str, port: int, **options: Any) -> Any:
        if host.startswith("silent"):
            answered.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return real("127.0.0.1", port, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look)
    monkeypatch.setattr("vitascope.api.services.fetch._LOOKUP_SECONDS", 0.1)
    monkeypatch.setattr("vitascope.api.services.fetch._TURN_SECONDS", 0.2)
    yield answered
    answered.set()


def test_names_that_nobody_answers_for_hold_no_other_up(silence: threading.Event) -> None:
    async def ask() -> None:
        silent = [asyncio.create_task(resolve(f"silent-{n}.test", 443)) for n in range(50)]
        assert await resolve("pictures.test", 443) == ["127.0.0.1"]
        ends = await asyncio.gather(*silent, return_exceptions=True)
        assert all(isinstance(end, TimeoutError) for end in ends)

    asyncio.run(ask())


def test_a_projects_fetches_are_few_at_once_and_count_their_lookups(
    silence: threading.Event, tmp_path: Path
) -> None:
    async def ask() -> None:
        fetching = Fetching(Places(tmp_path))

        async def fetch(project: str, host: str) -> list[str]:
            async with fetching.turn(project, at_once=2) as network:
                return await network.resolve(host, 443)

        for number in range(2):
            with pytest.raises(TimeoutError):
                await fetch("one", f"silent-{number}.test")
        # Both are over for their clients, but the resolver is still at it.
        with pytest.raises(TooManyRequests) as refused:
            await fetch("one", "pictures.test")
        assert refused.value.headers["retry-after"]
        assert await fetch("two", "pictures.test") == ["127.0.0.1"]
        silence.set()
        assert await fetch("one", "pictures.test") == ["127.0.0.1"]

    asyncio.run(ask())


def test_a_turns_network_judges_as_ever(tmp_path: Path) -> None:
    async def ask() -> None:
        async with Fetching(Places(tmp_path)).turn("one", at_once=1) as network:
            await fetch_image("https://localhost/", scratch=tmp_path, limits=HTTPS, network=network)

    with pytest.raises(InvalidRequest, match="no public internet address"):
        asyncio.run(ask())
