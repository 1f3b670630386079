"""The services behind the API, and the request that hands them to a handler."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from vitascope.api.middleware import ApiKeyCache
from vitascope.api.parsing import Body, BodyLimits, read_body
from vitascope.api.services.estimates import Estimates, QueuePositions
from vitascope.api.services.events import Events
from vitascope.api.services.fetch import Fetching
from vitascope.api.services.links import Links
from vitascope.api.services.monitoring import DiskSpace, Metrics, Overview, Readiness
from vitascope.api.services.waiting import WaitingRoom
from vitascope.api.services.webhooks import Webhooks
from vitascope.config import Settings
from vitascope.errors import InvalidRequest
from vitascope.jobs.cutouts import CutoutMaker
from vitascope.jobs.durable import DbosTransport
from vitascope.jobs.frames import FrameMaker
from vitascope.jobs.queue import JobQueue
from vitascope.model_settings import ModelCapabilities, Operation
from vitascope.store.blobs import Blobs
from vitascope.store.characters import Characters
from vitascope.store.data_folder import Places
from vitascope.store.database import Database, open_database
from vitascope.store.deliveries import Deliveries
from vitascope.store.files import Files
from vitascope.store.idempotency import Idempotency
from vitascope.store.keys import Access, Keys
from vitascope.store.live_previews import LivePreviews
from vitascope.store.records import JobLog, Lineage
from vitascope.store.search import VideoSearch
from vitascope.store.sessions import Sessions
from vitascope.store.signing_keys import SigningKeys
from vitascope.store.usage import Quota
from vitascope.store.videos import Videos
from vitascope.store.workers import Workers

_CANNOT: Mapping[Operation, str] = {
    "create": "create a video from a prompt alone",
    "image": "begin with an 'input_reference'",
    "characters": "draw characters",
    "remix": "remix videos",
    "edit": "edit videos",
    "extend": "extend videos",
}


@dataclass(frozen=True, slots=True)
class Services:
    """Everything behind the API. `open_services` makes it, `build_app` owns it from then on.

    Attributes:
        body_limits: what a request's body may hold.
        uploads_dir: where the files of a body are until its request ends.
        capabilities: the capabilities of each configured model. A model that is not here may be
            asked for every operation.
    """

    settings: Settings
    database: Database
    videos: Videos
    live_previews: LivePreviews
    characters: Characters
    files: Files
    lineage: Lineage
    idempotency: Idempotency
    job_log: JobLog
    workers: Workers
    blobs: Blobs
    queue: JobQueue
    cutouts: CutoutMaker
    frames: FrameMaker
    api_keys: ApiKeyCache
    keys: Keys
    overview: Overview
    waiting: WaitingRoom
    estimates: Estimates
    search: VideoSearch
    events: Events
    sessions: Sessions
    metrics: Metrics
    readiness: Readiness
    space: DiskSpace
    fetching: Fetching
    links: Links
    webhooks: Webhooks
    body_limits: BodyLimits
    uploads_dir: Path
    capabilities: Mapping[str, ModelCapabilities] = field(default_factory=dict)

    async def close(self) -> None:
        """End the background tasks, then close the connections.

        In this order, because a connection that is in use while the pool closes stays open.
        """
        await self.webhooks.close()
        self.waiting.close()
        self.events.close()
        await self.waiting.ended()
        await self.events.ended()
        await self.readiness.close()
        await asyncio.to_thread(self.queue.close)
        await self.database.dispose()

    def quota_of(self, project: str) -> Quota:
        """The maximum that the project may store."""
        limits = self.settings.limits_of(project)
        return Quota(limits.max_stored_bytes, limits.max_files)

    def capabilities_of(self, model: str) -> ModelCapabilities | None:
        """The capabilities of a model by any name that clients send; None if they are unknown."""
        settings = self.settings.resolve_model(model)
        for name, configured in self.settings.models.items():
            if configured is settings:  # a dated snapshot has those of its family
                return self.capabilities.get(name)
        return None

    def require(self, model: str, operation: Operation) -> None:
        """Check that a model supports an operation.

        Raises:
            InvalidRequest: it does not; the message names the models of this server that do.
        """
        own = self.capabilities_of(model)
        if own is None or operation in own.operations:
            return
        able = [
            name
            for name in self.settings.models
            if name in self.capabilities and operation in self.capabilities[name].operations
        ]
        advice = (
            f"Models here that can: {', '.join(repr(name) for name in able)}."
            if able
            else "No model on this server can; its operator may configure one."
        )
        raise InvalidRequest(
            f"The model '{model}' can't {_CANNOT[operation]}. {advice}",
            param="model",
            code="unsupported_operation",
        )


class ApiRequest(Request):
    """A request, with the services and with the access that its key gives."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, services: Services) -> None:
        super().__init__(scope, receive, send)
        self.services = services

    @property
    def access(self) -> Access:
        """The project and the priority of the request's key.

        Raises:
            KeyError: nobody is admitted yet, as on a page of the studio before the sign-in.
        """
        access: Access = self.scope["access"]
        return access

    @property
    def project(self) -> str:
        """The project of the request's key. No handler sees anything of another project."""
        return self.access.project

    def payload(self, *file_fields: str) -> AbstractAsyncContextManager[Body]:
        """Read the body. Its files exist until the context ends.

        Args:
            file_fields: the fields that may hold a file, if they are not OpenAI's.

        Raises:
            NoSpace: the disk is nearly full.
        """
        services, limits = self.services, self.services.body_limits
        services.space.require()
        if file_fields:
            limits = replace(limits, file_fields=frozenset(file_fields))
        return read_body(self, limits=limits, scratch=services.uploads_dir)


def open_services(
    settings: Settings, capabilities: Mapping[str, ModelCapabilities] | None = None
) -> Services:
    """Open the stores and the queue; connections are made when first used.

    Args:
        settings: name the database and the store, among other things.
        capabilities: of each configured model; without them, no operation is refused.
    """
    database = open_database(settings.database)
    videos, workers = Videos(database), Workers(database)
    blobs = Blobs.open(settings.storage)
    search = VideoSearch(database)
    live_previews = LivePreviews(database)
    estimates = Estimates(videos, QueuePositions(settings, videos, workers))
    return Services(
        settings=settings,
        database=database,
        videos=videos,
        live_previews=live_previews,
        characters=Characters(database),
        files=Files(database),
        lineage=Lineage(database),
        idempotency=Idempotency(database),
        job_log=JobLog(database),
        workers=workers,
        blobs=blobs,
        queue=JobQueue(database, settings, DbosTransport()),
        cutouts=CutoutMaker(settings),
        frames=FrameMaker(settings, blobs),
        api_keys=ApiKeyCache(
            Keys(database), anyone_is_admin=settings.loopback and not settings.allow_anonymous
        ),
        keys=Keys(database),
        overview=Overview(database),
        waiting=WaitingRoom(videos),
        estimates=estimates,
        search=search,
        events=Events(search, estimates, live_previews),
        sessions=Sessions(database),
        metrics=Metrics(),
        readiness=Readiness(database, blobs, settings.data_dir),
        space=DiskSpace(settings, blobs),
        fetching=Fetching(Places(settings.places_dir)),
        links=Links(SigningKeys(database)),
        webhooks=Webhooks(settings, Deliveries(database), videos, JobLog(database)),
        body_limits=BodyLimits(max_body=settings.max_upload_bytes),
        uploads_dir=settings.uploads_dir,
        capabilities=capabilities or {},
    )
