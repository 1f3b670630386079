"""Renders videos: begins an attempt, has a child draw it, stores the files, repeats if needed."""

from __future__ import annotations

import asyncio
import errno
import logging
import shutil
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeVar

from vitascope.config import Settings
from vitascope.errors import JobError
from vitascope.jobs.artifacts import (
    STORE_TIMEOUT,
    ArtifactStore,
    Outcome,
    Publisher,
    RenderResult,
)
from vitascope.jobs.children import EngineChildren
from vitascope.jobs.decoding import DecoderKilled
from vitascope.jobs.order import (
    NO_ROOM,
    OUT_OF_MEMORY,
    Done,
    Event,
    Failed,
    Note,
    Order,
    Preview,
    Progress,
)
from vitascope.jobs.prepare import Uploads, prepare
from vitascope.jobs.progress import ProgressMeter, phases_of
from vitascope.jobs.supervisor import EngineChild, EngineCrashed
from vitascope.model_settings import ModelSettings
from vitascope.retry import retried
from vitascope.store.blobs import STORE_ERRORS, Blobs, MissingBlob
from vitascope.store.database import DATABASE_ERRORS
from vitascope.store.records import JobLog
from vitascope.store.videos import Videos
from vitascope.video import MAX_PREVIEW_BYTES, Video

T = TypeVar("T")

MAX_CRASHES = 3
MAX_ATTEMPTS = 30
"""Attempts that end with the worker; more than the restarts and reboots of a job's time."""

log = logging.getLogger(__name__)


class AttemptSuperseded(Exception):
    """The attempt is no longer current: the video was cancelled, deleted or taken over."""


