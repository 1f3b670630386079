"""Models for the GPU bench: the real ones' shapes with random weights, or tiny ones for a CPU.

The speed of a run does not depend on the weights' values. Denoisers and VAEs have the published
sizes; text encoders, which run once a film, are tiny, as are the tokenizers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLLTX2Audio,
    AutoencoderKLLTX2Video,
    AutoencoderKLWan,
    FlowMatchEulerDiscreteScheduler,
    LTX2VideoTransformer3DModel,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
)
from diffusers.pipelines.ltx2.vocoder import LTX2VocoderWithBWE

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import tiny_ltx
import tiny_models

_WAN_14B = {"num_attention_heads": 40, "attention_head_dim": 128, "ffn_dim": 13_824}
_WAN_5B = {"num_attention_heads": 24, "attention_head_dim": 128, "ffn_dim": 14_336}


def tiny(card: str, folder: Path) -> Path:
    """Write the card's tiny pipeline to a folder."""
    return tiny_models.build({**tiny_models.BUILDERS, **tiny_ltx.BUILDERS}[card], folder)


def full(card: str, device: torch.device, layers: int | None) -> Any:
    """The card's pipeline in full size on a device, in bfloat16.

    Args:
        card: its name.
        device: where the weights are made; they never lie on disk.
        layers: so many blocks in place of the model's, to try this on a small machine.
    """
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            parts = _PARTS[card](layers)
    finally:
        torch.set_default_dtype(before)
    for name in ("transformer", "transformer_2", "vae", "audio_vae", "vocoder"):
        if name in parts:
            parts[name].eval().requires_grad_(False)
    kind = parts.pop("kind")
    return kind(**parts).to(device)


def _wan_5b(layers: int | None) -> dict[str, Any]:
    vae = AutoencoderKLWan(
        base_dim=160,
        decoder_base_dim=256,
        z_dim=48,
        in_channels=12,
        out_channels=12,
        is_residual=True,
        patch_size=2,
        latents_mean=[0.0] * 48,
        latents_std=[1.0] * 48,
        scale_factor_spatial=16,
        scale_factor_temporal=4,
        temperal_downsample=[False, True, True],
    )
    return {
        "kind": WanPipeline,
        "vae": vae,
        "transformer": _wan(48, 48, layers or 30, _WAN_5B),
        "expand_timesteps": True,
        **_wan_rest(),
    }


def _wan_i2v_14b(layers: int | None) -> dict[str, Any]:
    return {
        "kind": WanImageToVideoPipeline,
        "vae": AutoencoderKLWan(),
        "transformer": _wan(36, 16, layers or 40, _WAN_14B),
        "transformer_2": _wan(36, 16, layers or 40, _WAN_14B),
        "boundary_ratio": 0.9,
        **_wan_rest(),
    }


def _wan(channels: int, out: int, layers: int, width: dict[str, int]) -> WanTransformer3DModel:
    return WanTransformer3DModel(
        in_channels=channels, out_channels=out, num_layers=layers, text_dim=32, **width
    )


def _wan_rest() -> dict[str, Any]:
    scheduler = tiny_models.t2v_a14b().scheduler
    return {**tiny_models.text_parts(), "scheduler": scheduler}


def _ltx(layers: int | None) -> dict[str, Any]:
    small = tiny_ltx.BUILDERS["ltx-2.5"]()._pipeline
    transformer = LTX2VideoTransformer3DModel(
        num_layers=layers or 48,
        caption_channels=32,
        gated_attn=True,
        cross_attn_mod=True,
        audio_gated_attn=True,
        audio_cross_attn_mod=True,
        perturbed_attn=True,
        rope_type="split",
        rope_double_precision=False,
    )
    return {
        "kind": type(small),
        "vae": AutoencoderKLLTX2Video(spatial_compression_ratio=32, temporal_compression_ratio=8),
        "audio_vae": AutoencoderKLLTX2Audio(),
        "transformer": transformer,
        "vocoder": LTX2VocoderWithBWE(),
        "scheduler": FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift_terminal=0.1),
        "text_encoder": small.text_encoder,
        "tokenizer": small.tokenizer,
        "connectors": small.connectors,
    }


_PARTS: dict[str, Callable[[int | None], dict[str, Any]]] = {
    "wan2.2-ti2v-5b": _wan_5b,
    "wan2.2-i2v-a14b": _wan_i2v_14b,
    "ltx-2.5": _ltx,
}
CARDS = tuple(_PARTS)
"""Cards whose shapes are known here."""
