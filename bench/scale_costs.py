"""What an operation costs on a database of a given size, through the repositories.

The cost is processor time, of this process and of the database's server: unlike the time on a
clock, it is the same while other programs use the machine.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

import sqlalchemy as sa
from dbos import DBOSClient
from dbos._queue import _INTERNAL_QUEUE_CONSTRUCTION, Queue

from bench.process import BenchError
from bench.scale_seed import BIG_PROJECT, SMALL_PROJECT, plain_engine
from vitascope.config import Settings, load
from vitascope.jobs.durable import APPLICATION, WORKFLOW_VERSION, DbosTransport
from vitascope.jobs.queue import JobQueue
from vitascope.spec import RenderSpec, Size
from vitascope.store.database import open_database, sync_url
from vitascope.store.search import VideoFilter, VideoSearch
from vitascope.store.tables import videos
from vitascope.store.videos import Videos
from vitascope.store.workers import Workers

MODEL = "sora-2"
LIST_FIRST = "list, newest 20"
LIST_DEEP = "list, 20 from anywhere"
LIST_SMALL = "list, a project of 10"
LIST_FAILED = "list, failed ones"
TAGS = "tags of a project"
CHANGES = "event stream: what changes"
MISSED = "event stream: what was missed"
RETRIEVE = "retrieve, finished"
POSITION = "retrieve, waiting (with its position)"
CREATE = "create (row and job)"
BEGIN = "begin an attempt (poll, job, row)"
REPORT = "report progress"
BEAT = "heartbeat"
COUNT = "count for /metrics"
RENDER_TIMES = "render times of recent videos"
EXPIRED = "garbage collection: expired videos"
UNFINISHED = "garbage collection: unfinished videos"
_SAMPLE = 2000
_WARM_UP = 10
"""Rounds that open connections and fill caches."""

Operation = Callable[[], Awaitable[object]]


class Subject:
    """One database, and the operations on it that are measured."""

    def __init__(self, url: str, videos_in_it: int) -> None:
        self.size = videos_in_it
        self.database = open_database(url, pool_size=3)
        self._videos = Videos(self.database)
        self._search = VideoSearch(self.database)
        self._workers = Workers(self.database)
        self._settings: Settings = load(database=url)
        self._queue = JobQueue(self.database, self._settings, DbosTransport())
        self.poller = Poller(url, self.queue_name)
        self._chance = random.Random(11)
        self._ids: list[tuple[str, str]] = []
        self._begun: list[Any] = []
        self._last: Any = None
        self._backends: list[int] = []

    async def open(self, waiting: int) -> None:
        """Read a sample of the ids, and add some jobs to the queue."""
        sample = sa.select(videos.c.id, videos.c.project).order_by(videos.c.id)
        step = max(1, self.size // _SAMPLE)
        async with self.database.reading() as connection:
            rows = (await connection.execute(sample)).all()
        self._ids = [(row.id, row.project) for row in rows[::step]]
        self._chance.shuffle(self._ids)
        for _ in range(waiting):
            await self.create()
        for _ in range(3):
            await self.begin_attempt()

    def find_backends(self) -> None:
        """Look up the processes that PostgreSQL has for the open connections."""
        if self.database.dialect.name == "postgresql":
            self._backends = list(backend_cpu(self._settings.database))

    def spent(self) -> float:
        """Seconds of processor time so far."""
        return time.process_time() + sum(map(_nanoseconds, self._backends)) / 1e9

    @property
    def operations(self) -> dict[str, Operation]:
        """What is measured, in the order of a round: an attempt begins at each created job."""
        page = self._videos.page
        return {
            LIST_FIRST: lambda: page(project=BIG_PROJECT, after=None, limit=20, newest_first=True),
            LIST_DEEP: self._list_deep,
            LIST_SMALL: lambda: page(
                project=SMALL_PROJECT, after=None, limit=20, newest_first=True
            ),
            LIST_FAILED: lambda: self._search.page(
                VideoFilter("failed"), project=BIG_PROJECT, limit=20
            ),
            TAGS: lambda: self._search.tags(BIG_PROJECT),
            CHANGES: lambda: self._search.moving(BIG_PROJECT, created_since=time.time()),
            MISSED: lambda: self._search.finished_since(BIG_PROJECT, time.time() - 60),
            RETRIEVE: self._retrieve,
            CREATE: self.create,
            POSITION: self._look_at_last,
            BEGIN: self.begin_attempt,
            REPORT: self._report,
            BEAT: lambda: self._workers.beat("bench-0", [MODEL], version=WORKFLOW_VERSION),
            COUNT: self._videos.count_by_status,
            RENDER_TIMES: self._videos.seconds_per_second,
            EXPIRED: lambda: self._videos.expired(now=time.time()),
            UNFINISHED: lambda: self._videos.unfinished(created_before=time.time() - 60),
        }

    @property
    def engines(self) -> list[sa.Engine]:
        """All engines that send statements to the database."""
        found = [self.database.sync_engine, self.poller.system.engine]
        reader = self.database._reader
        return found if reader is None else [*found, reader]

    async def create(self) -> object:
        """Submit a job."""
        spec = RenderSpec(
            prompt="A fox runs through a snowy forest at dusk",
            model=MODEL,
            size=Size(720, 1280),
            frames=96,
            seed=7,
        )
        project = f"flood-{self._chance.randrange(5)}"
        self._last = await self._queue.submit(spec, project=project)
        return self._last

    async def begin_attempt(self) -> object:
        """Take a job as a worker does, and begin an attempt; None if no job waits."""
        # In this thread: a hand-over to another would hide what is measured.
        taken = self.poller.poll()
        if not taken:
            return None
        video = await self._videos.begin_attempt(taken[0], now=time.time())
        self._begun.append(video)
        return video

    async def close(self) -> None:
        """Close the connections."""
        self._queue.close()
        self.poller.close()
        await self.database.dispose()

    async def _list_deep(self) -> object:
        after = self._chance.choice(self._ids)[0]
        return await self._videos.page(
            project=BIG_PROJECT, after=after, limit=20, newest_first=True
        )

    async def _retrieve(self) -> object:
        video_id, project = self._chance.choice(self._ids)
        return await self._videos.get_with_position(video_id, project=project)

    async def _look_at_last(self) -> object:
        return await self._videos.get_with_position(self._last.id, project=self._last.project)

    async def _report(self) -> object:
        video = self._begun[-1]
        return await self._videos.report(
            video.id, attempt=video.attempt, progress=50, phase="draw", eta=time.time()
        )

    @property
    def queue_name(self) -> str:
        """The queue of the model."""
        model = self._settings.resolve_model(MODEL)
        if model is None:
            raise LookupError(MODEL)
        return model.queue


class Poller:
    """Polls a queue once, with the statements that the durable engine makes for a worker."""

    def __init__(self, url: str, queue_name: str) -> None:
        self._client = DBOSClient(
            system_database_url=sync_url(url).render_as_string(hide_password=False),
            application_name=APPLICATION,
            system_database_pool_size=1,
        )
        # Private, because a worker's own loop can't poll just once.
        self.system = self._client._sys_db
        self._queue_name = queue_name

    def poll(self) -> list[str]:
        """Poll once, as another worker each time; the ids of the jobs that were taken."""
        worker = uuid.uuid4().hex
        queue = Queue(self._queue_name, worker_concurrency=1, token=_INTERNAL_QUEUE_CONSTRUCTION)
        keys = self.system.get_queue_partitions(queue.name)
        random.shuffle(keys)
        for key in keys:
            taken, _ = self.system.start_queued_workflows(
                queue, worker, WORKFLOW_VERSION, key, owner_xid=worker, is_latest_version=False
            )
            if taken:
                return taken
        return []

    def close(self) -> None:
        """Close the connections."""
        self._client.destroy()


def backend_cpu(url: str) -> dict[int, int]:
    """Processor time in nanoseconds of every backend but this connection's own."""
    with plain_engine(url).connect() as connection:
        backends = connection.execute(
            sa.text(
                "SELECT pid FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).scalars()
        return {pid: _nanoseconds(pid) for pid in backends}


def _nanoseconds(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0])
    except FileNotFoundError:
        raise BenchError("The database's server must run on this machine, on Linux.") from None


async def compare(subjects: Sequence[Subject], rounds: int) -> dict[str, dict[int, float]]:
    """Milliseconds of each operation, by the database's size: lower quartiles, in turns.

    A quartile, because other processes of the machine make single calls longer, never shorter: they
    empty its caches.
    """
    times: dict[str, dict[int, list[float]]] = {}
    for number in range(rounds + _WARM_UP):
        for subject in subjects:
            if number == _WARM_UP:
                subject.find_backends()
            for name, operation in subject.operations.items():
                before = subject.spent()
                await operation()
                took = (subject.spent() - before) * 1000
                if number >= _WARM_UP:
                    times.setdefault(name, {}).setdefault(subject.size, []).append(took)
    return {
        name: {size: quantiles(found, n=4)[0] for size, found in by_size.items()}
        for name, by_size in times.items()
    }
