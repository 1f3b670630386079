"""A worker's slot: a number that one process on this machine holds at a time, by a file lock."""

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

_MAX_SLOTS = 64


class Slot:
    """The right to be worker number N on this machine. Ends with the process, however it ends.

    Attributes:
        number: N, from 0.
        worker_id: the same after every restart, so that a worker takes its own jobs up again.
    """

    def __init__(self, number: int, place: str, lock: IO[bytes]) -> None:
        self.number = number
        self.worker_id = f"{place}-{number}"
        self._lock = lock

    def release(self) -> None:
        """Give the slot back before the process ends."""
        self._lock.close()


def take(folder: Path, number: int | None = None, *, patience: float = 15.0) -> Slot:
    """Take slot `number`, or the first free one.

    A process that was killed lets go of its slot within moments; `patience` is for that.

    Raises:
        ConfigError: another process holds the slot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience
    wanted = range(_MAX_SLOTS) if number is None else [number]
    while True:
        for candidate in wanted:
            lock = open_lock(folder / f"slot-{candidate}.lock")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
            else:
                return Slot(candidate, _place(folder), lock)
        if time.monotonic() > deadline:
            raise ConfigError(
                f"Worker slot {number} of {folder} is held by another process."
                if number is not None
                else f"All {_MAX_SLOTS} worker slots of {folder} are held by other processes."
            )
        time.sleep(0.05)


def _place(folder: Path) -> str:
    """The name of this host and folder, which no other worker of the same database may have.

    Host names alone would not do: cloned machines and containers can share one, and two folders
    of one machine do.
    """
    path = folder / "place"
    if not path.exists():
        draft = folder / f"place-{secrets.token_hex(8)}"
        draft.write_text(secrets.token_hex(3), "ascii")
        try:
            os.link(draft, path)  # whole at once, and only if it is still missing
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return f"{socket.gethostname()}-{path.read_text('ascii')}"
