"""Space: what a nearly full disk refuses, and what is answered when a disk takes nothing."""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from obstore.exceptions import BaseError
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response

from vitascope.api.error_handlers import error_response
from vitascope.config import GIBIBYTE, Settings
from vitascope.errors import NO_RETRY, NoSpace, Unavailable
from vitascope.store.blobs import Blobs

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_UNWRITABLE = {errno.EROFS, errno.EIO}
_FILES_SECONDS = 5.0
_OS_ERROR = re.compile(r"\(os error (\d+)\)")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Space:
    """The free space of the disk that has the least to spare, and how much is to stay free."""

    free: int
    reserve: int

    @property
    def low(self) -> bool:
        """Whether creates and uploads are refused."""
        return self.free < self.reserve


def space_of(settings: Settings, blobs: Blobs) -> Space:
    """Look at the disks of the data folder and of the store, if that is a folder."""
    folders = {settings.data_dir, blobs.folder or settings.data_dir}
    spaces = [_space(folder, settings.min_free_bytes) for folder in folders if folder.exists()]
    return min(spaces, key=lambda space: space.free - space.reserve, default=Space(0, 0))


def require_space(settings: Settings, blobs: Blobs) -> None:
    """Keep what is left for the films that are under way, and for deleting.

    Raises:
        NoSpace: the disk has less free space than its reserve.
    """
    space = space_of(settings, blobs)
    if space.low:
        raise _no_space()


async def delete(
    row: Callable[[], Awaitable[object]], files: Callable[[], Awaitable[None]]
) -> None:
    """Delete a row and then its files; on a full disk the files first, which makes room.

    Once the row is gone, the video or file is deleted for all clients. Files that the store does
    not remove now are removed by the sweep.
    """
    try:
        await row()
    except DBAPIError as error:
        if not isinstance(_known(error), NoSpace):
            raise
        await files()
        await row()
    try:
        async with asyncio.timeout(_FILES_SECONDS):
            await files()
    except (BaseError, OSError) as error:
        reason = str(error).partition("\n")[0] or "no answer in time"
        log.warning("Files of a deleted row stay until the sweep: %s", reason)


def install(app: FastAPI) -> None:
    """Tell clients of a disk that is full or can't be written to, wherever it is noticed."""
    for kind in (DBAPIError, OSError, BaseError):
        app.add_exception_handler(kind, _answer)


async def _answer(_request: Request, error: Exception) -> Response:
    known = _known(error)
    if known is None:
        raise error
    return error_response(known)


def _known(error: Exception) -> NoSpace | Unavailable | None:
    """What an error of the database, the store or the system says of the disk."""
    if isinstance(error, DBAPIError):
        code = (getattr(error.orig, "sqlite_errorcode", 0) or 0) & 0xFF
        state = getattr(error.orig, "sqlstate", None)
        if code == sqlite3.SQLITE_FULL or state == "53100":
            return _no_space()
        unwritable = code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR} or state == "25006"
        return _unavailable() if unwritable else None
    number = error.errno if isinstance(error, OSError) else None
    if number is None and (found := _OS_ERROR.search(str(error))):
        number = int(found[1])
    if number in _FULL:
        return _no_space()
    return _unavailable() if number in _UNWRITABLE else None


def _no_space() -> NoSpace:
    return NoSpace(
        "The server's disk is nearly full, so it takes no new videos or files. Delete some that "
        "you don't need, or tell the server's operator.",
        code="insufficient_storage",
        headers=NO_RETRY,
    )


def _unavailable() -> Unavailable:
    return Unavailable(
        "The server can't write to its disk just now. Try again later, or tell its operator.",
        code="storage_unavailable",
    )


def _space(folder: Path, wanted: int | None) -> Space:
    disk = shutil.disk_usage(folder)
    return Space(disk.free, min(GIBIBYTE, disk.total // 20) if wanted is None else wanted)
