"""Renders one video: claim an attempt, let the child draw, store the files, publish or fail."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vitascope.config import Settings
from vitascope.jobs.order import Done, Failed, Note, Order, Progress
from vitascope.jobs.prepare import prepare
from vitascope.jobs.progress import ProgressMeter
from vitascope.jobs.supervisor import EngineChild, EngineCrashed
from vitascope.shot import FPS
from vitascope.store.blobs import Blobs, MissingBlob
from vitascope.store.digests import digest_of
from vitascope.store.joblog import JobLog
from vitascope.store.videos import Videos
from vitascope.video import Asset, Variant, Video

MAX_CRASHES = 3
MAX_ATTEMPTS = 30
"""Attempts that end with the worker's own death; far above what restarts and reboots add up to."""
_REPORT_EVERY = 0.25
PHASES = ("draw", "encode", "publish")
UPLOAD_PHASES = ("normalise", *PHASES)
SPENT_INPUTS = ("source", "source_thumbnail", "source_spritesheet", "upload")
"""Inputs that nothing needs once the result is there; a scene's own are needed to edit it."""
MEDIA_TYPES: Mapping[Variant, str] = {
    "video": "video/mp4",
    "thumbnail": "image/webp",
    "spritesheet": "image/jpeg",
}

log = logging.getLogger(__name__)


class Overtaken(Exception):
    """The job is not this attempt's any more: cancelled, deleted or taken by another worker."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to; what the workflow remembers between its two steps.

    Either `assets` or both error fields are set; neither means that nothing is left to do.
    """

    attempt: int = 0
    assets: dict[str, dict[str, Any]] = field(default_factory=dict)
    size: str = ""
    seconds: float = 0.0
    scripted: bool = False
    error_code: str | None = None
    error_message: str | None = None


