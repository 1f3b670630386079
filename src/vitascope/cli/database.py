"""The commands on the database: `vitascope keys`, `vitascope db` and `vitascope log`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

from cyclopts import App, Parameter
from cyclopts.validators import Number

from vitascope import config
from vitascope.cli.common import ConfigFile, DataDir, screen, table
from vitascope.errors import NotFound
from vitascope.store import schema
from vitascope.store.data_folder import keep_private
from vitascope.store.database import Database, open_database
from vitascope.store.keys import Keys
from vitascope.store.records import JobLog
from vitascope.video import DEFAULT_PRIORITY, LEAST_URGENT, MOST_URGENT

keys = App(name="keys", help="Create, list and revoke API keys.")
db = App(name="db", help="Manage the database's schema.")
T = TypeVar("T")
Priority = Annotated[int, Parameter(validator=Number(gte=MOST_URGENT, lte=LEAST_URGENT))]


@keys.command
def create(
    *,
    project: str,
    priority: Priority = DEFAULT_PRIORITY,
    admin: Annotated[bool, Parameter(negative=())] = False,
    data_dir: DataDir = None,
    config_file: ConfigFile = None,
) -> None:
    """Create a key and print it. It can't be shown again, because only its hash is stored.

    Args:
        project: The project whose videos the key can see; a new name creates a new project.
        priority: From 1 to 100. Among the waiting videos of its project, those created with a lower
            number start first. It has no effect between projects.
        admin: The key can also see the whole server and create and revoke keys, in the studio and
            under /v1/admin.
    """
    _key, secret = _with_keys(
        config_file,
        data_dir,
        lambda store: store.create(project, priority=priority, admin=admin),
    )
    print(secret)


@keys.command(name="list")
def list_(*, data_dir: DataDir = None, config_file: ConfigFile = None) -> None:
    """List all keys, including revoked ones."""
    from rich.markup import escape

    listed = table("id", "project", "priority", "admin", "key", "created", "revoked")
    for key in _with_keys(config_file, data_dir, lambda store: store.list()):
        made, revoked = _day(key.created_at), _day(key.revoked_at)
        admin = "yes" if key.admin else ""
        listed.add_row(
            key.id, escape(key.project), str(key.priority), admin, key.hint, made, revoked
        )
    screen(whole=True).print(listed)


@keys.command
def revoke(key_id: str, /, *, data_dir: DataDir = None, config_file: ConfigFile = None) -> None:
    """Revoke a key. Servers refuse it within a second.

    Args:
        key_id: The key's id, as `vitascope keys list` shows it.
    """
    if not _with_keys(config_file, data_dir, lambda store: store.revoke(key_id)):
        raise NotFound(f"There is no working key with the id {key_id}.")


@db.command
def upgrade(*, config_file: ConfigFile = None, data_dir: DataDir = None) -> None:
    """Upgrade the database to this program's schema. It is safe to repeat."""
    settings = config.load(config_file, data_dir=data_dir)
    keep_private(settings.data_dir)
    before = schema.current_version(settings.database)
    _upgrade(settings.database)
    print(f"The database is at schema {schema.HEAD} (it was at {before or 'none'}).")


def log(video_id: str, /, *, config_file: ConfigFile = None, data_dir: DataDir = None) -> None:
    """Print a job's log: what the engine ignored, crashes, retries.

    Args:
        video_id: The video's id.
    """
    settings = config.load(config_file, data_dir=data_dir)
    schema.require_current(settings.database)
    messages = _with_database(settings.database, lambda database: JobLog(database).read(video_id))
    for moment, message in messages:
        print(f"{datetime.fromtimestamp(moment).astimezone():%Y-%m-%d %H:%M:%S}  {message}")


def prepare(database: str) -> None:
    """Bring a SQLite file to this program's schema; check that of a PostgreSQL database.

    Raises:
        ConfigError: the PostgreSQL database has another schema, or the file a newer one.
    """
    if database.startswith("sqlite") and schema.current_version(database) != schema.HEAD:
        _upgrade(database)
    schema.require_current(database)


def _upgrade(database: str) -> None:
    from vitascope.jobs import durable  # only needed here

    durable.upgrade(database)


def _with_keys(
    config_file: Path | None, data_dir: Path | None, use: Callable[[Keys], Awaitable[T]]
) -> T:
    settings = config.load(config_file, data_dir=data_dir)
    keep_private(settings.data_dir)
    prepare(settings.database)
    return _with_database(settings.database, lambda database: use(Keys(database)))


def _with_database(address: str, use: Callable[[Database], Awaitable[T]]) -> T:
    async def work() -> T:
        database = open_database(address)
        try:
            return await use(database)
        finally:
            await database.dispose()

    return asyncio.run(work())


def _day(moment: float | None) -> str:
    return "" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")
