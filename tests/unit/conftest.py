"""A migrated database for each test: a SQLite file and PostgreSQL.

A test that takes one runs on both. A module about something else sets `DATABASES = ["sqlite"]`. Of
the tests of `api` and `cli`, above the repositories, a third runs on PostgreSQL each time, the rest
nightly.

`scripts/test --fast` leaves PostgreSQL and S3 out, runs tests that render, decode or start
processes with their first parameters only, and leaves out the costliest, which are marked
`thorough`.
"""

import functools
import shutil
from pathlib import Path
from zlib import crc32

import pytest
from postgres_server import new_database

from vitascope.store.database import open_database

BACKENDS = ["sqlite", "postgresql"]
COSTLY = [
    Path(__file__).parent / name
    for name in (
        *("engines", "jobs", "media"),
        *("api/test_api_cutouts.py", "cli/test_cli_commands.py", "store/test_store_usage.py"),
    )
]
ABOVE_THE_STORE = [Path(__file__).parent / name for name in ("api", "cli")]
NOT_FAST = {"nightly", "thorough"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    seen = set()
    costly = functools.cache(lambda path: any(map(path.is_relative_to, COSTLY)))
    for item in items:
        if "postgres_url" in item.fixturenames or "s3" in item.fixturenames:
            item.add_marker(pytest.mark.thorough)
        if not hasattr(item, "callspec") or not costly(item.path):
            continue
        test = item.nodeid.partition("[")[0]
        if test in seen:
            item.add_marker(pytest.mark.thorough)
        elif not NOT_FAST & {mark.name for mark in item.iter_markers()}:
            seen.add(test)


def pytest_generate_tests(metafunc):
    marks = [pytest.mark.thorough]
    if (
        any(map(metafunc.definition.path.is_relative_to, ABOVE_THE_STORE))
        and crc32(metafunc.function.__name__.encode()) % 3
    ):
        marks.append(pytest.mark.nightly)
    backends = [
        pytest.param(name, marks=marks if name == "postgresql" else (), id=name)
        for name in getattr(metafunc.module, "DATABASES", BACKENDS)
    ]
    for fixture in {"database_url", "empty_database_url"} & set(metafunc.fixturenames):
        metafunc.parametrize(fixture, backends, indirect=True)


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def sqlite_template(data_template):
    """A migrated, empty SQLite file."""
    return data_template / "vitascope.db"


@pytest.fixture
def database_url(request, tmp_path):
    """A database at the current schema for one test."""
    if request.param == "sqlite":
        path = tmp_path / "vitascope.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        yield request.getfixturevalue("postgres_database")


@pytest.fixture
def empty_database_url(request, tmp_path):
    """An empty database, for SQLite not even a file."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'vitascope.db'}"
    else:
        with new_database(request.getfixturevalue("postgres_url")) as url:
            yield url


@pytest.fixture
async def engine(database_url):
    """The async engine that repositories work with."""
    opened = open_database(database_url)
    yield opened
    await opened.dispose()
