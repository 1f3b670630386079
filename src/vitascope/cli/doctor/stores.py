"""The stores: whether database and storage can be reached, without changing either."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from obstore.exceptions import BaseError

from vitascope.cli.doctor.finding import Finding
from vitascope.config import Settings
from vitascope.errors import ConfigError
from vitascope.store import schema
from vitascope.store.blobs import Blobs
from vitascope.store.database import sync_url

_PATIENCE = 20.0
_UPGRADE = "Run `vitascope db upgrade` with the same configuration."


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at both."""
    yield _database(settings.database)
    yield _storage(settings.storage)


def _database(database: str) -> Finding:
    url = sync_url(database)
    shown = url.render_as_string(hide_password=True)
    if url.drivername.startswith("sqlite") and not Path(url.database or "").exists():
        return _new("database", Path(url.database or ""), shown)
    try:
        found = schema.current_version(database)
    except ConfigError as error:
        return Finding("database", "bad", f"{shown}: {error}", "Correct `database`, or start it.")
    if found == schema.HEAD:
        return Finding("database", "good", f"{shown}, schema {found}")
    detail = f"{shown} is at schema {found or 'none'}, this program needs {schema.HEAD}"
    if found is not None and found > schema.HEAD:
        return Finding("database", "bad", detail, "Start the newer program.")
    if url.drivername.startswith("sqlite"):
        return Finding("database", "remark", f"{detail}: `vitascope serve` upgrades it")
    return Finding("database", "bad", detail, _UPGRADE)


def _storage(storage: str) -> Finding:
    parts = urlsplit(storage)
    if parts.scheme in {"", "file"}:
        folder = Path(url2pathname(parts.path) if parts.scheme else storage).expanduser()
        if not folder.exists():
            return _new("storage", folder, str(folder))
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            return Finding("storage", "bad", f"{folder} may not be written to", "Change its owner.")
        return Finding("storage", "good", str(folder))
    try:
        asyncio.run(asyncio.wait_for(_first(Blobs.open(storage)), _PATIENCE))
    except (BaseError, ConfigError, OSError, TimeoutError) as error:
        reason = str(error).partition("\n")[0] or "no answer"
        advice = "Correct `storage`, or the credentials in the environment."
        return Finding("storage", "bad", f"{storage}: {reason}", advice)
    return Finding("storage", "good", storage)


async def _first(blobs: Blobs) -> None:
    async for _blob in blobs.list():
        return


def _new(name: str, path: Path, shown: str) -> Finding:
    """What is not there yet, and will be made by `serve` if it may be."""
    parent = next(folder for folder in path.absolute().parents if folder.exists())
    if os.access(parent, os.W_OK | os.X_OK):
        return Finding(name, "good", f"{shown}, made at the first start")
    return Finding(name, "bad", f"{shown} can't be made in {parent}", "Name another folder.")
