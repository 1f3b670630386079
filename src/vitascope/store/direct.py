"""Queries on the drivers' own connections: one step on SQLite, one round trip on PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from vitascope.store.statements import Statement

Row = tuple[Any, ...]


class DirectReader(Protocol):
    """Runs hot queries. Each sees what is committed when it starts."""

    async def fetch(self, statement: Statement, parameters: Mapping[str, Any]) -> list[Row]:
        """All rows of a query.

        Raises:
            DBAPIError: the database failed, as SQLAlchemy reports it.
        """

    async def close(self) -> None:
        """Close the connections."""


class SqliteReader:
    """Reads in the event loop's thread, on one connection.

    A row from the page cache takes microseconds, WAL mode lets readers go on beside a writer, and a
    hand-over to another thread costs many times more.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.PoolProxiedConnection | None = None

    async def fetch(self, statement: Statement, parameters: Mapping[str, Any]) -> list[Row]:
        """All rows of a query. Reading all of them also ends SQLite's read transaction."""
        text = statement["sqlite"]
        try:
            if self._connection is None:
                self._connection = self._engine.raw_connection()
            driver: Any = self._connection.driver_connection
            rows: list[Row] = driver.execute(text, parameters).fetchall()
        except sqlite3.Error as error:
            await self.close()
            raise _reported(text, error, sqlite3.Error) from error
        return rows

    async def close(self) -> None:
        """Close the connection; the next query opens another."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection = None


class PostgresReader:
    """Reads on a few connections in autocommit mode.

    A query is one round trip, without a transaction around it and without a test of the connection
    before it. A query that fails on a connection used before is repeated on a new one, because the
    server may have closed the old one.
    """

    def __init__(self, url: sa.URL, *, size: int) -> None:
        _positional, self._options = url.get_dialect()().create_connect_args(url)
        self._places = asyncio.Semaphore(size)
        self._idle: list[psycopg.AsyncConnection[Row]] = []

    async def fetch(self, statement: Statement, parameters: Mapping[str, Any]) -> list[Row]:
        """All rows of a query."""
        text = statement["postgresql"]
        idle = self._idle  # as it is now: `close` replaces it
        async with self._places:
            while True:
                used = self._idle.pop() if self._idle else None
                try:
                    connection = used or await self._connect()
                    rows = await self._fetch_on(connection, text, parameters)
                except psycopg.Error as error:
                    if used is None or not isinstance(error, psycopg.OperationalError):
                        raise _reported(text, error, psycopg.Error) from error
                    continue
                if idle is self._idle:
                    idle.append(connection)
                else:
                    await connection.close()
                return rows

    async def _connect(self) -> psycopg.AsyncConnection[Row]:
        return await psycopg.AsyncConnection.connect(**self._options, autocommit=True)

    async def _fetch_on(
        self, connection: psycopg.AsyncConnection[Row], text: str, parameters: Mapping[str, Any]
    ) -> list[Row]:
        """All rows of a query; closes the connection if it fails or is cancelled."""
        try:
            cursor = await connection.execute(text.encode(), parameters)
            return await cursor.fetchall()
        except BaseException:
            await connection.close()
            raise

    async def close(self) -> None:
        """Close the idle connections now, and those of running queries as each query ends."""
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()


def _reported(text: str, error: Exception, kind: type[Exception]) -> Exception:
    """The error as SQLAlchemy reports it, without the parameters' values."""
    reported: Exception = DBAPIError.instance(text, None, error, kind, hide_parameters=True)
    return reported
