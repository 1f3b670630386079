"""`/models`, and for operators: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import RedirectResponse, Response

from vitascope import __version__
from vitascope.api.error_handlers import JsonResponse
from vitascope.api.middleware import PAGES
from vitascope.api.routing import Routes
from vitascope.api.schemas import Model, ModelList
from vitascope.api.services.container import ApiRequest, Services
from vitascope.errors import NotFound
from vitascope.model_settings import OPERATIONS, ModelCapabilities

models = Routes("Models")
operations = Routes("Operations", versioned=False)

# Models have no date of creation here; a constant keeps the object the same over restarts.
_CREATED = 1_790_000_000


@models.get("/models", answer=ModelList, refusals=(401,))
async def list_models(request: ApiRequest) -> Response:
    """List the models of this server."""
    services = request.services
    found = [model_object(services, name) for name in services.settings.model_names]
    return JsonResponse({"object": "list", "data": found})


@models.get("/models/{model}", answer=Model, refusals=(401, 404))
async def retrieve_model(request: ApiRequest) -> Response:
    """Retrieve one model."""
    name, services = request.path_params["model"], request.services
    if services.settings.resolve_model(name) is None:
        raise NotFound(
            f"The model '{name}' does not exist here.", param="model", code="model_not_found"
        )
    return JsonResponse(model_object(services, name))


def model_object(services: Services, name: str) -> dict[str, Any]:
    """A model as the API shows it."""
    able = services.capabilities_of(name)
    return {
        "id": name,
        "object": "model",
        "created": _CREATED,
        "owned_by": "vitascope",
        "vitascope": None if able is None else _capabilities(able),
    }


_REFERENCES = frozenset({"reference_image", "reference_video"})


def _capabilities(able: ModelCapabilities) -> dict[str, Any]:
    """The capabilities for clients; where the weights are is the operator's business."""
    return {
        "operations": [name for name in OPERATIONS if name in able.operations],
        "description": able.description,
        "licence": able.licence,
        "licence_url": able.licence_url,
        "territory": able.territory,
        "gated": able.gated,
        "memory_gib": dict(able.memory_gib),
        "sound": able.sound,
        "native": able.native,
        "references": sorted(able.references),
        "reference_uses": sorted(able.reference_uses) if able.references & _REFERENCES else [],
        "max_reference_images": able.max_references if "reference_image" in able.references else 0,
        "loras": list(able.loras),
    }


@operations.get("/", documented=False)
async def about(request: ApiRequest) -> Response:
    """Name the server and its documentation; send a browser to the pages for people."""
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(PAGES, 303, {"vary": "accept"})
    return JsonResponse(
        {"name": "vitascope", "version": __version__, "api": "/v1", "documentation": "/docs"}
    )


@operations.get("/healthz")
async def healthz(_request: ApiRequest) -> Response:
    """Answer as long as the process does."""
    return JsonResponse({"status": "ok"})


@operations.get("/readyz")
async def readyz(request: ApiRequest) -> Response:
    """Answer 200 if database and store can be written to, else 503.

    Says how many workers there are and how much space. With little space left the server is still
    ready: to take it out of service would keep its clients from deleting.
    """
    services = request.services
    try:
        workers = await services.workers.alive(lease=services.settings.worker_lease_seconds)
    except SQLAlchemyError:
        return JsonResponse({"status": "the database can't be reached"}, 503)
    space = services.space.read()
    facts = {"workers": len(workers), "free_bytes": space.free, "reserved_bytes": space.reserve}
    if trouble := await services.readiness.trouble():
        return JsonResponse({"status": trouble, **facts}, 503)
    low = space.free < space.reserve
    status = "low on space: creates and uploads are refused" if low else "ok"
    return JsonResponse({"status": status, **facts})


@operations.get("/metrics")
async def metrics(request: ApiRequest) -> Response:
    """Answer with the metrics for Prometheus."""
    services = request.services
    jobs = await services.videos.count_by_status()
    workers = await services.workers.alive(lease=services.settings.worker_lease_seconds)
    text = services.metrics.render(jobs=jobs, workers=len(workers))
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
