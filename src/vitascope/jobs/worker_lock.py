"""The worker lock: a number that one process at a time holds on a machine, by a file lock."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import time
from pathlib import Path
from typing import IO

from vitascope.errors import ConfigError
from vitascope.store.data_folder import open_lock

_MAX_LOCKS = 64


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

    def release(self) -> None:
        """Release the lock before the process ends."""
        self._lock.close()


def acquire(folder: Path, number: int | None = None, *, patience: float = 15.0) -> WorkerLock:
    """Acquire lock `number`, or the first free one.

    Args:
        folder: where the lock files are.
        number: from 0.
        patience: seconds to wait for a lock, which a killed process releases within moments.

    Raises:
        ConfigError: another process holds the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience
    candidates = range(_MAX_LOCKS) if number is None else [number]
    while True:
        for candidate in candidates:
            lock = open_lock(folder / f"slot-{candidate}.lock")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
            else:
                return WorkerLock(candidate, _place(folder), lock)
        if time.monotonic() > deadline:
            raise ConfigError(
                f"Worker slot {number} of {folder} is held by another process."
                if number is not None
                else f"All {_MAX_LOCKS} worker slots of {folder} are held by other processes."
            )
        time.sleep(0.05)


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
