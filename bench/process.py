"""Processes under test: started, waited for until they are ready, and stopped again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_TIMEOUT = 30


class BenchError(Exception):
    """Something could not be measured; the text says what and why."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is ready.

    Attributes:
        start_seconds: from the process's start to its word that it is ready.
    """

    pid: int
    port: int
    start_seconds: float


@contextmanager
def vitascope(data_dir: Path, *, workers: int, database: str | None = None) -> Iterator[Running]:
    """`vitascope serve` on a free port, as a user starts it; on SQLite by default."""
    options = ["--port=0", f"--data-dir={data_dir}", f"--workers={workers}"]
    settings = {} if database is None else {"VITASCOPE_DATABASE": database}
    with _running(["vitascope.cli.main", "serve", *options], data_dir, settings) as server:
        yield server


@contextmanager
def bare(database: Path) -> Iterator[Running]:
    """The bare alternative, on the same database file."""
    with _running(["bench.bare", str(database)], database.parent) as server:
        yield server


@contextmanager
def in_memory(folder: Path) -> Iterator[Running]:
    """The in-memory alternative; its log goes into the folder."""
    with _running(["bench.in_memory_server"], folder) as server:
        yield server


@contextmanager
def _running(
    module: Sequence[str], folder: Path, settings: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Run a module that says `… ready on http://HOST:PORT`; its log goes into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{module[0]}.log").open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            env={**os.environ, **(settings or {})},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            line = process.stdout.readline() if process.stdout else ""
            took = time.perf_counter() - began
            port = urlsplit(line.rpartition(" on ")[2].strip()).port
            if port is None:
                raise BenchError(f"{module[0]} did not start; see its log in {folder}.")
            yield Running(process.pid, port, took)
        finally:
            process.terminate()
            try:
                process.communicate(timeout=_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
