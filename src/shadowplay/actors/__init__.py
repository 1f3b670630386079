"""The figures of the shadow play, by name."""

from __future__ import annotations

from shadowplay.actors import (
    company,
    heroes,
    people,
)
from shadowplay.actors.base import Actor
from shadowplay.art import library
from shadowplay.art.boned import BonedFigure

_CAST: tuple[Actor, ...] = (
    people.person,
    company.child,
    company.couple,
    company.dancer,
    company.umbrella_walker,
    heroes.knight,
    heroes.wizard,
    heroes.astronaut,
    heroes.robot,
)

ACTORS: dict[str, Actor] = {actor.name: actor for actor in _CAST}
ACTORS |= {
    name: BonedFigure(card) for name, card in library.figures().items() if "action" in card.said
}
