"""Group commit: one transaction for all items that arrived while the previous one ran.

A durable commit waits for the disk, whether it holds one row or fifty. With group commit, an item
waits for two transactions at most, however many items arrive at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from vitascope.store.database import prepare_sqlite

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
Write = Callable[[sa.Connection, Sequence[Item]], Sequence[Outcome | Exception]]

_MAX_GROUP = 64
"""Items of one transaction: few enough that it takes some hundredths of a second."""

log = logging.getLogger(__name__)


class GroupCommitter(Generic[Item, Outcome]):
    """Commits items in groups, one transaction after the other, in a thread of its own.

    The event loop hands a whole transaction to that thread, not each of its statements.
    """

    def __init__(self, database: AsyncEngine, write: Write[Item, Outcome]) -> None:
        """Prepare to write; connects when first used.

        Args:
            database: where the items are written.
            write: writes items inside the given transaction and returns the outcome of each. An
                exception among the outcomes is raised for that item alone; `write` must have left
                nothing of such an item behind. It runs in the committer's thread.
        """
        self._engine = _engine(database)
        self._write = write
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="group-commit")
        self._waiting: list[tuple[Item, asyncio.Future[Outcome]]] = []
        self._running: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Outcome:
        """Write an item; returns when it is committed.

        A caller that is cancelled while its item is being written still receives the outcome:
        it must not delete the files of a row that has been committed.
        """
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, outcome))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        try:
            return await asyncio.shield(outcome)
        except asyncio.CancelledError:
            entry = (item, outcome)
            if entry in self._waiting:
                self._waiting.remove(entry)
                raise
            return await asyncio.shield(outcome)

    def close(self) -> None:
        """Wait for the last transaction, then close the connection."""
        self._thread.shutdown()
        self._engine.dispose()

    async def _run(self) -> None:
        """Commit group after group as long as items wait."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting[:_MAX_GROUP], self._waiting[_MAX_GROUP:]
            items = [item for item, _outcome in group]
            try:
                ends = await loop.run_in_executor(self._thread, self._commit, items)
            except BaseException:
                for _item, outcome in group:
                    outcome.cancel()
                raise
            for (_item, outcome), end in zip(group, ends, strict=True):
                if isinstance(end, Exception):
                    outcome.set_exception(end)
                else:
                    outcome.set_result(end)

    def _commit(self, items: Sequence[Item]) -> Sequence[Outcome | Exception]:
        """Commit the items together; if that fails, one by one, so that only the bad one fails."""
        try:
            with self._engine.begin() as connection:
                if connection.dialect.name == "sqlite":
                    # The driver would begin at the first write and not lock what was read before.
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                return self._write(connection, items)
        except OperationalError as error:  # the database is away: each item would fail like this
            return [error] * len(items)
        except Exception as error:
            if len(items) == 1:
                return [error]
            log.warning("%d items are now written one by one", len(items), exc_info=True)
            return [end for item in items for end in self._commit([item])]


def _engine(database: AsyncEngine) -> sa.Engine:
    """A synchronous engine with one connection."""
    sqlite = database.dialect.name == "sqlite"
    engine = sa.create_engine(
        database.url.set(drivername="sqlite") if sqlite else database.url,
        pool_size=1,
        max_overflow=0,
        pool_pre_ping=not sqlite,
        hide_parameters=True,
    )
    if sqlite:
        sa.event.listen(engine, "connect", prepare_sqlite)
    return engine
