"""Speed: attention kernels by device, compiled blocks, and a cache over long runs of steps."""

from __future__ import annotations

import logging
from typing import Any

import torch
from diffusers import FirstBlockCacheConfig, attention_backend

from vitascope.engines.diffusers import toolchain
from vitascope.engines.diffusers.card import Card, MemoryPlan
from vitascope.engines.diffusers.device import attention_backends
from vitascope.engines.diffusers.pipelines import Pipelines
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.errors import JobError

log = logging.getLogger(__name__)


NATIVE = "torch"
"""Torch's own attention, which is used where no other backend can be."""

_IN_PLACE = ("none", "text", "model")
"""Memory plans that leave a block's weights where they are while it runs."""


def tune(
    pipelines: Pipelines,
    card: Card,
    model: DiffusersSettings,
    plan: MemoryPlan,
    device: torch.device,
) -> str:
    """Make the denoisers fast on this device, as far as the configuration allows.

    Returns:
        The attention backend in use.

    Raises:
        JobError: `attention_unavailable` or `compile_unavailable`; what the configuration names
            can't be used here.
    """
    # The cache asks each device by itself whether a step may be skipped, and those that split a
    # film must be of one mind.
    cache = card.quality[model.quality].cache if model.gpus == 1 else 0.0
    compiled = not cache and _compiled(model, plan, device)
    if compiled:
        # What can't be compiled is drawn uncompiled; the failure is logged.
        torch._dynamo.config.suppress_errors = True
    backend = NATIVE
    for part in pipelines.transformers:
        backend = _set_attention(part, card, model.attention, device)
        if cache:
            part.enable_cache(FirstBlockCacheConfig(threshold=cache))
        elif compiled:
            # Blocks alone: they are all alike, so that one of them is compiled for all.
            part.compile_repeated_blocks(fullgraph=False)
    return backend


def _set_attention(part: Any, card: Card, wanted: str | None, device: torch.device) -> str:
    """Use the backend that is wanted, or else the first that works of those for the device."""
    for backend in attention_backends(device) if wanted is None else (wanted,):
        try:
            _use(part, card, backend)
        except (ValueError, RuntimeError, ImportError, OSError) as error:
            if wanted is not None:
                raise JobError(
                    "attention_unavailable",
                    f"The attention backend '{wanted}' can't be used on this machine. Correct the "
                    "model's `attention`, or leave it out.",
                ) from error
            log.info("No attention by %s: %s", backend, error)
        else:
            return backend
    return NATIVE


def _use(part: Any, card: Card, backend: str) -> None:
    """Let a denoiser's attentions run by a backend, but for those that it can't do."""
    # What is set for a model becomes the default of the process. Text encoders and the coders of
    # picture and sound, with masks and numbers of their own, are to stay with torch's attention.
    with attention_backend("native"):
        part.set_attention_backend(backend)
    for name, module in part.named_modules():
        if name.rpartition(".")[2] in card.masked_attention:
            module.processor._attention_backend = None  # the default


def _compiled(model: DiffusersSettings, plan: MemoryPlan, device: torch.device) -> bool:
    """Whether blocks are to be compiled: on one GPU, unless weights come and go in their midst.

    Raises:
        JobError: `compile_unavailable`; they are to be, and can't.
    """
    by_default = device.type == "cuda" and plan.plan in _IN_PLACE and model.gpus == 1
    if not (by_default if model.compile is None else model.compile):
        return False
    lack = toolchain.missing()
    if lack is None:
        return True
    if model.compile:
        raise JobError(
            "compile_unavailable",
            f"The model is to be compiled, and this machine has no {lack}. {toolchain.ADVICE}. Or "
            "leave out the model's `compile`.",
        )
    log.warning(
        "This machine has no %s, so the model's blocks are not compiled: films take longer. %s.",
        lack,
        toolchain.ADVICE,
    )
    return False
