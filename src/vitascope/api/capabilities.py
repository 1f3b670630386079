"""Capabilities: what each model here does, and the refusal of what it does not."""

from __future__ import annotations

from collections.abc import Mapping

from vitascope.api.services import Services
from vitascope.errors import InvalidRequest
from vitascope.model import ModelCapabilities, Operation

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
