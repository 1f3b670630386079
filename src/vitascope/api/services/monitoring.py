"""The server's state: metrics, readiness, free disk space, and the administrators' overview."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import shutil
import time
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from obstore.exceptions import BaseError
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import Scope

from vitascope.api.error_handlers import no_space
from vitascope.api.services.waiting import end
from vitascope.config import Settings
from vitascope.jobs.durable import held_jobs
from vitascope.limits import GIBIBYTE
from vitascope.store.blobs import Blobs
from vitascope.store.database import Database
from vitascope.store.tables import api_keys, usage, videos, workers
from vitascope.video import PAUSED, UNFINISHED, Status, first_id_of


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

    async def close(self) -> None:
        """End the attempts that are under way."""
        await self._database.close()
        await self._store.close()


class Trial:
    """An attempt that is made at most once in an interval, by one task at a time."""

    def __init__(
        self,
        attempt: Callable[[], Awaitable[None]],
        *,
        every: float,
        timeout: float = _CHECK_TIMEOUT,
    ) -> None:
        self._attempt = attempt
        self._every = every
        self._timeout = timeout
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
        done, _ = await asyncio.wait({self._task}, timeout=self._timeout)
        return bool(done) and self._task.result()

    async def close(self) -> None:
        """End the attempt that is under way."""
        await end(self._task)

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


_SPACE_SECONDS = 0.1
"""How old the answer of the disk may be when new work is accepted. To ask costs a system call, in
which a busy process waits for the thread that writes to the database."""


class DiskSpace:
    """The free space of the data folder's disk and, if the store is a folder, of that one's."""

    def __init__(self, settings: Settings, blobs: Blobs) -> None:
        self._folders = (settings.data_dir, blobs.folder)
        self._reserve = settings.min_free_bytes
        self._last = Space(0, 0)
        self._read_at = float("-inf")

    def read(self) -> Space:
        """The space of the disk that is nearer to its reserve."""
        spaces: list[Space] = []
        for folder in self._folders:
            if folder is None:
                continue
            with contextlib.suppress(FileNotFoundError):
                disk = shutil.disk_usage(folder)
                reserve = self._reserve
                if reserve is None:
                    reserve = min(GIBIBYTE, disk.total // 20)
                spaces.append(Space(disk.free, reserve, disk.total))
        self._read_at = time.monotonic()
        self._last = min(spaces, key=lambda space: space.free - space.reserve, default=Space(0, 0))
        return self._last

    def require(self) -> None:
        """Refuse new work on a nearly full disk: running jobs and deletes need the rest.

        Raises:
            NoSpace: the disk has less free space than its reserve.
        """
        fresh = time.monotonic() - self._read_at < _SPACE_SECONDS
        space = self._last if fresh else self.read()
        if space.free < space.reserve:
            raise no_space()


_DAY = 24 * 3600.0
_OLDEST = 7 * _DAY
"""Failures of older videos are not looked for: ids sort by creation, and no other index helps."""
_FAILURES = 50
_UNFINISHED = videos.c.status.in_(
    [sa.literal_column("'queued'"), sa.literal_column("'in_progress'")]
)
_MODEL = videos.c.spec["model"].as_string()

Rows = list[dict[str, Any]]


class Overview:
    """Reads across projects. Nothing here is for a project's own clients."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, *, alive: Collection[str]) -> dict[str, Any]:
        """Projects, workers, queue and failures.

        Args:
            alive: the ids of the workers that live.
        """
        # In the driver's thread, because counting the videos of a large database takes a while.
        async with self._database.connect() as connection:
            return await connection.run_sync(self._read, alive)

    def _read(self, connection: sa.Connection, alive: Collection[str]) -> dict[str, Any]:
        return {
            "projects": _projects(connection),
            "workers": _workers(connection, alive),
            "queue": _queue(connection),
            "failures": _failures(connection, time.time()),
        }


def _projects(connection: sa.Connection) -> Rows:
    """Every project that has a key, a video or files."""
    found: dict[str, dict[str, Any]] = {}

    def project(name: str) -> dict[str, Any]:
        empty = {"id": name, "keys": 0, "videos": 0, "stored_bytes": 0, "files": 0}
        return found.setdefault(name, empty)

    number = sa.func.count()
    working = sa.select(api_keys.c.project, number).where(api_keys.c.revoked_at.is_(None))
    for name, keys in connection.execute(working.group_by(api_keys.c.project)):
        project(name)["keys"] = keys
    for name, count in connection.execute(
        sa.select(videos.c.project, number).group_by(videos.c.project)
    ):
        project(name)["videos"] = count
    for row in connection.execute(sa.select(usage)):
        project(row.project).update(stored_bytes=row.stored_bytes, files=row.files)
    return [found[name] for name in sorted(found)]


def _workers(connection: sa.Connection, alive: Collection[str]) -> Rows:
    """Each worker with the videos that it holds."""
    held = held_jobs(connection)
    ids = [video_id for jobs in held.values() for video_id in jobs]
    query = sa.select(
        *(videos.c.id, videos.c.project, videos.c.status, videos.c.progress, videos.c.phase),
        *(videos.c.started_at, _MODEL.label("model")),
    ).where(videos.c.id.in_(ids), _UNFINISHED)
    doing = {row.id: dict(row._mapping) for row in connection.execute(query)}
    return [
        {
            "id": row.id,
            "started_at": int(row.started_at),
            "seen_at": int(row.seen_at),
            "alive": row.id in alive,
            "models": row.models,
            "videos": [doing[each] for each in held.get(row.id, ()) if each in doing],
        }
        for row in connection.execute(sa.select(workers).order_by(workers.c.id))
    ]


def _queue(connection: sa.Connection) -> Rows:
    """How many videos of each queue and project wait, are paused and run."""
    columns = videos.c.queue, videos.c.project, videos.c.status
    query = sa.select(*columns, sa.func.count()).where(_UNFINISHED).group_by(*columns)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for queue, project, status, count in connection.execute(query):
        name = queue.removesuffix(PAUSED)
        empty = {"queue": name, "project": project, "waiting": 0, "paused": 0, "running": 0}
        kind = "running" if status == "in_progress" else "waiting" if name == queue else "paused"
        found.setdefault((name, project), empty)[kind] += count
    return [found[key] for key in sorted(found)]


def _failures(connection: sa.Connection, now: float) -> Rows:
    """The newest failures of the last day, without those that somebody cancelled."""
    query = (
        sa.select(
            *(videos.c.id, videos.c.project, _MODEL.label("model"), videos.c.completed_at),
            *(videos.c.error_code, videos.c.error_message),
        )
        .where(
            videos.c.id >= first_id_of("video", now - _OLDEST),
            videos.c.status == "failed",
            videos.c.completed_at >= now - _DAY,
            videos.c.error_code != "cancelled",
        )
        .order_by(videos.c.completed_at.desc())
        .limit(_FAILURES)
    )
    return [
        {
            "id": row.id,
            "project": row.project,
            "model": row.model,
            "failed_at": int(row.completed_at),
            "code": row.error_code,
            "message": row.error_message,
        }
        for row in connection.execute(query)
    ]
