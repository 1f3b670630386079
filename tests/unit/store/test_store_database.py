"""How connections are configured, so that many processes can share one file."""

import asyncio
import sqlite3
import time

import pytest
import sqlalchemy as sa

from vitascope.store import database
from vitascope.store.database import (
    BUSY_TIMEOUT_MS,
    DATABASE_ERRORS,
    open_database,
    sync_url,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("url", ["postgresql://u:p@h:1/d", "postgresql+asyncpg://u:p@h:1/d"])
def test_postgresql_is_spoken_with_one_driver(url):
    assert sync_url(url) == sa.make_url("postgresql+psycopg://u:p@h:1/d")


@pytest.fixture
async def sqlite_file(tmp_path):
    opened = open_database(f"sqlite:///{tmp_path / 'new' / 'folder' / 'v.db'}")
    yield opened
    await opened.dispose()


async def test_the_folder_of_a_new_file_is_made(sqlite_file, tmp_path):
    async with sqlite_file.connect():
        assert (tmp_path / "new" / "folder" / "v.db").is_file()


async def test_connections_survive_power_cuts_and_busy_neighbours(sqlite_file):
    async with sqlite_file.connect() as connection:
        for pragma, value in (
            ("journal_mode", "wal"),
            ("synchronous", 2),
            ("busy_timeout", BUSY_TIMEOUT_MS),
        ):
            found = (await connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar_one()
            assert found == value, pragma


async def test_writers_that_read_first_do_not_trip_over_each_other(sqlite_file):
    async with sqlite_file.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE counter (n INTEGER)")
        await connection.exec_driver_sql("INSERT INTO counter VALUES (0)")

    async def count_up():
        async with sqlite_file.begin() as connection:
            await connection.exec_driver_sql("UPDATE counter SET n = n + 0")
            [n] = (await connection.exec_driver_sql("SELECT n FROM counter")).one()
            await asyncio.sleep(0.01)
            await connection.exec_driver_sql("UPDATE counter SET n = ?", (n + 1,))

    await asyncio.gather(*(count_up() for _ in range(8)))
    async with sqlite_file.connect() as connection:
        assert (await connection.exec_driver_sql("SELECT n FROM counter")).scalar_one() == 8


async def test_a_task_cancelled_in_mid_statement_leaves_no_lock(sqlite_file, monkeypatch):
    monkeypatch.setattr("vitascope.store.database.BUSY_TIMEOUT_MS", 500)
    async with sqlite_file.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE counter (n INTEGER)")
        await connection.exec_driver_sql("INSERT INTO counter VALUES (0)")

    async def write_slowly():
        async with sqlite_file.begin() as connection:
            await connection.exec_driver_sql(
                "UPDATE counter SET n = (WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                "FROM c WHERE i < 400000) SELECT count(*) FROM c) RETURNING n"
            )

    writing = asyncio.create_task(write_slowly())
    await asyncio.sleep(0.02)
    writing.cancel()
    # Held on purpose, as a debugger or a log might: it keeps the cursor alive.
    [held] = await asyncio.gather(writing, return_exceptions=True)
    assert isinstance(held, asyncio.CancelledError)
    async with sqlite_file.begin() as connection:
        result = await connection.exec_driver_sql("UPDATE counter SET n = n + 1 RETURNING n")
        assert result.scalar_one() == 1


async def test_a_process_that_stops_in_a_transaction_keeps_no_row_locked(
    postgres_database, monkeypatch
):
    monkeypatch.setattr(database, "_IDLE_TRANSACTION_MS", 300)
    stopped, other = open_database(postgres_database), open_database(postgres_database)
    try:
        async with other.begin() as connection:
            await connection.exec_driver_sql("CREATE TABLE counter (n INTEGER)")
            await connection.exec_driver_sql("INSERT INTO counter VALUES (0)")
        with pytest.raises(DATABASE_ERRORS):
            async with stopped.begin() as transaction:
                await transaction.exec_driver_sql("UPDATE counter SET n = n + 1")
                async with asyncio.timeout(10), other.begin() as connection:
                    await connection.exec_driver_sql("UPDATE counter SET n = n + 10")
        async with stopped.connect() as connection:
            found = await connection.exec_driver_sql("SELECT n FROM counter")
            assert found.scalar_one() == 10
    finally:
        await stopped.dispose()
        await other.dispose()


