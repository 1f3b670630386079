"""Pulling: a model's weights from the hub, with what can be known checked beforehand."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console

from vitascope.cli.doctor import machine
from vitascope.config import Settings
from vitascope.engines.diffusers.card import Card, QualityName
from vitascope.engines.diffusers.cards import card_named, names
from vitascope.engines.diffusers.hub import fetched
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be fetched.

    Attributes:
        card: whose weights.
        source: a hub id or a folder in place of the card's own hub id.
        quality: the tier whose own weights are fetched, too.
    """

    card: Card
    source: str | None
    quality: QualityName | None = None


def target_of(
    settings: Settings, name: str, source: str | None, quality: QualityName | None = None
) -> Target | str:
    """What to fetch for a configured model or a card; a sentence where there is nothing to.

    Raises:
        ConfigError: there is neither a model nor a card of that name.
    """
    model = settings.resolve_model(name)
    if model is None and name in names():
        return Target(card_named(name), source, quality)
    if model is None:
        raise ConfigError(
            f"There is neither a model nor a card {name!r}. `vitascope models list` shows them."
        )
    if not isinstance(model, DiffusersSettings):
        return f"{name} is drawn by {model.engine}, which needs no weights here."
    return Target(card_named(model.card), source or model.source, quality or model.quality)


def fetch(target: Target, console: Console) -> None:
    """Fetch the weights; progress is shown on stderr.

    Raises:
        ConfigError: the extra is not installed.
        JobError: the hub does not give them; the sentence says what to do.
    """
    card = target.card
    source = target.source or card.source
    if not machine.has_extra():
        raise ConfigError(
            f"The weights of {card.name} are of use with the extra only. Install it first: "
            f"{machine.INSTALL}"
        )
    if card.territory:
        console.print(f"Limits: {card.territory}", markup=False)
    console.print(f"Fetching {source} ({card.licence}) …", markup=False)
    if card.distillation is not None:
        extra = f"{card.distillation.source} ({card.distillation.licence})"
        console.print(f"With adapters for few steps from {extra}.", markup=False)
    folder = fetched(card, target.source, target.quality)
    console.print(f"The weights are at {folder}", markup=False)
