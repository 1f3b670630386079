"""The load: many keep-alive connections to one path on this machine, in a process of its own.

Run as `python -m bench.load PORT PATH CONNECTIONS SECONDS PAUSE BODY`; prints one JSON object. A
connection asks again as soon as it is answered, or after PAUSE seconds. Without a BODY it is a GET,
with one a POST of it, in which each # becomes the number of the request: a multipart form if it
begins with a boundary (--), else JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import count, repeat
from typing import cast

from bench.process import BenchError

_AT_MOST = 20_000
"""Requests of one connection, however fast the server is."""

_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Load:
    """What a run found; times in milliseconds."""

    per_second: float
    p50: float
    p99: float


def put_on(
    port: int,
    path: str,
    *,
    seconds: float,
    connections: int = 16,
    pause: float = 0.0,
    body: str = "",
) -> Load:
    """Put a load on a server of this machine.

    Raises:
        BenchError: an answer was not 200, or none came.
    """
    arguments = [str(value) for value in (port, path, connections, seconds, pause, body)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"The load on {path} failed: {done.stderr.strip()[-500:]}")
    return Load(**json.loads(done.stdout))


class _Client(asyncio.Protocol):
    """One connection, one request at a time; notes how long each answer took."""

    def __init__(self, requests: Iterator[bytes], pause: float, until: float) -> None:
        self._requests = requests
        self._pause = pause
        self._until = until
        self._received = b""
        self._asked_at = 0.0
        self.milliseconds: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by manners only
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank or len(body) < _content_length(head):
            return
        now = time.perf_counter()
        self.milliseconds.append((now - self._asked_at) * 1000)
        self._received = b""
        if not head.startswith(b"HTTP/1.1 200 "):
            self._end(BenchError(head.decode("latin-1") + body.decode("utf-8", "replace")))
        elif now >= self._until or len(self.milliseconds) >= _AT_MOST:
            self._end(None)
        elif self._pause:
            asyncio.get_running_loop().call_later(self._pause, self._ask)
        else:
            self._ask()

    def connection_lost(self, _error: Exception | None) -> None:
        self._end(BenchError("the server closed a connection"))

    def _ask(self) -> None:
        self._asked_at = time.perf_counter()
        self._transport.write(next(self._requests))

    def _end(self, error: BenchError | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
        self._transport.close()


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    raise BenchError("an answer came without a content-length")


def _requests(port: int, path: str, body: str) -> Iterator[bytes]:
    host = f"Host: 127.0.0.1:{port}\r\n"
    if not body:
        yield from repeat(f"GET {path} HTTP/1.1\r\n{host}\r\n".encode())
    boundary = body.partition("\r\n")[0].removeprefix("--")
    multipart = body.startswith("--")
    kind = f"multipart/form-data; boundary={boundary}" if multipart else "application/json"
    for number in count():
        sent = body.replace("#", str(number))
        head = f"Content-Type: {kind}\r\nContent-Length: {len(sent)}\r\n"
        yield f"POST {path} HTTP/1.1\r\n{host}{head}\r\n{sent}".encode()


async def _run(
    port: int, path: str, connections: int, seconds: float, pause: float, body: str
) -> Load:
    loop = asyncio.get_running_loop()
    requests = _requests(port, path, body)
    began = time.perf_counter()
    clients: list[_Client] = []
    for _ in range(connections):
        if pause:  # spread over one pause, as clients that know nothing of each other are
            await asyncio.sleep(pause / connections)
        _, client = await loop.create_connection(
            lambda: _Client(requests, pause, began + seconds), "127.0.0.1", port
        )
        clients.append(client)
    async with asyncio.timeout(seconds + _TIMEOUT):
        await asyncio.gather(*(client.done for client in clients))
    took = time.perf_counter() - began
    every = sorted(milliseconds for client in clients for milliseconds in client.milliseconds)
    return Load(len(every) / took, every[len(every) // 2], every[len(every) * 99 // 100])


def main() -> None:
    """Run the load and print what was found."""
    port, path, connections, seconds, pause, body = sys.argv[1:]
    run = _run(int(port), path, int(connections), float(seconds), float(pause), body)
    try:
        import uvloop
    except ImportError:  # not made for this platform
        found = asyncio.run(run)
    else:
        found = uvloop.run(run)
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
