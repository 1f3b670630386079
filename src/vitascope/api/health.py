"""For operators: is the process alive, can it work, and how much does it do."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from vitascope import __version__
from vitascope.api.services import services_of

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
    """Answer 200 if the database can be reached, else 503; says how many workers there are."""
    services = services_of(request)
    try:
        workers = await services.workers.alive(lease=services.settings.worker_lease_seconds)
    except SQLAlchemyError:
        return JSONResponse({"status": "the database can't be reached"}, status_code=503)
    return JSONResponse({"status": "ok", "workers": len(workers)})


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Tell Prometheus."""
    services = services_of(request)
    jobs = await services.videos.count_by_status()
    workers = await services.workers.alive(lease=services.settings.worker_lease_seconds)
    text = services.metrics.render(jobs=jobs, workers=len(workers))
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
