"""LTX's in-context LoRAs in the weights' folder, active only for the tasks that need them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from vitascope.engines.diffusers.adapters import activate
from vitascope.engines.diffusers.loaded import LoadedModel

Purpose = Literal["edit", "reference", "refine"]
"""Purpose of an adapter: edits of a film, characters from a reference sheet, or the second pass of
weights that are not distilled."""


def has_adapter(loaded: LoadedModel, purpose: Purpose) -> bool:
    """Whether the weights' folder had such an adapter when the weights were loaded."""
    return purpose in loaded.pipelines.adapters


@contextmanager
def active_adapter(loaded: LoadedModel, purpose: Purpose | None) -> Iterator[None]:
    """While open, that adapter is active, if there is one.

    Raises:
        JobError: `model_damaged`; it can't be loaded.
    """
    if purpose is None or not has_adapter(loaded, purpose):
        yield
        return
    if error := loaded.pipelines.adapters[purpose]:
        raise error
    activate(loaded.pipelines, purpose)
    try:
        yield
    finally:
        activate(loaded.pipelines)
