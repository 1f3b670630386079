"""A cluster of real processes: API servers and workers on one database and store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bars_engine
import process_tree
import sqlalchemy as sa
from server_process import CommandProcess, Json, Server, run_cli
from waiting import wait_for

from vitascope.store.blobs import Blobs
from vitascope.store.database import sync_url

_TAKES_JOBS = "takes jobs for"


class Worker(CommandProcess):
    """One `vitascope worker`; can be killed and restarted on the same data folder.

    Attributes:
        id: its key in the `workers` table, after the start.
    """

    def __init__(self, data_dir: Path, *flags: str, environment: Mapping[str, str]) -> None:
        super().__init__(data_dir, flags, environment)
        self.id = ""
        self._seen = 0

    def start(self, *, wait: bool = True) -> None:
        """Start; returns when it takes jobs, or at once without `wait`: see `ready`."""
        command = [sys.executable, "-m", "vitascope.cli.main", "worker"]
        command += ["--data-dir", str(self.data_dir), *self._flags]
        with self._log.open("ab") as log:
            self._seen = log.tell()
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environment},
            )
        if wait:
            self.ready()

    def ready(self) -> None:
        """Wait until it takes jobs."""
        line = wait_for(self._line, "the worker to take jobs", seconds=120)
        self.id = line.split("Worker ", 1)[1].split()[0]

    def _line(self) -> str:
        assert self.running, f"the worker ended:\n{self.log}"
        text = self._log.read_bytes()[self._seen :].decode("utf-8", "replace")
        return next((line for line in text.splitlines() if _TAKES_JOBS in line), "")

    def engine_processes(self) -> list[int]:
        """Its engine processes."""
        return [
            pid
            for pid in process_tree.descendants(self.pid)
            if process_tree.ENGINE_CHILD in process_tree.command_of(pid)
        ]

    def send_signal(self, signum: int) -> None:
        """Send a signal: SIGTERM drains; SIGSTOP pauses until SIGCONT."""
        assert self._process is not None
        self._process.send_signal(signum)

    def stop(self, signum: int = signal.SIGTERM, *, seconds: float = 60.0) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        self.send_signal(signum)
        return self.wait(seconds=seconds)

    def wait(self, *, seconds: float = 60.0) -> int:
        """Wait for the end; returns the exit status."""
        assert self._process is not None
        return self._process.wait(seconds)

    def kill(self) -> list[int]:
        """Kill the worker alone; returns its descendants' pids."""
        descendants = process_tree.descendants(self.pid)
        self.stop(signal.SIGKILL)
        return descendants

    def close(self) -> None:
        """End it and its engine process."""
        if self.running:
            for pid in self.kill():
                if process_tree.ENGINE_CHILD in process_tree.command_of(pid):
                    process_tree.kill(pid)


class Cluster:
    """API servers and workers with separate data folders, as on separate hosts.

    ```python
    cluster = Cluster(tmp_path, database=postgres_database, storage=s3_storage,
                      settings={"worker_lease_seconds": 3})
    api, worker = cluster.add_server(), cluster.add_worker("--models", "sora-2")
    video = api.rendered("A fox")
    worker.kill(); worker.start(); cluster.close()
    ```

    Attributes:
        config: the TOML file of all processes.
        servers: the API servers.
        workers: the workers.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database: str,
        storage: str,
        settings: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        bars: bool = False,
    ) -> None:
        """Write the configuration file.

        Args:
            folder: for data folders and logs.
            database: `postgresql://…` or `sqlite:///…`, at the current schema (see `upgrade`).
            storage: the setting.
            settings: further settings: strings, numbers and booleans.
            environment: further variables of every process.
            bars: render with the cheap engine of `bars_engine`.
        """
        self.config = folder / "vitascope.toml"
        self.servers: list[Server] = []
        self.workers: list[Worker] = []
        self._folder = folder
        self._bars = bars
        self._environment = {**(bars_engine.ENVIRONMENT if bars else {}), **(environment or {})}
        self._storage = storage
        self._engine = sa.create_engine(sync_url(database), poolclass=sa.NullPool)
        values = {"database": database, "storage": storage, **(settings or {})}
        lines = [f"{name} = {_toml(value)}\n" for name, value in values.items()]
        self.config.write_text("".join(lines), "utf-8")

    def upgrade(self) -> None:
        """Bring the database to the current schema, as `vitascope db upgrade` does."""
        upgraded = run_cli("db", "upgrade", "--config", str(self.config))
        assert upgraded.returncode == 0, upgraded.stderr

    def add_server(self, *flags: str) -> Server:
        """Start an API server without local workers; returns when it is ready."""
        folder = self._folder / f"api-{len(self.servers)}"
        server = Server(
            folder,
            *("--workers", "0", "--config", str(self.config), *flags),
            environment=self._environment,
            bars=self._bars,
        )
        self.servers.append(server)
        server.start()
        return server

    def add_worker(self, *flags: str, wait: bool = True) -> Worker:
        """Start a worker; returns when it takes jobs, or at once without `wait`."""
        folder = self._folder / f"host-{len(self.workers)}"
        worker = Worker(folder, "--config", str(self.config), *flags, environment=self._environment)
        self.workers.append(worker)
        worker.start(wait=wait)
        return worker

    def query(self, statement: str, **parameters: Any) -> list[Json]:
        """Rows of the database, including the durable engine's tables."""
        with self._engine.begin() as connection:
            found = connection.execute(sa.text(statement), parameters)
            return [dict(row) for row in found.mappings()] if found.returns_rows else []

    def row(self, video_id: str) -> Json:
        """A video's row; empty if there is none."""
        rows = self.query("SELECT * FROM videos WHERE id = :id", id=video_id)
        return rows[0] if rows else {}

    def registered_workers(self) -> set[str]:
        """Ids in the `workers` table."""
        return {row["id"] for row in self.query("SELECT id FROM workers")}

    async def stored(self, prefix: str = "videos") -> set[str]:
        """Keys in the store, which this process must be able to reach: see `s3_storage`."""
        return {blob.key async for blob in Blobs.open(self._storage).list(prefix)}

    def close(self) -> None:
        """End all processes."""
        for member in (*self.workers, *self.servers):
            member.close()


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()
