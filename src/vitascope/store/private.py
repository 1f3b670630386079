"""The data folder belongs to the user who runs the server, and its locks are that user's alone."""

from __future__ import annotations

import errno
import logging
import os
import stat
from pathlib import Path
from typing import IO

from vitascope.errors import ConfigError

_OURS = ("vitascope.db", "serve.lock", "workers")
"""What is in a folder that a server has used before."""

log = logging.getLogger(__name__)


def keep_private(folder: Path) -> None:
    """Make the data folder if it is missing, and let no other user into it.

    From here on, no other user can read what this process writes. A folder that holds things of
    others, such as a home or `/tmp`, keeps its mode.
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
        log.warning("Other users of this machine can look into %s: chmod 700 it", folder)


def open_lock(path: Path) -> IO[bytes]:
    """Open a file to be locked. Only the user whom it belongs to can open it, and so lock it.

    Raises:
        ConfigError: the file belongs to another user, or is a link.
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


def _foreign(path: Path) -> str:
    return (
        f"The lock {path} is not this user's own file. Remove it, or run the server as the user "
        "whom it belongs to."
    )
