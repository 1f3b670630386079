"""Tiny pipelines of the further cards, with random weights, in the layout of real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import vstiny
from diffusers import (
    AutoencoderKLWan,
    Cosmos3AVAEAudioTokenizer,
    Cosmos3OmniPipeline,
    Cosmos3OmniTransformer,
    HeliosDMDScheduler,
    HeliosPyramidPipeline,
    HeliosTransformer3DModel,
    UniPCMultistepScheduler,
)
from tokenizers import pre_tokenizers
from transformers import Qwen2Tokenizer

_TALK = (
    "{% for message in messages %}<|im_start|>{{ message.role }} {{ message.content }}<|im_end|>"
    "{% endfor %}<|im_start|>"
)
"""How a conversation is told to a language model."""


def qwen_tokenizer() -> Qwen2Tokenizer:
    """A tokenizer of Qwen's kind that knows bytes only."""
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>"]
    pieces = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Qwen2Tokenizer(vocab=vocabulary, merges=[])
    tokenizer.add_special_tokens({"additional_special_tokens": special[1:]})
    tokenizer.chat_template = _TALK
    return tokenizer


def helios() -> HeliosPyramidPipeline:
    """Helios, distilled: Wan's text encoder and VAE, a denoiser that sees its own history."""
    denoiser = HeliosTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=12,
        text_dim=32,
        ffn_dim=32,
        num_layers=2,
        rope_dim=(4, 4, 4),
        guidance_cross_attn=True,
    )
    vae = AutoencoderKLWan(
        z_dim=16,
        base_dim=3,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
    )
    return HeliosPyramidPipeline(
        **vstiny.text_parts(),
        vae=vae.eval(),
        scheduler=HeliosDMDScheduler(use_dynamic_shifting=True),
        transformer=denoiser.eval(),
        is_distilled=True,
    )


def cosmos3_nano() -> Cosmos3OmniPipeline:
    """Cosmos3-Nano: one transformer for text, pictures and sound, and Wan 2.2's VAE."""
    tokenizer = qwen_tokenizer()
    denoiser = Cosmos3OmniTransformer(
        head_dim=12,
        hidden_size=24,
        intermediate_size=32,
        num_attention_heads=2,
        num_key_value_heads=1,
        num_hidden_layers=2,
        rope_axes_dim=[2, 2, 2],
        patch_latent_dim=48 * 4,
        vocab_size=len(tokenizer),
        sound_dim=4,
        sound_gen=True,
    )
    hearing = Cosmos3AVAEAudioTokenizer(
        vocoder_input_dim=4, dec_dim=4, dec_c_mults=(1, 1, 1, 1, 1), encoder_enabled=False
    )
    pipeline = Cosmos3OmniPipeline(
        transformer=denoiser.eval(),
        text_tokenizer=tokenizer,
        vae=vstiny.ti2v_5b().vae,
        scheduler=UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
        sound_tokenizer=hearing.eval(),
        enable_safety_checker=False,
    )
    # The published index asks for the guardrail, a package of its own.
    pipeline.register_to_config(enable_safety_checker=True)
    return pipeline


BUILDERS: dict[str, Callable[[], Any]] = {"helios": helios, "cosmos3-nano": cosmos3_nano}
"""By card."""
