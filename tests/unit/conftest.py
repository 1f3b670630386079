"""A migrated database for each test, copied from one template; real SQLite files.

`VITASCOPE_TEST_POSTGRES=postgresql://user:password@host/postgres` runs the same tests on
PostgreSQL too, in databases of their own that the named user may create.
"""

import os
import shutil
import uuid
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from vitascope.store import schema
from vitascope.store.database import open_database, sync_url

# Read while tests are collected: no test itself sees the machine's settings.
POSTGRES = os.environ.get("VITASCOPE_TEST_POSTGRES")
BACKENDS = ["sqlite", "postgresql"] if POSTGRES else ["sqlite"]


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template():
    """A migrated, empty PostgreSQL database's URL."""
    with _postgres_database() as url:
        schema.upgrade(url)
        yield url


@pytest.fixture(params=BACKENDS)
def database_url(request, tmp_path):
    """A database at the current schema that is this test's alone."""
    if request.param == "sqlite":
        path = tmp_path / "vitascope.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        template = sa.make_url(request.getfixturevalue("postgres_template")).database
        with _postgres_database(f"TEMPLATE {template}") as url:
            yield url


@pytest.fixture(params=BACKENDS)
def empty_database_url(request, tmp_path):
    """A database that no migration has seen; for SQLite not even a file."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'vitascope.db'}"
    else:
        with _postgres_database() as url:
            yield url


@pytest.fixture
async def engine(database_url):
    """The async engine that repositories work with."""
    opened = open_database(database_url)
    yield opened
    await opened.dispose()


@contextmanager
def _postgres_database(options=""):
    assert POSTGRES is not None
    name = f"vitascope_test_{uuid.uuid4().hex}"
    server = sa.create_engine(
        sync_url(POSTGRES), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} {options}"))
    try:
        yield sa.make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
