"""Hot queries on PostgreSQL, each one round trip. Servers on SQLite do without the driver."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg
import sqlalchemy as sa

from vitascope.store.direct import Row, reported
from vitascope.store.statements import Statement


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
                        raise reported(text, error, psycopg.Error) from error
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
