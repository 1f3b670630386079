"""Orphaned jobs: jobs that no worker would take any more, and their handover to living workers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from vitascope.jobs.queue import APPLICATION
from vitascope.store.database import Database, in_batches
from vitascope.store.workers import Workers

log = logging.getLogger(__name__)

_UNFINISHED = ("ENQUEUED", "DELAYED", "PENDING")


class OrphanedJobs:
    """Finds orphaned jobs and hands them to living workers.

    A job is orphaned if its worker is not in the `workers` table, or if its workflow version is
    older than this program's and no worker of that version is left. The first living worker looks
    for all of them.
    """

    def __init__(
        self,
        database: Database,
        worker_id: str,
        *,
        version: str,
        lease: float,
        recover: Callable[[list[str]], object],
    ) -> None:
        self._database = database
        self._workers = Workers(database)
        self._id = worker_id
        self._version = version
        self._lease = lease
        self._recover = recover
        # The durable engine's tables have a schema of their own where there are schemas.
        schema = None if database.dialect.name == "sqlite" else "dbos"
        self._jobs = sa.table(
            "workflow_status",
            *map(sa.column, ("workflow_uuid", "status", "executor_id", "application_version")),
            *map(sa.column, ("owner_xid", "started_at_epoch_ms", "application_name")),
            schema=schema,
        )
        self._steps = sa.table("operation_outputs", sa.column("workflow_uuid"), schema=schema)

    async def run(self, *, every: float) -> None:
        """Look for orphaned jobs until cancelled."""
        while True:
            try:
                await self.take_over()
            except SQLAlchemyError as error:
                log.warning(
                    "The search for orphaned jobs failed and is repeated: %s", type(error).__name__
                )
            await asyncio.sleep(every)

    async def take_over(self) -> None:
        """Hand over every orphaned job, if this worker is the one that does so."""
        if not await self._workers.leads(self._id, lease=self._lease):
            return
        known = await self._workers.known()
        await self._recover_from_unknown_workers(set(known))
        await self._adopt_older_versions(set(known.values()))

    async def _recover_from_unknown_workers(self, known: set[str]) -> None:
        """Enqueue again the jobs of workers that are not in the table."""
        held = await self._different(
            self._jobs.c.executor_id,
            self._jobs.c.status == "PENDING",
            self._jobs.c.application_version == self._version,
        )
        if unknown := sorted(held - known):
            log.warning("Taking over from unknown workers: %s", ", ".join(unknown))
            await asyncio.to_thread(self._recover, unknown)

    async def _adopt_older_versions(self, versions: set[str]) -> None:
        """Restart jobs of older workflow versions that have no workers left.

        Jobs of newer versions wait for workers of theirs.
        """
        waiting = await self._different(
            self._jobs.c.application_version, self._jobs.c.status.in_(_UNFINISHED)
        )
        for version in sorted(waiting - versions):
            if int(version) < int(self._version):
                number = await self._adopt(version)
                log.warning("Took over %d jobs of workflow version %s", number, version)
            else:
                log.warning(
                    "Jobs wait for a worker of workflow version %s, and none is there: start the "
                    "newer program's workers",
                    version,
                )

    async def _different(
        self, column: sa.ColumnElement[str], *conditions: sa.ColumnElement[bool]
    ) -> set[str]:
        ours = self._jobs.c.application_name == APPLICATION  # other programs may use the engine
        query = sa.select(column).where(ours, *conditions, column.is_not(None)).distinct()
        async with self._database.reading() as connection:
            return set((await connection.execute(query)).scalars())

    async def _adopt(self, version: str) -> int:
        """Restart the version's jobs as ours, without the results of their steps."""
        async with self._database.begin() as connection:
            adopted = await connection.execute(
                sa.update(self._jobs)
                .where(
                    self._jobs.c.application_name == APPLICATION,
                    self._jobs.c.application_version == version,
                    self._jobs.c.status.in_(_UNFINISHED),
                )
                .values(
                    application_version=self._version,
                    status="ENQUEUED",
                    owner_xid=None,
                    started_at_epoch_ms=None,
                )
                .returning(self._jobs.c.workflow_uuid)
            )
            ids = list(adopted.scalars())
            for batch in in_batches(ids):
                await connection.execute(
                    sa.delete(self._steps).where(self._steps.c.workflow_uuid.in_(batch))
                )
        return len(ids)
