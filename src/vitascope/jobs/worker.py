"""The worker process: supervises one slot, takes jobs up, beats, reaps and sweeps."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from vitascope.config import Settings
from vitascope.jobs.heartbeat import Heartbeat
from vitascope.jobs.render import Renderer
from vitascope.jobs.slot import Slot, take
from vitascope.jobs.sweep import AliveAmong, Sweep
from vitascope.store.blobs import Blobs
from vitascope.store.characters import Characters
from vitascope.store.database import open_database
from vitascope.store.files import Files
from vitascope.store.joblog import JobLog
from vitascope.store.videos import Videos

_SWEEP_EVERY = 60.0

log = logging.getLogger(__name__)


class Worker:
    """One slot's worth of work. `run` returns when the process is told to stop."""

    def __init__(self, settings: Settings, slot: Slot) -> None:
        self._settings = settings
        self._slot = slot
        self._blobs = Blobs.open(settings.storage)
        self._stopping = asyncio.Event()
        self._database = open_database(settings.database, pool_size=3)
        self._videos = Videos(self._database)
        self._job_log = JobLog(self._database)
        self._renderer = Renderer(
            settings,
            self._videos,
            self._job_log,
            self._blobs,
            _empty_folder(settings.scratch_dir / f"worker-{slot.number}"),
        )

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        from vitascope.jobs import workflow  # loads DBOS, which wants to be alone in a process

        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self._stopping.set)
        workflow.configure(self._settings.database, self._slot.worker_id)
        workflow.register(self._renderer)
        queues = sorted({model.queue for model in self._settings.models.values()})
        await asyncio.to_thread(workflow.launch, queues)
        log.info("Worker %s takes jobs for %s", self._slot.worker_id, ", ".join(queues))
        background = [
            asyncio.create_task(self._heartbeat(workflow.recover).run()),
            asyncio.create_task(self._sweep(workflow.alive_among).run(every=_SWEEP_EVERY)),
        ]
        await self._renderer.warm_up({model.engine for model in self._settings.models.values()})
        try:
            await self._until_stopped(background)
        finally:
            for task in background:
                task.cancel()
            await self._renderer.close()

    async def _until_stopped(self, background: list[asyncio.Task[None]]) -> None:
        """Wait for the signal; a background task that ends is a fault and ends the worker."""
        stopping = asyncio.create_task(self._stopping.wait())
        done, _ = await asyncio.wait({stopping, *background}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopping}:
            task.result()

    def _heartbeat(self, recover: Callable[[list[str]], object]) -> Heartbeat:
        return Heartbeat(
            self._database,
            self._slot.worker_id,
            list(self._settings.models),
            lease=self._settings.worker_lease_seconds,
            recover=recover,
        )

    def _sweep(self, alive_among: AliveAmong) -> Sweep:
        return Sweep(
            self._videos,
            self._job_log,
            self._blobs,
            alive_among=alive_among,
            owners={"files": Files(self._database), "characters": Characters(self._database)},
        )


def run(settings: Settings, *, slot: int | None = None) -> None:
    """Be a worker until told to stop; does not return.

    Args:
        settings: the same as the server's.
        slot: the slot to hold; the first free one when None.

    Raises:
        ConfigError: the slot is held by another process.
    """
    held = take(settings.data_dir / "workers", slot)
    asyncio.run(Worker(settings, held).run())
    # Threads of the durable engine may still sit in a poll; nothing of theirs is worth a wait,
    # and the children leave with their supervisor.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _empty_folder(path: Path) -> Path:
    """The slot's scratch folder, without what a killed predecessor left in it."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
