"""Attempt artifacts: each attempt's files in the store, and the publication of one attempt's."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import msgspec

from vitascope.jobs.order import Done
from vitascope.retry import retried
from vitascope.spec import SCENE_ROLES, Asset, FrameRate, Size
from vitascope.store.blobs import STORE_ERRORS, Blobs, digest_of
from vitascope.store.videos import Videos
from vitascope.video import Variant, Video

STORE_TIMEOUT = 900.0
"""Seconds for which storing a finished film is retried."""
MEDIA_TYPES: Mapping[Variant, str] = {
    "video": "video/mp4",
    "thumbnail": "image/webp",
    "spritesheet": "image/jpeg",
}

log = logging.getLogger(__name__)


class RenderResult(msgspec.Struct, frozen=True, kw_only=True):
    """The size, length and files of a finished film.

    Attributes:
        assets: the stored files.
        frames: length.
        scripted: whether prompt and history describe the film completely.
    """

    assets: dict[Variant, Asset]
    size: Size
    frames: int
    fps: FrameRate
    scripted: bool


class Outcome(msgspec.Struct, frozen=True):
    """How an attempt ended; the durable engine stores it as JSON between its steps.

    With neither a result nor an error, nothing is left to do.
    """

    attempt: int = 0
    result: RenderResult | None = None
    error_code: str | None = None
    error_message: str | None = None


class ArtifactStore:
    """Stores the files of one attempt and removes those of others."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def store(
        self, video: Video, folder: Path, done: Done, progress: Callable[[str, float, float], None]
    ) -> dict[Variant, Asset]:
        """Store an attempt's files.

        Retries while the object store is unavailable, because rendering again costs minutes.

        Raises:
            BaseError, OSError: it was unavailable for longer than `STORE_TIMEOUT`.
        """
        assets: dict[Variant, Asset] = {}
        for index, (variant, name) in enumerate(done.files.items()):
            progress("publish", index, len(done.files))
            path = folder / name
            assets[variant] = asset = Asset(
                key=f"{attempt_prefix(video.id, video.attempt)}{name}",
                size=path.stat().st_size,
                digest=await digest_of(path),
                media_type=MEDIA_TYPES[variant],
            )
            await retried(
                partial(self._blobs.put_file, asset.key, path, asset.media_type),
                STORE_ERRORS,
                what=f"{video.id} can't be stored",
                give_up_after=STORE_TIMEOUT,
            )
        return assets

    async def remove_attempts(self, video_id: str, attempts: Iterable[int]) -> None:
        """Remove the files of abandoned attempts, if the store is available."""
        for attempt in attempts:
            prefix = attempt_prefix(video_id, attempt).rstrip("/")
            await self._try(video_id, self._blobs.delete_under(prefix))

    async def remove_spent_inputs(self, video: Video) -> None:
        """Remove the inputs that no later remix or edit needs, if the store is available."""
        spent = [one.asset.key for one in video.spec.inputs if one.role not in SCENE_ROLES]
        await self._try(video.id, self._blobs.delete(spent))

    async def _try(self, video_id: str, removal: Awaitable[None]) -> None:
        """Remove files now or leave them to garbage collection; never delay a job."""
        try:
            await removal
        except STORE_ERRORS as error:
            log.warning("%s: garbage collection will remove its files: %s", video_id, error)


class Publisher:
    """Completes or fails a video as an attempt ended, if it is still the current attempt."""

    def __init__(
        self, videos: Videos, artifacts: ArtifactStore, *, retention_hours: float | None
    ) -> None:
        self._videos = videos
        self._artifacts = artifacts
        self._retention_hours = retention_hours

    async def publish(self, video_id: str, outcome: Outcome) -> None:
        """Update the row, and remove the files that nothing needs any more."""
        if outcome.error_code is not None:
            await self._videos.fail(
                video_id,
                code=outcome.error_code,
                message=outcome.error_message or "",
                now=time.time(),
                attempt=outcome.attempt,
            )
            await self._artifacts.remove_attempts(video_id, range(1, outcome.attempt + 1))
            await self._remove_spent_inputs(video_id)
        elif outcome.result is not None:
            published = await self._complete(video_id, outcome.attempt, outcome.result)
            if published or not await self._is_published(video_id, outcome.attempt):
                last = outcome.attempt - 1 if published else outcome.attempt
                await self._artifacts.remove_attempts(video_id, range(1, last + 1))
            await self._remove_spent_inputs(video_id)

    async def _complete(self, video_id: str, attempt: int, result: RenderResult) -> bool:
        video, now = await self._videos.find(video_id), time.time()
        if video is None:
            return False
        spec = msgspec.structs.replace(
            video.spec,
            size=result.size,
            frames=result.frames,
            fps=result.fps,
            history=video.spec.history if result.scripted else None,
        )
        hours = self._retention_hours
        return await self._videos.publish(
            video_id,
            attempt=attempt,
            assets=result.assets,
            spec=spec,
            now=now,
            expires_at=None if hours is None else now + hours * 3600,
        )

    async def _is_published(self, video_id: str, attempt: int) -> bool:
        """Whether this attempt's files are the video's, as when the step runs a second time."""
        prefix = attempt_prefix(video_id, attempt)
        video = await self._videos.find(video_id)
        return video is not None and any(
            asset.key.startswith(prefix) for asset in video.assets.values()
        )

    async def _remove_spent_inputs(self, video_id: str) -> None:
        video = await self._videos.find(video_id)
        if video is not None and video.finished:
            await self._artifacts.remove_spent_inputs(video)


def attempt_prefix(video_id: str, attempt: int) -> str:
    """The common prefix of the keys of an attempt's files."""
    return f"videos/{video_id}/{attempt}/"
