"""The shelf: what the attempts at a video have in the store, each under keys of its own."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from vitascope.jobs.order import Done
from vitascope.jobs.outages import STORE_TROUBLE, outlast
from vitascope.spec import SCENE_ROLES, Asset
from vitascope.store.blobs import Blobs, digest_of
from vitascope.video import Variant, Video

PATIENCE = 900.0
"""Seconds for which a finished film waits for a store that can't be written to."""
MEDIA_TYPES: Mapping[Variant, str] = {
    "video": "video/mp4",
    "thumbnail": "image/webp",
    "spritesheet": "image/jpeg",
}

log = logging.getLogger(__name__)


class Shelf:
    """Keeps the files of one attempt, and clears away those of others."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def keep(
        self, video: Video, folder: Path, done: Done, progress: Callable[[str, float, float], None]
    ) -> dict[Variant, Asset]:
        """Store an attempt's files. A store that is away is waited for: a film is dear.

        Raises:
            BaseError, OSError: it was away for too long.
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
            await outlast(
                partial(self._blobs.put_file, asset.key, path, asset.media_type),
                STORE_TROUBLE,
                what=f"{video.id} can't be stored",
                patience=PATIENCE,
            )
        return assets

    async def drop_attempts(self, video_id: str, attempts: Iterable[int]) -> None:
        """Remove what abandoned attempts stored, so far as the store lets us."""
        for attempt in attempts:
            prefix = attempt_prefix(video_id, attempt).rstrip("/")
            await self._tidy(video_id, self._blobs.delete_under(prefix))

    async def drop_spent_inputs(self, video: Video) -> None:
        """Remove the inputs that no later remix or edit needs."""
        spent = [one.asset.key for one in video.spec.inputs if one.role not in SCENE_ROLES]
        await self._tidy(video.id, self._blobs.delete(spent))

    async def _tidy(self, video_id: str, work: Awaitable[None]) -> None:
        """Nothing waits for tidying up: what is not done now, the sweep does."""
        try:
            await work
        except STORE_TROUBLE as error:
            log.warning("%s: what is left of it goes with the sweep: %s", video_id, error)


def attempt_prefix(video_id: str, attempt: int) -> str:
    """What the keys of an attempt's files begin with."""
    return f"videos/{video_id}/{attempt}/"
