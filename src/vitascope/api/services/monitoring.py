"""The server's state: metrics, whether database and store take writes, and free disk space."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from obstore.exceptions import BaseError
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import Scope

from vitascope.api.error_handlers import no_space
from vitascope.config import Settings
from vitascope.limits import GIBIBYTE
from vitascope.store.blobs import Blobs
from vitascope.store.database import Database
from vitascope.video import UNFINISHED, Status


class Metrics:
    """The server's metrics, in a registry of their own.

    Where the variable `PROMETHEUS_MULTIPROC_DIR` names a folder, prometheus_client keeps the counts
    in it, and `render` adds up those of all processes.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "vitascope_requests",
            "Requests answered, by route, method and status.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._duration = Histogram(
            "vitascope_request_seconds",
            "Time from a request's arrival to the end of its answer.",
            ("route",),
            registry=self._registry,
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120),
        )
        # To find the metric of each set of labels costs more than to count.
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._jobs = Gauge(
            "vitascope_unfinished_videos",
            "Videos that wait or are worked on, by status.",
            ("status",),
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )
        self._workers = Gauge(
            "vitascope_workers",
            "Workers heard of within their lease.",
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request. Paths without a route share a label, so that labels stay few."""
        kind = (scope.get("route", "(none)"), scope["method"], status)
        found = self._children.get(kind)
        if found is None:
            route, method, _status = kind
            found = self._requests.labels(route, method, str(status)), self._duration.labels(route)
            self._children[kind] = found
        requests, duration = found
        requests.inc()
        duration.observe(seconds)

    def render(self, *, jobs: dict[Status, int], workers: int) -> bytes:
        """The exposition text, with the given state of the queue."""
        for status in UNFINISHED:
            self._jobs.labels(status).set(jobs.get(status, 0))
        self._workers.set(workers)
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call] # the library's fault
        return generate_latest(together)


_CHECK_TIMEOUT = 3.0
_TROUBLE = (SQLAlchemyError, BaseError, OSError)
# A bucket counts its requests.
_FOLDER_EVERY, _BUCKET_EVERY = 2.0, 60.0

log = logging.getLogger(__name__)


class Readiness:
    """Tries writes for all callers together; a caller waits a few seconds at most."""

    def __init__(self, database: Database, blobs: Blobs, scratch: Path) -> None:
        self._database = Trial(lambda: _write(database), every=_FOLDER_EVERY)
        every = _BUCKET_EVERY if blobs.folder is None else _FOLDER_EVERY
        self._store = Trial(lambda: _store(blobs, scratch), every=every)

    async def trouble(self) -> str | None:
        """What can't be written to, in a few words; None if everything can."""
        database, store = await asyncio.gather(self._database.passes(), self._store.passes())
        if not database:
            return "the database can't be written to"
        return None if store else "the store can't be written to"


class Trial:
    """An attempt that is made at most once in an interval, by one task at a time."""

    def __init__(self, attempt: Callable[[], Awaitable[None]], *, every: float) -> None:
        self._attempt = attempt
        self._every = every
        self._began_at = float("-inf")
        self._task: asyncio.Task[bool] | None = None

    async def passes(self) -> bool:
        """Whether the latest probe succeeded. A probe that timed out counts as failed."""
        over = self._task is None or self._task.done()
        if over and time.monotonic() - self._began_at >= self._every:
            self._began_at = time.monotonic()
            self._task = asyncio.create_task(self._try())
        assert self._task is not None
        # Not cancelled: the next caller gets its result.
        done, _ = await asyncio.wait({self._task}, timeout=_CHECK_TIMEOUT)
        return bool(done) and self._task.result()

    async def _try(self) -> bool:
        try:
            await self._attempt()
        except _TROUBLE as error:
            log.warning("Not ready: %s", str(error).partition("\n")[0])
            return False
        return True


async def _write(database: Database) -> None:
    """Write a row as it was: a commit like any other."""
    async with database.begin() as connection:
        await connection.execute(sa.text("UPDATE schema_version SET version_num = version_num"))


async def _store(blobs: Blobs, scratch: Path) -> None:
    """Store a small file and remove it again."""
    name = f"probe-{secrets.token_hex(8)}"
    path = scratch / name
    await asyncio.to_thread(path.write_bytes, b"ok")
    try:
        await blobs.put_file(f"probes/{name}", path, "text/plain")
        await blobs.delete([f"probes/{name}"])
    finally:
        path.unlink(missing_ok=True)


class Space(NamedTuple):
    """The free space of the disk that has the least to spare, how much is to stay, and its size."""

    free: int
    reserve: int
    total: int = 0


def space_of(settings: Settings, blobs: Blobs) -> Space:
    """The free space of the data folder's disk and, if the store is a folder, of that one's."""
    spaces: list[Space] = []
    for folder in (settings.data_dir, blobs.folder):
        if folder is None:
            continue
        with contextlib.suppress(FileNotFoundError):
            disk = shutil.disk_usage(folder)
            reserve = settings.min_free_bytes
            if reserve is None:
                reserve = min(GIBIBYTE, disk.total // 20)
            spaces.append(Space(disk.free, reserve, disk.total))
    return min(spaces, key=lambda space: space.free - space.reserve, default=Space(0, 0))


def require_space(settings: Settings, blobs: Blobs) -> None:
    """Refuse new work on a nearly full disk: running jobs and deletes need the rest.

    Raises:
        NoSpace: the disk has less free space than its reserve.
    """
    space = space_of(settings, blobs)
    if space.free < space.reserve:
        raise no_space()
