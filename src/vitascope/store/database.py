"""One database connection for all repositories: SQLite or PostgreSQL behind SQLAlchemy's engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_TIMEOUT_MS = 30_000


def sync_url(database: str) -> sa.URL:
    """The URL for a synchronous driver; what the durable engine and the migrations use."""
    url = sa.make_url(database)
    return url if url.drivername.startswith("sqlite") else url.set(drivername="postgresql+psycopg")


def open_database(database: str, *, pool_size: int = 5) -> AsyncEngine:
    """An engine for `sqlite:///FILE` or `postgresql://…`; connects when first used."""
    url = sync_url(database)
    if not url.drivername.startswith("sqlite"):
        return create_async_engine(url, pool_size=pool_size, pool_pre_ping=True)
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        pool_size=pool_size,
        max_overflow=0,  # a connection is a thread: waiting for one costs less than starting one
    )
    sa.event.listen(engine.sync_engine, "connect", prepare_sqlite)
    sa.event.listen(engine.sync_engine, "invalidate", _let_go)
    return engine


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
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
