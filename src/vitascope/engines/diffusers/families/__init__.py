"""The families: one module each, which calls its pipelines for a window of a film."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from vitascope.engines.diffusers.request import Family


def family_names() -> tuple[str, ...]:
    """The names of all families; does not import torch."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def family_named(name: str) -> Family:
    """The family of that name."""
    return cast("Family", import_module(f"{__name__}.{name}"))
