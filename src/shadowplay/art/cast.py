"""The cast: whoever and whatever can be on the stage, by name."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import cast

import numpy as np

from shadowplay.art import library
from shadowplay.art.actors import Actor, Guise
from shadowplay.art.boned import plain
from shadowplay.art.prop import prop
from shadowplay.art.puppets import Puppet
from shadowplay.dice import dice
from shadowplay.names import is_puppet
from shadowplay.scene import Role

ACTORS = {name: plain(name) for name in library.figures()}
"""The figures by name."""

_SOMEBODY = Puppet("", np.full((4, 4, 4), 255, np.uint8))
"""What is known of a character whose picture is not at hand."""


class Cast(Mapping[str, Actor]):
    """Figures, props and a shot's characters; a prop is read when it is first asked for."""

    def __init__(self, own: Mapping[str, Actor] | None = None) -> None:
        """Take the characters of a shot."""
        self._own = own or {}

    def __contains__(self, name: object) -> bool:
        named = isinstance(name, str) and (library.has(name) or library.figure(name) is not None)
        return named or name in self._own

    def __getitem__(self, name: str) -> Actor:
        if library.has(name):
            return prop(name)
        if name in self._own:
            return self._own[name]
        return _SOMEBODY if is_puppet(name) else plain(name)

    def __iter__(self) -> Iterator[str]:
        return iter({**ACTORS, **self._own, **library.cards()})

    def __len__(self) -> int:
        return len([*self])


CAST = Cast()  # everything but characters


_LIVES = frozenset({"walk", "swim", "sit", "perch"})  # actions of those who are alive


def lives(actor: str) -> bool:
    """Whether a figure is a person or an animal."""
    facts = library.facts(actor)
    lively = facts.call is not None or not _LIVES.isdisjoint(CAST[actor].actions)
    return lively and not (facts.crewed or library.has(actor))


def extent(name: str) -> float:
    """How tall one is, or how wide if that is more, in metres."""
    figure = CAST[name]
    return max(getattr(figure, "size", (figure.height, figure.height)))


_LOOKS = 60  # from so many numbers a look is chosen: as many for each of two to six looks


def dressed(actors: Mapping[str, Actor], roles: Iterable[Role], seed: int) -> Mapping[str, Actor]:
    """The actors with looks by the seed, and with what their roles say: hats, garments, faces."""
    worn: dict[str, Actor] = {}
    for role in roles:
        guise = Guise(
            expression=role.expression,
            look=int(dice(seed, "look", role.actor).integers(_LOOKS)),
            hat=role.wears,
            clad=frozenset({*dict(role.clothes), *["colour"] * (role.colour is not None)}),
            rider=role.rider,
            crew=role.crew,
        )
        actor = worn.get(role.actor, actors[role.actor]).guised(guise)
        worn[role.actor] = actor if role.size == 1 else actor.sized(role.size)
    # A chain only writes to its first map.
    return ChainMap(worn, cast("MutableMapping[str, Actor]", actors)) if worn else actors
