"""Hot queries on the drivers' own connections, and SQLite's, which takes one step."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Protocol

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
            raise reported(text, error, sqlite3.Error) from error
        return rows

    async def close(self) -> None:
        """Close the connection; the next query opens another."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection = None


def reported(text: str, error: Exception, kind: type[Exception]) -> Exception:
    """The error as SQLAlchemy reports it, without the parameters' values."""
    reported: Exception = DBAPIError.instance(text, None, error, kind, hide_parameters=True)
    return reported
