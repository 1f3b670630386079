"""The database behind all repositories: SQLite or PostgreSQL, through SQLAlchemy's engine."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from vitascope.errors import ConfigError
from vitascope.store.old_sqlite import lend_a_hand

BUSY_TIMEOUT_MS = 30_000
_WAL_BYTES = 4 * 1024**2
"""What the write-ahead log keeps of its size when it is empty: room for deletes on a full disk."""
_PAGES_AT_ONCE = 2000
_IDS_A_QUERY = 1000
"""Databases limit how many parameters a statement may have."""


def sync_url(database: str) -> sa.URL:
    """The URL for a synchronous driver; what the durable engine and the migrations use.

    Raises:
        ConfigError: it is no address of a database.
    """
    # Everyone who opens the database comes by here.
    lend_a_hand()
    if not sa.event.contains(sa.Engine, "handle_error", _leave_read_only):
        sa.event.listen(sa.Engine, "handle_error", _leave_read_only)
    try:
        url = sa.make_url(database)
    except (ValueError, ArgumentError):  # whose texts repeat the address, password and all
        raise ConfigError(
            "database is not an address like postgresql://user:password@host:5432/name. Write "
            "@, :, / and # as %40, %3A, %2F and %23 where they belong to a password."
        ) from None
    return url if url.drivername.startswith("sqlite") else url.set(drivername="postgresql+psycopg")


class Reading(Protocol):
    """A connection for queries only."""

    async def execute(
        self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None
    ) -> sa.Result[*tuple[Any, ...]]:
        """Run a query."""


class Database(AsyncEngine):
    """An engine that knows how queries are made best.

    PostgreSQL is asked like any server. A SQLite file is read on the spot: a row comes out of the
    page cache in a few millionths of a second, and in WAL mode no writer holds a reader up, while
    a trip to the driver's thread and back costs many times that.
    """

    def __init__(self, engine: AsyncEngine, reader: sa.Engine | None = None) -> None:
        super().__init__(engine.sync_engine)
        self._reader = reader

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reading]:
        """A connection for queries, each of which sees what is committed by then."""
        if self._reader is None:
            async with self.connect() as connection:
                yield connection
        else:
            with self._reader.connect() as direct:
                yield _OnTheSpot(direct)

    async def give_space_back(self) -> None:
        """Return what deleted rows took to the disk, in short transactions.

        PostgreSQL does so by itself.
        """
        if self._reader is None:
            return
        async with self.connect() as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            before, free = None, await _free_pages(connection)
            while free and free != before:  # an old file may be unable to shrink
                # As a script: it is over only when each of its steps, one a page, was made.
                await raw.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
                before, free = free, await _free_pages(connection)

    async def dispose(self, close: bool = True) -> None:
        """Close the connections."""
        if self._reader is not None:
            self._reader.dispose(close)
        await super().dispose(close)


class _OnTheSpot:
    """A plain connection in the clothes of an asynchronous one."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    async def execute(
        self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None
    ) -> sa.Result[*tuple[Any, ...]]:
        return self._connection.execute(statement, parameters)


async def _free_pages(connection: AsyncConnection) -> int:
    return int((await connection.exec_driver_sql("PRAGMA freelist_count")).scalar_one())


def may_be_stored(text: str) -> bool:
    """Whether a row can have this text. PostgreSQL refuses even to look for others."""
    return "\0" not in text


def in_batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """The ids in portions, each of which one statement can take as parameters."""
    for start in range(0, len(ids), _IDS_A_QUERY):
        yield ids[start : start + _IDS_A_QUERY]


def _leave_read_only(context: sa.engine.ExceptionContext) -> None:
    """Throw connections away that can't write.

    SQLite opens a file that it may not write to for reading alone, and PostgreSQL's server may
    have become a standby: a connection stays so, also when there is one to be had that writes.
    """
    error = context.original_exception
    code = getattr(error, "sqlite_errorcode", 0) or 0
    if code & 0xFF == sqlite3.SQLITE_READONLY or getattr(error, "sqlstate", None) == "25006":
        context.is_disconnect = True


def open_database(database: str, *, pool_size: int = 5) -> Database:
    """The database at `sqlite:///FILE` or `postgresql://…`; connects when first used."""
    url = sync_url(database)
    if not url.drivername.startswith("sqlite"):
        return Database(
            create_async_engine(url, pool_size=pool_size, pool_pre_ping=True, hide_parameters=True)
        )
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        pool_size=pool_size,
        hide_parameters=True,
        max_overflow=0,  # a connection is a thread: waiting for one costs less than starting one
    )
    sa.event.listen(engine.sync_engine, "connect", prepare_sqlite)
    sa.event.listen(engine.sync_engine, "invalidate", _let_go)
    reader = sa.create_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    sa.event.listen(reader, "connect", prepare_reader)
    return Database(engine, reader)


def _let_go(connection: Any, _record: Any, _error: Any) -> None:
    """Give the file's lock back before a connection is thrown away.

    That happens when a task is cancelled in the middle of a statement. To close the connection
    is not enough: it keeps its transaction for as long as Python keeps the statement's cursor.
    """
    connection.rollback()


def prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set what the durable engine on the same file relies on, too.

    Writers take the lock when they begin (IMMEDIATE), so that none fails half-way as a reader
    that wants to become one; WAL lets readers go on meanwhile.
    """
    connection.isolation_level = "IMMEDIATE"
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA page_count")
    if cursor.fetchone()[0] == 0:
        # For a new file only, and before all else; in others it would wait for those who write.
        cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def prepare_reader(connection: Any, _record: Any) -> None:
    """Make a connection that can't write, and need not wait for those that do."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA query_only=ON")
    # 16 MiB: the upper levels of a large file's indexes and what is asked for again and again.
    cursor.execute("PRAGMA cache_size=-16384")
    cursor.close()
