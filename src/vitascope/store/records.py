"""What is kept about a video beside its row: its job log and its lineage."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from vitascope.store.database import Database, ReadConnection
from vitascope.store.tables import job_log, lineage

_MAX_EDGES = 1000
"""The most edges that one answer follows; of a larger family, the most distant are missing."""


class JobLog:
    """The log of each job: sentences for the server's operator, never for the API's client."""

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
        """All sentences of a job, each with the time it was written, oldest first."""
        query = (
            sa.select(job_log.c.at, job_log.c.message)
            .where(job_log.c.video_id == video_id)
            .order_by(job_log.c.entry)
        )
        async with self._database.reading() as connection:
            return [(row[0], row[1]) for row in (await connection.execute(query)).all()]

    async def delete(self, video_id: str) -> None:
        """Delete a job's log."""
        async with self._database.begin() as connection:
            await connection.execute(sa.delete(job_log).where(job_log.c.video_id == video_id))


@dataclass(frozen=True, slots=True)
class Edge:
    """`child` was made from `parent` by `relation`."""

    child: str
    parent: str
    relation: str


class Lineage:
    """What was made from what, also after some of it has been deleted.

    `Videos.add` writes the edges together with the video.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def family(self, video_id: str, *, project: str) -> list[Edge]:
        """All edges among a video's ancestors and descendants, nearest first."""
        async with self._database.reading() as connection:
            up = await self._walk(connection, video_id, project, upwards=True)
            down = await self._walk(connection, video_id, project, upwards=False)
        return list(dict.fromkeys([*up, *down]))

    async def _walk(
        self, connection: ReadConnection, video_id: str, project: str, *, upwards: bool
    ) -> list[Edge]:
        """Follow edges generation by generation, with one query for each generation."""
        here = lineage.c.child_id if upwards else lineage.c.parent_id
        found: dict[Edge, None] = {}
        generation = {video_id}
        while generation and len(found) < _MAX_EDGES:
            query = (
                sa.select(lineage.c.child_id, lineage.c.parent_id, lineage.c.relation)
                .where(here.in_(generation), lineage.c.project == project)
                .order_by(lineage.c.child_id, lineage.c.parent_id)
                .limit(_MAX_EDGES)
            )
            edges = [Edge(*row) for row in (await connection.execute(query)).all()]
            new = [edge for edge in edges if edge not in found]
            found.update(dict.fromkeys(new))
            generation = {edge.parent if upwards else edge.child for edge in new}
        return list(found)
