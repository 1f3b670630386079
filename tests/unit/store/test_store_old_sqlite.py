"""A SQLite too old for the durable engine is lent the function it lacks."""

import sqlite3
import time

import pytest
import sqlalchemy as sa

from vitascope.store import old_sqlite


@pytest.fixture
def engine(monkeypatch):
    monkeypatch.setattr(old_sqlite, "needs_help", lambda: True)
    known = sa.event.contains(sa.Pool, "connect", old_sqlite._teach)
    old_sqlite.lend_a_hand()
    engine = sa.create_engine("sqlite://")
    yield engine
    engine.dispose()
    if not known:
        sa.event.remove(sa.Pool, "connect", old_sqlite._teach)


def test_the_present_moment_has_its_fraction(engine):
    with engine.connect() as connection:
        before = time.time()
        asked = connection.execute(sa.text("SELECT unixepoch('subsec') * 1000")).scalar_one()
        assert before <= asked / 1000 <= time.time()
        assert connection.execute(sa.text("SELECT unixepoch('now')")).scalar_one() >= int(before)


def test_it_serves_as_a_default(engine):
    with engine.begin() as connection:
        table = "CREATE TABLE t (a, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))"
        connection.execute(sa.text(table))
        connection.execute(sa.text("INSERT INTO t (a) VALUES (1)"))
        assert connection.execute(sa.text("SELECT at FROM t")).scalar_one() > 1e12


def test_help_is_for_new_pythons_with_old_libraries(monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    monkeypatch.setattr(old_sqlite.sys, "version_info", (3, 11, 7))
    assert not old_sqlite.needs_help()
    monkeypatch.setattr(old_sqlite.sys, "version_info", (3, 12, 1))
    assert old_sqlite.needs_help()
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 42, 0))
    assert not old_sqlite.needs_help()
