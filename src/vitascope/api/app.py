"""Builds the API: the route table and the middleware around it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from starlette.routing import Router as LifespanRouter
from starlette.types import ASGIApp

from vitascope.api.dialects.middleware import DialectMiddleware
from vitascope.api.dialects.table import enabled, endpoints_of, webhook_forms
from vitascope.api.middleware import AuthenticationMiddleware
from vitascope.api.openapi import documentation
from vitascope.api.routes import (
    admin,
    browsers,
    changes,
    content,
    server,
    uploads,
    videos,
)
from vitascope.api.routing import Endpoint, Router
from vitascope.api.services.container import Services, open_services

__all__ = ["build_app", "open_services"]


ENDPOINTS = (
    *uploads.characters,  # before the videos, whose ids could be any word
    *videos.routes,
    *content.routes,
    *changes.routes,
    *content.links,
    *uploads.files,
    *server.models,
    *server.operations,
    *browsers.routes,
    *admin.routes,
)
"""All operations of the API but its own documentation, in the order in which paths match."""


def build_app(services: Services, pages: Iterable[Endpoint] = ()) -> ASGIApp:
    """The ASGI application. Its lifespan owns the services from here on.

    Args:
        services: the services behind the handlers.
        pages: operations below `/studio/`, for browsers.
    """
    dialects = enabled(services.settings.dialects)
    endpoints = [*endpoints_of(dialects), *ENDPOINTS, *documentation(ENDPOINTS), *pages]
    return DialectMiddleware(
        AuthenticationMiddleware(
            Router(endpoints, services, _lifespan(services)),
            settings=services.settings,
            api_keys=services.api_keys,
            sessions=services.sessions,
            metrics=services.metrics,
        ),
        dialects,
    )


def _lifespan(services: Services) -> ASGIApp:
    """Handles the lifespan messages: webhooks are sent and services open in between."""

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        services.webhooks.start(services, webhook_forms())
        yield
        await services.close()

    return LifespanRouter(lifespan=lifespan)
