"""The migrations build exactly the tables, once, from any process and however often they run."""

import multiprocessing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sweeps import for_all

from vitascope.errors import ConfigError
from vitascope.store import schema
from vitascope.store.database import sync_url
from vitascope.store.tables import metadata

VERSIONS = Path(schema.__file__).parent / "migrations" / "versions"


@pytest.fixture
def connection(database_url):
    engine = sa.create_engine(sync_url(database_url), poolclass=sa.NullPool)
    with engine.connect() as opened:
        yield opened


def set_version(database_url, version):
    engine = sa.create_engine(sync_url(database_url), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE schema_version SET version_num = :version"), {"version": version}
        )


def test_the_migrations_build_the_tables_as_declared(connection):
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "compare_server_default": True,
            # What else is in the file is the durable engine's.
            "include_name": lambda name, kind, _parents: kind != "table" or name in metadata.tables,
        },
    )
    assert compare_metadata(context, metadata) == []


@for_all("table", metadata.tables.values())
def test_columns_keys_and_indexes_are_as_declared(connection, table):
    found = sa.inspect(connection)
    columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
    assert columns == {column.name: column.nullable for column in table.columns}
    key = found.get_pk_constraint(table.name)
    assert key["constrained_columns"] == [column.name for column in table.primary_key]
    indexes = {
        index["name"]: index["column_names"]
        for index in found.get_indexes(table.name)
        if not index.get("duplicates_constraint")
    }
    assert indexes == {index.name: [c.name for c in index.columns] for index in table.indexes}
    unique = {tuple(each["column_names"]) for each in found.get_unique_constraints(table.name)}
    assert unique == {(column.name,) for column in table.columns if column.unique}


def test_unfinished_videos_have_an_index_that_finished_ones_do_not_fill(connection):
    [index] = [
        index
        for index in sa.inspect(connection).get_indexes("videos")
        if index["name"] == "ix_videos_unfinished"
    ]
    condition = str(index["dialect_options"][f"{connection.dialect.name}_where"])
    assert "queued" in condition
    assert "in_progress" in condition
    assert "completed" not in condition


def test_head_is_the_newest_migration():
    names = sorted(path.stem for path in VERSIONS.glob("[0-9]*.py"))
    assert names[-1].partition("_")[0] == schema.HEAD
    assert [name.partition("_")[0] for name in names] == [
        f"{number:04d}" for number in range(1, len(names) + 1)
    ]


def test_an_empty_database_is_brought_up_and_again_without_harm(empty_database_url):
    assert schema.current_version(empty_database_url) is None
    schema.upgrade(empty_database_url)
    assert schema.current_version(empty_database_url) == schema.HEAD
    schema.upgrade(empty_database_url)
    schema.require_current(empty_database_url)


# Forked from a process that has imported these, so that both begin at once.
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["alembic", "dbos", "pytest", "vitascope.store.schema"])


def upgrade_at(start, url):
    start.wait(60)
    schema.upgrade(url)


@pytest.mark.thorough
def test_processes_that_upgrade_at_once_take_turns(empty_database_url):
    start = FORKED.Barrier(2)
    processes = [
        FORKED.Process(target=upgrade_at, args=(start, empty_database_url)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    schema.require_current(empty_database_url)


def test_a_database_without_tables_is_sent_to_upgrade(empty_database_url):
    with pytest.raises(ConfigError, match=r"at schema none, .* Run `vitascope db upgrade`.*\.$"):
        schema.require_current(empty_database_url)


def test_an_older_schema_is_sent_to_upgrade(database_url):
    set_version(database_url, "0000")
    with pytest.raises(ConfigError) as refusal:
        schema.require_current(database_url)
    assert "at schema 0000" in str(refusal.value)
    assert "newer program" not in str(refusal.value)


def test_a_newer_schema_asks_for_the_newer_program(database_url):
    set_version(database_url, "9999")
    with pytest.raises(ConfigError, match=r"at schema 9999, .*or start the newer program\."):
        schema.require_current(database_url)


def test_a_newer_schema_is_not_touched(database_url):
    set_version(database_url, "9999")
    with pytest.raises(ConfigError, match="newer program"):
        schema.upgrade(database_url)
    assert schema.current_version(database_url) == "9999"


def test_a_file_that_is_no_database_is_reported_in_a_sentence(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, " * 100, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^The database can't be used: .*not a database"):
        schema.current_version(f"sqlite:///{path}")


@pytest.mark.parametrize("rest", ["me:secret@host:port/v", "me:secret@host:54/32/v", "secret@["])
def test_an_invalid_address_is_reported_without_the_password(rest):
    with pytest.raises(
        ConfigError, match=r"^(database is not an address|The database can't)"
    ) as no:
        schema.require_current(f"postgresql://{rest}")
    assert "secret" not in str(no.value)


def test_an_unreachable_server_is_reported_in_a_sentence_without_the_password():
    with pytest.raises(ConfigError, match=r"^The database can't be used: ") as refusal:
        schema.require_current("postgresql://me:secret@127.0.0.1:1/v")
    assert "secret" not in str(refusal.value)
