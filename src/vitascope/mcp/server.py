"""The server of the tools, for both transports."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations

from vitascope import __version__
from vitascope.mcp import tools
from vitascope.mcp.client import ApiClient, ToolFailure

_INSTRUCTIONS = (
    "Makes videos. `create_video` starts one and returns its id, `wait_for_video` waits for it, "
    "`look_at_video` shows it as pictures. Then change it with `remix_video` or `edit_video`, or "
    "continue it with `extend_video`; each makes a new video and keeps the old one."
)


def make_server(api: ApiClient | None = None) -> MCPServer[ApiClient | None]:
    """The tools as a server.

    Args:
        api: what the tools use; None if each request brings its own.
    """

    @asynccontextmanager
    async def lifespan(_server: MCPServer[ApiClient | None]) -> AsyncIterator[ApiClient | None]:
        yield api

    server = MCPServer(
        "vitascope",
        title="Vitascope",
        instructions=_INSTRUCTIONS,
        version=__version__,
        lifespan=lifespan,
        log_level="WARNING",
    )
    saving = () if api is None else (tools.save_video,)
    for tool in tools.READING:
        _add(server, tool, ToolAnnotations(read_only_hint=True, open_world_hint=False))
    for tool in (*tools.CHANGING, *saving):
        lasting = tool in (tools.cancel_video, tools.delete_video)
        _add(server, tool, ToolAnnotations(read_only_hint=False, destructive_hint=lasting))
    return server


def _add(
    server: MCPServer[Any], tool: Callable[..., Awaitable[Any]], annotations: ToolAnnotations
) -> None:
    @functools.wraps(tool)
    async def run(*args: Any, **arguments: Any) -> Any:
        try:
            return await tool(*args, **arguments)
        except ToolFailure as error:
            raise ToolError(str(error)) from None

    structured = False if tool is tools.look_at_video else None
    server.add_tool(run, annotations=annotations, structured_output=structured)
