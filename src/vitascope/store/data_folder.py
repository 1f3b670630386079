"""Permissions of the data folder: it and its lock files belong to the user who runs the server."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import logging
import os
import stat
from pathlib import Path
from typing import IO

from vitascope.errors import ConfigError

_OURS = ("vitascope.db", "serve.lock", "workers")
"""Names in a folder that a server has used before."""

log = logging.getLogger(__name__)


def keep_private(folder: Path) -> None:
    """Create the data folder if it is missing, and remove the permissions of other users.

    Sets the process's umask, so that other users can read no file that it creates. A folder that
    also holds other things, such as a home folder or `/tmp`, keeps its mode.
    """
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True)
    status = folder.stat()
    if not stat.S_IMODE(status.st_mode) & 0o077:
        return
    names = os.listdir(folder)
    ours = not names or any(name in names for name in _OURS)
    if ours and status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX:
        folder.chmod(0o700)
    else:
        log.warning("Other users of this machine can read %s: chmod 700 it", folder)


def open_lock(path: Path) -> IO[bytes]:
    """Open a lock file. Only its owner can open it, and so only its owner can lock it.

    Raises:
        ConfigError: the file belongs to another user, or is a symbolic link.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in {errno.ELOOP, errno.EACCES}:
            raise
        raise ConfigError(_foreign(path)) from None
    lock = os.fdopen(descriptor, "r+b")
    owner = os.fstat(descriptor).st_uid
    if owner != os.geteuid():
        lock.close()
        raise ConfigError(_foreign(path))
    os.fchmod(descriptor, 0o600)
    return lock


_RETRY_SECONDS = 0.05


class Places:
    """Limits how much happens at once in all processes that share a data folder.

    There is a fixed number of places under each name. A place is a locked file, which the kernel
    unlocks when its process ends, however it ends.

    Args:
        folder: where the locked files are; made when it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def try_take(self, name: str, count: int) -> IO[bytes] | None:
        """Take one of `count` places, which its holder closes; None if all are taken."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = hashlib.sha256(name.encode()).hexdigest()[:32]  # a name may hold any character
        for number in range(count):
            place = open_lock(self._folder / f"{file}-{number}")
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                place.close()
            else:
                return place
        return None

    async def take(self, name: str, count: int) -> IO[bytes]:
        """Wait for a place; its holder closes it."""
        while (place := self.try_take(name, count)) is None:  # noqa: ASYNC110 - other processes' locks
            await asyncio.sleep(_RETRY_SECONDS)
        return place


def _foreign(path: Path) -> str:
    return (
        f"The lock {path} is not this user's own file. Remove it, or run the server as the user "
        "who owns it."
    )
