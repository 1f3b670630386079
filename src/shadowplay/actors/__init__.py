"""The figures of the shadow play, by name."""

from __future__ import annotations

from shadowplay.actors.base import Actor
from shadowplay.art import library
from shadowplay.art.boned import BonedFigure
from shadowplay.art.together import Together

ACTORS: dict[str, Actor] = {
    name: Together(card) if "of" in card.said else BonedFigure(card)
    for name, card in library.figures().items()
}
