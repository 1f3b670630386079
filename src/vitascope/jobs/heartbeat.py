"""Heartbeat and reaper: workers say that they live, and take over from those that fell silent."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError

from vitascope.store.database import Database
from vitascope.store.workers import Workers

log = logging.getLogger(__name__)

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady_seconds() -> float:
    """Seconds since some moment; they go on while the machine sleeps, unlike `time.monotonic`."""
    return time.clock_gettime(_CLOCK)


class Heartbeat:
    """Beats for one worker and reaps the others.

    After an outage of the database every heartbeat in it is old, also those of healthy workers.
    So nobody is declared dead until this process has itself seen a healthy database for a lease.
    """

    def __init__(
        self,
        database: Database,
        worker_id: str,
        models: Sequence[str],
        *,
        version: str,
        lease: float,
        recover: Callable[[list[str]], object],
        clock: Callable[[], float] = steady_seconds,
    ) -> None:
        self._database = database
        self._workers = Workers(database)
        self._id = worker_id
        self._models = list(models)
        self._version = version
        self._lease = lease
        self._recover = recover
        self._clock = clock
        self._trouble_at = clock()

    async def run(self) -> None:
        """Beat and reap until cancelled."""
        while True:
            before = self._clock()
            await self.beat_and_reap()
            # A pause longer than planned (a stopped process, a sleeping laptop) means that what
            # we know of the others is as old as the pause.
            await asyncio.sleep(self._lease / 4)
            if self._clock() - before > self._lease:
                self._trouble_at = self._clock()

    async def beat_and_reap(self) -> None:
        """One round; an unreachable database is trouble to be noted, not an end."""
        try:
            before = self._clock()
            await self.beat()
            if self._clock() - before > self._lease / 2:
                # A database that kept us waiting, such as a locked one, kept the others waiting.
                self._trouble_at = self._clock()
            if self._clock() - self._trouble_at >= self._lease:
                await self._reap()
        except SQLAlchemyError as error:
            log.warning("The database can't be reached: %s", type(error).__name__)
            self._trouble_at = self._clock()

    async def beat(self) -> None:
        """Say that the worker lives."""
        await self._workers.beat(self._id, self._models, version=self._version)

    async def leave(self) -> None:
        """Take the worker out of the table, so that nobody waits for it to fall silent."""
        await self._workers.leave(self._id)

    async def _reap(self) -> None:
        async with self._database.begin() as connection:
            dead = await self._workers.silent(connection, lease=self._lease, besides=self._id)
            if not dead:
                return
            log.warning("Taking over from silent workers: %s", ", ".join(dead))
        # Not inside the transaction: recovery writes through the durable engine's connection, and
        # SQLite has one writer at a time. To recover twice is harmless.
        await asyncio.to_thread(self._recover, dead)
        async with self._database.begin() as connection:
            await self._workers.forget_silent(connection, dead, lease=self._lease)
