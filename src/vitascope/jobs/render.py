"""Renders one video: claim an attempt, let the child draw, store the files, publish or fail."""

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

import msgspec

from vitascope.config import Settings
from vitascope.errors import JobError
from vitascope.jobs.artifacts import PATIENCE, ArtifactStore, attempt_prefix
from vitascope.jobs.decoding import DecoderKilled
from vitascope.jobs.order import NO_ROOM, Done, Event, Failed, Note, Progress
from vitascope.jobs.prepare import Uploads, prepare
from vitascope.jobs.progress import ProgressMeter, phases_of
from vitascope.jobs.supervisor import EngineChild, EngineCrashed
from vitascope.model_settings import ModelSettings
from vitascope.retry import retried
from vitascope.spec import Asset, FrameRate, Size
from vitascope.store.blobs import STORE_ERRORS, Blobs, MissingBlob
from vitascope.store.database import DATABASE_ERRORS
from vitascope.store.records import JobLog
from vitascope.store.videos import Videos
from vitascope.video import Variant, Video

T = TypeVar("T")

MAX_CRASHES = 3
MAX_ATTEMPTS = 30
"""Attempts that end with the worker's own death; far above what restarts and reboots add up to."""

log = logging.getLogger(__name__)


class AttemptSuperseded(Exception):
    """The job is not this attempt's any more: cancelled, deleted or taken by another worker."""


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
    """How an attempt ended; the workflow stores it as JSON between its two steps.

    With neither a result nor an error, nothing is left to do.
    """

    attempt: int = 0
    result: RenderResult | None = None
    error_code: str | None = None
    error_message: str | None = None


