"""Quantisation: the denoisers' large layers in 8 bits, by torchao."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitascope.engines.diffusers.device import has_float8

if TYPE_CHECKING:
    import torch

    from vitascope.engines.diffusers.pipelines import Pipelines

_FLOAT8_EDGE = 16
"""Edges of a matrix that is multiplied in float8 are multiples of this (`torch._scaled_mm`)."""


def quantise(pipelines: Pipelines, device: torch.device) -> None:
    """Keep the weights of the repeated blocks in 8 bits; adapters and all other layers stay.

    In float8, with a scale for each row of weights and each token, where the GPU multiplies so:
    twice as fast as 16 bits. Elsewhere in int8 with a scale for each row, multiplied in 16 bits.

    Args:
        pipelines: whose denoisers are changed; adapters are fused or loaded already.
        device: where they will run. Each block is brought there to be quantised.
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
    """A layer of a block that is no adapter's, and whose edges are multiples of `edge`."""
    import torch

    if not isinstance(layer, torch.nn.Linear) or "lora_" in name:
        return False
    return bool(layer.in_features % edge == 0 == layer.out_features % edge)
