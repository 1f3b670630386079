"""The components of the cards' models in full size, and how they run for the largest window.

Sizes are those of diffusers' classes where their defaults are the published ones, else those of the
model's `config.json` or of the source named here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import diffusers
import torch
from diffusers.pipelines.ltx2.connectors import LTX2TextConnectors
from diffusers.pipelines.ltx2.vocoder import LTX2VocoderWithBWE
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLTextConfig,
    Qwen2_5_VLTextModel,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    SiglipVisionConfig,
    SiglipVisionModel,
    UMT5Config,
    UMT5EncoderModel,
)

from vitascope.engines.diffusers.card import Card
from vitascope.engines.diffusers.families.ltx.pictures import WINDOW

Run = Callable[[Any, torch.Tensor], Any]
"""Runs a component for latents of shape (1, channels, n, h, w)."""


def meta(*shape: int, dtype: torch.dtype | None = None) -> torch.Tensor:
    """A tensor without data."""
    return torch.empty(*shape, device="meta", dtype=dtype)


def _numbers(count: int) -> torch.Tensor:
    return meta(count, dtype=torch.long)


@dataclass(frozen=True)
class Sizes:
    """A model's components in full size, and how the large ones run for a window.

    Attributes:
        parts: builds each component.
        channels: of the latents.
        cell: width and height of a latent in pixels.
        denoise: runs the transformer.
        decode: runs the VAE.
        temporal: frames of a latent frame.
        dtypes: of components that are not loaded in bfloat16.
        stated: weights in GiB of components that are not built here, from the sizes of their files.
    """

    parts: dict[str, Callable[[], Any]]
    channels: int
    cell: int
    denoise: Run
    decode: Run
    temporal: int = 4
    dtypes: dict[str, torch.dtype] = field(default_factory=dict)
    stated: dict[str, float] = field(default_factory=dict)

    def window(self, card: Card) -> torch.Tensor:
        """The latents of the largest window of the standard tier, 16:9."""
        pixels = card.quality["standard"].max_pixels
        height = math.sqrt(pixels * 9 / 16)
        edges = [round(edge / card.align) * card.align for edge in (height, pixels / height)]
        frames = (card.max_frames - 1) // self.temporal + 1
        return meta(1, self.channels, frames, *(edge // self.cell for edge in edges))


def _umt5() -> Any:
    # google/umt5-xxl, config.json
    return UMT5EncoderModel(
        UMT5Config(
            vocab_size=256_384,
            d_model=4096,
            d_kv=64,
            d_ff=10_240,
            num_layers=24,
            num_heads=64,
            feed_forward_proj="gated-gelu",
        )
    )


_QWEN = {
    "hidden_size": 3584,
    "intermediate_size": 18_944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152_064,
    "max_window_layers": 28,
}
"""Qwen/Qwen2.5-VL-7B-Instruct, config.json."""


def _qwen_text() -> Any:
    return Qwen2_5_VLTextModel(Qwen2_5_VLTextConfig(**_QWEN))


def _qwen() -> Any:
    vision = {"hidden_size": 1280, "intermediate_size": 3420, "out_hidden_size": 3584}
    return Qwen2_5_VLForConditionalGeneration(
        Qwen2_5_VLConfig(text_config=_QWEN, vision_config=vision, tie_word_embeddings=False)
    )


def _qwen3() -> Any:
    # Qwen/Qwen3-VL-32B-Instruct, config.json
    text = {
        "hidden_size": 5120,
        "intermediate_size": 25_600,
        "num_hidden_layers": 64,
        "num_attention_heads": 64,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 151_936,
    }
    vision = {
        "depth": 27,
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_heads": 16,
        "out_hidden_size": 5120,
    }
    return Qwen3VLForConditionalGeneration(
        Qwen3VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=False)
    )


def _wan_denoise(part: Any, latents: torch.Tensor, **more: Any) -> Any:
    return part(
        hidden_states=latents, timestep=meta(1), encoder_hidden_states=meta(1, 512, 4096), **more
    )


def _i2v_denoise(part: Any, latents: torch.Tensor) -> Any:
    _, _, *rest = latents.shape
    return _wan_denoise(part, meta(1, 36, *rest))


def _vace_denoise(part: Any, latents: torch.Tensor) -> Any:
    _, _, *rest = latents.shape
    return _wan_denoise(part, latents, control_hidden_states=meta(1, 96, *rest))


def _decode(part: Any, latents: torch.Tensor) -> Any:
    return part.decode(latents, return_dict=False)[0]


def _wan_decode(part: Any, latents: torch.Tensor) -> Any:
    """As the engine does: one latent frame at a time, or the whole film in tiles."""
    if part.use_tiling:
        return _decode(part, latents)
    part.clear_cache()
    ready = part.post_quant_conv(latents)
    for place in range(3):  # from the third on, all have the same memory of those before
        part._conv_idx = [0]
        part.decoder(
            ready[:, :, place : place + 1],
            feat_cache=part._feat_map,
            feat_idx=part._conv_idx,
            first_chunk=place == 0,
        )
    return None


def _wan(channels: int = 16) -> Callable[[], Any]:
    return lambda: diffusers.WanTransformer3DModel(in_channels=channels, out_channels=16)


def _wan_5b() -> Any:
    # Wan-AI/Wan2.2-TI2V-5B-Diffusers, transformer/config.json
    return diffusers.WanTransformer3DModel(
        in_channels=48, out_channels=48, num_layers=30, num_attention_heads=24, ffn_dim=14_336
    )


def _vace_small() -> Any:
    # Wan-AI/Wan2.1-VACE-1.3B-diffusers, transformer/config.json
    return diffusers.WanVACETransformer3DModel(
        num_attention_heads=12,
        ffn_dim=8960,
        num_layers=30,
        vace_layers=[0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28],
    )


def _vae22() -> Any:
    # Wan-AI/Wan2.2-TI2V-5B-Diffusers, vae/config.json; Cosmos 3 has the same
    return diffusers.AutoencoderKLWan(
        base_dim=160,
        decoder_base_dim=256,
        z_dim=48,
        in_channels=12,
        out_channels=12,
        is_residual=True,
        patch_size=2,
        scale_factor_spatial=16,
        latents_mean=[0.0] * 48,
        latents_std=[1.0] * 48,
    )


def _a14b(channels: int) -> Sizes:
    return Sizes(
        parts={
            "transformer": _wan(channels),
            "transformer_2": _wan(channels),
            "vae": diffusers.AutoencoderKLWan,
            "text_encoder": _umt5,
        },
        channels=16,
        cell=8,
        denoise=_wan_denoise if channels == 16 else _i2v_denoise,
        decode=_wan_decode,
        dtypes={"vae": torch.float32},
    )


def _vace(transformer: Callable[[], Any]) -> Sizes:
    return Sizes(
        parts={
            "transformer": transformer,
            "vae": diffusers.AutoencoderKLWan,
            "text_encoder": _umt5,
        },
        channels=16,
        cell=8,
        denoise=_vace_denoise,
        decode=_wan_decode,
        dtypes={"vae": torch.float32},
    )


_HELIOS_CHUNK, _HELIOS_HISTORY = 9, (16, 2, 1)
"""Latent frames of a chunk, and of the long, mid and short history that each step attends to."""


def _helios_denoise(part: Any, latents: torch.Tensor) -> Any:
    """The last level of the pyramid, which has the full size."""
    _, channels, _, *edges = latents.shape
    long, mid, short = (meta(1, channels, count, *edges) for count in _HELIOS_HISTORY)
    short = meta(1, channels, _HELIOS_HISTORY[2] + 1, *edges)  # and the film's first frame
    return part(
        hidden_states=meta(1, channels, _HELIOS_CHUNK, *edges),
        timestep=meta(1),
        encoder_hidden_states=meta(1, 512, 4096),
        indices_hidden_states=meta(1, _HELIOS_CHUNK),
        indices_latents_history_short=meta(1, short.shape[2]),
        indices_latents_history_mid=meta(1, mid.shape[2]),
        indices_latents_history_long=meta(1, long.shape[2]),
        latents_history_short=short,
        latents_history_mid=mid,
        latents_history_long=long,
    )


def _helios_decode(part: Any, latents: torch.Tensor) -> Any:
    """One chunk, beside the film of the chunks before, which the pipeline copies to extend."""
    _, channels, count, height, width = latents.shape
    films = [meta(1, 3, count * 4, height * 8, width * 8, dtype=torch.float32) for _ in range(2)]
    return films, _decode(part, meta(1, channels, _HELIOS_CHUNK, height, width))


def _cosmos3() -> Any:
    # nvidia/Cosmos3-Nano has diffusers' default sizes; sound latents have 64 channels.
    return diffusers.Cosmos3OmniTransformer(sound_gen=True, sound_dim=64)


def _cosmos3_denoise(part: Any, latents: torch.Tensor) -> Any:
    _, _, frames, height, width = latents.shape
    shape = (frames, -(-height // 2), -(-width // 2))
    text, sound = 1024, round((frames - 1) * 4 / 24 * 25)
    vision = math.prod(shape)
    total = text + vision + sound
    return part(
        input_ids=_numbers(text),
        text_indexes=_numbers(text),
        position_ids=meta(3, total, dtype=torch.long),
        und_len=text,
        sequence_length=total,
        vision_tokens=[latents],
        vision_token_shapes=[shape],
        vision_sequence_indexes=_numbers(vision),
        vision_mse_loss_indexes=_numbers(vision),
        vision_timesteps=meta(vision),
        vision_noisy_frame_indexes=[_numbers(frames)],
        sound_tokens=[meta(64, sound)],
        sound_token_shapes=[(sound, 1, 1)],
        sound_sequence_indexes=_numbers(sound),
        sound_mse_loss_indexes=_numbers(sound),
        sound_timesteps=meta(sound),
        sound_noisy_frame_indexes=[_numbers(sound)],
    )


# huggingface/diffusers at 58eb52c, scripts/convert_ltx2_to_diffusers.py, version 2.5.
def _ltx() -> Any:
    return diffusers.LTX2VideoTransformer3DModel(
        gated_attn=True,
        cross_attn_mod=True,
        audio_gated_attn=True,
        audio_cross_attn_mod=True,
        rope_type="split",
        use_prompt_embeddings=False,
        perturbed_attn=True,
        ff_bias=False,
        use_keyframes_abs_pos_embedding=True,
    )


def _ltx_vae() -> Any:
    return diffusers.AutoencoderKLLTX2Video(
        block_out_channels=(256, 512, 1024, 1024),
        decoder_block_out_channels=(256, 512, 512, 1024),
        layers_per_block=(4, 6, 4, 2, 2),
        decoder_layers_per_block=(4, 6, 4, 2, 2),
        decoder_spatio_temporal_scaling=(True,) * 4,
        decoder_inject_noise=(False,) * 5,
        upsample_type=("spatiotemporal", "spatiotemporal", "temporal", "spatial"),
        upsample_residual=(False,) * 4,
        upsample_factor=(2, 2, 1, 2),
        decoder_causal=False,
        decoder_spatial_padding_mode="zeros",
        spatial_compression_ratio=32,
        temporal_compression_ratio=8,
    )


def _ltx_connectors() -> Any:
    return LTX2TextConnectors(
        video_connector_num_attention_heads=32,
        video_connector_num_layers=8,
        video_gated_attn=True,
        audio_connector_num_attention_heads=32,
        audio_connector_attention_head_dim=64,
        audio_connector_num_layers=8,
        audio_gated_attn=True,
        rope_type="split",
        per_modality_projections=True,
        proj_bias=True,
    )


def _ltx_denoise(part: Any, latents: torch.Tensor) -> Any:
    """With known frames, where each token has its own noise level, which needs most memory."""
    _, channels, frames, height, width = latents.shape
    video, sound = frames * height * width, round((frames - 1) * 8 / 24 * 25)
    return part(
        hidden_states=meta(1, video, channels),
        audio_hidden_states=meta(1, sound, 128),
        encoder_hidden_states=meta(1, 1024, 4096),
        audio_encoder_hidden_states=meta(1, 1024, 2048),
        timestep=meta(1, video),
        audio_timestep=meta(1, sound),
        sigma=meta(1),
        audio_sigma=meta(1),
        num_frames=frames,
        height=height,
        width=width,
        audio_num_frames=sound,
    )


def _ltx_decode(part: Any, latents: torch.Tensor) -> Any:
    return _decode(part, latents[:, :, :WINDOW])


def _h3_frames(part: Any, latents: torch.Tensor) -> int:
    """Latent frames of the VAE's clips of 17 frames; `latents` has one for 17 frames."""
    return int((latents.shape[2] - 1) * part.tokens_chunk_size + part.token_overlap)


