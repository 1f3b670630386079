"""`/models`: the names a client may send as `model`."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from vitascope.api.schemas import Model, ModelList, refusals
from vitascope.api.services import services_of
from vitascope.errors import NotFound

router = APIRouter(tags=["Models"])

# Models have no birthday here; a constant keeps the object the same over restarts.
_CREATED = 1_790_000_000


@router.get("/models", response_model=ModelList, responses=refusals(401))
async def list_models(request: Request) -> JSONResponse:
    """List the models that can be asked for."""
    names = services_of(request).settings.model_names
    return JSONResponse({"object": "list", "data": [_model(name) for name in names]})


@router.get("/models/{model}", response_model=Model, responses=refusals(401, 404))
async def retrieve_model(request: Request, model: str) -> JSONResponse:
    """Tell about one model."""
    name = unquote(model)
    if services_of(request).settings.resolve_model(name) is None:
        raise NotFound(
            f"The model '{name}' does not exist here.", param="model", code="model_not_found"
        )
    return JSONResponse(_model(name))


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": "vitascope"}
