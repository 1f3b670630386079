"""The worker process: takes jobs, keeps the system in order, and drains when it is stopped."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import time
from pathlib import Path
from typing import IO

from sqlalchemy.exc import SQLAlchemyError

from vitascope.config import Settings
from vitascope.errors import ConfigError
from vitascope.jobs.artifacts import Outcome
from vitascope.jobs.durable.engine import DurableEngine
from vitascope.jobs.garbage import GarbageCollector
from vitascope.jobs.heartbeat import Heartbeat, OrphanedJobs
from vitascope.jobs.render import Renderer
from vitascope.store.blobs import Blobs
from vitascope.store.characters import Characters
from vitascope.store.data_folder import keep_private, open_lock
from vitascope.store.database import open_database
from vitascope.store.files import Files
from vitascope.store.idempotency import Idempotency
from vitascope.store.records import JobLog
from vitascope.store.usage import UsageCheck
from vitascope.store.videos import Videos
from vitascope.store.workers import Workers

_COLLECT_EVERY = 60.0
_HAND_BACK_TIMEOUT = 2.0
_MAX_LOCKS = 64

log = logging.getLogger(__name__)


class WorkerLock:
    """Makes this process worker number N of its machine, until it ends.

    Attributes:
        number: N, from 0.
        worker_id: the same after a restart, so that a worker resumes its own jobs.
    """

    def __init__(self, number: int, place: str, lock: IO[bytes]) -> None:
        self.number = number
        self.worker_id = f"{place}-{number}"
        self._lock = lock

    @classmethod
    def acquire(
        cls, folder: Path, number: int | None = None, *, timeout: float = 15.0
    ) -> WorkerLock:
        """Acquire lock `number`, or the first free one.

        Args:
            folder: where the lock files are.
            number: from 0.
            timeout: seconds to wait for a lock, which a killed process releases within moments.

        Raises:
            ConfigError: another process holds the lock.
        """
        folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + timeout
        candidates = range(_MAX_LOCKS) if number is None else [number]
        while True:
            for candidate in candidates:
                # The name stays, because a worker of an older version may hold one.
                lock = open_lock(folder / f"slot-{candidate}.lock")
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    lock.close()
                else:
                    return cls(candidate, _place(folder), lock)
            if time.monotonic() > deadline:
                raise ConfigError(
                    f"Worker lock {number} of {folder} is held by another process."
                    if number is not None
                    else f"All {_MAX_LOCKS} worker locks of {folder} are held by other processes."
                )
            time.sleep(0.05)

    def release(self) -> None:
        """Release the lock before the process ends."""
        self._lock.close()


def _place(folder: Path) -> str:
    """A name of this host and folder that no other worker of the same database has.

    The host's name is not enough: cloned machines and containers can share one, and so can two
    folders of one machine.
    """
    path = folder / "place"
    if not path.exists():
        draft = folder / f"place-{secrets.token_hex(8)}"
        draft.write_text(secrets.token_hex(3), "ascii")
        try:
            os.link(draft, path)  # atomic, and fails if another process was first
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return f"{socket.gethostname()}-{path.read_text('ascii')}"


class Worker:
    """Takes jobs and supervises their rendering."""

    def __init__(self, settings: Settings, lock: WorkerLock) -> None:
        self._settings = settings
        self._id = lock.worker_id
        self._stopping, self._hurrying = asyncio.Event(), asyncio.Event()
        # An idle worker keeps one connection here and one that waits for jobs.
        self._database = open_database(settings.database, pool_size=1)
        self._durable = DurableEngine(settings.database, self._id)
        blobs, videos, job_log = (
            Blobs.open(settings.storage),
            Videos(self._database),
            JobLog(self._database),
        )
        scratch = _empty_folder(settings.scratch_dir / f"worker-{lock.number}")
        self._renderer = Renderer(settings, videos, job_log, blobs, scratch)
        lease = settings.worker_lease_seconds
        self._heartbeat = Heartbeat(
            self._database,
            self._id,
            list(settings.served_models),
            lease=lease,
            recover=self._durable.recover,
        )
        self._orphans = OrphanedJobs(
            self._database, self._id, lease=lease, recover=self._durable.recover
        )
        self._garbage = GarbageCollector(
            videos,
            job_log,
            blobs,
            alive_among=self._durable.alive_among,
            forget_finished=self._durable.forget_finished,
            chores=[
                Idempotency(self._database).delete_old,
                UsageCheck(self._database).run,
                self._database.release_space,
            ],
            owners={"files": Files(self._database), "characters": Characters(self._database)},
        )

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT, then drain; a second signal ends the draining."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self._on_signal)
        served = self._settings.served_models.values()
        queues = sorted({model.queue for model in served})
        # Before the first job, because only a known worker may hold one.
        await self._heartbeat.beat()
        await asyncio.to_thread(self._start_taking, queues, loop)
        log.info("Worker %s takes jobs for %s", self._id, ", ".join(queues))
        upkeep = [
            asyncio.create_task(self._heartbeat.run()),
            asyncio.create_task(self._garbage.run(every=_COLLECT_EVERY, on_duty=self._leads)),
            asyncio.create_task(self._orphans.run()),
        ]
        warming = asyncio.create_task(self._renderer.warm_up(served))
        try:
            await self._until_stopped(upkeep)
            await self._drain()
        finally:
            for task in (warming, *upkeep):
                task.cancel()
            await self._renderer.close()
        await self._hand_back()

    def _start_taking(self, queues: list[str], loop: asyncio.AbstractEventLoop) -> None:
        self._durable.start(
            self._renderer,
            Outcome,
            queues,
            loop=loop,
            limit_of=lambda project: self._settings.limits_of(project).max_running,
            poll_seconds=self._settings.poll_seconds,
            is_preparing=self._renderer.is_preparing,
        )

    def _on_signal(self) -> None:
        (self._hurrying if self._stopping.is_set() else self._stopping).set()

    async def _until_stopped(self, upkeep: list[asyncio.Task[None]]) -> None:
        """Wait for the signal; a background task that ends is a fault and ends the worker."""
        stopping = asyncio.create_task(self._stopping.wait())
        done, _ = await asyncio.wait({stopping, *upkeep}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopping}:
            task.result()

    async def _drain(self) -> None:
        """Take no more jobs, and finish the current one if that takes less than `drain_seconds`."""
        log.info("Stopping: no more jobs are taken")
        self._renderer.start_no_more()
        ends = [
            asyncio.create_task(self._hurrying.wait()),
            asyncio.create_task(self._finish()),
        ]
        await asyncio.wait(
            ends, timeout=self._settings.drain_seconds, return_when=asyncio.FIRST_COMPLETED
        )

    async def _finish(self) -> None:
        await asyncio.to_thread(self._durable.stop_taking)
        await self._renderer.wait_until_idle()

    async def _hand_back(self) -> None:
        """Enqueue unfinished jobs again, and leave the table of workers."""
        try:
            async with asyncio.timeout(_HAND_BACK_TIMEOUT):
                await asyncio.to_thread(self._durable.recover, [self._id])
                await self._heartbeat.leave()
        except (SQLAlchemyError, TimeoutError):
            log.warning("Nothing could be handed back: others take over once the lease is over")
        else:
            log.info("Worker %s has left", self._id)

    async def _leads(self) -> bool:
        lease = self._settings.worker_lease_seconds
        return await Workers(self._database).leads(self._id, lease=lease)


def run(settings: Settings, *, number: int | None = None) -> None:
    """Be a worker until stopped; does not return.

    Args:
        settings: the same as the server's.
        number: of the worker lock; the first free one by default.

    Raises:
        ConfigError: the lock is held by another process.
    """
    keep_private(settings.data_dir)
    lock = WorkerLock.acquire(settings.data_dir / "workers", number)
    asyncio.run(_work(settings, lock))


async def _work(settings: Settings, lock: WorkerLock) -> None:
    await Worker(settings, lock).run()
    # Inside the loop, because its end would wait for threads that may hang on a database that is
    # gone. Child processes end with this one.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _empty_folder(path: Path) -> Path:
    """The worker's scratch folder, without the files of a killed predecessor."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
