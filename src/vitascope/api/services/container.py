"""What the handlers work with: built once for the app, found through the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from vitascope.api.services.api_keys import ApiKeyCache
from vitascope.api.services.estimates import Estimates
from vitascope.api.services.fetch import Fetching
from vitascope.api.services.metrics import Metrics
from vitascope.api.services.readiness import Readiness
from vitascope.api.services.waiting import WaitingRoom
from vitascope.config import Settings
from vitascope.jobs.cutouts import CutoutMaker
from vitascope.jobs.queue import JobQueue
from vitascope.model import ModelCapabilities
from vitascope.store.blobs import Blobs
from vitascope.store.characters import Characters
from vitascope.store.database import Database
from vitascope.store.files import Files
from vitascope.store.idempotency import Idempotency
from vitascope.store.keys import Access
from vitascope.store.records import JobLog, Lineage
from vitascope.store.usage import Quota
from vitascope.store.videos import Videos
from vitascope.store.workers import Workers


@dataclass(frozen=True, slots=True)
class Services:
    """Everything behind the API."""

    settings: Settings
    database: Database
    videos: Videos
    characters: Characters
    files: Files
    lineage: Lineage
    idempotency: Idempotency
    job_log: JobLog
    workers: Workers
    blobs: Blobs
    queue: JobQueue
    cutouts: CutoutMaker
    api_keys: ApiKeyCache
    waiting: WaitingRoom
    estimates: Estimates
    metrics: Metrics
    readiness: Readiness
    fetching: Fetching
    capabilities: Mapping[str, ModelCapabilities] = field(default_factory=dict)
    """What each configured model does; of one that is not named here, all can be asked."""

    def quota_of(self, project: str) -> Quota:
        """What the project may have in the store."""
        limits = self.settings.limits_of(project)
        return Quota(limits.max_stored_bytes, limits.max_files)


def services_of(request: Request) -> Services:
    """The app's services."""
    services: Services = request.app.state.services
    return services


def project_of(request: Request) -> str:
    """The project that the gate found for this request."""
    return access_of(request).project


def access_of(request: Request) -> Access:
    """What the gate found that this request's key gives."""
    access: Access = request.state.access
    return access
