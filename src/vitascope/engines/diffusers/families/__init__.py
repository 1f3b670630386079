"""The families: one module each, which knows how its pipelines are asked for a window of film."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from vitascope.engines.diffusers.request import Family


def family_named(name: str) -> Family:
    """The family that a card names."""
    return cast("Family", import_module(f"{__name__}.{name}"))
