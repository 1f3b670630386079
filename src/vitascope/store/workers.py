"""The workers repository: which workers live, by the database's clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from vitascope.store.database import Database
from vitascope.store.tables import workers


class Workers:
    """Heartbeats. Times are the database's, so that a host's wrong clock does not matter."""

    def __init__(self, database: Database) -> None:
        self._database = database
        sqlite = database.dialect.name == "sqlite"
        # SQLite's julianday has milliseconds; in it, the unix epoch is 2440587.5.
        self._now: sa.ColumnElement[Any] = sa.literal_column(
            "(julianday('now') - 2440587.5) * 86400.0"
            if sqlite
            else "extract(epoch from clock_timestamp())::float8"
        )

    async def beat(
        self, worker_id: str, models: Sequence[str], *, version: str, lease: float | None = None
    ) -> list[str]:
        """Record that the worker lives, which models it serves and its workflow version.

        Returns:
            the other workers that are silent for `lease` seconds, if given.
        """
        values = {"seen_at": self._now, "models": list(models), "workflow_version": version}
        async with self._database.begin() as connection:
            updated = await connection.execute(
                sa.update(workers)
                .where(workers.c.id == worker_id)
                .values(values)
                .returning(workers.c.id)
            )
            if updated.first() is None:
                await connection.execute(
                    sa.insert(workers).values(id=worker_id, started_at=self._now, **values)
                )
            if lease is None:
                return []
            return await self.silent(connection, lease=lease, besides=worker_id)

    async def silent(self, connection: AsyncConnection, *, lease: float, besides: str) -> list[str]:
        """Workers other than `besides` whose last heartbeat is older than `lease` seconds."""
        query = sa.select(workers.c.id).where(
            workers.c.seen_at < self._now - lease, workers.c.id != besides
        )
        return list((await connection.execute(query)).scalars())

    async def forget_silent(
        self, connection: AsyncConnection, worker_ids: Sequence[str], *, lease: float
    ) -> None:
        """Remove those of the workers that have sent no heartbeat since."""
        await connection.execute(
            sa.delete(workers).where(
                workers.c.id.in_(worker_ids), workers.c.seen_at < self._now - lease
            )
        )

    async def leave(self, worker_id: str) -> None:
        """Remove a worker that has stopped in an orderly way."""
        async with self._database.begin() as connection:
            await connection.execute(sa.delete(workers).where(workers.c.id == worker_id))

    async def known(self) -> dict[str, str]:
        """The workflow version of every worker not yet known to be dead, by worker id."""
        query = sa.select(workers.c.id, workers.c.workflow_version)
        async with self._database.reading() as connection:
            return {row.id: row.workflow_version for row in await connection.execute(query)}

    async def models_served(self, *, lease: float) -> list[list[str]]:
        """The models of each worker with a heartbeat in the last `lease` seconds."""
        query = sa.select(workers.c.models).where(workers.c.seen_at >= self._now - lease)
        async with self._database.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def alive(self, *, lease: float) -> list[str]:
        """Workers with a heartbeat in the last `lease` seconds."""
        query = sa.select(workers.c.id).where(workers.c.seen_at >= self._now - lease)
        async with self._database.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def leads(self, worker_id: str, *, lease: float) -> bool:
        """Whether the worker is the first of the living ones, which does the work of one."""
        query = sa.select(sa.func.min(workers.c.id)).where(workers.c.seen_at >= self._now - lease)
        async with self._database.reading() as connection:
            return bool((await connection.execute(query)).scalar() == worker_id)
