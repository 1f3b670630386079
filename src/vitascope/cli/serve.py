"""`vitascope serve`: the API and its local workers, in one command."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import logging
import shutil
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import IO, Any

import uvicorn

from vitascope import config
from vitascope.api.app import build_app, open_services
from vitascope.api.connection import Connection, ConnectionLimits, connection_class
from vitascope.api.dialects.table import enabled
from vitascope.api.middleware import ApiKeyCache
from vitascope.api.services.conformance import make_fixtures
from vitascope.api.services.container import Services
from vitascope.cli.common import ConfigFile, DataDir, raise_descriptor_limit
from vitascope.cli.database import prepare
from vitascope.cli.processes import announce, supervise
from vitascope.config import Settings
from vitascope.engines.registry import capabilities_by_name
from vitascope.errors import ConfigError
from vitascope.jobs.local import keep_worker
from vitascope.logs import set_up_logging
from vitascope.mcp.http import endpoints as agent_endpoints
from vitascope.model_settings import ModelCapabilities
from vitascope.store.data_folder import keep_private, open_lock
from vitascope.store.database import open_database
from vitascope.store.keys import Keys
from vitascope.studio import pages

_SHUTDOWN_SECONDS = 5
_SWEEP_EVERY = 5  # ticks of uvicorn, a tenth of a second each

log = logging.getLogger(__name__)


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    data_dir: DataDir = None,
    config_file: ConfigFile = None,
    workers: int | None = None,
    processes: int | None = None,
    allow_anonymous: bool | None = None,
    conformance: bool | None = None,
) -> None:
    """Serve the API, and render with local workers.

    Args:
        host: Address to listen on (default 127.0.0.1).
        port: Port to listen on (default 8000); 0 picks a free one.
        workers: How many local workers to start (default 1); 0 for none.
        processes: How many processes answer requests (default 1), for machines with many cores.
        allow_anonymous: Serve beyond this machine without API keys.
        conformance: For tests only: be as the official SDKs' own test suites expect.
    """
    set_up_logging()
    settings = config.load(
        config_file,
        host=host,
        port=port,
        data_dir=data_dir,
        workers=workers,
        processes=processes,
        allow_anonymous=allow_anonymous,
        conformance=conformance,
    )
    _check_conformance(settings)
    # Before anything is touched: a table may name no known card, and a setting no dialect.
    capabilities = capabilities_by_name(settings)
    enabled(settings.dialects)
    with prepared(settings):
        if settings.processes == 1:
            ready = partial(announce, settings.host)
            uvloop_run(serve_here(settings, capabilities, ready=ready))
        else:
            uvloop_run(_serve_with_processes(settings))


@contextmanager
def prepared(settings: Settings) -> Iterator[None]:
    """Hold the data folder, with a migrated database and an empty folder for uploads.

    Raises:
        ConfigError: another server uses the folder.
    """
    with _own_data_dir(settings):
        prepare(settings.database)
        shutil.rmtree(settings.uploads_dir, ignore_errors=True)
        settings.uploads_dir.mkdir(parents=True)
        yield


def uvloop_run(main: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:  # not made for this platform
        asyncio.run(main)
    else:
        uvloop.run(main)


async def serve_here(
    settings: Settings,
    capabilities: Mapping[str, ModelCapabilities],
    *,
    ready: Callable[[int], None],
) -> None:
    """Serve in this process until SIGTERM or SIGINT, with local workers.

    Args:
        settings: of the server.
        capabilities: of each model.
        ready: is called with the port as soon as the server answers.
    """
    services = open_services(settings, capabilities)
    await _check_access(settings, services.api_keys)
    server = _Server(settings, services, ready=ready)
    workers = [asyncio.create_task(keep_worker(settings, lock)) for lock in range(settings.workers)]
    try:
        if settings.conformance:
            await make_fixtures(services)
        await server.serve()
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def _serve_with_processes(settings: Settings) -> None:
    database = open_database(settings.database)
    try:
        await _check_access(settings, ApiKeyCache(Keys(database)))
    finally:
        await database.dispose()
    await supervise(settings)


def run_process(
    settings: Settings, sockets: list[socket.socket], *, ready: Callable[[int], None]
) -> None:
    """Be one of several API processes.

    Args:
        settings: of this process.
        sockets: they listen already.
        ready: is called with the port as soon as the process answers.
    """
    shutil.rmtree(settings.uploads_dir, ignore_errors=True)  # a killed predecessor left them
    settings.uploads_dir.mkdir(parents=True)
    services = open_services(settings, capabilities_by_name(settings))
    uvloop_run(_Server(settings, services, ready=ready).serve(sockets))


def _check_conformance(settings: Settings) -> None:
    if not settings.conformance:
        return
    if not settings.loopback:
        raise ConfigError("--conformance is for tests: it serves on a loopback address only.")
    if settings.processes > 1:
        raise ConfigError("--conformance is for tests: it serves with one process only.")


async def _check_access(settings: Settings, api_keys: ApiKeyCache) -> None:
    """Refuse to be open to the network by oversight."""
    if await api_keys.required():
        return
    if settings.loopback:
        log.info("No API key exists: any bearer token is accepted from this machine")
    elif settings.allow_anonymous:
        log.warning("Anyone who reaches %s can use this server", settings.host)
    else:
        raise ConfigError(
            f"Serving on {settings.host} would let in everyone who can reach it. Make a key with "
            "`vitascope keys create --project NAME` first, or say --allow-anonymous."
        )


def _limits_of(settings: Settings) -> ConnectionLimits:
    return ConnectionLimits(
        connections=raise_descriptor_limit(settings.max_connections).connections,
        head_bytes=settings.max_header_bytes,
        head_seconds=settings.header_timeout_seconds,
        transfer_seconds=settings.transfer_timeout_seconds,
        bytes_per_second=settings.min_bytes_per_second,
    )


class _Server(uvicorn.Server):
    """Uvicorn that calls back when it is ready and ends held requests before it shuts down."""

    def __init__(
        self, settings: Settings, services: Services, *, ready: Callable[[int], None]
    ) -> None:
        self._services = services
        self._ready = ready
        super().__init__(
            uvicorn.Config(
                build_app(services, [*pages.routes, *agent_endpoints()]),
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="on",
                http=connection_class(_limits_of(settings)),
                ws="none",
                # Nothing here asks for the client's address or scheme.
                proxy_headers=False,
                # Its type says int; it is a plain delay.
                timeout_keep_alive=settings.idle_timeout_seconds,  # type: ignore[arg-type]
                timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit:
            return
        # What is here stays until the end: no garbage collection needs to look at it again.
        gc.collect()
        gc.freeze()
        self._ready(self.servers[0].sockets[0].getsockname()[1])

    async def on_tick(self, counter: int) -> bool:
        if counter % _SWEEP_EVERY == 0:
            now = time.monotonic()
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.sweep(now)
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal. Uvicorn would raise it again and skip the rest of our shutdown."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self.handle_exit, signum, None)
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._services.waiting.close()
        self._services.events.close()
        await super().shutdown(sockets)


def _own_data_dir(settings: Settings) -> IO[bytes]:
    """Lock the data folder for this server.

    Raises:
        ConfigError: another server uses it.
    """
    keep_private(settings.data_dir)
    lock = open_lock(settings.data_dir / "serve.lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise ConfigError(
            f"Another server is using {settings.data_dir}. Stop it, or give this one a folder of "
            "its own with --data-dir."
        ) from None
    return lock
