"""LTX's adapters: in-context LoRAs that lie beside the weights, in use only where wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from vitascope.engines.diffusers import adapters
from vitascope.engines.diffusers.rig import Rig

Purpose = Literal["edit", "reference"]
"""What an adapter is for: drawing a film again by a prompt, or characters from a sheet."""


def adapter_for(rig: Rig, purpose: Purpose) -> Path | None:
    """The file of an adapter, if the weights' folder holds one where the card says."""
    name = rig.card.options.get("adapters", {}).get(purpose)
    if name is None:
        return None
    file = rig.pipelines.folder / str(name)
    return file if file.is_file() else None


@contextmanager
def worn(rig: Rig, purpose: Purpose | None) -> Iterator[None]:
    """While this lasts, the transformer wears that adapter; afterwards none.

    Raises:
        JobError: `model_damaged`; the adapter can't be put on.
    """
    file = None if purpose is None else adapter_for(rig, purpose)
    if file is None or purpose is None:
        yield
        return
    base = rig.pipelines.base
    if purpose not in base.get_list_adapters().get("transformer", []):
        adapters.load(base, file, purpose, "Replace it, or take it away to draw without it.")
    base.set_adapters(purpose)
    base.enable_lora()
    try:
        yield
    finally:
        base.disable_lora()
