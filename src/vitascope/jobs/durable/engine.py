"""The worker's side of the durable engine: takes jobs and runs their steps."""

from __future__ import annotations

import asyncio
import logging
import random
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

import dbos._dbos
import msgspec
import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, error
from dbos._core import execute_dequeued_workflow
from dbos._queue import _INTERNAL_QUEUE_CONSTRUCTION, Queue
from dbos._sys_db import SystemDatabase
from sqlalchemy.exc import DBAPIError

from vitascope.jobs.durable.records import (
    APPLICATION,
    UNFINISHED,
    WORKFLOW,
    WORKFLOW_VERSION,
    engine_url,
    jobs_table,
)
from vitascope.jobs.taking import ANY_QUEUE, JobTaker, TakenJob, announce

R = TypeVar("R")
T = TypeVar("T")

_LOG_LEVEL = "ERROR"
_MAX_RECOVERIES = 100
"""Above the limits of the row's own counters, so that those fail the video with a reason."""
_KEPT = timedelta(days=1)
_DELETED_AT_ONCE = 2000
"""Each minute: more than 100 workers finish, and still a short transaction."""
UNUSED_THREADS = (
    "queue_thread",
    "background_jobs_thread",
    "dynamic_scheduler_loop",
    "startup_recovery_thread",
)
"""DBOS's own threads: they poll every second, for queues, delays, timeouts and schedules."""
_FINISHED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

log = logging.getLogger(__name__)


class JobSteps(Protocol[R]):
    """The work of a job. A step may run twice; what `draw` returns is stored between the steps."""

    async def draw(self, video_id: str) -> R:
        """Render the video; returns how that ended."""

    async def publish(self, video_id: str, outcome: R) -> None:
        """Publish what `draw` returned."""

    async def give_up(self, video_id: str) -> None:
        """Fail a video whose steps failed too often."""