class Renderer:
    """Works on one video at a time, with one warm child per model."""

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
        self._scratch = scratch
        self._children: dict[ModelSettings, EngineChild] = {}
        # One slot is one device: a job of another queue waits here, and is not begun before.
        self._slot = asyncio.Lock()
        self._begun: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._leaving = self._closed = False

    async def draw(self, video_id: str) -> Outcome:
        """Attempt the video until its files are stored or it is known that they can't be."""
        async with self._slot:
            if self._leaving and video_id not in self._begun:
                await _for_ever()
            self._begun.add(video_id)
            self._idle.clear()
            return await self._draw(video_id)

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
                    await _for_ever()
                log.warning("%s: %s", video.id, crash)
                crashes = await self._with_database(partial(self._note_crash, video, str(crash)))
                if crashes is None:
                    return Outcome()
                if crashes >= MAX_CRASHES:
                    return _failure(video, *_given_up(crash))

    async def _attempt_with_retries(self, video: Video) -> Outcome:
        """Attempt the video; a full disk, or inputs that can't be had, are waited out."""
        try:
            return await retried(
                lambda: self._attempt(video),
                STORE_ERRORS,
                what=f"{video.id} can't be worked on",
                patience=PATIENCE,
            )
        except STORE_ERRORS as error:
            log.error("%s is given up: %s", video.id, error)
            return _failure(
                video,
                "storage_unavailable",
                f"The server's disk or object store could not be used for {PATIENCE / 60:g} "
                "minutes. Try again later; if it goes on, tell the server's operator, who finds "
                "the cause in the worker's log.",
            )

    async def _note_crash(self, video: Video, crash: str) -> int | None:
        crashes = await self._videos.note_crash(video.id, attempt=video.attempt)
        await self._job_log.add(video.id, [crash])
        return crashes

    async def _with_database(self, work: Callable[[], Awaitable[T]]) -> T:
        """Work on the database, for as long as it takes: nothing else can be done without it."""
        return await retried(work, DATABASE_ERRORS, what="The database can't be used")

    async def publish(self, video_id: str, outcome: Outcome) -> None:
        """Flip the row to what the attempt came to, if it is still the current attempt."""
        await self._publish(video_id, outcome)
        self._end(video_id)

    def _end(self, video_id: str) -> None:
        self._begun.discard(video_id)
        if not self._begun:
            self._idle.set()

    async def _publish(self, video_id: str, outcome: Outcome) -> None:
        now = time.time()
        if outcome.error_code is not None:
            await self._videos.fail(
                video_id,
                code=outcome.error_code,
                message=outcome.error_message or "",
                now=now,
                attempt=outcome.attempt,
            )
            await self._artifacts.remove_attempts(video_id, range(1, outcome.attempt + 1))
            await self._remove_spent_inputs(video_id)
        elif outcome.result is not None:
            published = await self._complete(video_id, outcome.attempt, outcome.result, now)
            if published or not await self._is_published(video_id, outcome.attempt):
                last = outcome.attempt - 1 if published else outcome.attempt
                await self._artifacts.remove_attempts(video_id, range(1, last + 1))
            await self._remove_spent_inputs(video_id)

    async def _complete(
        self, video_id: str, attempt: int, result: RenderResult, now: float
    ) -> bool:
        video, hours = await self._videos.find(video_id), self._settings.retention_hours
        if video is None:
            return False
        spec = msgspec.structs.replace(
            video.spec,
            size=result.size,
            frames=result.frames,
            fps=result.fps,
            history=video.spec.history if result.scripted else None,
        )
        return await self._videos.publish(
            video_id,
            attempt=attempt,
            assets=result.assets,
            spec=spec,
            now=now,
            expires_at=None if hours is None else now + hours * 3600,
        )

    async def give_up(self, video_id: str) -> None:
        """End a video whose steps failed again and again for a reason that nobody foresaw."""
        await self._videos.fail(
            video_id,
            code="processing_error",
            message="The server could not make this video. Try again later; if it goes on, tell "
            "the server's operator, who finds the cause in the worker's log.",
            now=time.time(),
        )
        self._end(video_id)

    def begin_nothing(self) -> None:
        """Leave jobs that are not begun by now to others."""
        self._leaving = True

    async def finished(self) -> None:
        """Wait until every job that was begun has its end."""
        await self._idle.wait()

    async def close(self) -> None:
        """Kill every child; a job that this interrupts comes to no end in this process."""
        self._closed = True
        for child in self._children.values():
            await child.kill()

    async def warm_up(self, models: Iterable[ModelSettings]) -> None:
        """Get engines ready before their first job; a failure shows again at that job.

        Of the engines that hold a model's weights only the first: a slot has room for one.
        """
        for model in sorted(dict.fromkeys(models), key=lambda model: model.holds_weights):
            if model.holds_weights and self._holding_weights():
                return
            try:
                await self._child(model).warm_up()
            except (EngineCrashed, JobError) as failure:
                log.warning("The %s engine did not start: %s", model.engine, failure)

    async def _is_published(self, video_id: str, attempt: int) -> bool:
        """Whether this attempt's files are the video's; true when the step itself is run twice."""
        prefix = attempt_prefix(video_id, attempt)
        video = await self._videos.find(video_id)
        return video is not None and any(
            asset.key.startswith(prefix) for asset in video.assets.values()
        )

    def _child(self, model: ModelSettings) -> EngineChild:
        if model not in self._children:
            self._children[model] = EngineChild(
                model,
                stall_timeout=self._settings.stall_timeout_seconds,
                environment=self._settings.engine_environment,
            )
        return self._children[model]

    def _holding_weights(self) -> list[EngineChild]:
        return [
            child
            for model, child in self._children.items()
            if model.holds_weights and child.pid is not None
        ]

    async def _make_room(self, model: ModelSettings) -> EngineChild:
        """The model's child; another model's, if it holds weights, leaves the device first."""
        child = self._child(model)
        if model.holds_weights:
            for other in self._holding_weights():
                if other is not child:
                    await other.kill()
        return child

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
        child = self._child(model)
        making = asyncio.create_task(self._make(video, model, uploads, meter))
        reporting = asyncio.create_task(self._report(video, meter))
        deadline, overtaken = self._settings.job_timeout_seconds, False
        try:
            done, _ = await asyncio.wait(
                {making, reporting}, timeout=deadline, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                return _failure(
                    video,
                    "timed_out",
                    f"The video was not finished within {deadline:g} seconds and was given up. "
                    "Try a shorter or smaller one.",
                )
            overtaken = reporting in done
            return next(iter(done)).result()
        finally:
            # Whatever ended this, nobody may go on drawing.
            for task in (making, reporting):
                task.cancel()
            await asyncio.gather(making, reporting, return_exceptions=True)
            if child.busy:
                await (child.stop() if overtaken else child.kill())

    async def _make(
        self, video: Video, model: ModelSettings, uploads: Uploads, meter: ProgressMeter
    ) -> Outcome:
        async with aclosing(uploads.decode()) as decoding:
            async for event in decoding:
                await self._handle(video, event, meter)
        order, child = uploads.order, await self._make_room(model)
        async for event in child.perform(order):
            match event:
                case Progress() | Note():
                    await self._handle(video, event, meter)
                case Failed(code, message) if code == NO_ROOM:
                    raise OSError(errno.ENOSPC, message)
                case Failed(code, message):
                    return _failure(video, code, message)
                case Done():
                    return await self._store(video, Path(order.folder), event, meter)
                case _:
                    raise EngineCrashed(f"The engine's process sent {type(event).__name__}.")
        raise EngineCrashed("The engine's process stopped talking.")

    async def _handle(self, video: Video, event: Event, meter: ProgressMeter) -> None:
        match event:
            case Progress(phase, done, total):
                meter.update(phase, done, total)
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
        """Write progress down, and find out when the job is not ours any more.

        While the database is away that can't be known, and the drawing goes on: most outages are
        shorter than a film takes.
        """
        while True:
            current = await self._with_database(
                lambda: self._videos.report(
                    video.id,
                    attempt=video.attempt,
                    progress=meter.percent,
                    phase=meter.phase,
                    eta=meter.eta(time.time()),
                )
            )
            if not current:
                raise AttemptSuperseded
            await asyncio.sleep(self._settings.report_seconds)

    async def _remove_spent_inputs(self, video_id: str) -> None:
        video = await self._videos.find(video_id)
        if video is not None and video.finished:
            await self._artifacts.remove_spent_inputs(video)


async def _for_ever() -> NoReturn:
    """Wait for the process to end.

    What a worker that leaves has not finished is not its own any more: whatever it said of such a
    job, also by an error, the durable engine would take for the step's end.
    """
    await asyncio.Event().wait()
    raise AssertionError("nobody sets this event")


def _given_up(crash: EngineCrashed | DecoderKilled) -> tuple[str, str]:
    """The error's code and message after the last of so many crashes."""
    if isinstance(crash, DecoderKilled):
        code, what = "processing_error", f"Reading the upload was stopped {MAX_CRASHES} times"
    else:
        code, what = "engine_crashed", f"The engine crashed {MAX_CRASHES} times"
    return code, f"{what} while rendering this video, so it was given up. {crash.advice}"


def _failure(video: Video, code: str, message: str) -> Outcome:
    return Outcome(attempt=video.attempt, error_code=code, error_message=message)
