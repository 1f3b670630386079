"""`vitascope mcp`: tools for agents over stdio, with a server of their own if none runs."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from typing import Annotated, Any

import httpx2
from cyclopts import Parameter

from vitascope import config
from vitascope.cli.common import ConfigFile, DataDir
from vitascope.config import Settings
from vitascope.errors import ConfigError
from vitascope.logs import set_up_logging
from vitascope.mcp.client import ApiClient
from vitascope.model_settings import ModelCapabilities

_TIMEOUT = 120.0


def mcp(
    *,
    base_url: Annotated[str | None, Parameter(env_var=["VITASCOPE_URL", "OPENAI_BASE_URL"])] = None,
    api_key: Annotated[str, Parameter(env_var="OPENAI_API_KEY")] = "any",
    data_dir: DataDir = None,
    config_file: ConfigFile = None,
) -> None:
    """Give an agent tools for videos, by the Model Context Protocol over stdio.

    Without an address, the server on this machine is used; if none runs, one is started for as
    long as the agent is connected.

    Args:
        base_url: The server's address, such as http://127.0.0.1:8000/v1.
        api_key: A key of that server.
    """
    set_up_logging()
    settings = config.load(config_file, data_dir=data_dir)
    if base_url is None and data_dir is None and _answers(f"http://127.0.0.1:{settings.port}"):
        base_url = f"http://127.0.0.1:{settings.port}"
    if base_url is not None:
        asyncio.run(_talk(base_url, api_key))
    else:
        _talk_to_own(settings, api_key)
    # A thread may still wait for a line on stdin.
    os._exit(0)


def _answers(address: str) -> bool:
    """Whether a server of ours is there."""
    try:
        return bool(httpx2.get(f"{address}/", timeout=2).json()["name"] == "vitascope")
    except (httpx2.HTTPError, ValueError, KeyError, TypeError):
        return False


def _talk_to_own(settings: Settings, api_key: str) -> None:
    from vitascope.cli.serve import prepared, uvloop_run
    from vitascope.engines.registry import capabilities_by_name

    settings = settings.model_copy(update={"host": "127.0.0.1", "port": 0, "processes": 1})
    capabilities = capabilities_by_name(settings)
    with prepared(settings):
        uvloop_run(_serve_and_talk(settings, capabilities, api_key))


async def _serve_and_talk(
    settings: Settings, capabilities: Mapping[str, ModelCapabilities], api_key: str
) -> None:
    """Serve until the agent leaves, or talk until a signal ends the server."""
    from vitascope.cli.serve import serve_here

    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve_here(settings, capabilities, ready=port.set_result))
    starting: set[asyncio.Future[Any]] = {serving, port}
    await asyncio.wait(starting, return_when=asyncio.FIRST_COMPLETED)
    if not port.done():
        await serving  # raises why it did not start
        raise ConfigError("The server ended before it was ready.")
    talking = asyncio.create_task(_talk(f"http://127.0.0.1:{port.result()}", api_key))
    await asyncio.wait({serving, talking}, return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        signal.raise_signal(signal.SIGTERM)  # as when a user stops it
    talking.cancel()
    await serving


async def _talk(base_url: str, api_key: str) -> None:
    """Answer the agent on stdin and stdout until it leaves."""
    from vitascope.mcp.server import make_server

    root = base_url.rstrip("/").removesuffix("/v1")
    headers = {"authorization": f"Bearer {api_key}"}
    async with httpx2.AsyncClient(
        base_url=f"{root}/v1", headers=headers, timeout=_TIMEOUT
    ) as client:
        await make_server(ApiClient(client, local=True)).run_stdio_async()