class DurableEngine:
    """Takes jobs for one worker and runs their steps. A process has one at most."""

    def __init__(self, database: str, worker_id: str) -> None:
        """Prepare; connects when started.

        Args:
            database: its URL.
            worker_id: the same after a restart, so that the worker resumes its own jobs.
        """
        self._database = database
        self._worker_id = worker_id
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": engine_url(database),
            "executor_id": worker_id,
            "application_version": WORKFLOW_VERSION,
            "run_migrations": False,
            "sys_db_pool_size": 2,
            "db_engine_kwargs": {"hide_parameters": True, "max_overflow": 2},
            # Its listener holds a connection, for features that are not used here.
            "use_listen_notify": False,
            "log_level": _LOG_LEVEL,
        }
        self._dbos = DBOS(config=config)
        self._queues: Sequence[str] = ()
        self._limit_of: Callable[[str], int | None] = lambda _project: None
        self._is_preparing: Callable[[str], bool] = lambda _job_id: False
        self._begun: set[str] = set()
        self._taker: JobTaker | None = None

    def start(
        self,
        steps: JobSteps[R],
        outcome: type[R],
        queues: Sequence[str],
        *,
        loop: asyncio.AbstractEventLoop,
        limit_of: Callable[[str], int | None],
        poll_seconds: float,
        is_preparing: Callable[[str], bool] = lambda _job_id: False,
    ) -> None:
        """Resume this worker's jobs and take new ones.

        Args:
            steps: the work.
            outcome: the type of what `draw` returns, which msgspec writes as JSON.
            queues: where to take jobs from.
            loop: where the steps run. DBOS has a loop of its own, but the steps' connections and
                processes belong to this one.
            limit_of: the maximum of running jobs of a project in one queue; None: no limit.
            poll_seconds: how often to look for jobs that were not announced.
            is_preparing: whether a job leaves the worker free to take another one.
        """
        self._queues = queues
        self._limit_of = limit_of
        self._is_preparing = is_preparing
        _register(steps, outcome, loop, self._begun)
        # The library logs through its own handler; the root handler shows the same records.
        logging.getLogger("dbos").propagate = False
        for name in UNUSED_THREADS:
            setattr(dbos._dbos, name, _do_nothing)
        DBOS.launch()
        system = self._system
        if system.engine.dialect.name == "sqlite":
            setattr(system, "_begin", _locking(system._begin))  # noqa: B010
        self._taker = JobTaker(self, self._database, queues, poll_seconds=poll_seconds)
        self.recover([self._worker_id])
        self._taker.start()

    @property
    def _system(self) -> SystemDatabase:
        return self._dbos._sys_db

    def stop_taking(self) -> None:
        """Take no more jobs; running ones continue. Returns when that is so."""
        if self._taker is not None:
            self._taker.stop()

    def recover(self, worker_ids: Sequence[str]) -> None:
        """Enqueue again the jobs of workers that are gone."""
        with self._connected() as engine:
            # The public way is to start a process under the dead worker's id.
            DBOS._recover_pending_workflows(list(worker_ids))
            with engine.begin() as connection:
                announce(connection, [ANY_QUEUE])

    def alive_among(self, video_ids: list[str]) -> set[str]:
        """Which of these jobs are queued or running."""
        with self._connected():
            alive = DBOS.list_workflows(
                workflow_ids=video_ids,
                status=list(UNFINISHED),
                load_input=False,
                load_output=False,
            )
        return {status.workflow_id for status in alive}

    def forget_finished(self) -> None:
        """Delete the engine's records of jobs finished a day ago, but not the videos' rows.

        The records would be most of the database otherwise.
        """
        before = datetime.now(UTC) - _KEPT
        with self._connected():
            finished = DBOS.list_workflows(
                completed_before=before.isoformat(),
                status=list(_FINISHED),
                application_name=APPLICATION,
                limit=_DELETED_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            if finished:
                DBOS.delete_workflows([status.workflow_id for status in finished])

    @contextmanager
    def _connected(self) -> Iterator[sa.Engine]:
        """DBOS's connections, which an idle worker closes after use."""
        try:
            yield self._system.engine
        finally:
            if self._taker is not None and self._taker.idle:
                self.release_connections()

    # The source of the job taker, which replaces DBOS's own loop: that polls each queue, has one
    # limit for all projects, and takes a job from every queue at once.

    def release_connections(self) -> None:
        """Close the connections that are not in use."""
        self._system.engine.dispose()

    def is_any_waiting(self, connection: sa.Connection) -> bool:
        """Whether a job waits in the queues."""
        jobs = jobs_table(connection)
        waiting = sa.exists().where(
            jobs.c.queue_name.in_(self._queues),
            jobs.c.application_name == APPLICATION,
            # Literals, so that both databases use their partial index.
            sa.literal_column("status = 'ENQUEUED' AND status IN ('ENQUEUED', 'PENDING')"),
        )
        return bool(connection.execute(sa.select(waiting)).scalar_one())

    def take(self) -> TakenJob | None:
        """Take a job of any queue and project, chosen at random, and start it."""
        for queue in random.sample(self._queues, len(self._queues)):
            projects = self._system.get_queue_partitions(queue)
            for project in random.sample(projects, len(projects)):
                job = self._take_from(queue, project)
                if job is not None:
                    return job
        return None

    def _take_from(self, queue: str, project: str) -> TakenJob | None:
        """Take the project's first job by priority and age, unless the project is at its limit."""
        system, token = self._system, uuid.uuid4().hex
        limits = Queue(
            queue,
            worker_concurrency=1,
            partition_concurrency=self._limit_of(project),
            token=_INTERNAL_QUEUE_CONSTRUCTION,
        )
        try:
            started, _ = system.start_queued_workflows(
                limits,
                self._worker_id,
                WORKFLOW_VERSION,
                project,
                owner_xid=token,
                is_latest_version=False,
            )
        except DBAPIError as conflict:  # with another worker's attempt to take it
            if system.is_lock_conflict(conflict) or system.is_serialization_conflict(conflict):
                return None
            raise
        for status in system.get_workflow_statuses(started):
            job_id = status["workflow_uuid"]
            try:
                execute_dequeued_workflow(self._dbos, status, token)
            except Exception:  # DBOS has recorded it; garbage collection fails the video
                log.exception("The job of %s can't be started", job_id)
            else:
                return TakenJob(job_id, queue, project, time.monotonic())
        return None

    def is_preparing(self, job: TakenJob) -> bool:
        """Whether the job leaves this worker free to take another one."""
        return self._is_preparing(job.job_id)

    def has_ended(self, job: TakenJob) -> bool:
        """Whether the job has begun and no longer runs in this process.

        That includes a job which another worker has taken over.
        """
        if job.job_id in self._dbos._active_workflows_set.activeList():
            return False
        if job.job_id not in self._begun:  # its thread is starting it
            return job.is_overdue
        self._begun.discard(job.job_id)
        return True

    def let_others_take(self, job: TakenJob) -> None:
        """Announce that the project may have one more job, if it has a limit."""
        if self._limit_of(job.project) is not None:
            with self._system.engine.begin() as connection:
                announce(connection, [job.queue])


def _register(
    steps: JobSteps[R], outcome: type[R], loop: asyncio.AbstractEventLoop, begun: set[str]
) -> None:
    """Register the workflow and its steps with DBOS.

    Args:
        steps: the work.
        outcome: the type of what `draw` returns.
        loop: where the steps run.
        begun: receives the id of each job that begins.
    """

    async def run(work: Coroutine[Any, Any, T]) -> T:
        try:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))
        except Exception:
            # DBOS repeats the step and logs nothing.
            log.exception("A step of a job failed; it is repeated a few times")
            raise

    @DBOS.step(
        name="draw", retries_allowed=True, max_attempts=6, interval_seconds=1.0, backoff_rate=2.5
    )
    async def draw(video_id: str) -> str:
        return msgspec.json.encode(await run(steps.draw(video_id))).decode()

    @DBOS.step(
        name="publish",
        retries_allowed=True,
        max_attempts=20,
        interval_seconds=0.5,
        backoff_rate=1.6,
    )
    async def publish(video_id: str, drawn: str) -> None:
        await run(steps.publish(video_id, msgspec.json.decode(drawn, type=outcome)))

    @DBOS.step(name="give_up", retries_allowed=True, max_attempts=20, interval_seconds=0.5)
    async def give_up(video_id: str) -> None:
        await run(steps.give_up(video_id))

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=_MAX_RECOVERIES)
    async def render(video_id: str) -> None:
        begun.add(video_id)
        try:
            await publish(video_id, await draw(video_id))
        except error.DBOSMaxStepRetriesExceeded:
            await give_up(video_id)


def _do_nothing(*_arguments: object) -> None:
    """Stands in for a thread of DBOS that is not needed."""


def _locking(begin: Callable[[str | None], Any]) -> Callable[[str | None], Any]:
    """DBOS's `_begin` with a write lock from the start, for SQLite.

    Taking a job counts a project's jobs before it writes. PostgreSQL notices when two workers do
    so at once; SQLite does not.
    """

    @contextmanager
    def begin_locked(isolation: str | None) -> Iterator[sa.Connection]:
        with begin(isolation) as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    return begin_locked
