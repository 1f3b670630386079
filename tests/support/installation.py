"""An installation for fault tests: API server, workers, database and store, all real."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import process_tree
import sqlalchemy as sa
from postgres_server import Postgres, new_database
from s3_server import S3
from server_process import Server, run_cli
from waiting import wait_for

from vitascope.jobs.garbage import GarbageCollector
from vitascope.store.blobs import Blobs
from vitascope.store.characters import Characters
from vitascope.store.database import open_database, prepare_reader, sync_url
from vitascope.store.files import Files
from vitascope.store.records import JobLog
from vitascope.store.videos import Videos

LEASE = 2.0
"""Seconds; short, but longer than a busy machine delays a healthy worker's heartbeat."""
SETTLE_SECONDS = 90.0
"""Within which every job must have ended after a fault."""
_DISK_BYTES = 24 * 1024**2
TINY_WORKER = Path(__file__).parents[1] / "chaos" / "tiny_worker.py"
SEED = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))

_JOURNAL = {
    "sqlite": [
        """CREATE TABLE journal (entry INTEGER PRIMARY KEY, video_id TEXT, project TEXT,
        attempt INTEGER, status TEXT, was TEXT, at REAL)""",
        """CREATE TRIGGER journal_of_videos AFTER UPDATE ON videos
        WHEN old.attempt != new.attempt OR old.status != new.status OR old.assets != new.assets
        BEGIN INSERT INTO journal (video_id, project, attempt, status, was, at) VALUES
        (new.id, new.project, new.attempt, new.status, old.status,
        (julianday('now') - 2440587.5) * 86400.0); END""",
    ],
    "postgresql": [
        """CREATE TABLE journal (entry BIGSERIAL PRIMARY KEY, video_id TEXT, project TEXT,
        attempt INTEGER, status TEXT, was TEXT, at FLOAT8)""",
        """CREATE FUNCTION keep_journal() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO journal (video_id, project, attempt, status, was, at) VALUES
        (new.id, new.project, new.attempt, new.status, old.status,
        extract(epoch from clock_timestamp())); RETURN NULL; END $$""",
        """CREATE TRIGGER journal_of_videos AFTER UPDATE ON videos FOR EACH ROW
        WHEN (old.attempt != new.attempt OR old.status != new.status
        OR old.assets::text != new.assets::text) EXECUTE FUNCTION keep_journal()""",
    ],
}
"""A trigger in the database records every attempt and publication of all processes."""


@dataclass(frozen=True)
class Backing:
    """A database and a store, and how to make them fail.

    Attributes:
        name: for the table.
        data_dir: for the server and the workers.
        disks: small disks that hold data and files, for tests that fill them; empty where mounting
            is not allowed.
        files: the folder where stored objects are files, by key.
        environment: variables with which a process finds the store.
        database_outage: a context in which the database answers nothing.
        store_outage: a context in which nothing can be stored or read.
        store_refusal: a context in which nothing can be stored or removed: the folder is
            read-only, or the object store is unavailable.
        read_only: a context in which the given processes can read the database but not write.
    """

    name: str
    data_dir: Path
    disks: Sequence[Path]
    database: str
    storage: str
    files: Path
    database_outage: Callable[[], AbstractContextManager[None]]
    store_outage: Callable[[], AbstractContextManager[None]]
    store_refusal: Callable[[], AbstractContextManager[None]]
    read_only: Callable[[Sequence[int]], AbstractContextManager[None]]
    environment: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def small_disk(path: Path) -> Iterator[list[Path]]:
    """Mount a small disk on an empty folder; yields no path where mounting is not allowed."""
    path.mkdir(parents=True, exist_ok=True)
    mode = f"size={_DISK_BYTES},mode=0777"
    mount = ["mount", "-t", "tmpfs", "-o", mode, "vitascope-test", str(path)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:  # no such program
        mounted = False
    try:
        yield [path] if mounted else []
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(path)], check=True)


