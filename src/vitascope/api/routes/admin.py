"""`/admin`: keys and the state of the whole server, for keys of administrators."""

from __future__ import annotations

import logging
from typing import Any, Literal

from starlette.responses import Response

from vitascope import __version__
from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing.operations import KeyParameters
from vitascope.api.routes.server import model_object
from vitascope.api.routing import Routes
from vitascope.api.schemas import Model, Schema
from vitascope.api.services.container import ApiRequest
from vitascope.errors import Forbidden, InvalidRequest, NotFound
from vitascope.video import DEFAULT_PRIORITY

routes = Routes("Administration")

log = logging.getLogger(__name__)


class ApiKeyObject(Schema):
    """An API key; `hint` has its first and last characters."""

    id: str
    object: Literal["api_key"]
    project: str
    priority: int
    admin: bool
    hint: str
    created_at: int
    revoked_at: int | None


class NewApiKey(ApiKeyObject):
    """A new API key with its secret, which is not stored and never shown again."""

    secret: str


class ApiKeyList(Schema):
    """All keys, oldest first, revoked ones included."""

    object: Literal["list"]
    data: list[ApiKeyObject]


class ApiKeyRevoked(Schema):
    """The answer to revoking a key."""

    id: str
    object: Literal["api_key.revoked"]
    revoked: bool


class ProjectUsage(Schema):
    """A project; `keys` counts those that work, `files` uploads and characters."""

    id: str
    keys: int
    videos: int
    stored_bytes: int
    files: int


class HeldVideo(Schema):
    """An unfinished video that a worker holds."""

    id: str
    project: str
    model: str
    status: Literal["queued", "in_progress"]
    progress: int
    phase: str | None
    started_at: float | None


class WorkerObject(Schema):
    """A worker: when it started and was last heard of, its models, and what it does."""

    id: str
    started_at: int
    seen_at: int
    alive: bool
    models: list[str]
    videos: list[HeldVideo]


class QueueCounts(Schema):
    """The unfinished videos of a project in one queue."""

    queue: str
    project: str
    waiting: int
    paused: int
    running: int


class Failure(Schema):
    """A video that failed; cancelled ones are left out."""

    id: str
    project: str
    model: str
    failed_at: int
    code: str
    message: str


class StorageObject(Schema):
    """Bytes: on the disk that has the least to spare, and stored by all projects."""

    free_bytes: int
    reserve_bytes: int
    total_bytes: int
    stored_bytes: int


class OverviewObject(Schema):
    """The whole server, for its administrators. Failures are those of the last day."""

    object: Literal["admin.overview"]
    version: str
    projects: list[ProjectUsage]
    models: list[Model]
    workers: list[WorkerObject]
    queue: list[QueueCounts]
    storage: StorageObject
    failures: list[Failure]


def require_admin(request: ApiRequest) -> None:
    """Check that the request's key is an administrator's.

    Raises:
        Forbidden: it is not.
    """
    if not request.access.admin:
        raise Forbidden(
            "This is for administrators. The server's operator makes a key for one with "
            "`vitascope keys create --admin --project NAME`."
        )


@routes.get("/admin/overview", answer=OverviewObject, refusals=(401, 403))
async def get_overview(request: ApiRequest) -> Response:
    """Projects, models, workers, queues, storage, and what failed in the last day."""
    require_admin(request)
    return JsonResponse(await overview_of(request))


async def overview_of(request: ApiRequest) -> dict[str, Any]:
    """The answer of `GET /admin/overview`."""
    services, settings = request.services, request.services.settings
    alive = await services.workers.alive(lease=settings.worker_lease_seconds)
    read = await services.overview.read(alive=alive)
    space = services.space.read()
    return {
        "object": "admin.overview",
        "version": __version__,
        **read,
        "models": [model_object(services, name) for name in settings.models],
        "storage": {
            "free_bytes": space.free,
            "reserve_bytes": space.reserve,
            "total_bytes": space.total,
            "stored_bytes": sum(one["stored_bytes"] for one in read["projects"]),
        },
    }


@routes.get("/admin/keys", answer=ApiKeyList, refusals=(401, 403))
async def list_keys(request: ApiRequest) -> Response:
    """List all API keys, without their secrets."""
    require_admin(request)
    keys = await request.services.keys.list()
    return JsonResponse({"object": "list", "data": [key.to_wire() for key in keys]})


@routes.post("/admin/keys", answer=NewApiKey, refusals=(400, 401, 403, 413), body=KeyParameters)
async def create_key(request: ApiRequest) -> Response:
    """Create an API key. From the first one on, every request needs a key."""
    require_admin(request)
    async with request.payload() as body:
        parameters = KeyParameters.read(body, request.services.settings)
    project = parameters.project.strip()
    if not project or not project.isprintable():
        raise InvalidRequest(
            "Invalid 'project': a project's name has printable characters.",
            param="project",
            code="invalid_value",
        )
    key, secret = await request.services.keys.create(
        project,
        priority=parameters.priority or DEFAULT_PRIORITY,
        admin=bool(parameters.admin),
    )
    request.services.api_keys.forget()
    log.info("The key %s of the project %r was created by the API", key.id, project)
    return JsonResponse({**key.to_wire(), "secret": secret}, headers={"cache-control": "no-store"})


@routes.delete("/admin/keys/{key_id}", answer=ApiKeyRevoked, refusals=(401, 403, 404))
async def revoke_key(request: ApiRequest) -> Response:
    """Revoke an API key and end its sessions. Servers refuse it within a second."""
    require_admin(request)
    key_id = request.path_params["key_id"]
    if not await request.services.keys.revoke(key_id):
        raise NotFound(f"There is no working key with the id '{key_id}'.", param="key_id")
    request.services.api_keys.forget()
    log.info("The key %s was revoked by the API", key_id)
    return JsonResponse({"id": key_id, "object": "api_key.revoked", "revoked": True})