async def test_deleted_rows_give_their_space_back(sqlite_file, tmp_path):
    path = tmp_path / "new" / "folder" / "v.db"
    async with sqlite_file.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE t (x)")
        await connection.exec_driver_sql("INSERT INTO t VALUES (zeroblob(12000000))")
    async with sqlite_file.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM t")
    await sqlite_file.release_space()
    async with sqlite_file.connect() as connection:
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size < 100_000


SECRET = "a prompt that nobody else should read"


async def test_errors_do_not_tell_what_was_written(engine):
    # Not of the right type, and refused by the driver before the server sees it.
    wrong = {"entry": SECRET, "video_id": None, "at": 0.0, "message": SECRET}
    with pytest.raises(sa.exc.DBAPIError) as failed:
        async with engine.begin() as connection:
            await connection.execute(sa.text("INSERT INTO nothing VALUES (:message)"), wrong)
    assert SECRET not in str(failed.value)
    assert "INSERT INTO nothing" in str(failed.value)


async def test_a_connection_that_can_only_read_is_not_used_again(tmp_path):
    """SQLite opens a file that it may not write to for reading: here by the address."""
    path = tmp_path / "v.db"
    opened = open_database(f"sqlite:///{path}")
    async with opened.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE t (x)")
    await opened.dispose()
    read_only = True

    def open_as_the_disk_allows(_dialect, _record, _args, parameters):
        mode = "ro" if read_only else "rw"
        _args[0] = f"file:{path}?mode={mode}"
        parameters["uri"] = True

    again = open_database(f"sqlite:///{path}")
    sa.event.listen(again.sync_engine, "do_connect", open_as_the_disk_allows)
    try:
        for _ in range(2):
            with pytest.raises(sa.exc.OperationalError, match="readonly"):
                async with again.begin() as connection:
                    await connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        read_only = False
        async with again.begin() as connection:
            await connection.exec_driver_sql("INSERT INTO t VALUES (2)")
    finally:
        await again.dispose()


@pytest.fixture
def old_sqlite():
    """An engine on a SQLite that gets its `unixepoch` from this program."""
    engine = sa.create_engine("sqlite://")
    sa.event.listen(engine, "connect", database.add_unixepoch)
    yield engine
    engine.dispose()


def test_an_old_sqlite_knows_the_present_time_with_its_fraction(old_sqlite):
    with old_sqlite.begin() as connection:
        before = time.time()
        asked = connection.execute(sa.text("SELECT unixepoch('subsec') * 1000")).scalar_one()
        assert before <= asked / 1000 <= time.time()
        assert connection.execute(sa.text("SELECT unixepoch('now')")).scalar_one() >= int(before)
        default = "CREATE TABLE t (a, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))"
        connection.execute(sa.text(default))
        connection.execute(sa.text("INSERT INTO t (a) VALUES (1)"))
        assert connection.execute(sa.text("SELECT at FROM t")).scalar_one() > 1e12


@pytest.mark.parametrize(
    ("python", "sqlite", "lacks"),
    [
        ((3, 11, 7), (3, 40, 1), False),
        ((3, 12, 1), (3, 40, 1), True),
        ((3, 12, 1), (3, 42, 0), False),
    ],
)
def test_new_pythons_with_an_old_sqlite_need_the_function(monkeypatch, python, sqlite, lacks):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", sqlite)
    monkeypatch.setattr(database.sys, "version_info", python)
    assert database.lacks_unixepoch() is lacks