@contextmanager
def read_only_folder(path: Path) -> Iterator[None]:
    """Mount a folder over itself, read-only; needs root."""
    assert os.geteuid() == 0, "a read-only folder needs root, to mount it"
    subprocess.run(["mount", "--bind", str(path), str(path)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(path)], check=True)
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


@contextmanager
def sqlite_and_folder(home: Path) -> Iterator[Backing]:
    """A SQLite file and a folder, both in the data folder: the setup of a single machine."""
    data = home / "data"
    database, files = data / "vitascope.db", data / "files"

    @contextmanager
    def locked() -> Iterator[None]:
        with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")  # ends when the connection closes
            yield

    @contextmanager
    def replaced_by_a_file() -> Iterator[None]:
        aside = files.rename(files.with_name("files-aside"))
        files.write_bytes(b"not a folder")
        try:
            yield
        finally:
            files.unlink()
            aside.rename(files)

    with small_disk(data) as disks:
        yield Backing(
            name="SQLite, folder",
            data_dir=data,
            disks=disks,
            database=f"sqlite:///{database}",
            storage=files.as_uri(),
            files=files,
            database_outage=locked,
            store_outage=replaced_by_a_file,
            store_refusal=lambda: read_only_folder(files),
            read_only=_no_bigger_files,
        )


@contextmanager
def postgres_and_s3(home: Path, host: str = "127.0.0.1") -> Iterator[Backing]:
    """A PostgreSQL and an S3 server of their own, which tests may kill."""
    postgres, s3 = Postgres(host), S3(host)

    @contextmanager
    def crashed() -> Iterator[None]:
        postgres.stop("immediate")
        try:
            yield
        finally:
            postgres.start()

    @contextmanager
    def stopped() -> Iterator[None]:
        s3.stop()
        try:
            yield
        finally:
            s3.start()

    def set_read_only(value: str) -> None:
        # As providers of managed databases do before a disk is full.
        with postgres.connect() as connection:
            connection.execute(sa.text(f"ALTER SYSTEM SET default_transaction_read_only = {value}"))
            connection.execute(sa.text("SELECT pg_reload_conf()"))
        # The server reads its configuration a moment later, and tells its connections then.
        wait_for(lambda: shown() == value, f"default_transaction_read_only = {value}")

    def shown() -> str:
        with postgres.connect() as connection:
            query = sa.text("SHOW default_transaction_read_only")
            return str(connection.execute(query).scalar_one())

    @contextmanager
    def read_only(_pids: Sequence[int]) -> Iterator[None]:
        set_read_only("on")
        try:
            yield
        finally:
            set_read_only("off")

    with ExitStack() as stack:
        stack.callback(postgres.close)
        stack.callback(s3.close)
        disks = [
            disk
            for path in (home / "data", s3.folder)
            for disk in stack.enter_context(small_disk(path))
        ]
        postgres.start()
        s3.start()
        bucket = s3.new_bucket()
        yield Backing(
            name="PostgreSQL, S3",
            data_dir=home / "data",
            disks=disks,
            database=stack.enter_context(new_database(postgres.url)),
            storage=bucket,
            files=s3.folder / bucket.removeprefix("s3://"),
            database_outage=crashed,
            store_outage=stopped,
            store_refusal=stopped,
            read_only=read_only,
            environment=s3.environment,
        )


BACKINGS = {"sqlite": sqlite_and_folder, "postgresql": postgres_and_s3}


