"""`vitascope serve`: the API and its local workers, in one command."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import shutil
import signal
import socket
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

import uvicorn

from vitascope import config
from vitascope.api.app import build_app, open_services
from vitascope.api.connection import Connection, ConnectionLimits, connection_class
from vitascope.api.services.conformance import make_fixtures
from vitascope.api.services.container import Services
from vitascope.cli.common import ConfigFile, DataDir, raise_descriptor_limit
from vitascope.config import Settings
from vitascope.engines.registry import capabilities_by_name
from vitascope.errors import ConfigError
from vitascope.jobs.local import keep_worker
from vitascope.logs import set_up_logging
from vitascope.model_settings import ModelCapabilities
from vitascope.store import schema
from vitascope.store.data_folder import keep_private, open_lock

_SHUTDOWN_PATIENCE = 5
_SWEEP_EVERY = 5  # ticks of uvicorn, a tenth of a second each

log = logging.getLogger(__name__)


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    data_dir: DataDir = None,
    config_file: ConfigFile = None,
    workers: int | None = None,
    allow_anonymous: bool | None = None,
    conformance: bool | None = None,
) -> None:
    """Serve the API, and render with local workers.

    Args:
        host: Address to listen on (default 127.0.0.1).
        port: Port to listen on (default 8000); 0 picks a free one.
        workers: How many local workers to start (default 1); 0 for none.
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
        allow_anonymous=allow_anonymous,
        conformance=conformance,
    )
    # Before anything is touched: a table may name no known card.
    capabilities = capabilities_by_name(settings)
    with _own_data_dir(settings):
        schema.prepare(settings.database)
        shutil.rmtree(settings.uploads_dir, ignore_errors=True)
        settings.uploads_dir.mkdir(parents=True)
        uvloop_run(_serve(settings, capabilities))


def uvloop_run(main: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:  # not made for this platform
        asyncio.run(main)
    else:
        uvloop.run(main)


async def _serve(settings: Settings, capabilities: Mapping[str, ModelCapabilities]) -> None:
    services = open_services(settings, capabilities)
    await _check_access(settings, services)
    server = _Server(settings, services)
    workers = [asyncio.create_task(keep_worker(settings, slot)) for slot in range(settings.workers)]
    try:
        if settings.conformance:
            await make_fixtures(services)
        await server.serve()
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def _check_access(settings: Settings, services: Services) -> None:
    """Refuse to be open to the network by oversight."""
    if settings.conformance and not settings.loopback:
        raise ConfigError("--conformance is for tests: it serves on a loopback address only.")
    if await services.api_keys.required():
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
    """Uvicorn that says when it is ready and lets held requests go before it shuts down."""

    def __init__(self, settings: Settings, services: Services) -> None:
        self._services = services
        self._host = settings.host
        super().__init__(
            uvicorn.Config(
                build_app(services),
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
                timeout_graceful_shutdown=_SHUTDOWN_PATIENCE,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit:
            return
        port = self.servers[0].sockets[0].getsockname()[1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        # The one line on stdout: for people to click and for scripts to read.
        print(f"Vitascope is ready on http://{host}:{port}", flush=True)

    async def on_tick(self, counter: int) -> bool:
        if counter % _SWEEP_EVERY == 0:
            now = time.monotonic()
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.sweep(now)
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal and go on after it: uvicorn would raise it again, past our own end."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self.handle_exit, signum, None)
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._services.waiting.close()
        await super().shutdown(sockets)


def _own_data_dir(settings: Settings) -> IO[bytes]:
    """Make sure that no other server works in the data folder.

    Raises:
        ConfigError: one does.
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
