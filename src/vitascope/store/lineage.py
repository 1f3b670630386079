"""The lineage repository: what came from what, also after some of it has been deleted."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from vitascope.store.database import Database, Reading
from vitascope.store.tables import lineage

_LARGEST_FAMILY = 1000
"""How many edges one answer follows; a family larger than that is cut off far from the video."""


@dataclass(frozen=True, slots=True)
class Edge:
    """`child` came from `parent` by `relation`."""

    child: str
    parent: str
    relation: str


class Lineage:
    """Walks family trees. Edges are written with the video they belong to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def family(self, video_id: str, *, project: str) -> list[Edge]:
        """All edges among a video's ancestors and descendants, nearest first."""
        async with self._database.reading() as connection:
            up = await self._walk(connection, video_id, project, upwards=True)
            down = await self._walk(connection, video_id, project, upwards=False)
        return list(dict.fromkeys([*up, *down]))

    async def _walk(
        self, connection: Reading, video_id: str, project: str, *, upwards: bool
    ) -> list[Edge]:
        """Follow edges generation by generation: one query each, however wide the family is."""
        here = lineage.c.child_id if upwards else lineage.c.parent_id
        found: dict[Edge, None] = {}
        generation = {video_id}
        while generation and len(found) < _LARGEST_FAMILY:
            query = (
                sa.select(lineage.c.child_id, lineage.c.parent_id, lineage.c.relation)
                .where(here.in_(generation), lineage.c.project == project)
                .order_by(lineage.c.child_id, lineage.c.parent_id)
                .limit(_LARGEST_FAMILY)
            )
            edges = [Edge(*row) for row in (await connection.execute(query)).all()]
            new = [edge for edge in edges if edge not in found]
            found.update(dict.fromkeys(new))
            generation = {edge.parent if upwards else edge.child for edge in new}
        return list(found)