class Worker:
    """One `vitascope worker` process."""

    def __init__(self, data_dir: Path, number: int, *, before: Sequence[str] = ()) -> None:
        self.number = number
        self._command = [*before, sys.executable, str(TINY_WORKER), "worker"]
        self._command += ["--data-dir", str(data_dir), "--number", str(number)]
        self._scratch = data_dir / "tmp" / f"worker-{number}"
        self._log = data_dir.with_name(f"worker-{number}.log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8") if self._log.exists() else ""

    @property
    def jobs(self) -> set[str]:
        """The videos that it renders now."""
        with suppress(FileNotFoundError):
            return {path.name.rpartition("-")[0] for path in self._scratch.iterdir()}
        return set()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                process_tree.ends_with_parent(self._command), stdin=subprocess.DEVNULL, stderr=log
            )

    def wait_until_ready(self) -> None:
        """Wait until its engine process runs."""
        wait_for(self.engine, f"worker {self.number}'s engine")

    def engine(self) -> int | None:
        """Its engine process, if one runs."""
        for pid in process_tree.descendants(self.pid):
            if "tiny_child.py" in process_tree.command_of(pid):
                return pid
        return None

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def signal(self, signum: int) -> None:
        os.kill(self.pid, signum)

    def close(self) -> None:
        if self.running:
            self.signal(signal.SIGCONT)
            self.kill()


