"""For operators: is the process alive, can it work, and how much does it do."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from vitascope import __version__
from vitascope.api.services.container import services_of
from vitascope.api.services.space import space_of

router = APIRouter(tags=["Operations"])


@router.get("/", include_in_schema=False)
async def about() -> JSONResponse:
    """Tell a visitor what this is."""
    return JSONResponse(
        {"name": "vitascope", "version": __version__, "api": "/v1", "documentation": "/docs"}
    )


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """Answer as long as the process does."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Answer 200 if database and store can be written to, else 503.

    Says how many workers there are and how much space. With little space left the server is still
    ready: to take it out of service would keep its clients from deleting.
    """
    services = services_of(request)
    try:
        workers = await services.workers.alive(lease=services.settings.worker_lease_seconds)
    except SQLAlchemyError:
        return JSONResponse({"status": "the database can't be reached"}, status_code=503)
    space = space_of(services.settings, services.blobs)
    told = {"workers": len(workers), "free_bytes": space.free, "reserved_bytes": space.reserve}
    if trouble := await services.readiness.trouble():
        return JSONResponse({"status": trouble, **told}, status_code=503)
    status = "low on space: creates and uploads are refused" if space.low else "ok"
    return JSONResponse({"status": status, **told})


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Tell Prometheus."""
    services = services_of(request)
    jobs = await services.videos.count_by_status()
    workers = await services.workers.alive(lease=services.settings.worker_lease_seconds)
    text = services.metrics.render(jobs=jobs, workers=len(workers))
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
