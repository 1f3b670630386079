"""Servers for the acceptance tests: real processes, each on its own data folder.

Modules share them, because a start costs seconds of CPU. What a module leaves unfinished on a
shared server is cancelled; a module that kills servers, or measures their memory, starts its own.
"""

from collections.abc import Callable, Iterator

import pytest
from server_process import Server


@pytest.fixture(scope="session")
def shared_servers(new_data_dir) -> Iterator[Callable[..., Server]]:
    """Starts each kind of server once: `shared_servers("--workers", "0")`."""
    servers: dict[tuple[tuple[str, ...], bool], Server] = {}

    def get(*flags: str, bars: bool = False) -> Server:
        if (flags, bars) not in servers:
            servers[flags, bars] = Server(new_data_dir(), *flags, bars=bars)
            servers[flags, bars].start()
        return servers[flags, bars]

    yield get
    for server in servers.values():
        server.close()


@pytest.fixture(scope="module")
def make_server(new_data_dir) -> Iterator[Callable[..., Server]]:
    """Starts servers for the module alone: `make_server("--workers", "0")`."""
    servers: list[Server] = []

    def make(*flags: str, bars: bool = False) -> Server:
        servers.append(Server(new_data_dir(), *flags, bars=bars))
        servers[-1].start()
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def server(shared_servers) -> Iterator[Server]:
    """The shared server with one worker and the default engine."""
    server = shared_servers()
    yield server
    server.cancel_unfinished()


@pytest.fixture(scope="module")
def bars_server(shared_servers) -> Iterator[Server]:
    """The shared server with one worker whose films are cheap."""
    server = shared_servers(bars=True)
    yield server
    server.cancel_unfinished()


@pytest.fixture(scope="session")
def still_server(shared_servers) -> Server:
    """The shared server without workers: created videos stay queued."""
    return shared_servers("--workers", "0")


@pytest.fixture(scope="session")
def five_videos(new_data_dir) -> Iterator[tuple[Server, list[str]]]:
    """A server with exactly five queued videos, and their ids, oldest first."""
    server = Server(new_data_dir(), "--workers", "0")
    try:
        server.start()
        yield server, [server.create(f"Heron {number}")["id"] for number in range(5)]
    finally:
        server.close()
