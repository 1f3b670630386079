"""`/mcp`: the tools by streamable HTTP, for agents with an API key of this server.

No sessions: every request stands alone, so any API process can answer it.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import httpx2
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from vitascope.api.app import ENDPOINTS
from vitascope.api.routing import Router, Routes
from vitascope.api.services.container import ApiRequest, Services
from vitascope.api.services.links import base_url
from vitascope.mcp.client import ApiClient
from vitascope.store.keys import Access

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

MAX_BODY = 32 * 1024**2
"""A picture may be in the arguments, as a data: URL."""


def endpoints() -> Routes:
    """The operation, for one application."""
    return _Endpoint().routes


class _Endpoint:
    """Starts the tools' server with the first request."""

    def __init__(self) -> None:
        self.routes = Routes("Agents", versioned=False)
        self.routes.post("/mcp", documented=False)(self.handle)
        self._starting = asyncio.Lock()
        self._manager: StreamableHTTPSessionManager | None = None
        self._running: asyncio.Task[None] | None = None
        self._api: ASGIApp | None = None

    async def handle(self, request: ApiRequest) -> Response:
        """Answer a message of an agent."""
        from vitascope.mcp.tools import CLIENT

        manager = await self._started()
        services = request.services
        transport = httpx2.ASGITransport(_with_access(self._router(services), request.access))
        api = httpx2.AsyncClient(
            transport=transport, base_url=f"{base_url(services.settings, request)}/v1"
        )
        request.scope[CLIENT] = ApiClient(api, local=False, closing=lambda: services.waiting.closed)
        return _Handled(manager.handle_request)

    def _router(self, services: Services) -> ASGIApp:
        if self._api is None:
            self._api = Router(ENDPOINTS, services, _no_lifespan)
        return self._api

    async def _started(self) -> StreamableHTTPSessionManager:
        async with self._starting:
            if self._manager is None:
                # It takes seconds, in which the loop goes on.
                module = await asyncio.to_thread(importlib.import_module, "vitascope.mcp.server")
                server = module.make_server()
                from mcp.server.transport_security import TransportSecuritySettings

                # The server's own middleware has checked host and origin.
                open_to = TransportSecuritySettings(enable_dns_rebinding_protection=False)
                server.streamable_http_app(
                    stateless_http=True, transport_security=open_to, max_request_body_size=MAX_BODY
                )
                ready = asyncio.Event()
                self._running = asyncio.create_task(_run(server.session_manager, ready))
                await ready.wait()
                self._manager = server.session_manager
            return self._manager


async def _run(manager: StreamableHTTPSessionManager, ready: asyncio.Event) -> None:
    """Hold the manager's tasks until the loop ends."""
    async with manager.run():
        ready.set()
        await asyncio.Event().wait()


class _Handled(Response):
    """A response that another application sends."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        super().__init__()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def _with_access(router: ASGIApp, access: Access) -> ASGIApp:
    """The API's operations, for a caller whose key has been checked."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["raw_path"].decode("ascii", "replace")
        await router({**scope, "path": path, "access": access}, receive, send)

    return call


async def _no_lifespan(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """The application around has the lifespan."""
