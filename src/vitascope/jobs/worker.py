"""The worker process: takes jobs, keeps the system in order, and drains when it is stopped."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from vitascope.config import Settings
from vitascope.jobs.garbage import AliveAmong, GarbageCollector
from vitascope.jobs.heartbeat import Heartbeat
from vitascope.jobs.orphans import OrphanedJobs
from vitascope.jobs.queue import WORKFLOW_VERSION
from vitascope.jobs.render import Renderer
from vitascope.jobs.worker_lock import WorkerLock, acquire
from vitascope.store.blobs import Blobs
from vitascope.store.characters import Characters
from vitascope.store.data_folder import keep_private
from vitascope.store.database import open_database
from vitascope.store.files import Files
from vitascope.store.idempotency import Idempotency
from vitascope.store.records import JobLog
from vitascope.store.usage import UsageCheck
from vitascope.store.videos import Videos
from vitascope.store.workers import Workers

_COLLECT_EVERY = 60.0
_FAREWELL_PATIENCE = 2.0

log = logging.getLogger(__name__)


class Worker:
    """Takes jobs and supervises their rendering, one at a time."""

    def __init__(self, settings: Settings, lock: WorkerLock) -> None:
        self._settings = settings
        self._lock = lock
        self._blobs = Blobs.open(settings.storage)
        self._stopping, self._hurrying = asyncio.Event(), asyncio.Event()
        self._database = open_database(settings.database, pool_size=3)
        self._videos = Videos(self._database)
        self._job_log = JobLog(self._database)
        self._renderer = Renderer(
            settings,
            self._videos,
            self._job_log,
            self._blobs,
            _empty_folder(settings.scratch_dir / f"worker-{lock.number}"),
        )

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT, then drain; a second signal cuts the draining short."""
        from vitascope.jobs import shares, workflow  # load DBOS, which wants to be alone

        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self._on_signal)
        workflow.configure(self._settings.database, self._lock.worker_id)
        workflow.register(self._renderer)
        shares.limit_running(lambda project: self._settings.limits_of(project).max_running)
        served = self._settings.served_models.values()
        queues = sorted({model.queue for model in served})
        heartbeat = self._heartbeat(workflow.recover)
        # Before the first job: whoever holds a job must be known to those who watch.
        await heartbeat.beat()
        await asyncio.to_thread(workflow.launch, queues, self._settings.poll_seconds)
        log.info("Worker %s takes jobs for %s", self._lock.worker_id, ", ".join(queues))
        every = self._settings.worker_lease_seconds
        upkeep = [
            asyncio.create_task(heartbeat.run()),
            asyncio.create_task(
                self._collector(workflow.alive_among, workflow.forget_finished).run(
                    every=_COLLECT_EVERY, on_duty=self._leads
                )
            ),
            asyncio.create_task(self._orphans(workflow.recover).run(every=every)),
        ]
        warming = asyncio.create_task(self._renderer.warm_up(served))
        try:
            await self._until_stopped(upkeep)
            await self._drain(workflow.stop_taking)
        finally:
            for task in (warming, *upkeep):
                task.cancel()
            await self._renderer.close()
        await self._hand_back(workflow.recover, heartbeat)

    def _on_signal(self) -> None:
        (self._hurrying if self._stopping.is_set() else self._stopping).set()

    async def _until_stopped(self, upkeep: list[asyncio.Task[None]]) -> None:
        """Wait for the signal; a background task that ends is a fault and ends the worker."""
        stopping = asyncio.create_task(self._stopping.wait())
        done, _ = await asyncio.wait({stopping, *upkeep}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopping}:
            task.result()

    async def _drain(self, stop_taking: Callable[[], None]) -> None:
        """Take no more jobs, and finish the one that is begun if that is soon enough."""
        log.info("Stopping: no more jobs are taken")
        self._renderer.begin_nothing()
        ways = [
            asyncio.create_task(self._hurrying.wait()),
            asyncio.create_task(self._quiet(stop_taking)),
        ]
        await asyncio.wait(
            ways, timeout=self._settings.drain_seconds, return_when=asyncio.FIRST_COMPLETED
        )

    async def _quiet(self, stop_taking: Callable[[], None]) -> None:
        await asyncio.to_thread(stop_taking)
        await self._renderer.finished()

    async def _hand_back(
        self, recover: Callable[[list[str]], object], heartbeat: Heartbeat
    ) -> None:
        """Enqueue again what is not finished, and let nobody wait for this worker."""
        try:
            async with asyncio.timeout(_FAREWELL_PATIENCE):
                await asyncio.to_thread(recover, [self._lock.worker_id])
                await heartbeat.leave()
        except (SQLAlchemyError, TimeoutError):
            log.warning("Nothing could be handed back: others take over once the lease is over")
        else:
            log.info("Worker %s has left", self._lock.worker_id)

    def _heartbeat(self, recover: Callable[[list[str]], object]) -> Heartbeat:
        return Heartbeat(
            self._database,
            self._lock.worker_id,
            list(self._settings.served_models),
            version=WORKFLOW_VERSION,
            lease=self._settings.worker_lease_seconds,
            recover=recover,
        )

    def _orphans(self, recover: Callable[[list[str]], object]) -> OrphanedJobs:
        return OrphanedJobs(
            self._database,
            self._lock.worker_id,
            version=WORKFLOW_VERSION,
            lease=self._settings.worker_lease_seconds,
            recover=recover,
        )

    async def _leads(self) -> bool:
        lease = self._settings.worker_lease_seconds
        return await Workers(self._database).leads(self._lock.worker_id, lease=lease)

    def _collector(
        self, alive_among: AliveAmong, forget_finished: Callable[[], object]
    ) -> GarbageCollector:
        return GarbageCollector(
            self._videos,
            self._job_log,
            self._blobs,
            alive_among=alive_among,
            forget_finished=forget_finished,
            chores=[
                Idempotency(self._database).delete_old,
                UsageCheck(self._database).run,
                self._database.release_space,
            ],
            owners={"files": Files(self._database), "characters": Characters(self._database)},
        )


def run(settings: Settings, *, slot: int | None = None) -> None:
    """Be a worker until told to stop; does not return.

    Args:
        settings: the same as the server's.
        slot: the number of the worker lock; the first free one by default.

    Raises:
        ConfigError: the lock is held by another process.
    """
    keep_private(settings.data_dir)
    lock = acquire(settings.data_dir / "workers", slot)
    asyncio.run(_work(Worker(settings, lock)))


async def _work(worker: Worker) -> None:
    await worker.run()
    # From here, not from outside the loop: threads, also of the durable engine, may still wait for
    # a database that is gone. None of them is worth a wait, and the children leave with us.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _empty_folder(path: Path) -> Path:
    """The worker's scratch folder, without what a killed predecessor left in it."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
