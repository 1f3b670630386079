"""The sweep: ends rows whose job was lost, and removes files that nothing refers to."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol

from obstore.exceptions import BaseError
from sqlalchemy.exc import SQLAlchemyError

from vitascope.store.blobs import Blobs
from vitascope.store.records import JobLog
from vitascope.store.videos import Videos
from vitascope.video import SOURCE_FOLDERS

log = logging.getLogger(__name__)

ORPHAN_AGE = 3600.0
"""Seconds a file may lie in the store before it must belong to a row; uploads take less."""
_YOUNG = 60.0
_AT_ONCE = 1000

AliveAmong = Callable[[list[str]], Iterable[str]]


class Owners(Protocol):
    """A repository whose rows own stored files."""

    async def existing_among(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids still have a row."""


class Sweep:
    """Puts right what a crash at an unlucky moment left behind."""

    def __init__(
        self,
        videos: Videos,
        job_log: JobLog,
        blobs: Blobs,
        *,
        alive_among: AliveAmong,
        forget_finished: Callable[[], object] = lambda: None,
        chores: Sequence[Callable[[], Awaitable[object]]] = (),
        owners: Mapping[str, Owners] | None = None,
    ) -> None:
        """Prepare to sweep.

        Args:
            videos: the rows that own what lies under `videos/`.
            job_log: forgotten along with a video.
            blobs: where files lie, as KIND/ID/… or KIND/ID.
            alive_among: which of these jobs are still queued or worked on.
            forget_finished: removes what the durable engine keeps of jobs long finished.
            chores: what else the database needs now and then, in this order.
            owners: the rows that own what lies under other kinds of keys.
        """
        self._videos = videos
        self._job_log = job_log
        self._blobs = blobs
        self._alive_among = alive_among
        self._forget_finished = forget_finished
        self._chores = chores
        self._owners: dict[str, Owners] = {"videos": videos, **(owners or {})}

    async def run(self, *, every: float, on_duty: Callable[[], Awaitable[bool]]) -> None:
        """Sweep now and then until cancelled; look at the whole store, which costs, less often.

        Args:
            every: seconds from one sweep to the next.
            on_duty: whether it is this worker that sweeps; one is enough for all.
        """
        listed_at = float("-inf")
        while True:
            try:
                if await on_duty():
                    await self.expire()
                    await self.fail_lost_jobs()
                    await asyncio.to_thread(self._forget_finished)
                    for chore in self._chores:
                        await chore()
                    if time.monotonic() - listed_at > ORPHAN_AGE:
                        listed_at = time.monotonic()
                        await self.remove_orphans()
            except (SQLAlchemyError, BaseError) as error:
                log.warning("The sweep was put off: %s", type(error).__name__)
            await asyncio.sleep(every)

    async def expire(self) -> None:
        """Remove the files of videos that are past their retention; their rows stay."""
        for video in await self._videos.expired(now=time.time()):
            await self._blobs.delete_under(f"videos/{video.id}")
            await self._videos.clear_assets(video.id)

    async def fail_lost_jobs(self) -> None:
        """End unfinished videos that no workflow will ever take up again."""
        waiting = await self._videos.unfinished(created_before=time.time() - _YOUNG)
        for begin in range(0, len(waiting), _AT_ONCE):
            await self._fail_lost_among(waiting[begin : begin + _AT_ONCE])

    async def _fail_lost_among(self, waiting: list[str]) -> None:
        alive = set(await asyncio.to_thread(self._alive_among, waiting))
        for video_id in waiting:
            if video_id not in alive:
                log.error("The job of %s was lost and is ended", video_id)
                await self._videos.fail(
                    video_id,
                    code="processing_error",
                    message="The server lost track of this video. Create it again.",
                    now=time.time(),
                )

    async def remove_orphans(self, *, age: float = ORPHAN_AGE) -> None:
        """Delete stored files whose owner is gone, and what attempts left that were overtaken.

        Args:
            age: seconds that a file must have been there: younger ones may be of an upload, or of
                an attempt, that is still under way.
        """
        for kind, owners in self._owners.items():
            old: dict[str, list[str]] = {}
            async for blob in self._blobs.list(kind):
                if blob.modified_at < time.time() - age:
                    old.setdefault(blob.key.split("/")[1], []).append(blob.key)
            known = await owners.existing_among(list(old))
            for owner_id in [owner_id for owner_id in old if owner_id not in known]:
                await self._blobs.delete(old.pop(owner_id))
                await self._job_log.delete(owner_id)
            if kind == "videos":
                await self._remove_left_over(old)
        await self._blobs.delete_fragments(before=time.time() - age)

    async def _remove_left_over(self, keys: Mapping[str, Sequence[str]]) -> None:
        """Delete files of attempts that can't be published any more, and inputs that were spent."""
        for video_id, (status, attempt) in (await self._videos.attempts_among(list(keys))).items():
            last = attempt if status == "failed" else attempt - 1
            spent = SOURCE_FOLDERS if status in {"completed", "failed"} else ()
            names = {*map(str, range(1, last + 1)), *spent}
            await self._blobs.delete([key for key in keys[video_id] if key.split("/")[2] in names])
