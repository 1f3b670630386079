"""`serve --processes N`: API processes that share one port, and their supervisor."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import Sequence
from functools import partial

from vitascope.config import Settings
from vitascope.errors import ConfigError
from vitascope.jobs.local import keep_process, keep_worker, settings_from_parent
from vitascope.logs import set_up_logging

_BACKLOG = 2048
_STOP_SECONDS = 8.0
"""A little longer than an API process waits for the answers that it still owes."""
_READY = b"ready\n"

Sockets = Sequence[socket.socket]


async def supervise(settings: Settings) -> None:
    """Run the API processes and the local workers until SIGTERM or SIGINT.

    A process that ends is replaced. Its connections break; new ones wait in its sockets, which the
    supervisor holds, or go to the other processes.

    Raises:
        ConfigError: the address can't be used.
    """
    each = open_sockets(settings.host, settings.port, settings.processes)
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    metrics = settings.scratch_dir / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    ready = [asyncio.Event() for _ in each]
    servers = [
        asyncio.create_task(_keep_server(settings, number, sockets, ready[number]))
        for number, sockets in enumerate(each)
    ]
    workers = [asyncio.create_task(keep_worker(settings, lock)) for lock in range(settings.workers)]
    announcing = asyncio.create_task(_announce(settings.host, each[0][0], ready))
    await stop.wait()
    for sockets in each:
        for one in sockets:
            one.close()
    for tasks in ([announcing, *servers], workers):
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_server(
    settings: Settings, number: int, sockets: Sockets, ready: asyncio.Event
) -> None:
    """Keep one API process running until cancelled."""
    descriptors = [one.fileno() for one in sockets]
    await keep_process(
        [sys.executable, "-m", __name__, str(number), *map(str, descriptors)],
        settings,
        f"API process {number}",
        stop_seconds=_STOP_SECONDS,
        started=partial(_wait_ready, ready),
        stdout=asyncio.subprocess.PIPE,
        pass_fds=descriptors,
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(settings.scratch_dir / "metrics")},
    )


async def _wait_ready(ready: asyncio.Event, process: asyncio.subprocess.Process) -> None:
    if process.stdout is not None and await process.stdout.readline() == _READY:
        ready.set()


async def _announce(host: str, listening: socket.socket, ready: Sequence[asyncio.Event]) -> None:
    for event in ready:
        await event.wait()
    announce(host, listening.getsockname()[1])


def announce(host: str, port: int) -> None:
    """Print the one line on stdout, for people to click and for scripts to read."""
    shown = f"[{host}]" if ":" in host else host
    print(f"Vitascope is ready on http://{shown}:{port}", flush=True)


def open_sockets(host: str, port: int, processes: int) -> list[list[socket.socket]]:
    """Listening sockets of each process on the same port; the kernel divides clients among them.

    Args:
        host: a name or an address; each of its addresses gets a socket.
        port: 0 picks a free one.
        processes: how many processes there are.

    Raises:
        ConfigError: another program listens there, or the host is not this machine.
    """
    each: list[list[socket.socket]] = [[] for _ in range(processes)]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _kind, _protocol, _name, address in dict.fromkeys(found):
            with _bound(family, (address[0], port, *address[2:])) as alone:
                # Sockets that share their port would not notice another server on it.
                port = alone.getsockname()[1]
            for sockets in each:
                one = _bound(family, (address[0], port, *address[2:]), shared=True)
                one.listen(_BACKLOG)
                sockets.append(one)
    except OSError as error:
        raise ConfigError(
            f"The server can't listen on {host}, port {port}: {error.strerror}. Choose another "
            "--host or --port."
        ) from None
    return each


def _bound(
    family: socket.AddressFamily, address: tuple[object, ...], *, shared: bool = False
) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family is socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if shared:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.bind(address)
    return one


def main() -> None:
    """Be one API process: its number and its sockets are arguments, the settings are on stdin."""
    settings = settings_from_parent()
    set_up_logging()
    number, *descriptors = map(int, sys.argv[1:])
    from vitascope.cli.serve import run_process  # it imports this module

    sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    run_process(settings.for_process(number), sockets, ready=_tell_ready)


def _tell_ready(_port: int) -> None:
    sys.stdout.buffer.write(_READY)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
