"""The videos repository: each change of a job's row is one guarded statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from vitascope.spec import Asset, RenderSpec
from vitascope.store.database import Database, in_batches, may_be_stored
from vitascope.store.live_previews import replace_preview
from vitascope.store.statements import (
    GET_VIDEO,
    GET_VIDEO_WITH_POSITION,
    INSERT_VIDEO,
    page_of,
    row_of,
    video_of,
)
from vitascope.store.tables import STORED, idempotency, lineage, videos
from vitascope.store.usage import Usage, record_usage
from vitascope.video import UNFINISHED, Parent, Status, Variant, Video, is_own_id

# As literals, so that SQLite sees that the index with this condition applies.
_UNFINISHED = videos.c.status.in_([sa.literal_column(f"'{status}'") for status in UNFINISHED])
_QUEUED = videos.c.status == sa.literal_column("'queued'")
_MODEL = videos.c.spec["model"].as_string().label("model")
_SECONDS = (
    videos.c.spec["frames"].as_float()
    * videos.c.spec["fps"][1].as_float()
    / videos.c.spec["fps"][0].as_float()
).label("seconds")

_COUNT_QUEUED = sa.select(sa.func.count()).select_from(
    sa.select(videos.c.status)
    .where(videos.c.project == sa.bindparam("project"), _QUEUED)
    .limit(sa.bindparam("at_most", type_=sa.Integer))
    .subquery()
)


class Videos:
    """Reads and writes video rows. A video is visible within its project only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, connection: sa.Connection, *videos: tuple[Video, Sequence[Parent]]) -> None:
        """Insert new videos with their parents, within the caller's transaction."""
        rows = [row_of(video) for video, _parents in videos]
        connection.exec_driver_sql(INSERT_VIDEO[connection.dialect.name], rows)
        edges = [
            {
                "child_id": video.id,
                "parent_id": parent.id,
                "relation": parent.relation,
                "project": video.project,
                "at": video.created_at,
            }
            for video, parents in videos
            for parent in parents
        ]
        if edges:
            connection.execute(sa.insert(lineage), edges)
        if any(row["stored_bytes"] for row in rows):
            record_usage(connection, ((row["project"], Usage(row["stored_bytes"])) for row in rows))

    def count_queued(self, connection: sa.Connection, project: str, *, at_most: int) -> int:
        """How many of the project's videos wait; counts up to `at_most`."""
        parameters = {"project": project, "at_most": at_most}
        return connection.execute(_COUNT_QUEUED, parameters).scalar_one()

    async def get(self, video_id: str, *, project: str) -> Video | None:
        """The video, or None if the project has none with this id."""
        if not may_be_stored(video_id):
            return None
        rows = await self._database.fetch(GET_VIDEO, {"id": video_id, "project": project})
        return video_of(rows[0]) if rows else None

    async def get_with_position(self, video_id: str, *, project: str) -> tuple[Video, int] | None:
        """The video, and how many of its project's videos wait before it in its queue.

        One query for both, because clients poll. Counts up to `MAX_POSITION`.
        """
        if not may_be_stored(video_id):
            return None
        parameters = {"id": video_id, "project": project}
        rows = await self._database.fetch(GET_VIDEO_WITH_POSITION, parameters)
        return (video_of(rows[0]), rows[0][-1]) if rows else None

    async def queued_by_project(self) -> dict[str, dict[str, int]]:
        """How many videos of each project wait, by queue."""
        query = (
            sa.select(videos.c.queue, videos.c.project, sa.func.count())
            .where(_QUEUED)
            .group_by(videos.c.project, videos.c.queue)
        )
        # In the driver's thread, because counting a very long queue takes a while.
        async with self._database.connect() as connection:
            rows = (await connection.execute(query)).all()
        found: dict[str, dict[str, int]] = {}
        for queue, project, count in rows:
            found.setdefault(queue, {})[project] = count
        return found

    async def running_by_queue(self) -> dict[str, int]:
        """How many videos of each queue are in progress."""
        query = (
            sa.select(videos.c.queue, sa.func.count())
            .where(_UNFINISHED, videos.c.status == "in_progress")
            .group_by(videos.c.queue)
        )
        async with self._database.reading() as connection:
            return {row[0]: row[1] for row in (await connection.execute(query)).all()}

    async def find(self, video_id: str) -> Video | None:
        """The video in any project; for workers, never for an answer to a client."""
        async with self._database.reading() as connection:
            row = (
                await connection.execute(sa.select(videos).where(videos.c.id == video_id))
            ).first()
        return None if row is None else video_of_row(row._mapping)

    async def page(
        self, *, project: str, after: str | None, limit: int, newest_first: bool
    ) -> tuple[list[Video], bool]:
        """Up to `limit` videos after the cursor, and whether there are more.

        Ids sort by creation, so a cursor keeps its place when its video has been deleted. A cursor
        that is not an id of this server finds nothing.
        """
        parameters: dict[str, Any] = {"project": project, "limit": limit + 1}
        if after is not None:
            if not is_own_id(after, "video") and await self.get(after, project=project) is None:
                return [], False
            parameters["after"] = after
        statement = page_of(after=after is not None, newest_first=newest_first)
        rows = await self._database.fetch(statement, parameters)
        return [video_of(row) for row in rows[:limit]], len(rows) > limit

    async def delete(self, video_id: str, *, project: str) -> Video | None:
        """Delete a finished video's row and return it; None if there was none.

        Deletes its idempotency row too: the same request, sent again, makes another video.
        """
        statement = (
            sa.delete(videos)
            .where(videos.c.id == video_id, videos.c.project == project, ~_UNFINISHED)
            .returning(videos)
        )
        request = sa.delete(idempotency).where(idempotency.c.video_id == video_id)
        async with self._database.begin() as connection:
            row = (await connection.execute(statement)).first()
            if row is not None:
                await connection.execute(request)
                freed = Usage(-row.stored_bytes)
                await connection.run_sync(record_usage, [(project, freed)])
        return None if row is None else video_of_row(row._mapping)

    async def finished_among(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids are finished or deleted; one query for a thousand waiters."""
        return set(ids) - await self._among(ids, _UNFINISHED)

    async def begin_attempt(self, video_id: str, *, now: float) -> Video | None:
        """Begin a new attempt at an unfinished video; None if it is finished or deleted.

        Progress never decreases, also when a new attempt starts over.
        """
        statement = (
            sa.update(videos)
            .where(videos.c.id == video_id, _UNFINISHED)
            .values(
                status="in_progress",
                attempt=videos.c.attempt + 1,
                started_at=sa.func.coalesce(videos.c.started_at, now),
            )
            .returning(videos)
        )
        return await self._change(statement)

    async def note_crash(self, video_id: str, *, attempt: int) -> int | None:
        """Count a crash of the attempt's engine; the new count, None if it is not current."""
        changed = await self._change(
            _guarded(video_id, attempt).values(crashes=videos.c.crashes + 1).returning(videos)
        )
        return None if changed is None else changed.crashes

    async def report(
        self,
        video_id: str,
        *,
        attempt: int,
        progress: int,
        phase: str,
        eta: float | None,
        preview: bytes | None = None,
    ) -> bool:
        """Record progress, and a preview if there is a new one; False as `publish` returns it."""
        highest = sa.case((videos.c.progress < progress, progress), else_=videos.c.progress)
        statement = (
            _guarded(video_id, attempt)
            .values(progress=highest, phase=phase, eta=eta)
            .returning(videos.c.id)
        )
        async with self._database.begin() as connection:
            current = (await connection.execute(statement)).first() is not None
            if current and preview is not None:
                await replace_preview(connection, video_id, preview)
            return current

    async def publish(
        self,
        video_id: str,
        *,
        attempt: int,
        assets: Mapping[Variant, Asset],
        spec: RenderSpec,
        now: float,
        expires_at: float | None,
    ) -> bool:
        """Make the video `completed`; False if the attempt is not the current one any more.

        Args:
            video_id: which video.
            attempt: the attempt that made the files.
            assets: the files.
            spec: the specification with the result's real size, length and frame rate.
            now: the time of completion.
            expires_at: when the files will be removed; None for never.
        """
        statement = (
            _guarded(video_id, attempt)
            .values(
                status="completed",
                progress=100,
                phase=None,
                eta=None,
                completed_at=now,
                expires_at=expires_at,
                assets=assets,
                spec=spec,
            )
            .returning(videos)
        )
        return await self._end(statement) is not None

    async def fail(
        self,
        video_id: str,
        *,
        code: str,
        message: str,
        now: float,
        attempt: int | None = None,
        also: Callable[[sa.Connection, Video], object] | None = None,
    ) -> Video | None:
        """End an unfinished video as failed; None if it is final, deleted or overtaken.

        `also` is called in the same transaction.
        """
        statement = (
            sa.update(videos)
            .where(videos.c.id == video_id, _UNFINISHED)
            .values(
                status="failed",
                error_code=code,
                error_message=message,
                completed_at=now,
                phase=None,
                eta=None,
            )
            .returning(videos)
        )
        if attempt is not None:
            statement = statement.where(videos.c.attempt == attempt)
        return await self._end(statement, also)

    async def unfinished(self, *, created_before: float) -> list[str]:
        """The id of every unfinished video created before the given time."""
        query = sa.select(videos.c.id).where(_UNFINISHED, videos.c.created_at < created_before)
        async with self._database.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def expired(self, *, now: float, limit: int = 100) -> list[Video]:
        """Videos whose files have expired and are still stored."""
        query = (
            sa.select(videos)
            .where(videos.c.expires_at <= now, STORED)
            .order_by(videos.c.expires_at)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [video_of_row(row._mapping) for row in (await connection.execute(query)).all()]

    async def clear_assets(self, video_id: str) -> None:
        """Record that the files have been removed; the row stays."""
        statement = (
            sa.update(videos).where(videos.c.id == video_id).values(assets={}).returning(videos)
        )
        async with self._database.begin() as connection:
            row = (await connection.execute(statement)).first()
            if row is not None:
                await self._resize(connection, row, 0)

    async def seconds_per_second(self, *, among: int = 50) -> dict[str, float]:
        """Seconds of rendering for a second of film, by model, over the newest videos."""
        newest = (
            sa.select(_MODEL, _SECONDS, videos.c.started_at, videos.c.completed_at)
            .where(videos.c.status == "completed")
            .order_by(videos.c.id.desc())
            .limit(among)
            .subquery()
        )
        spent = sa.func.sum(newest.c.completed_at - newest.c.started_at)
        query = sa.select(newest.c.model, spent / sa.func.sum(newest.c.seconds)).group_by(
            newest.c.model
        )
        async with self._database.reading() as connection:
            return {row[0]: row[1] for row in (await connection.execute(query)).all()}

    async def attempts_among(self, ids: Sequence[str]) -> dict[str, tuple[Status, int]]:
        """Status and last attempt of those ids that have a row."""
        found: dict[str, tuple[Status, int]] = {}
        async with self._database.reading() as connection:
            for batch in in_batches(ids):
                query = sa.select(videos.c.id, videos.c.status, videos.c.attempt).where(
                    videos.c.id.in_(batch)
                )
                for row in (await connection.execute(query)).all():
                    found[row.id] = (row.status, row.attempt)
        return found

    async def existing_among(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids still have a row."""
        return await self._among(ids)

    async def count_by_status(self) -> dict[Status, int]:
        """The number of unfinished videos, by status."""
        query = (
            sa.select(videos.c.status, sa.func.count()).where(_UNFINISHED).group_by(videos.c.status)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {row[0]: row[1] for row in rows}

    async def _among(self, ids: Sequence[str], *conditions: sa.ColumnElement[bool]) -> set[str]:
        """Which of these ids have a row that meets all conditions."""
        found: set[str] = set()
        async with self._database.reading() as connection:
            for batch in in_batches(ids):
                query = sa.select(videos.c.id).where(videos.c.id.in_(batch), *conditions)
                found.update((await connection.execute(query)).scalars())
        return found

    async def _end(
        self, statement: Any, also: Callable[[sa.Connection, Video], object] | None = None
    ) -> Video | None:
        """End a video: update the size of its stored files, and delete its preview."""
        async with self._database.begin() as connection:
            row = (await connection.execute(statement)).first()
            if row is None:
                return None
            video = video_of_row(row._mapping)
            if also is not None:
                await connection.run_sync(also, video)
            await self._resize(connection, row, video.stored_bytes)
            await replace_preview(connection, video.id, None)
            return video

    async def _resize(self, connection: AsyncConnection, row: sa.Row[Any], size: int) -> None:
        """Update the size of a video's stored files, in its row and in its project's usage."""
        if row.stored_bytes == size:
            return
        resize = sa.update(videos).where(videos.c.id == row.id).values(stored_bytes=size)
        await connection.execute(resize)
        change = Usage(size - row.stored_bytes)
        await connection.run_sync(record_usage, [(row.project, change)])

    async def _change(self, statement: Any) -> Video | None:
        async with self._database.begin() as connection:
            row = (await connection.execute(statement)).first()
        return None if row is None else video_of_row(row._mapping)


def _guarded(video_id: str, attempt: int) -> sa.Update:
    """An update that only the current attempt of a video in progress can make."""
    return sa.update(videos).where(
        videos.c.id == video_id,
        videos.c.attempt == attempt,
        videos.c.status == "in_progress",
    )


def video_of_row(row: Mapping[Any, Any]) -> Video:
    """The video of a whole row."""
    return Video(**{name: value for name, value in row.items() if name != "stored_bytes"})
