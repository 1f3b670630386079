"""A tiny MiniMax-H3 with random weights, in the layout of the real one."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tiny_cards
import torch
from diffusers import (
    AutoencoderKLMiniMaxH3,
    AutoencoderKLMiniMaxH3Audio,
    MiniMaxH3ModularPipeline,
    MiniMaxH3Scheduler,
    MiniMaxH3Transformer3DModel,
)
from safetensors.torch import save_file
from transformers import (
    Qwen2VLImageProcessor,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
)

SOURCE = "MiniMaxAI/MiniMax-H3"
_WIDTH = 16
_LAYERS = 51
"""Of the text encoder: the transformer reads what comes out of its 50th."""


def _reading() -> dict[str, Any]:
    """Qwen 3 VL, which reads prompts and looks at keyframes."""
    tokenizer = tiny_cards.qwen_tokenizer()
    word = tokenizer.convert_tokens_to_ids
    config = Qwen3VLConfig(
        text_config={
            "hidden_size": _WIDTH,
            "intermediate_size": 16,
            "num_hidden_layers": _LAYERS,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 8,
            "vocab_size": len(tokenizer),
            "rope_parameters": {
                "mrope_section": [2, 1, 1],
                "rope_type": "default",
                "rope_theta": 5_000_000.0,
            },
        },
        vision_config={
            "depth": 1,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": _WIDTH,
            "deepstack_visual_indexes": [0],
        },
        image_token_id=word("<|image_pad|>"),
        video_token_id=word("<|video_pad|>"),
        vision_start_token_id=word("<|vision_start|>"),
        vision_end_token_id=word("<|vision_end|>"),
    )
    return {
        "text_encoder": Qwen3VLForConditionalGeneration(config).eval(),
        "tokenizer": tokenizer,
        "processor": Qwen3VLProcessor(
            image_processor=Qwen2VLImageProcessor(patch_size=16),
            tokenizer=tokenizer,
            video_processor=Qwen3VLVideoProcessor(),
        ),
    }


def _vae() -> AutoencoderKLMiniMaxH3:
    """A VAE that shrinks by 16, and 17 frames to 5."""
    return AutoencoderKLMiniMaxH3(
        latent_channels=4,
        block_out_channels=(4, 4, 4, 4),
        layers_per_block=1,
        spatial_downsample_factors=(2, 2, 2, 2),
        temporal_downsample_factors=(1, 2, 2, 1),
        norm_num_groups=2,
        decoder_num_layers=1,
        decoder_num_attention_heads=2,
        decoder_attention_head_dim=8,
        decoder_num_register_tokens=1,
        latents_mean=(0.1,) * 4,
        latents_std=(2.0,) * 4,
    )


def _audio_vae() -> AutoencoderKLMiniMaxH3Audio:
    """800 samples to a latent frame, 32 000 a second."""
    with warnings.catch_warnings():  # it is built with torch's old weight norm
        warnings.filterwarnings("ignore", ".*weight_norm.*", FutureWarning)
        return AutoencoderKLMiniMaxH3Audio(
            encoder_dim=2,
            encoder_rates=(10, 80),
            latent_dim=8,
            latent_channels=4,
            num_attention_heads=2,
            decoder_dim=8,
            decoder_rates=(20, 40),
            decoder_kernel_sizes=(40, 80),
            resblock_kernel_sizes=(3,),
            resblock_dilation_sizes=((1,),),
            latents_mean=[0.0] * 4,
            latents_std=[3.0] * 4,
        )


class Weights:
    """The parts, saved as diffusers saves a modular pipeline that is published on a hub."""

    def __init__(self) -> None:
        denoiser = MiniMaxH3Transformer3DModel(
            num_attention_heads=2,
            attention_head_dim=12,
            hidden_size=16,
            num_layers=2,
            num_refiner_layers=1,
            ffn_dim=16,
            in_channels=4,
            audio_in_channels=4,
            text_dim=_WIDTH,
            freq_dim=16,
            time_embed_hidden_dim=16,
            time_embed_dim=8,
            rope_freq_dim=2,
        )
        self._pipeline = MiniMaxH3ModularPipeline()
        self._pipeline.register_components(
            **_reading(),
            vae=_vae().eval(),
            audio_vae=_audio_vae().eval(),
            transformer=denoiser.eval(),
            scheduler=MiniMaxH3Scheduler(shift=12.0),
            audio_scheduler=MiniMaxH3Scheduler(shift=3.0),
        )

    def save_pretrained(self, folder: Path) -> None:
        """Write all parts but `transformer_ref`, which the index names all the same."""
        self._pipeline.save_pretrained(str(folder), overwrite_modular_index=False)
        path = folder / "modular_model_index.json"
        index = json.loads(path.read_text("utf-8"))
        for part in index.values():
            if isinstance(part, list):
                part[2]["pretrained_model_name_or_path"] = SOURCE
        path.write_text(json.dumps(index), "utf-8")
        write_adapter(folder / "distilled" / "transformer.safetensors")


def write_adapter(file: Path, alpha: float = 4.0) -> None:
    """Write a LoRA of rank 2 for the attention, in peft's layout, with one alpha in its header."""
    weights = {}
    for block in range(2):
        for part in ("to_q", "to_k", "to_v"):
            name = f"transformer_blocks.{block}.attn.{part}"
            weights[f"{name}.lora_A.default.weight"] = torch.randn(2, _WIDTH)
            weights[f"{name}.lora_B.default.weight"] = torch.randn(24, 2) / 8
    file.parent.mkdir(exist_ok=True)
    save_file(weights, file, {"alpha": str(alpha)})


BUILDERS: dict[str, Callable[[], Any]] = {"minimax-h3": Weights}
"""By card."""