class Renderer:
    """Renders one video at a time, and decodes the uploads of others meanwhile."""

    def __init__(
        self,
        settings: Settings,
        videos: Videos,
        job_log: JobLog,
        blobs: Blobs,
        scratch: Path,
    ) -> None:
        self._settings = settings
        self._videos = videos
        self._job_log = job_log
        self._blobs = blobs
        self._artifacts = ArtifactStore(blobs)
        self._publisher = Publisher(
            videos, self._artifacts, retention_hours=settings.retention_hours
        )
        self._scratch = scratch
        self._children = EngineChildren(settings)
        # A worker has one device: a job whose uploads are decoded waits here for the one before.
        self._device = asyncio.Lock()
        self._preparing: set[str] = set()
        self._superseded: set[str] = set()
        self._begun: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._leaving = self._closed = False

    async def draw(self, video_id: str) -> Outcome:
        """Attempt the video until its files are stored or it has failed."""
        if self._leaving and video_id not in self._begun:
            await _never_return()
        self._begun.add(video_id)
        self._idle.clear()
        return await self._draw(video_id)

    def is_preparing(self, video_id: str) -> bool:
        """Whether the video's uploads are being decoded, and the device is free for another job."""
        return video_id in self._preparing

    async def _draw(self, video_id: str) -> Outcome:
        while True:
            video = await self._with_database(
                lambda: self._videos.begin_attempt(video_id, now=time.time())
            )
            if video is None:
                return Outcome()
            if video.attempt > MAX_ATTEMPTS:
                return _failure(
                    video,
                    "too_many_attempts",
                    f"The video was begun {MAX_ATTEMPTS} times and never finished, because the "
                    "server was stopped each time. Create it again once the server is stable.",
                )
            try:
                return await self._attempt_with_retries(video)
            except AttemptSuperseded:
                await self._artifacts.remove_attempts(video.id, [video.attempt])
                return Outcome()
            except (EngineCrashed, DecoderKilled) as crash:
                if self._closed:
                    await _never_return()
                log.warning("%s: %s", video.id, crash)
                crashes = await self._with_database(partial(self._note_crash, video, str(crash)))
                if crashes is None:
                    return Outcome()
                if crashes >= MAX_CRASHES:
                    return _failure(video, *_given_up(crash))

    async def _attempt_with_retries(self, video: Video) -> Outcome:
        """Attempt the video, again while the disk is full or the store unavailable."""
        try:
            return await retried(
                lambda: self._attempt(video),
                STORE_ERRORS,
                what=f"{video.id} can't be rendered",
                give_up_after=STORE_TIMEOUT,
            )
        except STORE_ERRORS as error:
            log.error("%s is given up: %s", video.id, error)
            return _failure(
                video,
                "storage_unavailable",
                f"The server's disk or object store could not be used for {STORE_TIMEOUT / 60:g} "
                "minutes. Try again later; if it goes on, tell the server's operator, who finds "
                "the cause in the worker's log.",
            )

    async def _note_crash(self, video: Video, crash: str) -> int | None:
        crashes = await self._videos.note_crash(video.id, attempt=video.attempt)
        await self._job_log.add(video.id, [crash])
        return crashes

    async def _with_database(self, work: Callable[[], Awaitable[T]]) -> T:
        """Retry without end while the database is unavailable."""
        return await retried(work, DATABASE_ERRORS, what="The database can't be used")

    async def publish(self, video_id: str, outcome: Outcome) -> None:
        """Update the row as the attempt ended, if it is still the current attempt."""
        await retried(
            lambda: self._publisher.publish(video_id, outcome),
            DATABASE_ERRORS,
            what=f"{video_id} can't be published",
        )
        self._end(video_id)

    def _end(self, video_id: str) -> None:
        self._begun.discard(video_id)
        if not self._begun:
            self._idle.set()

    async def give_up(self, video_id: str) -> None:
        """Fail a video whose steps failed too often, for an unknown reason."""
        await self._videos.fail(
            video_id,
            code="processing_error",
            message="The server could not make this video. Try again later; if it goes on, tell "
            "the server's operator, who finds the cause in the worker's log.",
            now=time.time(),
        )
        self._end(video_id)

    def start_no_more(self) -> None:
        """Leave jobs that have not begun to other workers."""
        self._leaving = True

    async def wait_until_idle(self) -> None:
        """Wait until every job that has begun has ended."""
        await self._idle.wait()

    async def close(self) -> None:
        """Kill every child; an interrupted job does not return in this process."""
        self._closed = True
        await self._children.close()

    async def warm_up(self, models: Iterable[ModelSettings]) -> None:
        """Start the engines before their first job."""
        await self._children.warm_up(models)

    async def _attempt(self, video: Video) -> Outcome:
        model = self._settings.resolve_model(video.spec.model)
        if model is None:
            return _failure(
                video,
                "model_not_found",
                f"The model '{video.spec.model}' is not configured on this server any more.",
            )
        folder = self._scratch / f"{video.id}-{video.attempt}"
        folder.mkdir(parents=True)
        try:
            order = await prepare(video.spec, folder=folder, blobs=self._blobs)
            phases = phases_of(model, upload=bool(video.spec.inputs_of("uploaded_video")))
            meter = ProgressMeter(phases, started=time.time())
            uploads = Uploads(order, self._settings.uploads)
            return await self._perform(video, model, uploads, meter)
        except JobError as error:
            return _failure(video, error.code, error.message)
        except MissingBlob:
            return _failure(
                video,
                "input_missing",
                "A file that the video was to be made from is not stored any more.",
            )
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _perform(
        self, video: Video, model: ModelSettings, uploads: Uploads, meter: ProgressMeter
    ) -> Outcome:
        making = asyncio.create_task(self._make(video, model, uploads, meter))
        reporting = asyncio.create_task(self._report(video, meter))
        try:
            done, _ = await asyncio.wait({making, reporting}, return_when=asyncio.FIRST_COMPLETED)
            if reporting in done:
                self._superseded.add(video.id)
            return next(iter(done)).result()
        finally:
            for task in (making, reporting):
                task.cancel()
            await asyncio.gather(making, reporting, return_exceptions=True)
            self._superseded.discard(video.id)

    async def _make(
        self, video: Video, model: ModelSettings, uploads: Uploads, meter: ProgressMeter
    ) -> Outcome:
        await self._decode(video, uploads, meter)
        async with self._device:
            if self._closed:  # it waited here, and is handed back
                await _never_return()
            child = await self._children.get(model)
            deadline = self._settings.job_timeout_seconds
            try:
                async with asyncio.timeout(deadline) as limit:
                    return await self._render(video, child, uploads.order, meter)
            except JobError as error:
                if error.code == OUT_OF_MEMORY and await self._give_all_memory(child):
                    raise EngineCrashed(
                        "Memory ran out beside another model, which was stopped to try again."
                    ) from error
                raise
            except TimeoutError:
                if not limit.expired():
                    raise
                return _failure(
                    video,
                    "timed_out",
                    f"The video was not finished within {deadline:g} seconds and was given up. "
                    "Try a shorter or smaller one.",
                )
            finally:
                # However this ends, a child that still renders is stopped or killed.
                if child.busy:
                    await (child.stop() if video.id in self._superseded else child.kill())

    async def _decode(self, video: Video, uploads: Uploads, meter: ProgressMeter) -> None:
        """Decode the uploads, within limits of their own; meanwhile another job may render."""
        if not uploads.are_left:
            return
        self._preparing.add(video.id)
        try:
            async with aclosing(uploads.decode()) as decoding:
                async for event in decoding:
                    await self._handle(video, event, meter)
        finally:
            self._preparing.discard(video.id)

    async def _render(
        self, video: Video, child: EngineChild, order: Order, meter: ProgressMeter
    ) -> Outcome:
        async for event in child.perform(order):
            match event:
                case Progress() | Note() | Preview():
                    await self._handle(video, event, meter)
                case Failed(code, message) if code == NO_ROOM:
                    raise OSError(errno.ENOSPC, message)
                case Failed(code, message):
                    raise JobError(code, message)
                case Done():
                    return await self._store(video, Path(order.folder), event, meter)
                case _:
                    raise EngineCrashed(f"The engine's process sent {type(event).__name__}.")
        raise EngineCrashed("The engine's process sent no result.")

    async def _give_all_memory(self, child: EngineChild) -> bool:
        """Stop the other models, and this one, which then loads anew; whether there were others."""
        if not await self._children.stop_others(child):
            return False
        await child.kill()
        return True

    async def _handle(self, video: Video, event: Event, meter: ProgressMeter) -> None:
        match event:
            case Progress(phase, done, total):
                meter.update(phase, done, total)
            case Preview(jpeg) if len(jpeg) <= MAX_PREVIEW_BYTES:
                meter.preview = jpeg
            case Note(text):
                await self._with_database(partial(self._job_log.add, video.id, [text]))

    async def _store(self, video: Video, folder: Path, done: Done, meter: ProgressMeter) -> Outcome:
        assets = await self._artifacts.store(video, folder, done, meter.update)
        result = RenderResult(
            assets=assets,
            size=done.size,
            frames=done.frames,
            fps=done.fps,
            scripted=done.scripted,
        )
        return Outcome(video.attempt, result)

    async def _report(self, video: Video, meter: ProgressMeter) -> Outcome:
        """Write the progress, until the attempt is superseded.

        Rendering continues while the database is unavailable, because most outages are shorter
        than a render.

        Raises:
            AttemptSuperseded: the report changed no row.
        """
        while True:
            preview = meter.take_preview()
            current = await self._with_database(partial(self._write_report, video, meter, preview))
            if not current:
                raise AttemptSuperseded
            await asyncio.sleep(self._settings.report_seconds)

    async def _write_report(
        self, video: Video, meter: ProgressMeter, preview: bytes | None
    ) -> bool:
        return await self._videos.report(
            video.id,
            attempt=video.attempt,
            progress=meter.percent,
            phase=meter.phase,
            eta=meter.eta(time.time()),
            preview=preview,
        )


async def _never_return() -> NoReturn:
    """Wait for the end of the process.

    A job that a stopping worker hands back must not return here: the durable engine would record
    its result, or its error, as the end of the step.
    """
    await asyncio.Event().wait()
    raise AssertionError("the event is never set")


def _given_up(crash: EngineCrashed | DecoderKilled) -> tuple[str, str]:
    """The error's code and message after the last crash."""
    if isinstance(crash, DecoderKilled):
        code, what = "processing_error", f"Reading the upload was stopped {MAX_CRASHES} times"
    else:
        code, what = "engine_crashed", f"The engine crashed {MAX_CRASHES} times"
    return code, f"{what} while rendering this video, so it was given up. {crash.advice}"


def _failure(video: Video, code: str, message: str) -> Outcome:
    return Outcome(attempt=video.attempt, error_code=code, error_message=message)