def _h3_denoise(part: Any, latents: torch.Tensor) -> Any:
    vae = diffusers.AutoencoderKLMiniMaxH3
    with torch.device("meta"):
        frames = _h3_frames(vae(), latents)
    _, channels, clips, height, width = latents.shape
    video = frames * (height // 2) * (width // 2)
    text, sound = 1024, round((clips - 1) * 17 / 24 * 40)
    total = text + video + sound
    return part(
        hidden_states=meta(1, video, channels * 4),
        audio_hidden_states=meta(1, sound, 32),
        encoder_hidden_states=meta(1, text, 5120),
        timestep=meta(3),
        timestep_indices=_numbers(total),
        token_tags=_numbers(total),
        position_ids=meta(total, 3),
        video_indices=_numbers(video),
        audio_indices=_numbers(sound),
        text_indices=_numbers(text),
    )


def _h3_decode(part: Any, latents: torch.Tensor) -> Any:
    """One clip, as the engine does."""
    _, channels, _, *edges = latents.shape
    return _decode(part, meta(1, channels, part.tokens_chunk_size + part.token_overlap, *edges))


def _hunyuan_denoise(part: Any, latents: torch.Tensor) -> Any:
    _, _, *rest = latents.shape
    return part(
        hidden_states=meta(1, 65, *rest),
        timestep=meta(1),
        timestep_r=meta(1) if part.config.use_meanflow else None,
        encoder_hidden_states=meta(1, 1000, 3584),
        encoder_attention_mask=meta(1, 1000),
        encoder_hidden_states_2=meta(1, 256, 1472),
        encoder_attention_mask_2=meta(1, 256),
        image_embeds=meta(1, 729, 1152),
    )


def _siglip() -> Any:
    # black-forest-labs/FLUX.1-Redux-dev, image_encoder/config.json: 729 tokens
    return SiglipVisionModel(
        SiglipVisionConfig(
            hidden_size=1152,
            intermediate_size=4304,
            num_hidden_layers=27,
            num_attention_heads=16,
            image_size=384,
            patch_size=14,
        )
    )


def _hunyuan(*, distilled: bool = False, image: bool = True) -> Sizes:
    return Sizes(
        parts={
            "transformer": partial(
                diffusers.HunyuanVideo15Transformer3DModel, use_meanflow=distilled
            ),
            "vae": diffusers.AutoencoderKLHunyuanVideo15,
            "text_encoder": _qwen_text,
            **({"image_encoder": _siglip} if image else {}),
        },
        channels=32,
        cell=16,
        denoise=_hunyuan_denoise,
        decode=_decode,
        stated={"text_encoder_2": 0.4},  # a ByT5 encoder, from its files
    )


_KANDINSKY_FRAME, _KANDINSKY_SOUND = 1, 216
"""Latent frames of a reference, and sound latents of five seconds."""


def _kandinsky(grid: int) -> Callable[[], Any]:
    """Kandinsky 6 Lite; distilled weights predict `grid` points of a policy.

    Source: kandinskylab/kandinsky-6 at 8195e72, comfyui/kandinsky6/register.py.
    """
    return lambda: diffusers.Kandinsky6Transformer3DModel(
        out_visual_dim=16 * grid,
        in_audio_dim=40,
        out_audio_dim=40 * grid,
        time_dim=512,
        model_dim=1792,
        ff_dim=7168,
        num_text_blocks=2,
        num_visual_blocks=32,
        axes_dims=(16, 24, 24),
        model_dim_a=896,
        time_dim_a=512,
        ff_dim_a=3584,
        axes_dims_a=(16, 24, 24),
        cross_gates=True,
        visual_token_type_num_embeddings=2,
    )


def _kandinsky_denoise(part: Any, latents: torch.Tensor) -> Any:
    _, _, frames, height, width = latents.shape
    return part(
        hidden_states=meta(1, frames + _KANDINSKY_FRAME, height, width, 33),
        encoder_hidden_states=meta(1, 512, 3584),
        pooled_projections=meta(1, 768),
        timestep=meta(1),
        audio_hidden_states=meta(1, _KANDINSKY_SOUND, 40),
    )


def _with_data(make: Callable[[], Any]) -> Callable[[], Any]:
    """Builds a small component on the CPU, because it computes filters from arrays."""

    def build() -> Any:
        with torch.device("cpu"):
            return make()

    return build


def _kandinsky_sizes(grid: int) -> Sizes:
    return Sizes(
        parts={
            "transformer": _kandinsky(grid),
            "vae": diffusers.AutoencoderKLHunyuanVideo,
            "text_encoder": _qwen,
            "audio_vae": _with_data(diffusers.MMAudioVAE),
            "vocoder": _with_data(diffusers.MMAudioVocoder),
        },
        channels=16,
        cell=8,
        denoise=_kandinsky_denoise,
        decode=_decode,
        stated={"text_encoder_2": 0.23},  # CLIP ViT-L/14's text model in 16 bits
    )


SIZES: dict[str, Sizes] = {
    "wan2.2-t2v-a14b": _a14b(16),
    "wan2.2-i2v-a14b": _a14b(36),
    "wan2.2-ti2v-5b": Sizes(
        parts={"transformer": _wan_5b, "vae": _vae22, "text_encoder": _umt5},
        channels=48,
        cell=16,
        denoise=_wan_denoise,
        decode=_wan_decode,
        dtypes={"vae": torch.float32},
    ),
    "wan2.1-vace-14b": _vace(diffusers.WanVACETransformer3DModel),
    "wan2.1-vace-1.3b": _vace(_vace_small),
    "helios": Sizes(
        parts={
            "transformer": diffusers.HeliosTransformer3DModel,
            "vae": diffusers.AutoencoderKLWan,
            "text_encoder": _umt5,
        },
        channels=16,
        cell=8,
        denoise=_helios_denoise,
        decode=_helios_decode,
        dtypes={"vae": torch.float32},
    ),
    "cosmos3-nano": Sizes(
        parts={
            "transformer": _cosmos3,
            "vae": _vae22,
            "sound_tokenizer": diffusers.Cosmos3AVAEAudioTokenizer,
        },
        channels=48,
        cell=16,
        denoise=_cosmos3_denoise,
        decode=_wan_decode,
    ),
    "ltx-2.5": Sizes(
        parts={
            "transformer": _ltx,
            "vae": _ltx_vae,
            "audio_vae": diffusers.AutoencoderKLLTX2Audio,
            "vocoder": LTX2VocoderWithBWE,
            "connectors": _ltx_connectors,
        },
        channels=128,
        cell=32,
        temporal=8,
        denoise=_ltx_denoise,
        decode=_ltx_decode,
        # Gemma 4 12B unified, whose sizes are not published in code: from its files.
        stated={"text_encoder": 22.4},
    ),
    "minimax-h3": Sizes(
        parts={
            "transformer": diffusers.MiniMaxH3Transformer3DModel,
            "vae": diffusers.AutoencoderKLMiniMaxH3,
            "audio_vae": diffusers.AutoencoderKLMiniMaxH3Audio,
            "text_encoder": _qwen3,
        },
        channels=24,
        cell=16,
        temporal=17,
        denoise=_h3_denoise,
        decode=_h3_decode,
    ),
    "hunyuanvideo-1.5": _hunyuan(image=False),
    "hunyuanvideo-1.5-i2v": _hunyuan(),
    "hunyuanvideo-1.5-i2v-distill": _hunyuan(distilled=True),
    "kandinsky-6-lite": _kandinsky_sizes(1),
    "kandinsky-6-lite-distill": _kandinsky_sizes(10),
}
"""By card."""
