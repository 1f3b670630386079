"""Speed: attention kernels by device, compiled blocks, and a cache over long runs of steps."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

import torch
from diffusers import FirstBlockCacheConfig, attention_backend
from diffusers.models.attention_dispatch import AttentionBackendName, dispatch_attention_fn

from vitascope.engines.diffusers import toolchain
from vitascope.engines.diffusers.card import Card, MemoryPlan
from vitascope.engines.diffusers.device import attention_backends, chip_of, varlen_backends
from vitascope.engines.diffusers.pipelines import Pipelines
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.errors import JobError

log = logging.getLogger(__name__)


NATIVE = "torch"
"""Torch's own attention, which is used where no other backend can be."""

_IN_PLACE = ("none", "text", "model", "8bit", "8bit-model")
"""Memory plans that leave a block's weights where they are while it runs."""

CompileError = torch._dynamo.exc.TorchDynamoException
"""What is raised in the first run of a block that can't be compiled."""


class Tuning(NamedTuple):
    """What makes a model fast.

    Attributes:
        attention: the attention backend of the denoisers.
        compiled: whether their blocks are compiled.
    """

    attention: str
    compiled: bool


def tune(
    pipelines: Pipelines,
    card: Card,
    model: DiffusersSettings,
    plan: MemoryPlan,
    device: torch.device,
) -> Tuning:
    """Make the denoisers fast on this device, as far as the configuration allows.

    Raises:
        JobError: `attention_unavailable` or `compile_unavailable`; what the configuration names
            can't be used here.
    """
    # Each device decides on its own whether to skip a step. With several GPUs they must all decide
    # the same, so that the cache is off there.
    cache = card.quality[model.quality].cache if model.gpus == 1 else 0.0
    compiled = not cache and _compiled(model, plan, device)
    backend = NATIVE
    for part in pipelines.transformers:
        backend = _set_attention(part, card, model.attention, device)
        if cache:
            part.enable_cache(FirstBlockCacheConfig(threshold=cache))
        elif compiled:
            # Blocks alone: they are all alike, so that one of them is compiled for all.
            part.compile_repeated_blocks(fullgraph=False)
    return Tuning(backend, compiled)


def uncompile(pipelines: Pipelines) -> None:
    """Let the denoisers' blocks run as they are."""
    for part in pipelines.transformers:
        for module in part.modules():
            module._compiled_call_impl = None


def _set_attention(part: Any, card: Card, wanted: str | None, device: torch.device) -> str:
    """Use the backend that is wanted, or else the first that works of those for the device."""
    chip = chip_of(device)
    if wanted is not None:
        try:
            _use(part, card, wanted)
        except _UNUSABLE as error:
            raise JobError(
                "attention_unavailable",
                f"The attention backend '{wanted}' can't be used on this machine. Correct the "
                "model's `attention`, or leave it out.",
            ) from error
        return wanted
    chosen = next((each for each in attention_backends(chip) if _works(each, device)), None)
    if chosen is not None:
        _use(part, card, chosen)
    if not (card.masked_attention and card.padding_masks):
        return chosen or NATIVE
    varlen = next((each for each in varlen_backends(chip) if _works(each, device)), None)
    if varlen is not None:
        _use_where_masked(part, card, varlen)
    return " and ".join(each for each in (chosen, varlen) if each) or NATIVE


_UNUSABLE = (ValueError, RuntimeError, ImportError, OSError, AttributeError)


def _works(backend: str, device: torch.device) -> bool:
    """Whether a backend is there and computes: kernels are built for some GPUs and torch alone."""
    probe = torch.zeros(1, 128, 2, 128, dtype=torch.bfloat16, device=device)
    try:
        with attention_backend(backend):
            dispatch_attention_fn(probe, probe, probe)
    except _UNUSABLE as error:
        log.info("No attention by %s: %s", backend, error)
        return False
    return True


def _use(part: Any, card: Card, backend: str) -> None:
    """Let a denoiser's attentions run by a backend, but for those that it can't do."""
    # What is set for a model becomes the default of the process. Text encoders and the coders of
    # picture and sound, with masks and numbers of their own, are to stay with torch's attention.
    with attention_backend("native"):
        part.set_attention_backend(backend)
    for module in _masked(part, card):
        module.processor._attention_backend = None  # the default


def _use_where_masked(part: Any, card: Card, backend: str) -> None:
    """Let the attentions with a mask over padding run by a backend for sequences of any length."""
    for module in _masked(part, card):
        module.processor._attention_backend = AttentionBackendName(backend)


def _masked(part: Any, card: Card) -> list[Any]:
    return [
        module
        for name, module in part.named_modules()
        if name.rpartition(".")[2] in card.masked_attention
    ]


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
