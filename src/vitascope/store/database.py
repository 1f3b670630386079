"""The database of all repositories: SQLite or PostgreSQL, through SQLAlchemy's engine.

Importing this module adds listeners to every engine of the process, the durable engine's included:
one drops connections that can only read, one limits idle transactions on PostgreSQL, and one adds a
function to old SQLite.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from vitascope.errors import ConfigError
from vitascope.store.direct import DirectReader, Row, SqliteReader
from vitascope.store.statements import Statement

DATABASE_ERRORS = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
"""What drivers raise while the database can't be reached, is locked or full."""
Upsert: TypeAlias = sqlite.Insert
BUSY_TIMEOUT_MS = 30_000
_IDLE_TRANSACTION_MS = 10_000
_IDLE_TRANSACTION = "25P03"
"""PostgreSQL's SQLSTATE for a transaction that was idle for longer than that."""
_WAL_BYTES = 4 * 1024**2
"""What an empty write-ahead log keeps of its size: room for deletes on a full disk."""
_VACUUM_PAGES = 2000
_BATCH = 1000
"""Databases limit the number of parameters of a statement."""


def sync_url(database: str) -> sa.URL:
    """The URL for a synchronous driver, for the durable engine and the migrations.

    Raises:
        ConfigError: the address is not one of a database.
    """
    try:
        url = sa.make_url(database)
    except (ValueError, ArgumentError):  # their texts repeat the address with its password
        raise ConfigError(
            "database is not an address like postgresql://user:password@host:5432/name. Write "
            "@, :, / and # as %40, %3A, %2F and %23 where they belong to a password."
        ) from None
    return url if url.drivername.startswith("sqlite") else url.set(drivername="postgresql+psycopg")


class ReadConnection(Protocol):
    """A connection for queries only."""

    async def execute(
        self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None
    ) -> sa.Result[*tuple[Any, ...]]:
        """Run a query."""


class Database(AsyncEngine):
    """An engine with two faster ways to read: `fetch` for hot statements, `reading` for others."""

    def __init__(
        self, engine: AsyncEngine, direct: DirectReader, reader: sa.Engine | None = None
    ) -> None:
        """Wrap an engine.

        Args:
            engine: for transactions.
            direct: runs hot statements.
            reader: for queries in the event loop's thread, on SQLite only.
        """
        super().__init__(engine.sync_engine)
        self._direct = direct
        self._reader = reader

    async def fetch(self, statement: Statement, parameters: Mapping[str, Any]) -> list[Row]:
        """All rows of a hot query.

        Raises:
            DBAPIError: the database failed.
        """
        return await self._direct.fetch(statement, parameters)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadConnection]:
        """A connection for queries. Each query sees what is committed when it starts."""
        if self._reader is None:
            async with self.connect() as connection:
                yield connection
        else:
            with self._reader.connect() as direct:
                yield _DirectConnection(direct)

    async def release_space(self) -> None:
        """Return the space of deleted rows to the disk, in short transactions.

        PostgreSQL does so by itself.
        """
        if self._reader is None:
            return
        async with self.connect() as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            before, free = None, await _free_pages(connection)
            while free and free != before:  # a file of an older version may be unable to shrink
                # As a script, because the statement frees one page with each step.
                await raw.executescript(f"PRAGMA incremental_vacuum({_VACUUM_PAGES})")
                before, free = free, await _free_pages(connection)

    async def dispose(self, close: bool = True) -> None:
        """Close the connections."""
        await self._direct.close()
        if self._reader is not None:
            self._reader.dispose(close)
        await super().dispose(close)


class _HintingCompiler(SQLiteCompiler):
    """Writes the text of `with_hint` behind its table, as `INDEXED BY` needs it."""

    def get_from_hint_text(self, table: object, text: str | None) -> str | None:
        return text


class _DirectConnection:
    """A synchronous connection with the interface of an asynchronous one."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    async def execute(
        self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None
    ) -> sa.Result[*tuple[Any, ...]]:
        return self._connection.execute(statement, parameters)


async def _free_pages(connection: AsyncConnection) -> int:
    return int((await connection.exec_driver_sql("PRAGMA freelist_count")).scalar_one())


def may_be_stored(text: str) -> bool:
    """Whether a text column can hold this text. PostgreSQL fails even a search for another."""
    return "\0" not in text


def in_batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """The ids in batches that one statement can take as parameters."""
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def insert_into(table: sa.Table, dialect: str) -> Upsert:
    """An INSERT of the dialect's own, which can say what happens in a conflict."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    # It has the same methods.
    return cast("Upsert", postgresql.insert(table))


