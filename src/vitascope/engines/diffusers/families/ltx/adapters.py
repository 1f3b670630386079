"""LTX's adapters: in-context LoRAs that lie beside the weights, in use only where wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from vitascope.engines.diffusers.rig import Rig

Purpose = Literal["edit", "reference"]
"""What an adapter is for: drawing a film again by a prompt, or characters from a sheet."""


def has_adapter(rig: Rig, purpose: Purpose) -> bool:
    """Whether the weights' folder held one where the card says, when they were loaded."""
    return purpose in rig.pipelines.adapters


@contextmanager
def worn(rig: Rig, purpose: Purpose | None) -> Iterator[None]:
    """While this lasts, the transformer wears that adapter if it is there; afterwards none.

    Raises:
        JobError: `model_damaged`; it is there, but can't be put on.
    """
    if purpose is None or not has_adapter(rig, purpose):
        yield
        return
    if error := rig.pipelines.adapters[purpose]:
        raise error
    base = rig.pipelines.base
    base.set_adapters(purpose)
    base.enable_lora()
    try:
        yield
    finally:
        base.disable_lora()
