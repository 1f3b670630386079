"""`/videos/{id}/lineage`: what a film came from, and what came from it."""

from __future__ import annotations

from dataclasses import asdict
from urllib.parse import unquote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from vitascope.api.schemas import LineageObject, refusals
from vitascope.api.services.container import Services, project_of, services_of
from vitascope.errors import NotFound

router = APIRouter(tags=["Videos"])

_KINDS = {"video": "video", "char": "character", "file": "file"}


@router.get(
    "/videos/{video_id}/lineage", response_model=LineageObject, responses=refusals(401, 404)
)
async def video_lineage(request: Request, video_id: str) -> JSONResponse:
    """The family tree of a video, deleted members included."""
    services, wanted = services_of(request), unquote(video_id)
    if await services.videos.get(wanted, project=project_of(request)) is None:
        raise NotFound(f"Video with id '{wanted}' not found.", param="video_id")
    edges = await services.lineage.family(wanted, project=project_of(request))
    ids = list(
        dict.fromkeys([wanted, *(end for edge in edges for end in (edge.parent, edge.child))])
    )
    existing = await _existing(services, ids)
    nodes = [{"id": each, "object": _kind(each), "deleted": each not in existing} for each in ids]
    return JSONResponse(
        {
            "object": "video.lineage",
            "id": wanted,
            "nodes": nodes,
            "edges": [asdict(edge) for edge in edges],
        }
    )


async def _existing(services: Services, ids: list[str]) -> set[str]:
    """Which of the ids, all of this project's family, still stand for something."""
    found: set[str] = set()
    for store in (services.videos, services.characters, services.files):
        found |= await store.existing_among(ids)
    return found


def _kind(any_id: str) -> str:
    return _KINDS[any_id.replace("-", "_").partition("_")[0]]
