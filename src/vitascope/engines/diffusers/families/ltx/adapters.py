"""LTX's adapters: in-context LoRAs that lie beside the weights, in use only where wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from vitascope.engines.diffusers.adapters import put_on
from vitascope.engines.diffusers.loaded import LoadedModel

Purpose = Literal["edit", "reference", "refine"]
"""What an adapter is for: drawing a film again by a prompt, characters from a sheet, or the
second pass of weights that are not distilled."""


def has_adapter(loaded: LoadedModel, purpose: Purpose) -> bool:
    """Whether the weights' folder held one where the card says, when they were loaded."""
    return purpose in loaded.pipelines.adapters


@contextmanager
def worn(loaded: LoadedModel, purpose: Purpose | None) -> Iterator[None]:
    """While this lasts, the transformer wears that adapter if it is there; afterwards not.

    Raises:
        JobError: `model_damaged`; it is there, but can't be put on.
    """
    if purpose is None or not has_adapter(loaded, purpose):
        yield
        return
    if error := loaded.pipelines.adapters[purpose]:
        raise error
    put_on(loaded.pipelines, purpose)
    try:
        yield
    finally:
        put_on(loaded.pipelines)
