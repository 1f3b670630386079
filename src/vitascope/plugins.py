"""Finds plug-ins of installed packages by their entry points."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

Group = Literal["vitascope.engines", "vitascope.soundtracks"]


class NoPlugin(ValueError):
    """No plug-in has that name, or its import failed; the text says which."""


@cache
def installed(group: Group) -> dict[str, EntryPoint]:
    """The entry points of a group by name, without importing them."""
    return {point.name: point for point in sorted(entry_points(group=group))}


@cache
def plugin(group: Group, name: str) -> Any:
    """Import the object of an entry point.

    Raises:
        NoPlugin: no plug-in has that name, or its package can't be imported.
    """
    found = installed(group).get(name)
    if found is None:
        kind = group.rpartition(".")[2].removesuffix("s")
        there = ", ".join(installed(group))
        raise NoPlugin(f"There is no {kind} '{name}'. Installed are: {there}.")
    try:
        return found.load()
    except (ImportError, AttributeError) as error:
        package = found.dist.name if found.dist is not None else found.module
        raise NoPlugin(f"'{name}' of the package {package} can't be imported: {error}") from error