class Renderer:
    """Works on one video at a time, with one warm child per engine."""

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
        self._scratch = scratch
        self._children: dict[str, EngineChild] = {}

    async def draw(self, video_id: str) -> Outcome:
        """Attempt the video until its files are stored or it is known that they can't be."""
        while True:
            video = await self._videos.claim(video_id, now=time.time())
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
                return await self._attempt(video)
            except Overtaken:
                return Outcome()
            except EngineCrashed as crash:
                log.warning("%s: %s", video.id, crash)
                await self._job_log.add(video.id, [str(crash)])
                crashes = await self._videos.note_crash(video.id, attempt=video.attempt)
                if crashes is None:
                    return Outcome()
                if crashes >= MAX_CRASHES:
                    return _failure(
                        video,
                        "engine_crashed",
                        f"The engine crashed {MAX_CRASHES} times while drawing this video, so it "
                        "was given up. Try a shorter or smaller video or another prompt.",
                    )

    async def publish(self, video_id: str, outcome: Outcome) -> None:
        """Flip the row to what the attempt came to, if it is still the current attempt."""
        now = time.time()
        if outcome.error_code is not None:
            await self._videos.fail(
                video_id,
                code=outcome.error_code,
                message=outcome.error_message or "",
                now=now,
                attempt=outcome.attempt,
            )
            await self._drop_attempts(video_id, through=outcome.attempt)
            await self._drop_spent_inputs(video_id)
        elif outcome.assets:
            hours = self._settings.retention_hours
            published = await self._videos.publish(
                video_id,
                attempt=outcome.attempt,
                assets={name: Asset(**asset) for name, asset in outcome.assets.items()},
                size=outcome.size,
                seconds=outcome.seconds,
                scripted=outcome.scripted,
                now=now,
                expires_at=None if hours is None else now + hours * 3600,
            )
            if published or not await self._is_published(video_id, outcome.attempt):
                last = outcome.attempt - 1 if published else outcome.attempt
                await self._drop_attempts(video_id, through=last)
            await self._drop_spent_inputs(video_id)

    async def give_up(self, video_id: str) -> None:
        """End a video whose steps failed again and again for a reason outside the engine."""
        await self._videos.fail(
            video_id,
            code="processing_error",
            message="The video could not be stored. Try again later; if it goes on, tell the "
            "server's operator, who finds the cause in the worker's log.",
            now=time.time(),
        )

    async def close(self) -> None:
        """Kill every child."""
        for child in self._children.values():
            await child.kill()

    async def warm_up(self, engines: Iterable[str]) -> None:
        """Get engines ready before their first job; a failure shows again at that job."""
        for engine in engines:
            try:
                await self._child(engine).warm_up()
            except EngineCrashed as crash:
                log.warning("The %s engine did not start: %s", engine, crash)

    async def _is_published(self, video_id: str, attempt: int) -> bool:
        """Whether this attempt's files are the video's; true when the step itself is run twice."""
        prefix = _folder(video_id, attempt)
        video = await self._videos.find(video_id)
        return video is not None and any(
            asset.key.startswith(prefix) for asset in video.assets.values()
        )

    def _child(self, engine: str) -> EngineChild:
        if engine not in self._children:
            self._children[engine] = EngineChild(
                engine, stall_timeout=self._settings.stall_timeout_seconds
            )
        return self._children[engine]

    async def _attempt(self, video: Video) -> Outcome:
        model = self._settings.resolve_model(video.model)
        if model is None:
            return _failure(
                video,
                "model_not_found",
                f"The model '{video.model}' is not configured on this server any more.",
            )
        folder = self._scratch / f"{video.id}-{video.attempt}"
        folder.mkdir(parents=True)
        try:
            order = await prepare(video, engine=model.engine, folder=folder, blobs=self._blobs)
            return await self._perform(video, order)
        except MissingBlob:
            return _failure(
                video,
                "input_missing",
                "A file that the video was to be made from is not stored any more.",
            )
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _perform(self, video: Video, order: Order) -> Outcome:
        phases = PHASES if order.upload is None else UPLOAD_PHASES
        meter = ProgressMeter(phases, started=time.time())
        child = self._child(order.engine)
        listening = asyncio.create_task(self._listen(video, child, order, meter))
        reporting = asyncio.create_task(self._report(video, meter))
        deadline = self._settings.job_timeout_seconds
        try:
            done, _ = await asyncio.wait(
                {listening, reporting}, timeout=deadline, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                return _failure(
                    video,
                    "timed_out",
                    f"The video was not finished within {deadline:g} seconds and was given up. "
                    "Try a shorter or smaller one.",
                )
            return next(iter(done)).result()
        finally:
            # Whatever ended this, nobody may go on drawing: a child still busy is killed.
            busy = not listening.done() or listening.cancelled() or listening.exception()
            for task in (listening, reporting):
                task.cancel()
            await asyncio.gather(listening, reporting, return_exceptions=True)
            if busy:
                await child.kill()

    async def _listen(
        self, video: Video, child: EngineChild, order: Order, meter: ProgressMeter
    ) -> Outcome:
        async for event in child.perform(order):
            match event:
                case Progress(phase, done, total):
                    meter.update(phase, done, total)
                case Note(text):
                    await self._job_log.add(video.id, [text])
                case Failed(code, message):
                    return _failure(video, code, message)
                case Done():
                    return await self._keep(video, order.folder, event, meter)
                case _:
                    raise EngineCrashed(f"The engine's process sent {type(event).__name__}.")
        raise EngineCrashed("The engine's process stopped talking.")

    async def _keep(self, video: Video, folder: Path, done: Done, meter: ProgressMeter) -> Outcome:
        """Store the files under keys of this attempt alone."""
        assets: dict[str, dict[str, Any]] = {}
        for index, (variant, name) in enumerate(done.files.items()):
            meter.update("publish", index, len(done.files))
            path = folder / name
            asset = Asset(
                key=f"{_folder(video.id, video.attempt)}{name}",
                size=path.stat().st_size,
                digest=await digest_of(path),
                media_type=MEDIA_TYPES[variant],
            )
            await self._blobs.put_file(asset.key, path, asset.media_type)
            assets[variant] = asdict(asset)
        return Outcome(
            attempt=video.attempt,
            assets=assets,
            size=done.size,
            seconds=done.frames / FPS,
            scripted=done.scripted,
        )

    async def _report(self, video: Video, meter: ProgressMeter) -> Outcome:
        """Write progress down, and find out when the job is not ours any more."""
        while True:
            current = await self._videos.report(
                video.id,
                attempt=video.attempt,
                progress=meter.percent,
                phase=meter.phase,
                eta=meter.eta(time.time()),
            )
            if not current:
                raise Overtaken
            await asyncio.sleep(_REPORT_EVERY)

    async def _drop_spent_inputs(self, video_id: str) -> None:
        video = await self._videos.find(video_id)
        if video is not None and video.finished:
            spent = [video.inputs[role].key for role in SPENT_INPUTS if role in video.inputs]
            await self._blobs.delete(spent)

    async def _drop_attempts(self, video_id: str, *, through: int) -> None:
        """Remove what abandoned attempts left in the store."""
        for attempt in range(1, through + 1):
            await self._blobs.delete_under(_folder(video_id, attempt).rstrip("/"))


def _folder(video_id: str, attempt: int) -> str:
    return f"videos/{video_id}/{attempt}/"


def _failure(video: Video, code: str, message: str) -> Outcome:
    return Outcome(attempt=video.attempt, error_code=code, error_message=message)
