"""The job log: sentences about a job for the server's operator, never for the API's client."""

from __future__ import annotations

import time
from collections.abc import Sequence

import sqlalchemy as sa

from vitascope.store.database import Database
from vitascope.store.tables import job_log


class JobLog:
    """Appends to and reads the log of each job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, video_id: str, messages: Sequence[str]) -> None:
        """Append sentences, in order."""
        if not messages:
            return
        rows = [{"video_id": video_id, "at": time.time(), "message": text} for text in messages]
        async with self._database.begin() as connection:
            await connection.execute(sa.insert(job_log), rows)

    async def read(self, video_id: str) -> list[tuple[float, str]]:
        """All sentences of a job with the moment each was written, oldest first."""
        query = (
            sa.select(job_log.c.at, job_log.c.message)
            .where(job_log.c.video_id == video_id)
            .order_by(job_log.c.entry)
        )
        async with self._database.reading() as connection:
            return [(row[0], row[1]) for row in (await connection.execute(query)).all()]

    async def delete(self, video_id: str) -> None:
        """Forget a job's log."""
        async with self._database.begin() as connection:
            await connection.execute(sa.delete(job_log).where(job_log.c.video_id == video_id))
