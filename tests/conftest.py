"""For all tests: an environment without this machine's settings, and real services.

With `VITASCOPE_TEST_POSTGRES=postgresql://user:password@host/postgres` the tests create their
databases on that server; otherwise the run starts one.
"""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster_processes import Cluster
from fault_results import pytest_terminal_summary as pytest_terminal_summary
from postgres_server import DatabasePool, Postgres, new_database
from s3_server import S3
from scheduling import begin_alternately
from scheduling import pytest_xdist_make_scheduler as pytest_xdist_make_scheduler
from sweeps import pytest_configure as pytest_configure

from vitascope.jobs import durable
from vitascope.loading import loading
from vitascope.store.data_folder import keep_private

# Read at collection, before `bare_environment` removes it.
_POSTGRES = os.environ.get("VITASCOPE_TEST_POSTGRES")
_FOREIGN = ("OPENAI_", "VITASCOPE_", "AWS_", "GOOGLE_", "AZURE_")
_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and tests stay until the end: no garbage collection looks at them.

    Otherwise these take a tenth of the time of a run.
    """
    with loading():
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    begin_alternately(items)


@pytest.fixture(autouse=True, scope="session")
def bare_environment():
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(_FOREIGN) or name.lower() in _PROXIES:
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server that all tests share."""
    if _POSTGRES is not None:
        yield _POSTGRES
        return
    server = Postgres()
    try:
        server.start()
        yield server.url
    finally:
        server.close()


@pytest.fixture(scope="session")
def postgres_template(postgres_url) -> Iterator[str]:
    """The URL of a migrated, empty database to copy."""
    with new_database(postgres_url) as url:
        durable.upgrade(url)
        yield url


@pytest.fixture(scope="session")
def postgres_pool(postgres_url, postgres_template) -> Iterator[DatabasePool]:
    pool = DatabasePool(postgres_url, postgres_template)
    yield pool
    pool.close()


@pytest.fixture
def postgres_database(postgres_pool) -> Iterator[str]:
    """The URL of a migrated, empty PostgreSQL database for one test."""
    with postgres_pool.database() as url:
        yield url


@pytest.fixture(scope="session")
def data_template(tmp_path_factory) -> Path:
    """A data folder with an empty, migrated database: copying it is faster than migrating."""
    folder = tmp_path_factory.mktemp("template") / "data"
    keep_private(folder)
    durable.upgrade(f"sqlite:///{folder / 'vitascope.db'}")
    return folder


@pytest.fixture(scope="session")
def new_data_dir(data_template, tmp_path_factory) -> Callable[[], Path]:
    """Makes data folders: `new_data_dir()`."""

    def make() -> Path:
        return shutil.copytree(data_template, tmp_path_factory.mktemp("server") / "data")

    return make


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """An S3 server that all tests share; `new_bucket` creates a bucket for one test."""
    server = S3()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def s3_storage(s3, monkeypatch) -> str:
    """The address of an empty bucket for one test, which this process can reach."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return s3.new_bucket()


@pytest.fixture
def make_cluster(tmp_path_factory) -> Iterator[Callable[..., Cluster]]:
    """Makes clusters that end with the test; takes `Cluster`'s arguments without the folder."""
    clusters: list[Cluster] = []

    def make(**options: Any) -> Cluster:
        clusters.append(Cluster(tmp_path_factory.mktemp("cluster"), **options))
        return clusters[-1]

    yield make
    for cluster in clusters:
        cluster.close()
