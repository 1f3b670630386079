"""Live previews: a small picture of each unfinished film, written with its progress."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from vitascope.store.database import Database, in_batches
from vitascope.store.tables import live_previews, videos


class LivePreviews:
    """Reads live previews. They are visible within the project of their video only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, video_id: str, *, project: str) -> bytes | None:
        """A JPEG of the unfinished film; None if there is none, yet or any more."""
        query = (
            sa.select(live_previews.c.jpeg)
            .join(videos, videos.c.id == live_previews.c.video_id)
            .where(live_previews.c.video_id == video_id, videos.c.project == project)
        )
        async with self._database.reading() as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def among(self, ids: Collection[str]) -> set[str]:
        """Those of these videos that have a preview now."""
        found: set[str] = set()
        async with self._database.reading() as connection:
            for batch in in_batches(list(ids)):
                query = sa.select(live_previews.c.video_id)
                query = query.where(live_previews.c.video_id.in_(batch))
                found |= set((await connection.execute(query)).scalars())
        return found


async def replace_preview(connection: AsyncConnection, video_id: str, jpeg: bytes | None) -> None:
    """Keep this preview in place of the one before, or none.

    Args:
        connection: a transaction that has changed the row of the video before, and so locked it:
            else a preview could be added after the end.
        video_id: which video.
        jpeg: the picture.
    """
    old = sa.delete(live_previews).where(live_previews.c.video_id == video_id)
    await connection.execute(old)
    if jpeg is not None:
        row = {"video_id": video_id, "jpeg": jpeg}
        await connection.execute(sa.insert(live_previews).values(row))
