"""Builds the API: services, routes under `/v1` and `/`, and the middleware around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from vitascope import __version__
from vitascope.api import error_handlers
from vitascope.api.middleware import AuthenticationMiddleware
from vitascope.api.routes import (
    characters,
    create,
    derive,
    documentation,
    files,
    health,
    lineage,
    models,
    videos,
)
from vitascope.api.routes.documentation import DocumentedApp
from vitascope.api.services import retries, space
from vitascope.api.services.api_keys import ApiKeyCache
from vitascope.api.services.container import Services
from vitascope.api.services.estimates import Estimates, QueuePositions
from vitascope.api.services.fetch import Fetching
from vitascope.api.services.metrics import Metrics
from vitascope.api.services.readiness import Readiness
from vitascope.api.services.waiting import WaitingRoom
from vitascope.config import Settings
from vitascope.jobs.cutouts import CutoutMaker
from vitascope.jobs.queue import DbosTransport, JobQueue
from vitascope.model import ModelCapabilities
from vitascope.store.blobs import Blobs
from vitascope.store.characters import Characters
from vitascope.store.database import open_database
from vitascope.store.files import Files
from vitascope.store.idempotency import Idempotency
from vitascope.store.keys import Keys
from vitascope.store.records import JobLog, Lineage
from vitascope.store.videos import Videos
from vitascope.store.workers import Workers


def open_services(
    settings: Settings, capabilities: Mapping[str, ModelCapabilities] | None = None
) -> Services:
    """Open the stores and the queue; connections are made when first used.

    Args:
        settings: where they are, among other things.
        capabilities: what each configured model does; without them, all is asked of any.
    """
    database = open_database(settings.database)
    rows, workers = Videos(database), Workers(database)
    blobs = Blobs.open(settings.storage)
    return Services(
        settings=settings,
        database=database,
        videos=rows,
        characters=Characters(database),
        files=Files(database),
        lineage=Lineage(database),
        idempotency=Idempotency(database),
        job_log=JobLog(database),
        workers=workers,
        blobs=blobs,
        queue=JobQueue(database, settings, DbosTransport(settings.database)),
        cutouts=CutoutMaker(settings),
        api_keys=ApiKeyCache(Keys(database)),
        waiting=WaitingRoom(rows),
        estimates=Estimates(rows, QueuePositions(settings, rows, workers)),
        metrics=Metrics(),
        readiness=Readiness(database, blobs, settings.data_dir),
        fetching=Fetching(),
        capabilities=capabilities or {},
    )


def build_app(services: Services) -> ASGIApp:
    """The ASGI application. Its lifespan owns the services from here on."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        services.waiting.close()
        await asyncio.to_thread(services.queue.close)
        await services.database.dispose()

    app = DocumentedApp(
        title="Vitascope",
        version=__version__,
        summary="The Videos API, self-hosted.",
        lifespan=lifespan,
        # FastAPI's own pages load their scripts from another host.
        docs_url=None,
        redoc_url=None,
        # The routes exist with and without /v1: a redirect would lose a POST's body.
        redirect_slashes=False,
    )
    app.state.services = services
    error_handlers.install(app)
    retries.install(app)
    space.install(app)
    # The polled path first, and no router inside another: each level is matched anew.
    for prefix in ("/v1", ""):
        for resource in (videos, create, derive, characters, lineage, files, models):
            app.include_router(resource.router, prefix=prefix, include_in_schema=bool(prefix))
    app.include_router(health.router)
    app.include_router(documentation.router)
    return AuthenticationMiddleware(
        app,
        settings=services.settings,
        api_keys=services.api_keys,
        metrics=services.metrics,
    )
