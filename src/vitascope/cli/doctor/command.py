"""`vitascope doctor`: examines the machine, the stores and the models, and prints what it found."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from obstore.exceptions import BaseError

from vitascope import config
from vitascope.cli.common import ConfigFile, DataDir, screen
from vitascope.cli.doctor import findings, machine, models
from vitascope.cli.doctor.findings import Finding
from vitascope.config import Settings
from vitascope.errors import ConfigError
from vitascope.store import schema
from vitascope.store.blobs import Blobs
from vitascope.store.database import sync_url

_TIMEOUT_SECONDS = 20.0
_UPGRADE = "Run `vitascope db upgrade` with the same configuration."


def doctor(*, config_file: ConfigFile = None, data_dir: DataDir = None, json: bool = False) -> None:
    """Check what this machine can run, before anything is downloaded.

    The exit status is 1 if something that is configured can't work.

    Args:
        json: Print JSON, for programs.
    """
    settings = config.load(config_file, data_dir=data_dir)
    devices = machine.find_devices()
    sections: findings.Sections = {
        "This machine": [
            *machine.examine(settings),
            *devices.findings,
            *([machine.compiling()] if devices.gpus and machine.has_extra() else []),
        ],
        "Stores": list(stores(settings)),
        "Configured models": list(models.configured(settings, devices)),
        "Cards": list(models.cards(devices)),
    }
    if json:
        print(findings.as_json(sections))
    else:
        findings.show(sections, screen())
    if not findings.all_well(sections):
        raise SystemExit(1)


def stores(settings: Settings) -> Iterator[Finding]:
    """Whether the database and the blob store can be used; neither is changed."""
    yield _database(settings.database)
    yield _storage(settings.storage)


def _database(database: str) -> Finding:
    url = sync_url(database)
    shown = url.render_as_string(hide_password=True)
    if url.drivername.startswith("sqlite") and not Path(url.database or "").exists():
        return _missing("database", Path(url.database or ""), shown)
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
            return _missing("storage", folder, str(folder))
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            return Finding("storage", "bad", f"{folder} may not be written to", "Change its owner.")
        return Finding("storage", "good", str(folder))
    try:
        asyncio.run(_first(Blobs.open(storage)))
    except (BaseError, ConfigError, OSError, TimeoutError) as error:
        reason = str(error).partition("\n")[0] or "no answer"
        advice = "Correct `storage`, or the credentials in the environment."
        return Finding("storage", "bad", f"{storage}: {reason}", advice)
    return Finding("storage", "good", storage)


async def _first(blobs: Blobs) -> None:
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        async for _blob in blobs.list():
            return


def _missing(name: str, path: Path, shown: str) -> Finding:
    """The finding for a file or folder that `serve` will create, if it can."""
    parent = next(folder for folder in path.absolute().parents if folder.exists())
    if os.access(parent, os.W_OK | os.X_OK):
        return Finding(name, "good", f"{shown}, created at the first start")
    return Finding(name, "bad", f"{shown} can't be created in {parent}", "Name another folder.")
