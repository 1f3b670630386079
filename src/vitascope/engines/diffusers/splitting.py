"""Splits the denoisers' sequences over several devices (context parallelism by Ulysses)."""

from __future__ import annotations

from typing import Any

from diffusers import ContextParallelConfig
from diffusers.models._modeling_parallel import ContextParallelInput, ContextParallelOutput

from vitascope.engines.diffusers.pipelines import Pipelines
from vitascope.errors import JobError

# In LTX only the pictures are split. Every rank has all of the text and sound, so attention to
# these stays local.
_LTX_LOCAL = ("attn2", "audio_attn1", "audio_attn2", "audio_to_video_attn")


def split(pipelines: Pipelines, count: int) -> None:
    """Make the denoisers process their rank's part of the sequence only.

    Raises:
        JobError: `gpus_unsupported`; there is no plan for splitting this model.
    """
    # "Anything": heads and sequences need not be multiples of the number of devices.
    config = ContextParallelConfig(ulysses_degree=count, ulysses_anything=True)
    for part in pipelines.transformers:
        match type(part).__name__:
            case "WanTransformer3DModel":
                part.enable_parallelism(config=config)  # diffusers' own plan
            case "WanVACETransformer3DModel":
                part.enable_parallelism(config=config, cp_plan=_vace_plan())
            case "LTX2VideoTransformer3DModel":
                part.enable_parallelism(config=config, cp_plan=_ltx_plan(part))
                for block in part.transformer_blocks:
                    for name in _LTX_LOCAL:
                        getattr(block, name).processor._parallel_config = None
            case other:
                raise JobError(
                    "gpus_unsupported",
                    f"{other} can't be split over several GPUs. Leave out the model's `gpus`, or "
                    "serve it by an `upstream` engine.",
                )


def _vace_plan() -> dict[str, Any]:
    """The plan for Wan VACE: the picture tokens and the control video's, block by block."""
    tokens, angles = _along(1, 3), _along(1, 4, made=True)
    return {
        "rope": {0: angles, 1: angles},
        "vace_blocks.0": {"hidden_states": tokens, "control_hidden_states": tokens},
        "blocks.0": {"hidden_states": tokens},
        "proj_out": ContextParallelOutput(gather_dim=1, expected_dims=3),
    }


def _ltx_plan(part: Any) -> dict[str, Any]:
    """The plan for LTX.

    diffusers' own plan splits the text but not the keys of its mask. It supports neither given
    frames, where each token has its own noise level, nor the rotary embedding by halves.
    """
    # By halves [batch, heads, tokens, width], else [batch, tokens, width].
    halves = part.config.rope_type == "split"
    angles = _along(2, 4, made=True) if halves else _along(1, 3, made=True)
    return {
        "": {"hidden_states": _along(1, 3), "timestep": _along(1, 2)},
        "rope": {0: angles, 1: angles},
        "cross_attn_rope": {0: angles, 1: angles},
        "proj_out": ContextParallelOutput(gather_dim=1, expected_dims=3),
    }


def _along(dim: int, dims: int, *, made: bool = False) -> ContextParallelInput:
    """A split along `dim` of a tensor with `dims` dimensions; `made`: of an output."""
    return ContextParallelInput(split_dim=dim, expected_dims=dims, split_output=made)
