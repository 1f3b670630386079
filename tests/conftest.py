"""What holds for every test: no setting of this machine or its user leaks in; real services.

`VITASCOPE_TEST_POSTGRES=postgresql://user:password@host/postgres` runs the tests on that server,
in databases of their own, instead of one that the run starts.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cluster_processes import Cluster
from postgres_server import Postgres, new_database
from s3_server import S3
from verdicts import pytest_terminal_summary as pytest_terminal_summary

from vitascope.store import schema

# Read while tests are collected: no test itself sees the machine's settings.
_POSTGRES = os.environ.get("VITASCOPE_TEST_POSTGRES")
_FOREIGN = ("OPENAI_", "VITASCOPE_", "AWS_", "GOOGLE_", "AZURE_")
_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}


@pytest.fixture(autouse=True, scope="session")
def bare_environment():
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(_FOREIGN) or name.lower() in _PROXIES:
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server that all tests share: the URL to make databases with."""
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
    """The URL of a migrated, empty database, to be copied."""
    with new_database(postgres_url) as url:
        schema.upgrade(url)
        yield url


@pytest.fixture
def postgres_database(postgres_url, postgres_template) -> Iterator[str]:
    """The URL of a migrated, empty PostgreSQL database that is this test's alone."""
    with new_database(postgres_url, postgres_template) as url:
        yield url


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """An S3 server that all tests share; `new_bucket` makes a place of one's own."""
    server = S3()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def s3_storage(s3, monkeypatch) -> str:
    """The address of an empty bucket of the test's own; this process finds its way there."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return s3.new_bucket()


@pytest.fixture
def make_cluster(tmp_path_factory) -> Iterator[Callable[..., Cluster]]:
    """Make clusters, which end with the test; the arguments are `Cluster`'s, but for the folder."""
    clusters: list[Cluster] = []

    def make(**wish: Any) -> Cluster:
        clusters.append(Cluster(tmp_path_factory.mktemp("cluster"), **wish))
        return clusters[-1]

    yield make
    for cluster in clusters:
        cluster.close()
