"""Heartbeats, and taking over jobs whose worker is gone."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError

from vitascope.jobs.durable import WORKFLOW_VERSION, adopt, holders, unfinished_versions
from vitascope.store.database import Database
from vitascope.store.workers import Workers

log = logging.getLogger(__name__)

Recover = Callable[[list[str]], object]
"""Enqueues again the jobs of the workers with these ids."""

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady_seconds() -> float:
    """Seconds of a clock that also runs while the machine sleeps, unlike `time.monotonic`."""
    return time.clock_gettime(_CLOCK)


class Heartbeat:
    """Writes one worker's heartbeat, and is the reaper of workers that are silent for a lease.

    After an outage of the database all heartbeats are old, including those of healthy workers. So
    a worker declares others dead only after it has seen a healthy database for one lease.
    """

    def __init__(
        self,
        database: Database,
        worker_id: str,
        models: Sequence[str],
        *,
        lease: float,
        recover: Recover,
        clock: Callable[[], float] = steady_seconds,
    ) -> None:
        self._database = database
        self._workers = Workers(database)
        self._id = worker_id
        self._models = list(models)
        self._lease = lease
        self._recover = recover
        self._clock = clock
        self._trouble_at = clock()

    async def run(self) -> None:
        """Beat and reap until cancelled."""
        while True:
            before = self._clock()
            await self.beat_and_reap()
            await asyncio.sleep(self._lease / 4)
            # After a longer pause (a stopped process, a sleeping laptop) what is known of the
            # others is as old as the pause.
            if self._clock() - before > self._lease:
                self._trouble_at = self._clock()

    async def beat_and_reap(self) -> None:
        """Do one round, and note it if the database is unavailable."""
        try:
            before = self._clock()
            silent = await self.beat()
            if self._clock() - before > self._lease / 2:
                # A database that delayed this heartbeat, such as a locked one, delayed others.
                self._trouble_at = self._clock()
            if silent and self._clock() - self._trouble_at >= self._lease:
                await self._reap(silent)
        except SQLAlchemyError as error:
            log.warning("The database can't be reached: %s", type(error).__name__)
            self._trouble_at = self._clock()

    async def beat(self) -> list[str]:
        """Write the heartbeat; returns the workers that are silent for a lease."""
        return await self._workers.beat(
            self._id, self._models, version=WORKFLOW_VERSION, lease=self._lease
        )

    async def leave(self) -> None:
        """Delete the worker from the table, so that no other worker waits for its lease to end."""
        await self._workers.leave(self._id)

    async def _reap(self, dead: list[str]) -> None:
        log.warning("Taking over from silent workers: %s", ", ".join(dead))
        # Outside a transaction, because the durable engine writes with a connection of its own
        # and SQLite has one writer at a time. To recover a worker's jobs twice is harmless.
        await asyncio.to_thread(self._recover, dead)
        async with self._database.begin() as connection:
            await self._workers.forget_silent(connection, dead, lease=self._lease)


class OrphanedJobs:
    """Finds orphaned jobs and hands them to living workers.

    A job is orphaned if its worker is not in the `workers` table, or if its workflow version is
    older than this program's and no worker of that version is left. The first living worker looks
    for all of them.
    """

    def __init__(
        self, database: Database, worker_id: str, *, lease: float, recover: Recover
    ) -> None:
        self._database = database
        self._workers = Workers(database)
        self._id = worker_id
        self._lease = lease
        self._recover = recover

    async def run(self) -> None:
        """Look for orphaned jobs once in a lease until cancelled."""
        while True:
            try:
                await self.take_over()
            except SQLAlchemyError as error:
                log.warning(
                    "The search for orphaned jobs failed and is repeated: %s", type(error).__name__
                )
            await asyncio.sleep(self._lease)

    async def take_over(self) -> None:
        """Hand over every orphaned job, if this is the first living worker."""
        if not await self._workers.leads(self._id, lease=self._lease):
            return
        known = await self._workers.known()
        async with self._database.connect() as connection:
            held_by = await connection.run_sync(holders)
            versions = await connection.run_sync(unfinished_versions)
        if unknown := sorted(held_by - set(known)):
            log.warning("Taking over from unknown workers: %s", ", ".join(unknown))
            await asyncio.to_thread(self._recover, unknown)
        for version in sorted(versions - set(known.values())):
            await self._adopt(version)

    async def _adopt(self, version: str) -> None:
        """Restart the jobs of an older version; those of a newer one wait for its workers."""
        if int(version) < int(WORKFLOW_VERSION):
            async with self._database.begin() as connection:
                number = await connection.run_sync(adopt, version)
            log.warning("Took over %d jobs of workflow version %s", number, version)
        else:
            log.warning(
                "Jobs wait for a worker of workflow version %s, and none is there: start the "
                "newer program's workers",
                version,
            )
