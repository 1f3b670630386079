"""Servers for the clients: real processes on data folders of their own."""

import sys
from pathlib import Path

import pytest
from server_process import Server

# The harness that is tested here lies beside `src`, for `python -m clients`.
sys.path.insert(0, str(Path(__file__).parents[2]))


@pytest.fixture(scope="session")
def conformance_server(tmp_path_factory):
    """A server in conformance mode, shared by all."""
    server = Server(tmp_path_factory.mktemp("conformance") / "data", "--conformance")
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def plain_server(tmp_path_factory):
    """A server as it is, shared by all."""
    server = Server(tmp_path_factory.mktemp("plain") / "data")
    try:
        server.start()
        yield server
    finally:
        server.close()
