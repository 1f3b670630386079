"""Adapters: in-context LoRAs that lie beside the weights, in use only where they are wanted."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from safetensors import SafetensorError

from vitascope.engines.diffusers.rig import Rig
from vitascope.errors import JobError

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
    _load(rig, file, purpose)
    base.set_adapters(purpose)
    base.enable_lora()
    try:
        yield
    finally:
        base.disable_lora()


def _load(rig: Rig, file: Path, purpose: Purpose) -> None:
    base = rig.pipelines.base
    if purpose in base.get_list_adapters().get("transformer", []):
        return
    if find_spec("peft") is None:
        raise _unusable(file, "the package peft is not installed (pip install peft)")
    try:
        with warnings.catch_warnings():
            # Of a second adapter, which is meant to be there: only one is worn at a time.
            warnings.filterwarnings("ignore", "Already found a `peft_config`", UserWarning)
            base.load_lora_weights(
                file.parent, weight_name=file.name, adapter_name=purpose, local_files_only=True
            )
    except (ValueError, KeyError, RuntimeError, OSError, SafetensorError) as error:
        raise _unusable(file, "it is damaged or made for another model") from error


def _unusable(file: Path, why: str) -> JobError:
    return JobError(
        "model_damaged",
        f"The adapter {file.parent.name}/{file.name} beside the weights can't be used: {why}. "
        "Replace it, or take it away to draw without it.",
    )
