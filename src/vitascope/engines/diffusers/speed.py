"""Speed: attention backends, compiled blocks, and the cache that skips them."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

import torch
from diffusers import attention_backend
from diffusers.models.attention_dispatch import AttentionBackendName, dispatch_attention_fn

from vitascope.engines.diffusers import kernels
from vitascope.engines.diffusers.card import Card, MemoryPlan, Quality
from vitascope.engines.diffusers.device import attention_backends, chip_of, varlen_backends
from vitascope.engines.diffusers.pipelines import Pipelines
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.diffusers.step_cache import StepCache
from vitascope.errors import JobError

log = logging.getLogger(__name__)


NATIVE = "torch"
"""Torch's own attention, the fallback."""

_STATIC_PLANS = ("none", "text", "model", "8bit", "8bit-model")
"""Memory plans that do not move a block's weights while it runs."""

CompileError = torch._dynamo.exc.TorchDynamoException
"""Raised by the first run of a block that can't be compiled."""


class Tuning(NamedTuple):
    """The optimisations in use.

    Attributes:
        attention: the attention backend of the denoisers.
        compiled: whether their blocks are compiled.
        cache: the cache that skips blocks.
    """

    attention: str
    compiled: bool
    cache: StepCache | None = None


def tune(
    pipelines: Pipelines,
    card: Card,
    quality: Quality,
    model: DiffusersSettings,
    plan: MemoryPlan,
    device: torch.device,
) -> Tuning:
    """Optimise the denoisers for this device, within the limits of the configuration.

    Raises:
        JobError: `attention_unavailable` or `compile_unavailable`; the configuration requires
            something that this machine does not support.
    """
    compiled = _compiled(model, plan, device)
    backend = NATIVE
    for part in pipelines.transformers:
        backend = _set_attention(part, card, model.attention, device)
        if compiled:
            # The repeated blocks have equal graphs, so that compiling one serves all.
            part.compile_repeated_blocks(fullgraph=False)
    # Each device decides by itself whether to skip a step. Several GPUs would decide differently
    # and wait for each other for ever. Layers that are streamed come in the order of the first run.
    cached = quality.step_cache if model.gpus == 1 and plan.plan in _STATIC_PLANS else None
    cache = None if cached is None else StepCache(pipelines.transformers, cached)
    return Tuning(backend, compiled, cache)


def uncompile(pipelines: Pipelines) -> None:
    """Run the denoisers' blocks without compiling from now on."""
    for part in pipelines.transformers:
        for module in part.modules():
            module._compiled_call_impl = None


def _set_attention(part: Any, card: Card, configured: str | None, device: torch.device) -> str:
    """Use the configured backend, or else the first of the device's that works."""
    chip = chip_of(device)
    if configured is not None:
        try:
            _use(part, card, configured)
        except _UNUSABLE as error:
            raise JobError(
                "attention_unavailable",
                f"The attention backend '{configured}' can't be used on this machine. Correct the "
                "model's `attention`, or leave it out.",
            ) from error
        return configured
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
    """Whether a backend is installed and computes on this GPU and torch."""
    probe = torch.zeros(1, 128, 2, 128, dtype=torch.bfloat16, device=device)
    try:
        with attention_backend(backend):
            dispatch_attention_fn(probe, probe, probe)
    except _UNUSABLE as error:
        log.info("No attention by %s: %s", backend, error)
        return False
    return True


def _use(part: Any, card: Card, backend: str) -> None:
    """Use a backend for a denoiser's attention without masks."""
    # Setting a model's backend also sets the default of the process. Text encoders and VAEs, which
    # use masks and other types, must keep torch's attention.
    with attention_backend("native"):
        part.set_attention_backend(backend)
    for module in _masked(part, card):
        module.processor._attention_backend = None  # the default


def _use_where_masked(part: Any, card: Card, backend: str) -> None:
    """Use a backend for sequences of several lengths where masks hide padding."""
    for module in _masked(part, card):
        module.processor._attention_backend = AttentionBackendName(backend)


def _masked(part: Any, card: Card) -> list[Any]:
    return [
        module
        for name, module in part.named_modules()
        if name.rpartition(".")[2] in card.masked_attention
    ]


def _compiled(model: DiffusersSettings, plan: MemoryPlan, device: torch.device) -> bool:
    """Whether blocks are to be compiled: on one GPU, unless the plan moves weights within them.

    Raises:
        JobError: `compile_unavailable`; the configuration requires it, and a tool is missing.
    """
    by_default = device.type == "cuda" and plan.plan in _STATIC_PLANS and model.gpus == 1
    if not (by_default if model.compile is None else model.compile):
        return False
    missing = kernels.missing_build_tool()
    if missing is None:
        return True
    if model.compile:
        raise JobError(
            "compile_unavailable",
            f"The model is to be compiled, and this machine has no {missing}. "
            f"{kernels.BUILD_TOOLS_ADVICE}. Or remove the model's `compile`.",
        )
    log.warning(
        "This machine has no %s, so the model's blocks are not compiled: films take longer. %s.",
        missing,
        kernels.BUILD_TOOLS_ADVICE,
    )
    return False
