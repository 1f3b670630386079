"""`/models`: the models of this server, and what each can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from vitascope.api.schemas import Model, ModelList, refusals
from vitascope.api.services.container import Services, services_of
from vitascope.errors import InvalidRequest, NotFound
from vitascope.model import OPERATIONS, ModelCapabilities, Operation

router = APIRouter(tags=["Models"])

# Models have no birthday here; a constant keeps the object the same over restarts.
_CREATED = 1_790_000_000


@router.get("/models", response_model=ModelList, responses=refusals(401))
async def list_models(request: Request) -> JSONResponse:
    """List the models that can be asked for."""
    services = services_of(request)
    models = [_model(services, name) for name in services.settings.model_names]
    return JSONResponse({"object": "list", "data": models})


@router.get("/models/{model}", response_model=Model, responses=refusals(401, 404))
async def retrieve_model(request: Request, model: str) -> JSONResponse:
    """Tell about one model."""
    name, services = unquote(model), services_of(request)
    if services.settings.resolve_model(name) is None:
        raise NotFound(
            f"The model '{name}' does not exist here.", param="model", code="model_not_found"
        )
    return JSONResponse(_model(services, name))


def _model(services: Services, name: str) -> dict[str, Any]:
    able = capabilities_of(services, name)
    return {
        "id": name,
        "object": "model",
        "created": _CREATED,
        "owned_by": "vitascope",
        "vitascope": None if able is None else _abilities(able),
    }


def _abilities(able: ModelCapabilities) -> dict[str, Any]:
    """The capabilities on the wire; where the weights lie is the operator's business."""
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
    }


_CANT: Mapping[Operation, str] = {
    "create": "create a video from a prompt alone",
    "image": "begin with an 'input_reference'",
    "characters": "draw characters",
    "remix": "remix videos",
    "edit": "edit videos",
    "extend": "extend videos",
}


def capabilities_of(services: Services, model: str) -> ModelCapabilities | None:
    """What can be asked of a model, by any name that clients send; None: nothing is known."""
    settings = services.settings.resolve_model(model)
    for name, configured in services.settings.models.items():
        if configured == settings:  # a dated snapshot has its family's
            return services.capabilities.get(name)
    return None


def require(services: Services, model: str, operation: Operation) -> None:
    """Make sure that a model does what it is asked for.

    Raises:
        InvalidRequest: it does not; the sentence names the models here that do.
    """
    own = capabilities_of(services, model)
    if own is None or operation in own.operations:
        return
    able = [
        name
        for name in services.settings.models
        if name in services.capabilities and operation in services.capabilities[name].operations
    ]
    advice = (
        f"Models here that can: {', '.join(repr(name) for name in able)}."
        if able
        else "No model on this server can; its operator may configure one."
    )
    raise InvalidRequest(
        f"The model '{model}' can't {_CANT[operation]}. {advice}",
        param="model",
        code="unsupported_operation",
    )