def open_database(database: str, *, pool_size: int = 5) -> Database:
    """The database at `sqlite:///FILE` or `postgresql://…`; connects when first used."""
    url = sync_url(database)
    if not url.drivername.startswith("sqlite"):
        from vitascope.store.postgres_reader import PostgresReader

        engine = create_async_engine(
            url, pool_size=pool_size, pool_pre_ping=True, hide_parameters=True
        )
        return Database(engine, PostgresReader(url, size=pool_size))
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        pool_size=pool_size,
        hide_parameters=True,
        max_overflow=0,  # a connection is a thread: waiting for one costs less than starting one
    )
    sa.event.listen(engine.sync_engine, "connect", prepare_sqlite)
    sa.event.listen(engine.sync_engine, "invalidate", _roll_back)
    reader = sa.create_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    reader.dialect.statement_compiler = _HintingCompiler
    sa.event.listen(reader, "connect", prepare_reader)
    return Database(engine, SqliteReader(reader), reader)


def _roll_back(connection: Any, _record: Any, _error: Any) -> None:
    """Release the file's lock before a connection is dropped.

    A connection is dropped when its task is cancelled during a statement. Closing it is not
    enough: its transaction stays open as long as Python keeps the statement's cursor.
    """
    connection.rollback()


def prepare_sqlite(connection: Any, _record: Any) -> None:
    """Configure a connection as the durable engine on the same file expects it.

    A writer takes the lock when it begins (IMMEDIATE), so that it does not fail when it turns from
    reader to writer. WAL mode lets readers go on beside a writer.
    """
    connection.isolation_level = "IMMEDIATE"
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA page_count")
    if cursor.fetchone()[0] == 0:
        # Only in a new file and before anything else: elsewhere it would wait for writers.
        cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def prepare_reader(connection: Any, _record: Any) -> None:
    """Configure a connection that can't write and does not wait for writers."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA query_only=ON")
    # 4 MiB, in kibibytes. With a million videos, 16 MiB answer random reads no faster: the system
    # has the file in memory. The two connections of a process would keep them for good.
    cursor.execute("PRAGMA cache_size=-4096")
    cursor.close()


def _is_sqlite(connection: Any) -> bool:
    """Whether a driver's connection is one to SQLite: PostgreSQL's have no such method."""
    return hasattr(connection, "create_function")


@sa.event.listens_for(sa.Pool, "connect")
def _limit_idle_transactions(connection: Any, _record: Any) -> None:
    """Have PostgreSQL end a transaction whose client sends nothing more.

    A host that is cut off, or a stopped process, would otherwise keep its rows locked for as long
    as TCP keeps the connection: no other worker could take its job over.
    """
    if _is_sqlite(connection):
        return
    cursor = connection.cursor()
    cursor.execute(f"SET idle_in_transaction_session_timeout = {_IDLE_TRANSACTION_MS}")
    cursor.close()
    connection.commit()


@sa.event.listens_for(sa.Engine, "handle_error", retval=True)
def _report_idle_transaction(context: sa.engine.ExceptionContext) -> BaseException | None:
    """Raise what is raised for other lost connections, so that the transaction is repeated."""
    error = context.original_exception
    if getattr(error, "sqlstate", None) != _IDLE_TRANSACTION:
        return None
    return sa.exc.OperationalError(
        context.statement, None, error, hide_parameters=True, connection_invalidated=True
    )


@sa.event.listens_for(sa.Engine, "handle_error")
def _drop_read_only(context: sa.engine.ExceptionContext) -> None:
    """Drop a connection that turned out to be read-only.

    SQLite opens a file without write permission for reading only, and a PostgreSQL server may have
    become a standby. The connection would stay read-only after that is over.
    """
    error = context.original_exception
    code = getattr(error, "sqlite_errorcode", 0) or 0
    if code & 0xFF == sqlite3.SQLITE_READONLY or getattr(error, "sqlstate", None) == "25006":
        context.is_disconnect = True


def lacks_unixepoch() -> bool:
    """Whether the durable engine needs `unixepoch('subsec')` and this SQLite does not have it.

    The durable engine uses it on Python 3.12 and newer; SQLite has it since 3.42. A Python that
    was built on the machine can use an older SQLite, on Debian 12 for example.
    """
    return sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42)


def add_unixepoch(connection: Any, _record: Any) -> None:
    """Add the function to a SQLite connection."""
    if _is_sqlite(connection):
        connection.create_function("unixepoch", 1, _unixepoch)


def _unixepoch(moment: str) -> float | int | None:
    """SQLite's function of that name, for the present time only."""
    if moment == "subsec":
        return time.time()
    return int(time.time()) if moment == "now" else None


if lacks_unixepoch():
    sa.event.listen(sa.Pool, "connect", add_unixepoch)
