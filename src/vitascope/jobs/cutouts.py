"""Cut-outs: has figures cut out of clips, with fair turns for the projects.

The API calls this; a decoding process does the work, so that the API loads no codec.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import deque
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from vitascope.config import Settings
from vitascope.errors import JobError, TooManyRequests
from vitascope.jobs.decode_task import Span, Task
from vitascope.jobs.decoding import DecoderKilled, decode
from vitascope.jobs.order import DecodedFigure
from vitascope.spec import FilmPoint
from vitascope.store.data_folder import Places


class FairLimiter:
    """Limits concurrent work, and each project to one at a time.

    The next turn goes to the project that has waited longest since its last one.

    Args:
        at_once: how many turns there are.
        waiting: how many requests of one project may wait; more are refused.
        what: the plural of what is made, for the refusal.
    """

    def __init__(self, *, at_once: int, waiting: int, what: str) -> None:
        self._free = at_once
        self._most = waiting
        self._what = what
        self._busy: set[str] = set()
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def turn(self, project: str) -> AsyncIterator[None]:
        """Wait for a turn and hold it while the context lasts.

        Raises:
            TooManyRequests: too many requests of the project are waiting.
        """
        await self._acquire(project)
        try:
            yield
        finally:
            self._release(project)

    async def _acquire(self, project: str) -> None:
        if self._free and project not in self._busy:
            self._begin(project)
            return
        waiting = self._queues.get(project, deque())
        if len(waiting) >= self._most:
            raise TooManyRequests(
                f"This project has {len(waiting)} {self._what} waiting already, which is the most "
                "it may have. Send the request again once one of them is finished.",
                code="rate_limit_exceeded",
                headers={"retry-after": "5"},
            )
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(mine)
        self._queues[project] = waiting
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # the turn came at the same moment
                self._release(project)
            else:
                waiting.remove(mine)
                self._drop_if_empty(project)
            raise

    def _begin(self, project: str) -> None:
        self._free -= 1
        self._busy.add(project)

    def _release(self, project: str) -> None:
        self._free += 1
        self._busy.discard(project)
        for other, waiting in self._queues.items():
            if other not in self._busy:
                self._begin(other)
                waiting.popleft().set_result(None)
                # To the end: the projects are in the order of their last turns.
                self._queues[other] = self._queues.pop(other)
                self._drop_if_empty(other)
                return

    def _drop_if_empty(self, project: str) -> None:
        if not self._queues[project]:
            del self._queues[project]


@dataclass(frozen=True, slots=True)
class Cutouts:
    """A figure's pictures, PNG with transparency and best first, and its main colours."""

    pictures: tuple[Path, ...]
    palette: tuple[str, ...]


class CutoutMaker:
    """Cuts figures out, within the configured limits."""

    def __init__(self, settings: Settings) -> None:
        self._scratch = settings.uploads_dir
        self._limits = settings.uploads
        self._limiter = FairLimiter(
            at_once=self._limits.characters_at_once,
            waiting=self._limits.characters_waiting,
            what="characters",
        )
        self._places = Places(settings.places_dir)

    @asynccontextmanager
    async def cut_out(
        self, film: Path, *, project: str, span: Span | None = None, point: FilmPoint | None = None
    ) -> AsyncIterator[Cutouts]:
        """Cut the figure out of a film, or of a part of it, until the context ends.

        With a point, it is what is seen there.

        Raises:
            JobError: `invalid_video` or `video_too_costly`; the film can't be used.
            TooManyRequests: too many characters of the project are waiting.
        """
        folder = Path(tempfile.mkdtemp(prefix="cutouts-", dir=self._scratch))
        try:
            task = Task(
                kind="figure",
                source=film,
                folder=folder / "figure",
                limits=self._limits,
                span=span,
                point=point,
            )
            async with self._limiter.turn(project), self._shared_turn(project):
                figure = await _figure(task)
            names = [Path(name).name for name in figure.files]
            yield Cutouts(tuple(task.folder / name for name in names), figure.palette)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    @asynccontextmanager
    async def _shared_turn(self, project: str) -> AsyncIterator[None]:
        """A turn among the other API processes of this server, which have limiters of their own."""
        own = await self._places.take(f"cutout {project}", 1)
        with own, await self._places.take("cutout", self._limits.characters_at_once):
            yield


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
