"""Processes under test: started, waited for until they are ready, and stopped again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_PATIENCE = 30


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
def vitascope(data_dir: Path, *, workers: int) -> Iterator[Running]:
    """`vitascope serve` on a free port, as a user starts it."""
    options = ["--port=0", f"--data-dir={data_dir}", f"--workers={workers}"]
    with _running(["vitascope.cli.main", "serve", *options], data_dir) as server:
        yield server


@contextmanager
def bare(database: Path) -> Iterator[Running]:
    """The bare alternative, on the same database file."""
    with _running(["bench.bare", str(database)], database.parent) as server:
        yield server


@contextmanager
def _running(module: Sequence[str], folder: Path) -> Iterator[Running]:
    """Run a module that says `… ready on http://HOST:PORT`; its log goes into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{module[0]}.log").open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", *module], stdout=subprocess.PIPE, stderr=log, text=True
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
                process.communicate(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
