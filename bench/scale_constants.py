"""An installation's constants, on PostgreSQL: the costs of a worker, a server and an operation."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import sqlalchemy as sa

from bench import process
from bench.client import connected
from bench.load import put_on
from bench.machine import MEBIBYTE, resident_bytes
from bench.process import BenchError
from bench.scale_costs import (
    BEAT,
    BEGIN,
    CREATE,
    LIST_FIRST,
    REPORT,
    RETRIEVE,
    Poller,
    Subject,
    backend_cpu,
)
from bench.scale_seed import plain_engine, tables_of

_WATCHED_SECONDS = 40.0
_LATE_SECONDS = 12.0
"""PostgreSQL's idle backends report their transactions up to ten seconds late. This is also why the
worker is watched for several times as long."""
_BLOCK = 100
_OWN = ("videos", "lineage", "job_log", "files", "characters", "idempotency", "usage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants:
    """The measured constants, for the page and for the simulation.

    Attributes:
        video_bytes: of a finished video in our tables, indexes included.
        job_bytes: of its job in the durable engine's tables, indexes included.
        worker_connections: of an idle worker, listening on one queue.
        worker_statements: transactions a second of an idle worker.
        worker_cpu_ms: of the database's time a second, for an idle worker.
        worker_mebibytes: of an idle worker's own process.
        server_connections: of an API server while sixteen clients poll it at once.
        polls_per_second: the polls that such a server answers.
        cpu_ms: of the database's time, by operation.
        attempts_per_second: jobs that one poller takes, without a pause.
    """

    video_bytes: float
    job_bytes: float
    worker_connections: int
    worker_statements: float
    worker_cpu_ms: float
    worker_mebibytes: float
    server_connections: int
    polls_per_second: float
    cpu_ms: dict[str, float]
    attempts_per_second: float


def bytes_by_table(url: str) -> dict[str, int]:
    """The size of every table with its indexes."""
    engine = plain_engine(url)
    with engine.connect() as connection:
        return {
            table.name: connection.execute(
                sa.text("SELECT pg_total_relation_size(CAST(:name AS regclass))"),
                {"name": f"{table.schema}.{table.name}"},
            ).scalar_one()
            for table in tables_of(engine)
        }


async def measure(subject: Subject, url: str, scratch: Path, sizes: dict[str, int]) -> Constants:
    """Measure all of it on one database, whose server is on this machine.

    Args:
        subject: the database, opened.
        url: its address.
        scratch: a folder for the processes that are started.
        sizes: of its tables, from before jobs were added to them.
    """
    own = sum(size for name, size in sizes.items() if name in _OWN)
    cpu = {
        name: await _server_cpu(subject, url, name)
        for name in (RETRIEVE, LIST_FIRST, CREATE, BEGIN, REPORT, BEAT)
    }
    attempts = await _attempts(subject, url)
    server = _server(url, scratch)
    worker = _worker(url, scratch)
    return Constants(
        video_bytes=own / subject.size,
        job_bytes=(sum(sizes.values()) - own) / subject.size,
        worker_connections=worker[0],
        worker_statements=worker[1],
        worker_cpu_ms=worker[2],
        worker_mebibytes=worker[3],
        server_connections=server[0],
        polls_per_second=server[1],
        cpu_ms=cpu,
        attempts_per_second=attempts,
    )


async def _server_cpu(subject: Subject, url: str, name: str) -> float:
    operation = subject.operations[name]
    if name == BEGIN:
        for _ in range(_BLOCK + 1):
            await subject.create()
    await operation()
    before = backend_cpu(url)
    for _ in range(_BLOCK):
        await operation()
    return _since(before, backend_cpu(url)) / _BLOCK


async def _attempts(subject: Subject, url: str) -> float:
    for _ in range(_BLOCK):
        await subject.create()
    poller = Poller(url, subject.queue_name)
    began = time.perf_counter()
    for _ in range(_BLOCK):
        if not poller.poll():
            raise BenchError("A waiting job was not found.")
    took = time.perf_counter() - began
    poller.close()
    return _BLOCK / took


def _server(url: str, scratch: Path) -> tuple[int, float]:
    environment = {"VITASCOPE_DATABASE": url, "VITASCOPE_STORAGE": str(scratch / "files")}
    with (
        patch.dict(os.environ, environment),
        process.vitascope(scratch / "api", workers=0) as server,
        connected(server) as api,
    ):
        others = set(backend_cpu(url))
        video = api.create(prompt="A fox", seconds="4")
        load = put_on(server.port, f"/v1/videos/{video}", seconds=2)
        return len(set(backend_cpu(url)) - others) + 1, load.per_second


def _worker(url: str, scratch: Path) -> tuple[int, float, float, float]:
    """Connections, transactions a second, the database's milliseconds a second, memory."""
    _cancel_what_waits(url)
    others = set(backend_cpu(url))
    with _running_worker(url, scratch) as pid:
        _settle(lambda: _has_worker(url))
        time.sleep(_LATE_SECONDS)
        before, cpu, began = _transactions(url), backend_cpu(url), time.perf_counter()
        time.sleep(_WATCHED_SECONDS)
        took = time.perf_counter() - began
        after = backend_cpu(url)
        ours = [backend for backend in after if backend not in others]
        return (
            len(ours),
            (_transactions(url) - before) / took,
            _since({one: cpu[one] for one in ours if one in cpu}, after) / took,
            resident_bytes(pid) / MEBIBYTE,
        )


@contextmanager
def _running_worker(url: str, scratch: Path) -> Iterator[int]:
    environment = {
        **os.environ,
        "VITASCOPE_DATABASE": url,
        "VITASCOPE_STORAGE": str(scratch / "files"),
        "VITASCOPE_DATA_DIR": str(scratch / "worker"),
    }
    (scratch / "worker").mkdir(parents=True)
    with (scratch / "worker.log").open("wb") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "vitascope.cli.main", "worker"], env=environment, stderr=log
        )
    try:
        yield running.pid
    finally:
        running.kill()
        running.wait()


def _has_worker(url: str) -> bool:
    """Whether a worker has sent its first heartbeat."""
    with plain_engine(url).connect() as connection:
        return bool(connection.execute(sa.text("SELECT count(*) FROM workers")).scalar_one())


def _settle(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not done():
        if time.monotonic() > until:
            raise BenchError("A worker did not come up.")
        time.sleep(0.1)


def _cancel_what_waits(url: str) -> None:
    """Cancel all jobs, so that the measured worker is idle."""
    engine = plain_engine(url)
    statuses = next(table for table in tables_of(engine) if table.name == "workflow_status")
    with engine.begin() as connection:
        waiting = statuses.c.status.in_(["ENQUEUED", "PENDING"])
        connection.execute(sa.update(statuses).where(waiting).values(status="CANCELLED"))
        connection.execute(
            sa.text("UPDATE videos SET status = 'failed' WHERE status IN ('queued', 'in_progress')")
        )


def _since(before: dict[int, int], after: dict[int, int]) -> float:
    """Milliseconds of the backends that are in both."""
    return sum(after[pid] - spent for pid, spent in before.items() if pid in after) / 1e6


def _transactions(url: str) -> int:
    with plain_engine(url).connect() as connection:
        connection.execute(sa.text("SELECT pg_stat_clear_snapshot()"))
        query = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        return int(connection.execute(sa.text(query)).scalar_one())
