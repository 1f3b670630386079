"""The cast: whoever and whatever can be on the stage, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shadowplay.actors import ACTORS
from shadowplay.actors.base import Actor
from shadowplay.art import library
from shadowplay.art.prop import prop


class Cast(Mapping[str, Actor]):
    """Figures, props and a shot's characters; a prop is read when it is first asked for."""

    def __init__(self, own: Mapping[str, Actor] | None = None) -> None:
        """Take the characters of a shot."""
        self._own = {**ACTORS, **(own or {})}

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in library.cards()

    def __getitem__(self, name: str) -> Actor:
        if library.has(name):
            return prop(name)
        return self._own[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._own, **library.cards()})

    def __len__(self) -> int:
        return len({**self._own, **library.cards()})


CAST = Cast()
"""Everything but characters."""
