"""Adapters: small files (LoRAs) that change what a pipeline's weights draw, or how fast."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from vitascope.engines.diffusers.card import Card
from vitascope.engines.diffusers.pipelines import Pipelines
from vitascope.errors import JobError


def load(base: Any, file: Path, name: str, advice: str, **wish: Any) -> None:
    """Load an adapter into a pipeline's denoiser.

    Args:
        base: the pipeline.
        file: safetensors, in a layout that diffusers knows.
        name: what the adapter is called there.
        advice: what to do if it can't be loaded.
        wish: further arguments of the pipeline's `load_lora_weights`.

    Raises:
        JobError: `model_damaged`; it can't be loaded.
    """
    if find_spec("peft") is None:
        raise _unusable(file, "the package peft is not installed", "Install it: pip install peft")
    try:
        with warnings.catch_warnings():
            # Of a second adapter, which is meant to be there: only one is worn at a time.
            warnings.filterwarnings("ignore", "Already found a `peft_config`", UserWarning)
            base.load_lora_weights(
                file.parent,
                weight_name=file.name,
                adapter_name=name,
                local_files_only=True,
                **wish,
            )
    except (ValueError, KeyError, RuntimeError, OSError, SafetensorError) as error:
        raise _unusable(file, "it is damaged or made for another model", advice) from error


def bring(pipelines: Pipelines, card: Card) -> None:
    """Load the adapters beside the weights that some tasks wear, and wear none yet.

    Before a memory plan keeps the weights, so that it keeps theirs, too. One that can't be loaded
    is left for the task that wants it to tell of.
    """
    for purpose, name in card.options.get("adapters", {}).items():
        file = pipelines.folder / str(name)
        if not file.is_file():
            continue
        pipelines.adapters[purpose] = None
        try:
            load(pipelines.base, file, purpose, "Replace it, or take it away to draw without it.")
        except JobError as error:
            pipelines.adapters[purpose] = error
        else:
            pipelines.base.disable_lora()


def distil(base: Any, card: Card, files: Mapping[str, Path]) -> None:
    """Fuse the adapters for a few steps into the weights, and lean the schedule as they want it.

    Args:
        base: the pipeline, its weights still in the machine's memory.
        card: the model's.
        files: they, by the component that wears them.

    Raises:
        JobError: `model_damaged`; one of them can't be used.
    """
    advice = (
        f"Fetch it again with: vitascope models pull {card.name}, or draw without it, in many "
        "steps: set the model's `quality` to 'high'."
    )
    for component, file in files.items():
        load(base, file, component, advice, **_PLACE.get(component, {}))
    base.fuse_lora(components=list(files))
    base.unload_lora_weights()
    if card.distillation is not None:
        shift = card.distillation.shift
        kind = type(base.scheduler)
        base.scheduler = kind.from_config(base.scheduler.config, flow_shift=shift)


_PLACE = {"transformer_2": {"load_into_transformer_2": True}}


def _unusable(file: Path, why: str, advice: str) -> JobError:
    told = f"The adapter {file.parent.name}/{file.name} can't be used: {why}. {advice}"
    return JobError("model_damaged", told)
