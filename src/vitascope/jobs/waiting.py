"""Waiting jobs: their order, pausing them, and changing what they render.

Within its project and queue, the job with the lowest priority number starts first, of these the
one that was created first. A job that moves gets the number of the one behind it; those before it
get lower numbers where that is necessary. A paused job is in a queue that no worker takes from.

The durable engine's record decides whether a job still waits: a worker takes a job by changing the
record, so each change here locks it first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec
import sqlalchemy as sa

from vitascope.store.database import Database
from vitascope.store.tables import videos
from vitascope.store.usage import lock_project
from vitascope.store.videos import video_of_row
from vitascope.video import PAUSED, Video

_QUEUED = videos.c.status == sa.literal_column("'queued'")


class Place(NamedTuple):
    """Where a job waits: a lower priority number goes first."""

    queue: str
    priority: int


class Scheduler(Protocol):
    """The transport's view of jobs that wait."""

    def place(self, connection: sa.Connection, places: Mapping[str, Place]) -> set[str]:
        """Move those of the jobs that no worker has taken, and return their ids."""


class NotWaiting(Exception):
    """The video does not wait any more, or a worker has just taken its job."""


class WrongPlace(Exception):
    """The video before which another is to be placed does not wait in its queue."""


class WaitingJobs:
    """Changes jobs that wait. Each call is one transaction."""

    def __init__(self, database: Database, scheduler: Scheduler) -> None:
        self._database = database
        self._scheduler = scheduler

    async def move(
        self, video: Video, *, position: int | None = None, before: str | None = None
    ) -> None:
        """Move a job among its project's jobs in its queue; a paused one waits there when resumed.

        Args:
            video: which one.
            position: its new place from 1 on; a higher one than there are is the last.
            before: the id of the video that it is to precede, instead of a position.

        Raises:
            NotWaiting: it does not wait any more.
            WrongPlace: the other video does not wait in the same queue.
        """

        def write(connection: sa.Connection) -> None:
            lock_project(connection, video.project)
            row = self._locked(connection, video)
            if not self._scheduler.place(connection, {row.id: Place(row.queue, row.priority)}):
                raise NotWaiting
            queue = row.queue.removesuffix(PAUSED)
            order = [one for one in self._order(connection, row.project, queue) if one[0] != row.id]
            ids = [each for each, _priority in order]
            if before is not None and before not in ids:
                raise WrongPlace
            index = min((position or 1) - 1, len(ids)) if before is None else ids.index(before)
            order.insert(index, (row.id, row.priority))
            changed = {
                each: Place(row.queue if each == row.id else queue, priority)
                for each, priority in renumbered(order, index).items()
            }
            self._scheduler.place(connection, changed)
            self._record(connection, changed)

        await self._run(write)

    async def pause(self, video: Video, *, paused: bool) -> None:
        """Keep a job from starting, or let it start again, at the place that it had.

        Raises:
            NotWaiting: it does not wait any more.
        """

        def write(connection: sa.Connection) -> None:
            row = self._locked(connection, video)
            queue = row.queue.removesuffix(PAUSED) + (PAUSED if paused else "")
            place = {row.id: Place(queue, row.priority)}
            if not self._scheduler.place(connection, place):
                raise NotWaiting
            self._record(connection, place)

        await self._run(write)

    async def change(self, video: Video, change: Callable[[Video], Video]) -> Video:
        """Change what a video renders, its star and its tags.

        Args:
            video: which one.
            change: gets the video as it is now; what it raises leaves the video as it was.

        Raises:
            NotWaiting: the video was deleted.
        """

        def write(connection: sa.Connection) -> Video:
            # The update locks the row, and in SQLite the file, so that nothing comes between.
            locked = (
                sa.update(videos)
                .where(videos.c.id == video.id, videos.c.project == video.project)
                .values(starred=videos.c.starred)
                .returning(videos)
            )
            row = connection.execute(locked).first()
            if row is None:
                raise NotWaiting
            before = video_of_row(row._mapping)
            after = change(before)
            changed = {
                name: getattr(after, name)
                for name in ("spec", "starred", "tags")
                if getattr(after, name) != getattr(before, name)
            }
            if changed:
                connection.execute(sa.update(videos).where(videos.c.id == video.id).values(changed))
            return after

        async with self._database.begin() as connection:
            return await connection.run_sync(write)

    def release(self, connection: sa.Connection, video: Video) -> None:
        """Let a worker take the job of a paused video that has ended, which ends the job."""
        if video.queue.endswith(PAUSED):
            place = Place(video.queue.removesuffix(PAUSED), video.priority)
            self._scheduler.place(connection, {video.id: place})

    async def _run(self, write: Callable[[sa.Connection], None]) -> None:
        async with self._database.begin() as connection:
            await connection.run_sync(write)

    def _locked(self, connection: sa.Connection, video: Video) -> Video:
        """The video as it is now.

        Raises:
            NotWaiting: it does not wait.
        """
        # Takes SQLite's lock before the first read.
        connection.execute(sa.update(videos).where(sa.false()).values(priority=0))
        query = sa.select(videos).where(
            videos.c.id == video.id, videos.c.project == video.project, _QUEUED
        )
        row = connection.execute(query).first()
        if row is None:
            raise NotWaiting
        return video_of_row(row._mapping)

    def _order(self, connection: sa.Connection, project: str, queue: str) -> list[tuple[str, int]]:
        """The project's jobs in the queue, each with its priority, the first first."""
        query = (
            sa.select(videos.c.id, videos.c.priority)
            .where(_QUEUED, videos.c.project == project, videos.c.queue == queue)
            .order_by(videos.c.priority, videos.c.id)
        )
        return [(row[0], row[1]) for row in connection.execute(query)]

    def _record(self, connection: sa.Connection, places: Mapping[str, Place]) -> None:
        rows = [
            {"this": each, "queue": place.queue, "priority": place.priority}
            for each, place in places.items()
        ]
        if rows:
            statement = (
                sa.update(videos)
                .where(videos.c.id == sa.bindparam("this"), _QUEUED)
                .values(queue=sa.bindparam("queue"), priority=sa.bindparam("priority"))
            )
            connection.execute(statement, rows)


def renumbered(order: Sequence[tuple[str, int]], moved: int) -> dict[str, int]:
    """The priorities that must change for jobs to start in this order.

    Args:
        order: ids and priorities. Without the moved job, they are sorted by priority and id.
        moved: the index of the moved job.
    """
    own, priority = order[moved]
    if moved + 1 < len(order):
        following = order[moved + 1]
        new = following[1] if own < following[0] else following[1] - 1
    else:
        new = max([priority, *(each[1] for each in order[moved - 1 : moved])])
    changed = {} if new == priority else {own: new}
    following = own, new
    for each, number in reversed(order[:moved]):
        if (number, each) < (following[1], following[0]):
            break
        lower = following[1] if each < following[0] else following[1] - 1
        changed[each] = lower
        following = each, lower
    return changed


def with_spec(video: Video, **changes: object) -> Video:
    """The video with other values in its specification."""
    spec = msgspec.structs.replace(video.spec, **changes)
    return msgspec.structs.replace(video, spec=spec)
