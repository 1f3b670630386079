"""Attempt artifacts: the files that each attempt at a video has in the store."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from vitascope.jobs.order import Done
from vitascope.retry import retried
from vitascope.spec import SCENE_ROLES, Asset
from vitascope.store.blobs import STORE_ERRORS, Blobs, digest_of
from vitascope.video import Variant, Video

PATIENCE = 900.0
"""Seconds for which storing a finished film is retried."""
MEDIA_TYPES: Mapping[Variant, str] = {
    "video": "video/mp4",
    "thumbnail": "image/webp",
    "spritesheet": "image/jpeg",
}

log = logging.getLogger(__name__)


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
            BaseError, OSError: it was unavailable for longer than `PATIENCE`.
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
                patience=PATIENCE,
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


def attempt_prefix(video_id: str, attempt: int) -> str:
    """The common prefix of the keys of an attempt's files."""
    return f"videos/{video_id}/{attempt}/"
