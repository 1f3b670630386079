"""Taking jobs: how a worker waits for jobs and takes them.

A worker renders one job at a time. While it decodes the uploads of one, it takes another.

An idle worker holds one connection for this. PostgreSQL notifies it when the transaction that
enqueues a job commits. In a SQLite file the worker compares a counter that each commit changes.
Rare polling finds the jobs that nobody announced.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa

from vitascope.retry import delays
from vitascope.store.database import prepare_reader, sync_url

ANY_QUEUE = ""
"""The name that wakes the workers of all queues."""
_CHANNEL = "vitascope_jobs"
_COUNTER_SECONDS = 0.05
"""Between two looks at SQLite's counter, each of which takes some microseconds."""
_BUSY_LOOK_SECONDS = 0.05
_FIRST_LOOK_SECONDS = 0.1
_SPREAD_SECONDS = 0.02
"""Idle workers that are woken together look for the job within this time of each other."""
_TAKE_TIMEOUT = 5.0
_START_TIMEOUT = 10.0
_MOST = 3
"""Jobs that a worker has at once: one to render while the uploads of two others are decoded."""

_TROUBLE = (sa.exc.SQLAlchemyError,)
"""Errors whose text says enough."""

log = logging.getLogger(__name__)


def announce(connection: sa.Connection, queues: Iterable[str]) -> None:
    """Wake the idle workers of these queues once the transaction commits."""
    if connection.dialect.name == "postgresql":
        for queue in sorted(set(queues)):
            connection.execute(sa.select(sa.func.pg_notify(_CHANNEL, queue)))


class TakenJob(NamedTuple):
    """A job that this process has taken."""

    job_id: str
    queue: str
    project: str
    at: float
    """When, by `time.monotonic`."""

    @property
    def is_overdue(self) -> bool:
        """Whether the job should have begun by now."""
        return time.monotonic() > self.at + _START_TIMEOUT


class JobSource(Protocol):
    """Where jobs come from."""

    def is_any_waiting(self, connection: sa.Connection) -> bool:
        """Whether a job waits in the queues, by one cheap query on the given connection."""

    def take(self) -> TakenJob | None:
        """Take a job and start it."""

    def is_preparing(self, job: TakenJob) -> bool:
        """Whether the job's uploads are being decoded, so that another job can be rendered."""

    def has_ended(self, job: TakenJob) -> bool:
        """Whether the job no longer runs in this process."""

    def let_others_take(self, job: TakenJob) -> None:
        """Announce that a job has ended, if its project's limit kept others waiting."""

    def release_connections(self) -> None:
        """Close all connections that are not in use."""


class JobTaker:
    """Takes jobs in a thread of its own.

    Attributes:
        idle: whether it waits for a job.
    """

    def __init__(
        self, source: JobSource, database: str, queues: Iterable[str], *, poll_seconds: float
    ) -> None:
        """Prepare; connects when started.

        Args:
            source: where jobs come from.
            database: its URL.
            queues: whose announcements wake this worker.
            poll_seconds: how often to look for jobs that were not announced.
        """
        self.idle = False
        self._source = source
        self._poll_seconds = poll_seconds
        self._running: list[TakenJob] = []
        self._taking = threading.Lock()
        self._stopped = threading.Event()
        self._listener = _Listener(database, queues, self._stopped)

    def start(self) -> None:
        """Begin to take jobs."""
        threading.Thread(target=self._run, name="job-taker", daemon=True).start()

    def stop(self) -> None:
        """Take no more jobs. Returns when that is so."""
        self._stopped.set()
        # Taking one lasts milliseconds, unless the database is gone.
        if self._taking.acquire(timeout=_TAKE_TIMEOUT):
            self._taking.release()

    def _run(self) -> None:
        pauses = self._pauses()
        while not self._stopped.is_set():
            try:
                self._drop_ended()
                if not self._has_room():
                    self._stopped.wait(_BUSY_LOOK_SECONDS)
                elif not self._take():
                    self._wait_for_a_job()
                pauses = self._pauses()
            except Exception as error:
                reason, unknown = str(error).partition("\n")[0], not isinstance(error, _TROUBLE)
                log.warning(
                    "No job can be taken: %s: %s", type(error).__name__, reason, exc_info=unknown
                )
                self._stopped.wait(next(pauses))

    def _pauses(self) -> Iterator[float]:
        return delays(min(_FIRST_LOOK_SECONDS, self._poll_seconds), self._poll_seconds)

    def _has_room(self) -> bool:
        return len(self._running) < _MOST and all(map(self._source.is_preparing, self._running))

    def _drop_ended(self) -> None:
        for job in [job for job in self._running if self._source.has_ended(job)]:
            self._running.remove(job)
            self._source.let_others_take(job)

    def _take(self) -> bool:
        with self._taking:
            if self._stopped.is_set() or not self._has_room():
                return False
            job = self._source.take()
        if job is not None:
            self._running.append(job)
        return job is not None

    def _wait_for_a_job(self) -> None:
        """Hold one connection until a job is taken or there is no room for one."""
        self.idle = not self._running
        try:
            self._source.release_connections()
            with self._listener.open() as subscription:
                self._wait_with(subscription)
        finally:
            self.idle = False

    def _wait_with(self, subscription: _Subscription) -> None:
        pauses = self._pauses()
        while not self._stopped.is_set() and self._has_room():
            pause = self._poll_seconds
            if self._source.is_any_waiting(subscription.connection):
                if self._take():
                    return
                # Another worker was faster, or the jobs' projects are at their limits.
                self._source.release_connections()
                pause = next(pauses)
            if subscription.wait(pause):
                pauses = self._pauses()
                self._stopped.wait(random.uniform(0, _SPREAD_SECONDS))


class _Listener:
    def __init__(self, database: str, queues: Iterable[str], stopped: threading.Event) -> None:
        self._engine = sa.create_engine(
            sync_url(database),
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        self._awaited = {ANY_QUEUE, *queues}
        self._stopped = stopped
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", prepare_reader)

    @contextmanager
    def open(self) -> Iterator[_Subscription]:
        """A subscription, which misses no announcement from here on."""
        with self._engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                yield _CommitCounter(connection, self._stopped)
            else:
                yield _Notifications(connection, self._awaited)


class _Subscription(Protocol):
    connection: sa.Connection

    def wait(self, seconds: float) -> bool:
        """Wait for an announcement; whether there was one in time."""


class _Notifications:
    def __init__(self, connection: sa.Connection, awaited: set[str]) -> None:
        self.connection = connection
        self._awaited = awaited
        connection.exec_driver_sql(f"LISTEN {_CHANNEL}")
        self._driver: Any = connection.connection.driver_connection
        self._failure: type[Exception] = connection.dialect.loaded_dbapi.OperationalError

    def wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                found = list(self._driver.notifies(timeout=left, stop_after=1))
            except self._failure as error:
                self.connection.invalidate(error)
                raise sa.exc.OperationalError("LISTEN", None, error) from error
            if any(notification.payload in self._awaited for notification in found):
                return True
        return False


class _CommitCounter:
    def __init__(self, connection: sa.Connection, stopped: threading.Event) -> None:
        self.connection = connection
        self._stopped = stopped
        self._seen = self._counter()

    def wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._stopped.wait(_COUNTER_SECONDS):
            before, self._seen = self._seen, self._counter()
            if self._seen != before:
                return True
        return False

    def _counter(self) -> int:
        return int(self.connection.exec_driver_sql("PRAGMA data_version").scalar_one())
