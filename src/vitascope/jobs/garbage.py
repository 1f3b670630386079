"""Garbage collection: removes expired and unowned files, and fails videos whose job is lost."""

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

UNOWNED_AGE = 3600.0
"""Seconds after which a stored file without a row is removed; no upload takes that long."""
_LOST_AGE = 60.0
"""Seconds after which a video without a job counts as lost."""
_AT_ONCE = 1000

AliveAmong = Callable[[list[str]], Iterable[str]]


class Owners(Protocol):
    """A repository whose rows own stored files."""

    async def existing_among(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids still have a row."""


class GarbageCollector:
    """Removes what finished, deleted and crashed jobs left behind."""

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
        """Prepare; nothing is removed yet.

        Args:
            videos: the owners of files under `videos/`.
            job_log: its lines are removed with their video.
            blobs: the store; its keys are KIND/ID/… or KIND/ID.
            alive_among: which of these jobs are queued or running.
            forget_finished: removes the durable engine's records of jobs finished long ago.
            chores: further regular work on the database, in this order.
            owners: the owners of files under other kinds of keys.
        """
        self._videos = videos
        self._job_log = job_log
        self._blobs = blobs
        self._alive_among = alive_among
        self._forget_finished = forget_finished
        self._chores = chores
        self._owners: dict[str, Owners] = {"videos": videos, **(owners or {})}

    async def run(self, *, every: float, on_duty: Callable[[], Awaitable[bool]]) -> None:
        """Collect until cancelled.

        The whole store is listed once in `UNOWNED_AGE` only, because that takes long.

        Args:
            every: seconds between two collections.
            on_duty: whether this worker collects; one worker does it for all.
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
                    if time.monotonic() - listed_at > UNOWNED_AGE:
                        listed_at = time.monotonic()
                        await self.remove_unowned()
            except (SQLAlchemyError, BaseError) as error:
                log.warning("Garbage collection failed and is repeated: %s", type(error).__name__)
            await asyncio.sleep(every)

    async def expire(self) -> None:
        """Remove the files of videos past their retention; the rows stay."""
        for video in await self._videos.expired(now=time.time()):
            await self._blobs.delete_under(f"videos/{video.id}")
            await self._videos.clear_assets(video.id)

    async def fail_lost_jobs(self) -> None:
        """Fail unfinished videos that have no job any more."""
        waiting = await self._videos.unfinished(created_before=time.time() - _LOST_AGE)
        for begin in range(0, len(waiting), _AT_ONCE):
            await self._fail_lost_among(waiting[begin : begin + _AT_ONCE])

    async def _fail_lost_among(self, waiting: list[str]) -> None:
        alive = set(await asyncio.to_thread(self._alive_among, waiting))
        for video_id in waiting:
            if video_id not in alive:
                log.error("The job of %s was lost; the video is failed", video_id)
                await self._videos.fail(
                    video_id,
                    code="processing_error",
                    message="The server lost track of this video. Create it again.",
                    now=time.time(),
                )

    async def remove_unowned(self, *, age: float = UNOWNED_AGE) -> None:
        """Remove files without a row and files of superseded attempts.

        Args:
            age: minimum seconds since a file was stored; a younger one may belong to an upload or
                an attempt that is still running.
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
                await self._remove_superseded(old)
        await self._blobs.delete_fragments(before=time.time() - age)

    async def _remove_superseded(self, keys: Mapping[str, Sequence[str]]) -> None:
        """Remove files of attempts that are over, and inputs of finished jobs."""
        for video_id, (status, attempt) in (await self._videos.attempts_among(list(keys))).items():
            last = attempt if status == "failed" else attempt - 1
            spent = SOURCE_FOLDERS if status in {"completed", "failed"} else ()
            names = {*map(str, range(1, last + 1)), *spent}
            await self._blobs.delete([key for key in keys[video_id] if key.split("/")[2] in names])
