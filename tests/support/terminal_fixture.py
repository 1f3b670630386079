"""`vitascope videos` in this process: a terminal of buffers and a server of canned answers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from vitascope.cli.videos.run import run
from vitascope.cli.videos.terminal import Terminal

VIDEO = {
    "id": "video_123",
    "object": "video",
    "model": "sora-2",
    "status": "completed",
    "progress": 100,
    "created_at": 1712697600,
    "completed_at": 1712697700,
    "expires_at": 1712701300,
    "prompt": "x",
    "size": "720x1280",
    "seconds": "4",
    "remixed_from_video_id": None,
    "error": None,
}

Answer = Callable[[httpx2.Request], httpx2.Response]


class Screen(io.BytesIO):
    """A stdout that says it is a screen."""

    def isatty(self) -> bool:
        return True


@dataclass
class Finished:
    """What a command line came to."""

    status: int
    out: str
    err: str
    requests: list[httpx2.Request]
    opened: list[Path]
    naps: list[float]

    @property
    def request(self) -> httpx2.Request:
        (request,) = self.requests
        return request


def reply(value: Any, status: int = 200, **headers: str) -> Answer:
    """A server that always answers with this JSON."""

    def answer(_request: httpx2.Request) -> httpx2.Response:
        names = {name.replace("_", "-"): text for name, text in headers.items()}
        return httpx2.Response(status, content=json.dumps(value).encode(), headers=names)

    return answer


def replies(*answers: Answer) -> Answer:
    """A server that answers in turn."""
    left = list(answers)
    return lambda request: left.pop(0)(request)


@contextmanager
def piped(folder: Path, data: bytes) -> Iterator[Any]:
    """A stdin with this in it."""
    path = folder / "stdin"
    path.write_bytes(data)
    with path.open("rb") as file:
        yield file


def call(
    folder: Path,
    *words: str,
    answer: Answer | None = None,
    stdin: bytes = b"",
    screen: bool = False,
    environ: dict[str, str] | None = None,
    has_viewer: bool = True,
) -> Finished:
    """Run `vitascope videos …`; `folder` takes a file for stdin."""
    out = Screen() if screen else io.BytesIO()
    err = io.StringIO()
    seen: list[httpx2.Request] = []
    opened: list[Path] = []
    naps: list[float] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        request.read()
        seen.append(request)
        return (answer or reply(VIDEO))(request)

    def viewer(path: Path) -> bool:
        opened.append(path)
        return has_viewer

    with piped(folder, stdin) as source:
        terminal = Terminal(source, out, err, environ or {}, viewer, naps.append)
        status = run(words, terminal, httpx2.MockTransport(respond))
    return Finished(status, out.getvalue().decode(), err.getvalue(), seen, opened, naps)
