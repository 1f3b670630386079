"""Frames: has single frames of finished films decoded, with fair turns for the projects.

The API calls this; a decoding process does the work, so that the API loads no codec.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import aclosing
from pathlib import Path

from vitascope.config import Settings
from vitascope.errors import JobError
from vitascope.jobs.cutouts import FairLimiter
from vitascope.jobs.decode_task import Task
from vitascope.jobs.decoding import DecoderKilled, decode
from vitascope.jobs.order import FRAME
from vitascope.store.blobs import Blobs

_AT_ONCE = 2
_WAITING = 16


class FrameMaker:
    """Decodes single frames, a few at a time."""

    def __init__(self, settings: Settings, blobs: Blobs) -> None:
        self._scratch = settings.uploads_dir
        self._limits = settings.uploads
        self._blobs = blobs
        self._limiter = FairLimiter(at_once=_AT_ONCE, waiting=_WAITING, what="frames")

    async def frame(self, film: str, seconds: float, *, project: str) -> bytes:
        """The frame that a film shows at a time, as JPEG.

        Args:
            film: key of the stored film.
            seconds: the time.
            project: the owner of the film.

        Raises:
            JobError: the film can't be read.
            MissingBlob: the film is not stored any more.
            TooManyRequests: too many frames of the project are waiting.
        """
        async with self._limiter.turn(project):
            folder = Path(tempfile.mkdtemp(prefix="frame-", dir=self._scratch))
            try:
                source = folder / "film.mp4"
                await self._blobs.fetch(film, source)
                task = Task(
                    kind="frame",
                    source=source,
                    folder=folder / "frame",
                    limits=self._limits,
                    at=seconds,
                )
                await _run(task)
                return await asyncio.to_thread((task.folder / FRAME).read_bytes)
            finally:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _run(task: Task) -> None:
    try:
        async with aclosing(decode(task)) as events:
            async for _event in events:
                pass
    except DecoderKilled as error:
        raise JobError("processing_error", f"The frame could not be read: {error}") from None
