"""What the handlers work with: built once for the app, found through the request."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from vitascope.api.keyring import Keyring
from vitascope.api.metrics import Metrics
from vitascope.api.pace import Pace
from vitascope.api.waiting import WaitingRoom
from vitascope.config import Settings
from vitascope.jobs.queue import JobQueue
from vitascope.store.blobs import Blobs
from vitascope.store.characters import Characters
from vitascope.store.database import Database
from vitascope.store.files import Files
from vitascope.store.idempotency import Idempotency
from vitascope.store.joblog import JobLog
from vitascope.store.lineage import Lineage
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
    keyring: Keyring
    waiting: WaitingRoom
    pace: Pace
    metrics: Metrics


def services_of(request: Request) -> Services:
    """The app's services."""
    services: Services = request.app.state.services
    return services


def project_of(request: Request) -> str:
    """The project that the gate found for this request."""
    project: str = request.state.project
    return project
