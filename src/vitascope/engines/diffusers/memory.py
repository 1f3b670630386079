"""Memory plans: choosing one that fits the device, and placing or quantising the weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

from vitascope.engines.diffusers.card import MemoryPlan, PlanName
from vitascope.engines.diffusers.device import has_float8
from vitascope.errors import JobError

if TYPE_CHECKING:
    import torch

    from vitascope.engines.diffusers.pipelines import Pipelines

_SPARE = 0.95
"""Share of the free memory that a plan may use; other processes use memory too."""


def choose(
    plans: Sequence[MemoryPlan], configured: Literal["auto"] | PlanName, free_gib: float | None
) -> MemoryPlan:
    """The first plan to use.

    Args:
        plans: the card's, fastest first.
        configured: the model's `memory`.
        free_gib: free memory of the device; None if it is not a GPU, which needs no plan.
    """
    allowed = [plan for plan in plans if configured in ("auto", plan.plan)]
    if not allowed:
        return MemoryPlan(plan=cast("PlanName", configured), gib=plans[0].gib, tiling=True)
    if free_gib is None:
        return allowed[0]
    fitting = [plan for plan in allowed if plan.gib <= free_gib * _SPARE]
    return fitting[0] if fitting else allowed[-1]


def next_tighter(plans: Sequence[MemoryPlan], current: MemoryPlan) -> MemoryPlan | None:
    """The plan to continue with when memory ran out; None if there is no tighter one."""
    after = plans.index(current) + 1 if current in plans else 0
    tighter = [p for p in plans[after:] if p.gib < current.gib and p.plan != current.plan]
    return tighter[0] if tighter else None


def out_of_memory(plan: MemoryPlan, device: str) -> JobError:
    """The error of a job for which no plan is tight enough."""
    return JobError(
        "out_of_memory",
        f"{device} ran out of memory, also with the memory plan '{plan.plan}'. Ask for a smaller "
        "size or a shorter video, free the device of other work, or give the model a lower "
        "`quality` or a `render_scale` below 1.",
    )


def keep(pipelines: Pipelines, plan: MemoryPlan, device: torch.device) -> None:
    """Place the weights as the plan says."""
    base = pipelines.base
    if plan.plan.startswith("8bit"):
        quantise(pipelines, device)
    if plan.tiling and hasattr(base.vae, "enable_tiling"):
        base.vae.enable_tiling()
    match plan.plan:
        case "text" | "8bit":
            _stream(base, device, only=_TEXT)
        case "model" | "8bit-model" if device.type != "cpu":
            base.enable_model_cpu_offload(device=device)
        case "group":
            _stream(base, device)
        case _:
            base.to(device)


_TEXT = "text_encoder"


def _stream(base: Any, device: torch.device, only: str = "") -> None:
    """Move each layer to the device for its run; on a GPU during the run of the layer before it.

    Args:
        base: the pipeline.
        device: the device.
        only: prefix of the components to stream; others stay on the device.
    """
    import torch

    where = {
        "onload_device": device,
        "offload_device": torch.device("cpu"),
        "offload_type": "leaf_level",
    }
    streams = device.type == "cuda"
    tiled = _tiled(base) if streams and not only else []
    resident = [name for name in base.components if not name.startswith(only)]
    base.enable_group_offload(
        use_stream=streams,
        record_stream=streams,
        exclude_modules=[*_whole(base), *tiled, *resident],
        **where,
    )
    for name in tiled:
        base.components[name].enable_group_offload(**where)


def _tiled(base: Any) -> list[str]:
    """VAEs that decode in tiles, which streams do not support.

    Streams fetch layers in the order of the first run, which tiles do not follow; diffusers warns.
    """
    return [
        name for name, part in base.components.items() if getattr(part, "use_tiling", False) is True
    ]


def _whole(base: Any) -> list[str]:
    """Small components that can't be moved layer by layer, and stay on the device.

    MMAudio's autoencoder also reads tensors that belong to no layer; torch's own attention, as in
    SigLIP, reads the weights of a layer that it does not run.
    """
    return [
        name
        for name, part in base.components.items()
        if getattr(part, "_supports_group_offloading", True) is False
        or type(part).__name__ == "MMAudioVAE"
        or _has_torchs_attention(part)
    ]


def _has_torchs_attention(part: Any) -> bool:
    import torch

    if not isinstance(part, torch.nn.Module):
        return False
    return any(isinstance(layer, torch.nn.MultiheadAttention) for layer in part.modules())


_FLOAT8_EDGE = 16
"""`torch._scaled_mm` multiplies float8 matrices whose edges are multiples of this."""


def quantise(pipelines: Pipelines, device: torch.device) -> None:
    """Quantise the repeated blocks' linear layers to 8 bits by torchao, without adapters.

    GPUs that multiply in float8 use it with a scale for each row of weights and each token, at
    twice the speed of 16 bits. Others use int8 weights with a scale for each row, multiplied in
    16 bits.

    Args:
        pipelines: adapters are fused or loaded already.
        device: the device that runs the denoisers, where each block is quantised.
    """
    from torchao.quantization import (
        Float8DynamicActivationFloat8WeightConfig,
        Int8WeightOnlyConfig,
        PerRow,
        quantize_,
    )

    float8 = has_float8(device)
    config = (
        Float8DynamicActivationFloat8WeightConfig(granularity=PerRow())
        if float8
        else Int8WeightOnlyConfig()
    )

    def fits(layer: Any, name: str) -> bool:
        return _is_large_layer(layer, name, edge=_FLOAT8_EDGE if float8 else 1)

    for part in pipelines.transformers:
        for block in part.modules():
            if type(block).__name__ in part._repeated_blocks:
                quantize_(block, config, fits, device=device)


def _is_large_layer(layer: Any, name: str, *, edge: int) -> bool:
    """Whether a layer is linear, not an adapter's, and has edges that are multiples of `edge`."""
    import torch

    if not isinstance(layer, torch.nn.Linear) or "lora_" in name:
        return False
    return bool(layer.in_features % edge == 0 == layer.out_features % edge)
