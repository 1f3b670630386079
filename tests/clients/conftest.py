"""Servers for the clients: real processes with separate data folders.

Their films are cheap ones. What a module leaves unfinished is cancelled; the worker would otherwise
render it beside the tests that follow.
"""

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from server_process import Server

# The harness lies beside `src`, for `python -m clients`.
sys.path.insert(0, str(Path(__file__).parents[2]))


@pytest.fixture(scope="session")
def shared_conformance_server(new_data_dir) -> Iterator[Server]:
    with closing(Server(new_data_dir(), "--conformance", bars=True)) as server:
        server.start()
        yield server


@pytest.fixture(scope="module")
def conformance_server(shared_conformance_server) -> Iterator[Server]:
    """The shared server in conformance mode."""
    yield shared_conformance_server
    shared_conformance_server.cancel_unfinished()


@pytest.fixture(scope="session")
def shared_plain_server(new_data_dir) -> Iterator[Server]:
    with closing(Server(new_data_dir(), bars=True)) as server:
        server.start()
        yield server


@pytest.fixture(scope="module")
def plain_server(shared_plain_server) -> Iterator[Server]:
    """The shared server in normal mode."""
    yield shared_plain_server
    shared_plain_server.cancel_unfinished()
