"""The studio's weight: its files, its first paint over 10,000 videos, and 500 open tabs."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median

from bench import process, report
from bench.client import connected
from bench.load import put_on
from bench.machine import MEGABYTE, resident_bytes
from bench.plan import Plan

_VIDEOS = 10_000
_TABS = 500
_FILES_KIB = 80
_PAINT_MS = 300
_MEMORY_MB = 150
_NOTICEABLE = 0.9
_PAGES = {"Make": "", "library": "library"}
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
_PAINT_TIMEOUT = 10.0


def measure(plan: Plan) -> list[report.Row]:
    """Fill a library, show it, and hold tabs open while others ask."""
    folder = plan.scratch / "pages"
    with process.vitascope(folder, workers=1) as server, connected(server) as api:
        film = api.create(prompt=plan.prompts[0])
        api.wait_for(film, "completed")
    _fill(folder / "vitascope.db")
    with process.vitascope(folder, workers=0) as server:
        paints = _paints(server.port, plan.rounds)
        after_pages = resident_bytes(server.pid) / MEGABYTE
        alone, with_tabs = [], []
        for _ in range(plan.rounds):
            alone.append(_rate(server.port, film, plan))
            with _tabs(server.port):
                with_tabs.append(_rate(server.port, film, plan))
        memory = resident_bytes(server.pid) / MEGABYTE
    return [
        report.below("Scripts and styles of the studio, compressed", _files(), _FILES_KIB, "KiB"),
        *(
            report.below(
                f"First paint of the page {name}, {_VIDEOS:,} videos", paint, _PAINT_MS, "ms"
            )
            for name, paint in paints.items()
        ),
        report.beside(
            f"GET, 16 connections, with {_TABS} event streams open",
            median(with_tabs),
            "without them",
            median(alone),
            "requests/s",
            at_least=_NOTICEABLE,
        ),
        report.below("API process, memory after these pages", after_pages, _MEMORY_MB, "MB"),
        report.below(f"API process, memory after {_TABS} streams", memory, _MEMORY_MB, "MB"),
    ]


def _files() -> float:
    from vitascope.studio.assets import assets

    found = assets().compressed.items()
    return sum(len(body) for name, body in found if name.endswith((".js", ".css"))) / 1024


def _fill(database: Path) -> None:
    """Copy the one video until there are enough."""
    with closing(sqlite3.connect(database)) as connection, connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(videos)")]
        (row,) = connection.execute("SELECT * FROM videos").fetchall()
        place = names.index("id")
        copies = (
            (*row[:place], f"video_{number:08x}{row[place][14:]}", *row[place + 1 :])
            for number in range(_VIDEOS - 1)
        )
        marks = ", ".join("?" * len(names))
        connection.executemany(f"INSERT INTO videos VALUES ({marks})", copies)


def _paints(port: int, rounds: int) -> dict[str, float]:
    """The median time from a click to the first content, in milliseconds, without a cache."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise process.BenchError(
            "A browser is needed: run scripts/test-studio once, which installs one."
        ) from None
    chromium = os.environ.get("VITASCOPE_CHROMIUM", "/usr/bin/chromium")
    found = {}
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        except Error as error:
            raise process.BenchError(f"{chromium} does not start: {error}") from None
        for name, path in _PAGES.items():
            times = []
            for _ in range(rounds + 1):
                context = browser.new_context()
                page = context.new_page()
                page.goto(f"http://127.0.0.1:{port}/studio/{path}")
                until = time.monotonic() + _PAINT_TIMEOUT
                while not (paint := page.evaluate(_PAINT)) and time.monotonic() < until:
                    page.wait_for_timeout(20)
                times.append(paint or _PAINT_TIMEOUT * 1000)
                context.close()
            found[name] = median(times[1:])  # the first one warms up
        browser.close()
    return found


def _rate(port: int, film: str, plan: Plan) -> float:
    return put_on(port, f"/v1/videos/{film}", seconds=plan.load_seconds).per_second


@contextmanager
def _tabs(port: int) -> Iterator[None]:
    """Hold event streams open, as tabs do."""
    tabs = []
    with ExitStack() as opened:
        for _ in range(_TABS):
            tab = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            tab.sendall(b"GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            tabs.append(tab)
        for tab in tabs:
            _await_ready(tab)
        yield


def _await_ready(tab: socket.socket) -> None:
    """Read what a stream sends when it begins."""
    read = b""
    while b"event: ready" not in read:
        more = tab.recv(65536)
        if not more:
            raise process.BenchError(f"An event stream ended: {read[:200]!r}")
        read += more
