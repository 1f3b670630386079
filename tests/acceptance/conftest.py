"""Servers for the acceptance tests: real processes on a data folder of their own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from server_process import Server, run_cli


@pytest.fixture(scope="session")
def data_template(tmp_path_factory) -> Path:
    """A data folder with an empty database at the newest schema, to be copied: that is quicker."""
    folder = tmp_path_factory.mktemp("template") / "data"
    upgraded = run_cli("db", "upgrade", "--data-dir", str(folder))
    assert upgraded.returncode == 0, upgraded.stderr
    return folder


@pytest.fixture(scope="session")
def new_data_dir(data_template, tmp_path_factory) -> Callable[[], Path]:
    """Make data folders: `new_data_dir()`."""

    def make() -> Path:
        return shutil.copytree(data_template, tmp_path_factory.mktemp("server") / "data")

    return make


@pytest.fixture(scope="module")
def make_server(new_data_dir) -> Iterator[Callable[..., Server]]:
    """Start servers that live as long as the module's tests: `make_server("--workers", "0")`."""
    servers: list[Server] = []

    def make(*flags: str) -> Server:
        servers.append(Server(new_data_dir(), *flags))
        servers[-1].start()
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def server(make_server) -> Server:
    """A server with one worker, shared by the module."""
    return make_server()


@pytest.fixture(scope="module")
def still_server(make_server) -> Server:
    """A server without workers, shared by the module: whatever is created stays queued."""
    return make_server("--workers", "0")