class Installation:
    """An API server without local workers, and separate workers, on one backing.

    Attributes:
        created: the API key that created each video, by video id.
        checked: the videos that an earlier check has counted.
    """

    def __init__(self, backing: Backing, *, workers: int = 2) -> None:
        self.backing = backing
        self.created: dict[str, str] = {}
        self.checked: set[str] = set()
        self.server = Server(backing.data_dir, "--workers", "0")
        self.workers = [Worker(backing.data_dir, number) for number in range(workers)]
        self._engine = sa.create_engine(sync_url(backing.database), poolclass=sa.NullPool)
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", prepare_reader)

    def start(self) -> None:
        upgraded = run_cli("db", "upgrade", "--data-dir", str(self.backing.data_dir))
        assert upgraded.returncode == 0, upgraded.stderr
        self._keep_journal()
        self.server.start()
        for worker in self.workers:
            worker.start()
        for worker in self.workers:
            worker.wait_until_ready()

    def _keep_journal(self) -> None:
        engine = sa.create_engine(sync_url(self.backing.database), poolclass=sa.NullPool)
        with engine.begin() as connection:
            for statement in _JOURNAL[engine.dialect.name]:
                connection.execute(sa.text(statement))

    def close(self) -> None:
        for worker in self.workers:
            worker.close()
        self.server.close()

    def query(self, statement: str, **values: Any) -> list[Any]:
        """Rows of the database."""
        with self._engine.connect() as connection:
            return list(connection.execute(sa.text(statement), values).mappings())

    def row(self, video_id: str) -> Mapping[str, Any]:
        [row] = self.query("SELECT * FROM videos WHERE id = :id", id=video_id)
        return row

    def create(self, prompt: str = "A fox", *, key: str = "any") -> str:
        """Create a video; repeats the request with the same idempotency key until it succeeds."""
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": uuid.uuid4().hex}

        def send() -> str | None:
            with suppress(httpx2.TransportError):
                answer = self.server.http.post("/videos", json={"prompt": prompt}, headers=headers)
                if answer.status_code == 200:
                    return str(answer.json()["id"])
                assert answer.status_code >= 500, answer.text
            return None

        video_id = wait_for(send, "a video to be created", every=0.1)
        self.created[video_id] = key
        return video_id

    def retrieve(self, video_id: str) -> dict[str, Any]:
        """A video, from the API."""
        return dict(self._get(video_id).json())

    def download(self, video_id: str) -> bytes:
        """A video's film, from the API."""
        return self._get(video_id, "/content").content

    def delete(self, video_id: str) -> httpx2.Response:
        """Delete a video; if that succeeds, later checks leave it out."""
        headers = {"Authorization": f"Bearer {self.created[video_id]}"}
        answer = self.server.http.delete(f"/videos/{video_id}", headers=headers)
        if answer.status_code == 200:
            del self.created[video_id]
            self.checked.discard(video_id)
        return answer

    def cancel(self, video_id: str) -> None:
        """Cancel a video."""
        self.server.cancel(video_id)

    def _get(self, video_id: str, more: str = "") -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.created[video_id]}"}
        answer = self.server.http.get(f"/videos/{video_id}{more}", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    def journal(self) -> list[Any]:
        """Every attempt and end of a job, oldest first."""
        return self.query("SELECT * FROM journal ORDER BY entry")

    def wait_until_drawing(self, *video_ids: str) -> None:
        """Wait until each of them has made progress."""
        for video_id in video_ids:
            wait_for(lambda job=video_id: self.row(job)["progress"] > 1, f"{video_id} to begin")

    def worker_of(self, video_id: str) -> Worker:
        """The worker that renders a video."""
        return wait_for(
            lambda: next((w for w in self.workers if video_id in w.jobs), None), "its worker"
        )

    @contextmanager
    def disk_full(self) -> Iterator[None]:
        """Fill the disks, for the duration of the context.

        Where no disk could be mounted, limits the size of the engine processes' files instead.
        """
        disks = self.backing.disks
        engines = [pid for worker in self.workers if (pid := worker.engine())]
        with _filled(disks) if disks else _no_bigger_files(engines):
            yield

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Make the database read-only for server and workers, for the duration of the context.

        A disk with files open for writing can't be remounted read-only. SQLite gets a limit on the
        size of files instead: writes fail with another errno, which SQLite reports as the same
        error.
        """
        roots = [self.server.pid, *(worker.pid for worker in self.workers)]
        children = [pid for root in roots for pid in process_tree.descendants(root)]
        with self.backing.read_only([*roots, *children]):
            yield

    def wait_until_idle(self) -> None:
        """Wait until every job has ended and no worker holds one."""
        unfinished = "SELECT count(*) AS n FROM videos WHERE status IN ('queued', 'in_progress')"
        schema_name = "" if self._engine.dialect.name == "sqlite" else "dbos."
        undelivered = (
            f"SELECT count(*) AS n FROM {schema_name}workflow_status "
            "WHERE status IN ('ENQUEUED', 'PENDING', 'DELAYED')"
        )
        for what, query in (("videos", unfinished), ("jobs", undelivered)):
            wait_for(
                lambda query=query: self.query(query)[0]["n"] == 0,
                f"the end of all {what}",
                seconds=SETTLE_SECONDS,
                every=0.1,
            )
        running = [worker for worker in self.workers if worker.running]
        wait_for(lambda: not any(worker.jobs for worker in running), "idle workers")

    def collect_garbage(self) -> None:
        """Collect garbage of any age."""
        asyncio.run(self._collect_garbage())

    async def _collect_garbage(self) -> None:
        database = open_database(self.backing.database)
        owners = {"files": Files(database), "characters": Characters(database)}
        try:
            await GarbageCollector(
                Videos(database),
                JobLog(database),
                Blobs.open(self.backing.storage),
                alive_among=set,
                owners=owners,
            ).remove_unowned(age=0)
        finally:
            await database.dispose()

    def stored(self) -> dict[str, str]:
        """The digest of every stored object, by key."""
        base = self.backing.files
        return {
            str(path.relative_to(base)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in base.rglob("*")
            if path.is_file() and not path.relative_to(base).parts[0].startswith(".sgwtmp")
        }


@contextmanager
def _filled(disks: Sequence[Path]) -> Iterator[None]:
    with ExitStack() as stack:
        for disk in disks:
            path = disk / "filler"
            stack.callback(path.unlink)
            with path.open("wb", buffering=0) as filler:
                for size in (64 * 1024, 4096, 1):
                    with suppress(OSError):  # until the disk has no room for this size
                        while True:
                            filler.write(bytes(size))
        yield


@contextmanager
def _no_bigger_files(pids: Sequence[int]) -> Iterator[None]:
    with ExitStack() as stack:
        for pid in pids:
            old = resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            stack.callback(_limit_if_alive, pid, old)
        yield


def _limit_if_alive(pid: int, limits: tuple[int, int]) -> None:
    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
