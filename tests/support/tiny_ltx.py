"""A tiny LTX-2.5 with random weights: the real layout, built in a moment and without a hub.

What it draws is noise, but of the right size, length and form: a folder of it is loaded by the
same `from_pretrained` as the real weights are.
"""

from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the libraries are imported

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from diffusers import (
    AutoencoderKLLTX2Audio,
    AutoencoderKLLTX2Video,
    FlowMatchEulerDiscreteScheduler,
    LTX2Pipeline,
    LTX2VideoTransformer3DModel,
)
from diffusers.pipelines.ltx2 import LTX2TextConnectors
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel
from diffusers.pipelines.ltx2.vocoder import LTX2VocoderWithBWE
from safetensors.torch import save_file
from transformers import Gemma4UnifiedConfig, Gemma4UnifiedForConditionalGeneration, GemmaTokenizer

_Vae = TypeVar("_Vae", AutoencoderKLLTX2Video, AutoencoderKLLTX2Audio)

_LAYERS = 2
_WIDTH = 32  # of the text encoder
_PICTURE_CHANNELS = 8
_PICTURE_WIDTH = 24  # of the transformer's picture half
_SOUND_CHANNELS = 1
_MEL_LATENTS = 16  # 64 mel bands, compressed by 4


class Checkpoint:
    """All that lies in the folder of LTX-2.5's weights, about 7 MB of it."""

    def __init__(self) -> None:
        self._pipeline = _pipeline()
        # Beside the pipeline's own parts, and not listed in its index, as with the real weights.
        self._upsampler = LTX2LatentUpsamplerModel(
            in_channels=_PICTURE_CHANNELS, mid_channels=32, num_blocks_per_stage=1
        )

    def save_pretrained(self, folder: Path) -> None:
        """Write it; the folder is made if it is not there."""
        self._pipeline.save_pretrained(folder)
        self._upsampler.save_pretrained(folder / "latent_upsampler")


def write_adapter(file: Path, width: int = _PICTURE_WIDTH) -> None:
    """Write a LoRA with random weights for the transformer's attention over pictures.

    Args:
        file: where it goes.
        width: of the transformer that it fits.
    """
    weights = {}
    for block in range(_LAYERS):
        for part in ("to_q", "to_k", "to_v", "to_out.0"):
            name = f"transformer.transformer_blocks.{block}.attn1.{part}"
            weights[f"{name}.lora_A.weight"] = torch.randn(2, width)
            weights[f"{name}.lora_B.weight"] = torch.randn(width, 2)
    file.parent.mkdir(exist_ok=True)
    save_file(weights, file)


def _pipeline() -> LTX2Pipeline:
    tokenizer = _tokenizer()
    return LTX2Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift_terminal=0.1),
        vae=_with_statistics(_picture_vae()),
        audio_vae=_with_statistics(_sound_vae()),
        text_encoder=_text_encoder(len(tokenizer)),
        tokenizer=tokenizer,
        connectors=_connectors(),
        transformer=_transformer(),
        vocoder=_vocoder(),
    )


def _with_statistics(vae: _Vae) -> _Vae:
    """Statistics as of training; those of a new VAE are such that forgetting them is not seen."""
    vae.latents_mean.uniform_(-0.5, 0.5)
    vae.latents_std.uniform_(0.5, 1.5)
    return vae


def _tokenizer() -> GemmaTokenizer:
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    letters = ["\u2581", *(chr(code) for code in range(33, 127))]
    octets = [f"<0x{octet:02X}>" for octet in range(256)]
    pieces = dict.fromkeys([*special, *letters, *octets])
    return GemmaTokenizer(
        vocab={piece: number for number, piece in enumerate(pieces)},
        merges=[],
        padding_side="left",
        model_max_length=1024,
    )


def _text_encoder(pieces: int) -> Gemma4UnifiedForConditionalGeneration:
    config = Gemma4UnifiedConfig(
        text_config={
            "vocab_size": pieces,
            "hidden_size": _WIDTH,
            "intermediate_size": 64,
            "num_hidden_layers": _LAYERS,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 8,
            "global_head_dim": 16,
            "sliding_window": 64,
            "max_position_embeddings": 2048,
            "pad_token_id": 0,
            "eos_token_id": 1,
            "bos_token_id": 2,
            "layer_types": ["sliding_attention", "full_attention"],
        }
    )
    small = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "head_dim": 8,
        "mm_embed_dim": _WIDTH,
        "position_embedding_size": 16,
        "default_output_length": 4,
        "mm_posemb_size": 64,
    }
    for part in (config.vision_config, config.audio_config):
        for name, value in small.items():
            if part is not None and hasattr(part, name):
                setattr(part, name, value)
    return Gemma4UnifiedForConditionalGeneration(config).eval()


def _picture_vae() -> AutoencoderKLLTX2Video:
    return AutoencoderKLLTX2Video(
        latent_channels=_PICTURE_CHANNELS,
        block_out_channels=(8, 16, 32, 64),
        decoder_block_out_channels=(8, 16, 32),
        layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1),
        spatial_compression_ratio=32,
        temporal_compression_ratio=8,
    ).eval()


def _sound_vae() -> AutoencoderKLLTX2Audio:
    return AutoencoderKLLTX2Audio(
        base_channels=_SOUND_CHANNELS * _MEL_LATENTS,
        latent_channels=_SOUND_CHANNELS,
        ch_mult=(1, 1, 1),
        num_res_blocks=1,
        resolution=256,
        mel_bins=64,
        sample_rate=16_000,
        mel_hop_length=160,
    ).eval()


def _transformer() -> LTX2VideoTransformer3DModel:
    return LTX2VideoTransformer3DModel(
        in_channels=_PICTURE_CHANNELS,
        out_channels=_PICTURE_CHANNELS,
        num_attention_heads=2,
        attention_head_dim=_PICTURE_WIDTH // 2,
        cross_attention_dim=_PICTURE_WIDTH,
        audio_in_channels=_SOUND_CHANNELS * _MEL_LATENTS,
        audio_out_channels=_SOUND_CHANNELS * _MEL_LATENTS,
        audio_num_attention_heads=2,
        audio_attention_head_dim=8,
        audio_cross_attention_dim=16,
        num_layers=_LAYERS,
        caption_channels=_WIDTH,
        rope_double_precision=False,
        rope_type="split",
        perturbed_attn=True,
    ).eval()


def _connectors() -> LTX2TextConnectors:
    return LTX2TextConnectors(
        caption_channels=_WIDTH,
        text_proj_in_factor=_LAYERS + 1,
        video_connector_num_attention_heads=4,
        video_connector_attention_head_dim=8,
        video_connector_num_layers=1,
        video_connector_num_learnable_registers=8,
        audio_connector_num_attention_heads=4,
        audio_connector_attention_head_dim=8,
        audio_connector_num_layers=1,
        audio_connector_num_learnable_registers=8,
        connector_rope_base_seq_len=64,
        rope_double_precision=False,
        rope_type="split",
    ).eval()


def _vocoder() -> LTX2VocoderWithBWE:
    small = {"resnet_kernel_sizes": [3], "resnet_dilations": [[1, 3, 5]]}
    return LTX2VocoderWithBWE(
        hidden_channels=64,
        bwe_hidden_channels=32,
        **small,
        **{f"bwe_{name}": value for name, value in small.items()},
    ).eval()


BUILDERS: dict[str, Callable[[], Any]] = {"ltx-2.5": Checkpoint}
"""By card."""
