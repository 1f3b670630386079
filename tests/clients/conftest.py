"""Servers for the clients: real processes with separate data folders."""

import sys
from pathlib import Path

import pytest
from server_process import Server

# The harness lies beside `src`, for `python -m clients`.
sys.path.insert(0, str(Path(__file__).parents[2]))


@pytest.fixture(scope="session")
def conformance_server(tmp_path_factory):
    """The shared server in conformance mode."""
    server = Server(tmp_path_factory.mktemp("conformance") / "data", "--conformance")
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def plain_server(tmp_path_factory):
    """The shared server in normal mode."""
    server = Server(tmp_path_factory.mktemp("plain") / "data")
    try:
        server.start()
        yield server
    finally:
        server.close()
