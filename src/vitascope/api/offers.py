"""Offers: what each model here does, and the refusal of what it does not."""

from __future__ import annotations

from collections.abc import Mapping

from vitascope.api.services import Services
from vitascope.errors import InvalidRequest
from vitascope.model import Offer, Operation

_CANT: Mapping[Operation, str] = {
    "create": "create a video from a prompt alone",
    "image": "begin with an 'input_reference'",
    "characters": "draw characters",
    "remix": "remix videos",
    "edit": "edit videos",
    "extend": "extend videos",
}


def offer_of(services: Services, model: str) -> Offer | None:
    """What a model offers, by any name that a client may send for it; None: nothing is known."""
    settings = services.settings.resolve_model(model)
    for name, configured in services.settings.models.items():
        if configured == settings:  # a dated snapshot has its family's
            return services.offers.get(name)
    return None


def require(services: Services, model: str, operation: Operation) -> None:
    """Make sure that a model does what it is asked for.

    Raises:
        InvalidRequest: it does not; the sentence names the models here that do.
    """
    offer = offer_of(services, model)
    if offer is None or operation in offer.operations:
        return
    able = [
        name
        for name in services.settings.models
        if name in services.offers and operation in services.offers[name].operations
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
