"""Memory: which plan fits the device, and how weights are kept by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

from vitascope.engines.diffusers.card import MemoryPlan, PlanName
from vitascope.engines.diffusers.quantise import quantise
from vitascope.errors import JobError

if TYPE_CHECKING:
    import torch

    from vitascope.engines.diffusers.pipelines import Pipelines

_SPARE = 0.95
"""Part of the free memory that may be planned with; the rest is for what others do meanwhile."""


def choose(
    plans: Sequence[MemoryPlan], wanted: Literal["auto"] | PlanName, free_gib: float | None
) -> MemoryPlan:
    """The plan to begin with.

    Args:
        plans: the card's, fastest first.
        wanted: what the configuration says.
        free_gib: free memory of the device; none where it is not a GPU, and plans are of no use.
    """
    allowed = [plan for plan in plans if wanted in ("auto", plan.plan)]
    if not allowed:
        return MemoryPlan(plan=cast("PlanName", wanted), gib=plans[0].gib, tiling=True)
    if free_gib is None:
        return allowed[0]
    fitting = [plan for plan in allowed if plan.gib <= free_gib * _SPARE]
    return fitting[0] if fitting else allowed[-1]


def next_tighter(plans: Sequence[MemoryPlan], current: MemoryPlan) -> MemoryPlan | None:
    """The plan to go on with when memory ran out; none if there is no tighter one."""
    after = plans.index(current) + 1 if current in plans else 0
    tighter = [p for p in plans[after:] if p.gib < current.gib and p.plan != current.plan]
    return tighter[0] if tighter else None


def out_of_memory(plan: MemoryPlan, device: str) -> JobError:
    """The failure of a job for which no plan was tight enough."""
    return JobError(
        "out_of_memory",
        f"{device} ran out of memory, also with the memory plan '{plan.plan}'. Ask for a smaller "
        "size or a shorter video, free the device of other work, or give the model a lower "
        "`quality` or a `render_scale` below 1.",
    )


def keep(pipelines: Pipelines, plan: MemoryPlan, device: torch.device) -> None:
    """Bring the weights where the plan wants them."""
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
    """Bring each layer to the device for its run; on a GPU while the one before it runs.

    Args:
        base: the pipeline.
        device: to which.
        only: how the names of the components begin that are streamed; others stay there.
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
    """Coders that work tile by tile, for which streams are not made.

    Those bring layers in the order of the first run, which is not that of tiles; diffusers warns.
    """
    return [
        name for name, part in base.components.items() if getattr(part, "use_tiling", False) is True
    ]


def _whole(base: Any) -> list[str]:
    """Small parts that can't be moved layer by layer: they are brought to the device at once.

    MMAudio's autoencoder reads tensors of its own besides those of its layers.
    """
    return [
        name
        for name, part in base.components.items()
        if getattr(part, "_supports_group_offloading", True) is False
        or type(part).__name__ == "MMAudioVAE"
    ]
