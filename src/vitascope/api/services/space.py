"""Free space: what a nearly full disk refuses, and how something is deleted from a full one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from obstore.exceptions import BaseError
from sqlalchemy.exc import DBAPIError

from vitascope.api.error_handlers import no_space, storage_error
from vitascope.config import Settings
from vitascope.errors import NoSpace
from vitascope.limits import GIBIBYTE
from vitascope.store.blobs import Blobs

_FILES_SECONDS = 5.0

log = logging.getLogger(__name__)


class Space(NamedTuple):
    """The free space of the disk that has the least to spare, and how much is to stay free."""

    free: int
    reserve: int


def space_of(settings: Settings, blobs: Blobs) -> Space:
    """The free space of the data folder's disk and, if the store is a folder, of that one's."""
    spaces: list[Space] = []
    for folder in (settings.data_dir, blobs.folder):
        if folder is None:
            continue
        with contextlib.suppress(FileNotFoundError):
            disk = shutil.disk_usage(folder)
            reserve = settings.min_free_bytes
            if reserve is None:
                reserve = min(GIBIBYTE, disk.total // 20)
            spaces.append(Space(disk.free, reserve))
    return min(spaces, key=lambda space: space.free - space.reserve, default=Space(0, 0))


def require_space(settings: Settings, blobs: Blobs) -> None:
    """Refuse new work on a nearly full disk: running jobs and deletes need the rest.

    Raises:
        NoSpace: the disk has less free space than its reserve.
    """
    space = space_of(settings, blobs)
    if space.free < space.reserve:
        raise no_space()


async def delete(
    row: Callable[[], Awaitable[object]], files: Callable[[], Awaitable[None]]
) -> None:
    """Delete a row and then its files; on a full disk the files first, which makes room.

    Once the row is gone, the video or file is deleted for all clients. Garbage collection removes
    files that the store does not remove now.
    """
    try:
        await row()
    except DBAPIError as error:
        if not isinstance(storage_error(error), NoSpace):
            raise
        await files()
        await row()
    try:
        async with asyncio.timeout(_FILES_SECONDS):
            await files()
    except (BaseError, OSError) as error:
        reason = str(error).partition("\n")[0] or "no answer in time"
        log.warning("Garbage collection will remove the files of a deleted row: %s", reason)
