"""Casting: has a figure cut out of a clip, when it is the project's turn.

A front door like `jobs.queue`: the caller's process loads no codec.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from vitascope.config import Settings
from vitascope.errors import JobError
from vitascope.jobs.decoding import DecoderKilled, Task, decode
from vitascope.jobs.order import DecodedFigure
from vitascope.jobs.turns import Turns


@dataclass(frozen=True, slots=True)
class Cutouts:
    """A figure's pictures, PNG with transparency and best first, and its main colours."""

    pictures: tuple[Path, ...]
    palette: tuple[str, ...]


class Casting:
    """Cuts figures out, a few at once and one for each project."""

    def __init__(self, settings: Settings) -> None:
        self._scratch = settings.uploads_dir
        self._limits = settings.uploads
        self._turns = Turns(
            at_once=self._limits.characters_at_once,
            waiting=self._limits.characters_waiting,
            what="characters",
        )

    @asynccontextmanager
    async def cut_out(self, film: Path, *, project: str) -> AsyncIterator[Cutouts]:
        """Cut the figure out; the pictures are gone when the context ends.

        Raises:
            JobError: `invalid_video` or `video_too_costly`; it is no film that can be used.
            TooManyRequests: too many characters of the project wait already.
        """
        folder = Path(tempfile.mkdtemp(prefix="casting-", dir=self._scratch))
        try:
            task = Task.of("figure", film, folder / "figure", self._limits)
            async with self._turns.turn(project):
                figure = await _figure(task)
            names = [Path(name).name for name in figure.files]
            yield Cutouts(tuple(task.folder / name for name in names), figure.palette)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _figure(task: Task) -> DecodedFigure:
    try:
        async with aclosing(decode(task)) as events:
            async for event in events:
                if isinstance(event, DecodedFigure):
                    return event
    except DecoderKilled as error:
        raise JobError(
            "processing_error", f"The video could not be read: {error} Send it again."
        ) from None
    raise AssertionError("a decoding process ends with a result or an error")
