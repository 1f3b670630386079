"""Tiny video pipelines with random weights, built without a hub, in the layout of real ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)
from safetensors.torch import save_file
from transformers import T5Tokenizer, UMT5Config, UMT5EncoderModel

_VAE = {
    "base_dim": 3,
    "dim_mult": [1, 1, 1, 1],
    "num_res_blocks": 1,
    "temperal_downsample": [False, True, True],
}
_DENOISER = {
    "patch_size": (1, 2, 2),
    "num_attention_heads": 2,
    "attention_head_dim": 12,
    "text_dim": 32,
    "freq_dim": 256,
    "ffn_dim": 32,
    "num_layers": 2,
    "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
    "rope_max_seq_len": 1024,
}


def characters(marker: str = "\u2581") -> list[str]:
    """The pieces of a vocabulary in which any ASCII text can be said."""
    return [marker, *(chr(code) for code in range(33, 127))]


def text_parts() -> dict[str, Any]:
    """A tokenizer and an encoder as Wan has them."""
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((c, -2.0) for c in characters())]
    tokenizer = T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=512)
    config = UMT5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=8,
        d_ff=37,
        num_layers=2,
        num_heads=4,
        relative_attention_num_buckets=8,
        dropout_rate=0.0,
        feed_forward_proj="gated-gelu",
    )
    return {"tokenizer": tokenizer, "text_encoder": UMT5EncoderModel(config).eval()}


def _scheduler() -> UniPCMultistepScheduler:
    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    )


def _vae21() -> AutoencoderKLWan:
    return AutoencoderKLWan(z_dim=16, **_VAE).eval()


def _vae22() -> AutoencoderKLWan:
    return AutoencoderKLWan(
        z_dim=48,
        in_channels=12,
        out_channels=12,
        is_residual=True,
        patch_size=2,
        latents_mean=[0.0] * 48,
        latents_std=[1.0] * 48,
        scale_factor_spatial=16,
        scale_factor_temporal=4,
        **_VAE,
    ).eval()


def _denoiser(channels: int, out: int) -> WanTransformer3DModel:
    return WanTransformer3DModel(in_channels=channels, out_channels=out, **_DENOISER).eval()


def ti2v_5b() -> WanPipeline:
    """Wan 2.2 TI2V 5B: one denoiser, timesteps by token, a VAE that shrinks by 16."""
    return WanPipeline(
        **text_parts(),
        vae=_vae22(),
        scheduler=_scheduler(),
        transformer=_denoiser(48, 48),
        expand_timesteps=True,
    )


def t2v_a14b() -> WanPipeline:
    """Wan 2.2 T2V A14B: two experts."""
    return WanPipeline(
        **text_parts(),
        vae=_vae21(),
        scheduler=_scheduler(),
        transformer=_denoiser(16, 16),
        transformer_2=_denoiser(16, 16),
        boundary_ratio=0.875,
    )


def i2v_a14b() -> WanImageToVideoPipeline:
    """Wan 2.2 I2V A14B: two experts; 16 channels of noise, 4 of mask, 16 of what is known."""
    return WanImageToVideoPipeline(
        **text_parts(),
        vae=_vae21(),
        scheduler=_scheduler(),
        transformer=_denoiser(36, 16),
        transformer_2=_denoiser(36, 16),
        boundary_ratio=0.9,
    )


def vace() -> WanVACEPipeline:
    """Wan 2.1 VACE, of either size."""
    denoiser = WanVACETransformer3DModel(
        in_channels=16, out_channels=16, vace_layers=[0, 1], vace_in_channels=96, **_DENOISER
    )
    return WanVACEPipeline(
        **text_parts(), vae=_vae21(), scheduler=_scheduler(), transformer=denoiser.eval()
    )


BUILDERS: dict[str, Callable[[], Any]] = {
    "wan2.2-ti2v-5b": ti2v_5b,
    "wan2.2-t2v-a14b": t2v_a14b,
    "wan2.2-i2v-a14b": i2v_a14b,
    "wan2.1-vace-1.3b": vace,
    "wan2.1-vace-14b": vace,
}
"""By card."""


def build(builder: Callable[[], Any], folder: Path) -> Path:
    """Write a pipeline to a folder; the same weights every time.

    Beside Wan's lie adapters for drawing in a few steps.
    """
    torch.manual_seed(0)
    pipeline = builder()
    pipeline.save_pretrained(folder)
    for name in ("transformer", "transformer_2"):
        if isinstance(
            getattr(pipeline, name, None), WanTransformer3DModel | WanVACETransformer3DModel
        ):
            write_adapter(folder / "distilled" / f"{name}.safetensors")
    return folder


def write_adapter(file: Path, width: int = 24) -> None:
    """Write a LoRA with random weights for Wan's attention, in the layout that is in use for it.

    Args:
        file: where it goes.
        width: of the denoiser that it fits.
    """
    weights = {}
    for block in range(_DENOISER["num_layers"]):
        for part in ("q", "k", "v", "o"):
            name = f"diffusion_model.blocks.{block}.self_attn.{part}"
            weights[f"{name}.lora_down.weight"] = torch.randn(2, width)
            weights[f"{name}.lora_up.weight"] = torch.randn(width, 2) / 4
            weights[f"{name}.alpha"] = torch.tensor(1.0)
    file.parent.mkdir(exist_ok=True)
    save_file(weights, file)
