"""The durable engine's records: its tables' schema, new jobs, and queries that DBOS lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData

from vitascope.jobs.taking import ANY_QUEUE, announce
from vitascope.jobs.waiting import Place
from vitascope.store import schema
from vitascope.store.database import in_batches, sync_url
from vitascope.video import Video

APPLICATION = "vitascope"
WORKFLOW = "render"
WORKFLOW_VERSION = "2"
"""A whole number that grows only with a change of the workflow's steps. Workers take jobs of their
own version only, and restart older ones once no worker of that version is left."""

UNFINISHED = ("ENQUEUED", "DELAYED", "PENDING")
_INSERTS = {"insert_workflow_status": "workflow_status", "insert_workflow_input": "workflow_input"}
"""DBOS's names for the inserts of a new job, each with its table, in their order."""
_NO_ROWS: sa.Result[Any] = IteratorResult(SimpleResultMetaData(()), iter(()))
"""The result of an insert that is still to be made. DBOS looks in it for an existing job."""


def upgrade(database: str) -> None:
    """Bring our tables and the engine's to the newest version. Safe to repeat.

    Raises:
        ConfigError: the database is at a newer schema than this program knows.
    """
    schema.upgrade(database)
    DBOS.migrate(engine_url(database))


class DbosTransport:
    """Enqueues jobs in the caller's transaction."""

    def __init__(self, database: str) -> None:
        self._client = DBOSClient(
            system_database_url=engine_url(database),
            application_name=APPLICATION,
            system_database_pool_size=1,
            lazy=True,
        )
        self._system = self._client._sys_db
        # DBOS inserts job by job, and on SQLite compiles each statement anew: most of the time of
        # a create. So it only makes the rows here, and those of a group are inserted together.
        setattr(self._system, "_execute_prepared", self._collect)  # noqa: B010
        self._rows: dict[str, list[Any]] = {}

    def enqueue(self, connection: sa.Connection, videos: Sequence[Video]) -> None:
        """Enqueue each video's job under the video's id, so that it can exist only once."""
        self._rows = {name: [] for name in _INSERTS}
        for video in videos:
            self._client.enqueue_in_transaction(
                connection,
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": video.queue,
                    "workflow_id": video.id,
                    "queue_partition_key": video.project,
                    "priority": video.priority,
                    "app_version": WORKFLOW_VERSION,
                },
                video.id,
            )
        for name, table in _INSERTS.items():
            connection.execute(sa.insert(getattr(self._system.tables, table)), self._rows[name])
        announce(connection, (video.queue for video in videos))

    def place(self, connection: sa.Connection, places: Mapping[str, Place]) -> set[str]:
        """Move those of the jobs that no worker has taken, and return their ids."""
        jobs = jobs_table(connection)
        # In one order, so that two transactions can't wait for each other's rows.
        found = set()
        for video_id, place in sorted(places.items()):
            moved = connection.execute(
                sa.update(jobs)
                .where(jobs.c.workflow_uuid == video_id, jobs.c.status == "ENQUEUED")
                .values(queue_name=place.queue, priority=place.priority)
                .returning(jobs.c.workflow_uuid)
            )
            found |= set(moved.scalars())
        announce(connection, {place.queue for place in places.values()})
        return found

    def _collect(
        self, _connection: object, name: str, row: dict[str, Any], _statement: object
    ) -> sa.Result[Any]:
        """Keep the row of one of DBOS's inserts."""
        self._rows[name].append(row)
        return _NO_ROWS

    def close(self) -> None:
        """Close the connections."""
        self._client.destroy()


def holders(connection: sa.Connection) -> set[str]:
    """The ids of the workers that hold jobs of this workflow version."""
    jobs = jobs_table(connection)
    held = sa.select(jobs.c.executor_id).where(
        jobs.c.application_name == APPLICATION,
        jobs.c.application_version == WORKFLOW_VERSION,
        jobs.c.status == "PENDING",
        jobs.c.executor_id.is_not(None),
    )
    return set(connection.execute(held.distinct()).scalars())


def held_jobs(connection: sa.Connection) -> dict[str, list[str]]:
    """The ids of the jobs that each worker holds, by worker id."""
    jobs = jobs_table(connection)
    query = sa.select(jobs.c.executor_id, jobs.c.workflow_uuid).where(
        jobs.c.application_name == APPLICATION,
        # A literal, so that both databases use their partial index.
        sa.literal_column("status = 'PENDING' AND status IN ('ENQUEUED', 'PENDING')"),
        jobs.c.executor_id.is_not(None),
    )
    found: dict[str, list[str]] = {}
    for worker_id, video_id in connection.execute(query):
        found.setdefault(worker_id, []).append(video_id)
    return found


def unfinished_versions(connection: sa.Connection) -> set[str]:
    """The workflow versions of the jobs that are not finished."""
    jobs = jobs_table(connection)
    unfinished = sa.select(jobs.c.application_version).where(
        jobs.c.application_name == APPLICATION,
        jobs.c.status.in_(UNFINISHED),
        jobs.c.application_version.is_not(None),
    )
    return set(connection.execute(unfinished.distinct()).scalars())


def adopt(connection: sa.Connection, version: str) -> int:
    """Restart the unfinished jobs of another version as ours; returns how many there were.

    The results of their steps are deleted, because our steps can't use them.
    """
    jobs = jobs_table(connection)
    steps = sa.table("operation_outputs", sa.column("workflow_uuid"), schema=_schema_of(connection))
    adopted = connection.execute(
        sa.update(jobs)
        .where(
            jobs.c.application_name == APPLICATION,
            jobs.c.application_version == version,
            jobs.c.status.in_(UNFINISHED),
        )
        .values(
            application_version=WORKFLOW_VERSION,
            status="ENQUEUED",
            owner_xid=None,
            started_at_epoch_ms=None,
        )
        .returning(jobs.c.workflow_uuid)
    )
    ids = list(adopted.scalars())
    for batch in in_batches(ids):
        connection.execute(sa.delete(steps).where(steps.c.workflow_uuid.in_(batch)))
    announce(connection, [ANY_QUEUE])
    return len(ids)


def jobs_table(connection: sa.Connection) -> sa.TableClause:
    """DBOS's table of jobs, which other programs may share."""
    return sa.table(
        "workflow_status",
        *map(sa.column, ("workflow_uuid", "status", "queue_name", "executor_id", "priority")),
        *map(sa.column, ("application_name", "application_version")),
        *map(sa.column, ("owner_xid", "started_at_epoch_ms")),
        schema=_schema_of(connection),
    )


def _schema_of(connection: sa.Connection) -> str | None:
    return None if connection.dialect.name == "sqlite" else "dbos"


def engine_url(database: str) -> str:
    """The database's URL, with its password, for DBOS."""
    return sync_url(database).render_as_string(hide_password=False)
