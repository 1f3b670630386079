"""Builds the API: the route table and the middleware around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.routing import Router as LifespanRouter
from starlette.types import ASGIApp, Receive, Scope, Send

from vitascope.api.dialects.door import DialectMiddleware
from vitascope.api.dialects.table import endpoints_of
from vitascope.api.middleware import AuthenticationMiddleware
from vitascope.api.openapi import documentation
from vitascope.api.routes import links, server, uploads, videos
from vitascope.api.routing import Router
from vitascope.api.services.container import Services, open_services

__all__ = ["build_app", "open_services"]


ENDPOINTS = (
    *videos.routes,
    *links.making,
    *links.following,
    *uploads.characters,
    *uploads.files,
    *server.models,
    *server.operations,
)
"""All operations of the API but its own documentation, in the order in which paths match."""


def build_app(services: Services) -> ASGIApp:
    """The ASGI application. Its lifespan owns the services from here on."""
    dialects = services.settings.dialects
    endpoints = [*endpoints_of(dialects), *ENDPOINTS, *documentation(ENDPOINTS)]
    router = Router(endpoints, services)
    return DialectMiddleware(
        AuthenticationMiddleware(
            _with_lifespan(router, services),
            settings=services.settings,
            api_keys=services.api_keys,
            metrics=services.metrics,
        ),
        dialects,
    )


def _with_lifespan(router: Router, services: Services) -> ASGIApp:
    """The router, and the end of the services when the server shuts down."""

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        yield
        services.waiting.close()
        await asyncio.to_thread(services.queue.close)
        await services.database.dispose()

    lifespans = LifespanRouter(lifespan=lifespan)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (router if scope["type"] == "http" else lifespans)(scope, receive, send)

    return app
