"""`vitascope keys`: make, list and revoke API keys."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.markup import escape

from vitascope import config
from vitascope.cli.options import ConfigFile, DataDir
from vitascope.cli.screen import screen, table
from vitascope.errors import NotFound
from vitascope.store import schema
from vitascope.store.data_folder import keep_private
from vitascope.store.database import open_database
from vitascope.store.keys import Keys
from vitascope.video import DEFAULT_PRIORITY, LEAST_URGENT, MOST_URGENT

app = App(name="keys", help="Make, list and revoke API keys.")
T = TypeVar("T")
Priority = Annotated[int, Parameter(validator=Number(gte=MOST_URGENT, lte=LEAST_URGENT))]


@app.command
def create(
    *,
    project: str,
    priority: Priority = DEFAULT_PRIORITY,
    data_dir: DataDir = None,
    config_file: ConfigFile = None,
) -> None:
    """Make a key and print it. It can't be shown again: only its hash is kept.

    Args:
        project: Whose videos the key can see; a new name makes a new project.
        priority: From 1 to 100: among the videos of its project that wait, those made with a lower
            number go first. Between projects it changes nothing.
    """
    _key, secret = _with_keys(
        config_file, data_dir, lambda keys: keys.create(project, priority=priority)
    )
    print(secret)


@app.command(name="list")
def list_(*, data_dir: DataDir = None, config_file: ConfigFile = None) -> None:
    """List all keys, revoked ones included."""
    listed = table("id", "project", "priority", "key", "created", "revoked")
    for key in _with_keys(config_file, data_dir, lambda keys: keys.list()):
        made, revoked = _day(key.created_at), _day(key.revoked_at)
        listed.add_row(key.id, escape(key.project), str(key.priority), key.hint, made, revoked)
    screen(whole=True).print(listed)


@app.command
def revoke(key_id: str, /, *, data_dir: DataDir = None, config_file: ConfigFile = None) -> None:
    """Make a key stop working, within a second.

    Args:
        key_id: The key's id, as `vitascope keys list` shows it.
    """
    if not _with_keys(config_file, data_dir, lambda keys: keys.revoke(key_id)):
        raise NotFound(f"There is no working key with the id {key_id}.")


def _with_keys(
    config_file: Path | None, data_dir: Path | None, use: Callable[[Keys], Awaitable[T]]
) -> T:
    settings = config.load(config_file, data_dir=data_dir)
    keep_private(settings.data_dir)
    schema.prepare(settings.database)

    async def work() -> T:
        database = open_database(settings.database)
        try:
            return await use(Keys(database))
        finally:
            await database.dispose()

    return asyncio.run(work())


def _day(moment: float | None) -> str:
    return "" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")
