"""What an administrator sees of the whole server: projects, workers, queues and failures."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from vitascope.jobs.durable import held_jobs
from vitascope.store.database import Database
from vitascope.store.tables import api_keys, usage, videos, workers
from vitascope.video import PAUSED, first_id_of

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
