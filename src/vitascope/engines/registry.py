"""The engines by name: opens the one that is asked for, and tells what each offers.

An engine is imported only when it is opened; to tell what it offers loads no codec and no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitascope.engines.base import Engine
from vitascope.errors import ConfigError
from vitascope.model import OPERATIONS, ModelSettings, Offer

if TYPE_CHECKING:  # slow to import, and the child needs none of it
    from vitascope.config import Settings

_SHADOWPLAY = Offer(
    operations=frozenset(OPERATIONS),
    description="Draws the prompt as an animated shadow play; needs no weights and no GPU.",
    licence="none needed",
    sound="joint",
    native="any even size, any length",
)


def open_engine(model: ModelSettings) -> Engine:
    """The engine that draws for a model, ready to draw.

    Raises:
        JobError: it can't be opened, as when weights are missing; the sentence says what to do.
    """
    match model.engine:
        case "shadowplay":
            from vitascope.engines.shadowplay import Shadowplay

            return Shadowplay()
        case "diffusers":
            from vitascope.engines.diffusers import toolchain

            toolchain.keep_kernels()  # the engine's imports decide where they go
            from vitascope.engines.diffusers.engine import Diffusers

            return Diffusers(model)
        case "upstream":
            from vitascope.engines.upstream.engine import Upstream

            return Upstream(model)


def offer_of(model: ModelSettings) -> Offer:
    """What can be asked of a model.

    Raises:
        ConfigError: the model's table names a card that does not exist.
    """
    match model.engine:
        case "shadowplay":
            return _SHADOWPLAY
        case "diffusers":
            from vitascope.engines.diffusers.cards import card_named

            return card_named(model.card or "").offer(model)
        case "upstream":
            from vitascope.engines.upstream.flavours import flavour_named

            return flavour_named(model.flavour or "").offer


def offers_of(settings: Settings) -> dict[str, Offer]:
    """What each configured model offers, by the name that clients send.

    Raises:
        ConfigError: a model's table names a card that does not exist.
    """
    offers = {}
    for name, model in settings.models.items():
        try:
            offers[name] = offer_of(model)
        except ConfigError as error:
            raise ConfigError(f"[models.{name}]: {error}") from None
    return offers
