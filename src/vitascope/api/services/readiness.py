"""Readiness: whether the database and the store can be written to, tried now and then."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import sqlalchemy as sa
from obstore.exceptions import BaseError
from sqlalchemy.exc import SQLAlchemyError

from vitascope.store.blobs import Blobs
from vitascope.store.database import Database

_PATIENCE = 3.0
_TROUBLE = (SQLAlchemyError, BaseError, OSError)
# A bucket counts its requests.
_FOLDER_EVERY, _BUCKET_EVERY = 2.0, 60.0

log = logging.getLogger(__name__)


class Readiness:
    """Tries for all who ask; whoever asks waits for a few seconds at most."""

    def __init__(self, database: Database, blobs: Blobs, scratch: Path) -> None:
        self._database = Trial(lambda: _write(database), every=_FOLDER_EVERY)
        every = _BUCKET_EVERY if blobs.folder is None else _FOLDER_EVERY
        self._store = Trial(lambda: _store(blobs, scratch), every=every)

    async def trouble(self) -> str | None:
        """What can't be written to, in a few words; None if all can."""
        database, store = await asyncio.gather(self._database.passes(), self._store.passes())
        if not database:
            return "the database can't be written to"
        return None if store else "the store can't be written to"


class Trial:
    """Something that is tried at most once in a while, by one task at a time."""

    def __init__(self, attempt: Callable[[], Awaitable[None]], *, every: float) -> None:
        self._attempt = attempt
        self._every = every
        self._began_at = float("-inf")
        self._task: asyncio.Task[bool] | None = None

    async def passes(self) -> bool:
        """Whether the newest trial went well; no answer in time is none."""
        over = self._task is None or self._task.done()
        if over and time.monotonic() - self._began_at >= self._every:
            self._began_at = time.monotonic()
            self._task = asyncio.create_task(self._try())
        assert self._task is not None
        # Not cancelled: the next to ask learns what came of it.
        done, _ = await asyncio.wait({self._task}, timeout=_PATIENCE)
        return bool(done) and self._task.result()

    async def _try(self) -> bool:
        try:
            await self._attempt()
        except _TROUBLE as error:
            log.warning("Not ready: %s", str(error).partition("\n")[0])
            return False
        return True


async def _write(database: Database) -> None:
    """Write a row as it was: it goes the way of every other commit."""
    async with database.begin() as connection:
        await connection.execute(sa.text("UPDATE schema_version SET version_num = version_num"))


async def _store(blobs: Blobs, scratch: Path) -> None:
    """Store a small file and remove it again."""
    name = f"probe-{secrets.token_hex(8)}"
    path = scratch / name
    await asyncio.to_thread(path.write_bytes, b"ok")
    try:
        await blobs.put_file(f"probes/{name}", path, "text/plain")
        await blobs.delete([f"probes/{name}"])
    finally:
        path.unlink(missing_ok=True)
