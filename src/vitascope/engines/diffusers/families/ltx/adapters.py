"""LTX's adapters: in-context LoRAs that lie beside the weights, in use only where wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from vitascope.engines.diffusers.adapters import beside
from vitascope.engines.diffusers.rig import Rig

Purpose = Literal["edit", "reference"]
"""What an adapter is for: drawing a film again by a prompt, or characters from a sheet."""


def adapter_for(rig: Rig, purpose: Purpose) -> Path | None:
    """The file of an adapter, if the weights' folder holds one where the card says."""
    return beside(rig.pipelines.folder, rig.card).get(purpose)


@contextmanager
def worn(rig: Rig, purpose: Purpose | None) -> Iterator[None]:
    """While this lasts, the transformer wears that adapter if it is there; afterwards none.

    Raises:
        JobError: `model_damaged`; it is there, but can't be put on.
    """
    if purpose is None or adapter_for(rig, purpose) is None:
        yield
        return
    if purpose in rig.pipelines.unwearable:
        raise rig.pipelines.unwearable[purpose]
    base = rig.pipelines.base
    base.set_adapters(purpose)
    base.enable_lora()
    try:
        yield
    finally:
        base.disable_lora()
