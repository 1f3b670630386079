"""The families: one module each, which knows how its pipelines are asked for a window of film."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from vitascope.engines.diffusers.request import Family


def family_names() -> tuple[str, ...]:
    """The families there are; torch is not needed."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def family_named(name: str) -> Family:
    """The family that a card names."""
    return cast("Family", import_module(f"{__name__}.{name}"))
