"""The durable engine's records: its tables' schema, new jobs, and queries that DBOS lacks."""

from __future__ import annotations

import base64
import pickle
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from vitascope.jobs.taking import ANY_QUEUE, announce
from vitascope.jobs.waiting import Place
from vitascope.store import schema
from vitascope.store.database import in_batches, sync_url
from vitascope.store.statements import Statement
from vitascope.video import Video

APPLICATION = "vitascope"
WORKFLOW = "render"
WORKFLOW_VERSION = "2"
"""A whole number that grows only with a change of the workflow's steps. Workers take jobs of their
own version only, and restart older ones once no worker of that version is left."""

UNFINISHED = ("ENQUEUED", "DELAYED", "PENDING")
_NEW_JOB = {
    "status": "ENQUEUED",
    "name": WORKFLOW,
    "application_name": APPLICATION,
    "application_version": WORKFLOW_VERSION,
    "recovery_attempts": 0,
    "serialization": "py_pickle",
    "is_debounced": False,
}
"""The values that DBOS gives to each new job. Those that it leaves NULL are not here, and
`attributes`, a JSON null, is in `_inserts`."""


def upgrade(database: str) -> None:
    """Bring our tables and the engine's to the newest version. Safe to repeat.

    Raises:
        ConfigError: the database is at a newer schema than this program knows.
    """
    from dbos import DBOS  # slow to import, and a server with a current schema does without

    schema.upgrade(database)
    DBOS.migrate(engine_url(database))


_SCHEMAS = {"sqlite": None, "postgresql": "dbos"}


class DbosTransport:
    """Enqueues jobs in the caller's transaction.

    It writes the rows that `DBOSClient.enqueue_in_transaction` would write, which a test compares.
    DBOS inserts job by job, on SQLite compiles each statement anew, and takes a tenth of a
    server's start to import.
    """

    def enqueue(self, connection: sa.Connection, videos: Sequence[Video]) -> None:
        """Enqueue each video's job under the video's id, so that it can exist only once."""
        jobs: list[dict[str, Any]] = [
            {
                "workflow_uuid": video.id,
                "queue_name": video.queue,
                "queue_partition_key": video.project,
                "priority": video.priority,
                "creator_xid": str(uuid.uuid4()),
                **_NEW_JOB,
            }
            for video in videos
        ]
        inputs: list[dict[str, Any]] = []
        for video in videos:
            # As DBOS's default serializer writes the job's arguments.
            arguments = pickle.dumps({"args": (video.id,), "kwargs": {}})
            encoded = base64.b64encode(arguments).decode()
            inputs.append({"workflow_uuid": video.id, "inputs": encoded})
        dialect = connection.dialect.name
        for insert, rows in zip(_inserts(dialect), (jobs, inputs), strict=True):
            connection.exec_driver_sql(insert[dialect], rows)
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


@lru_cache(maxsize=2)
def _inserts(dialect: str) -> tuple[Statement, Statement]:
    """The inserts of jobs and of their arguments."""
    schema_name = _SCHEMAS[dialect]
    own = ("workflow_uuid", "queue_name", "queue_partition_key", "priority", "creator_xid")
    no_attributes: sa.ColumnElement[str] = sa.literal_column("'null'")
    return (
        _insert("workflow_status", schema_name, *own, *_NEW_JOB, attributes=no_attributes),
        _insert("workflow_input", schema_name, "workflow_uuid", "inputs"),
    )


def _insert(
    table: str, schema_name: str | None, *columns: str, **fixed: sa.ColumnElement[str]
) -> Statement:
    """The insert of a row whose columns are parameters of their names, but for the fixed ones."""
    values: dict[str, Any] = {name: sa.bindparam(name) for name in columns} | fixed
    into = sa.table(table, *map(sa.column, values), schema=schema_name)
    return Statement(sa.insert(into).values(values))


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
    return _SCHEMAS[connection.dialect.name]


def engine_url(database: str) -> str:
    """The database's URL, with its password, for DBOS."""
    return sync_url(database).render_as_string(hide_password=False)
