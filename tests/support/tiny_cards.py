"""Tiny pipelines of the further cards, with random weights, in the layout of real ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import tiny_models
from diffusers import (
    AutoencoderKLHunyuanVideo,
    AutoencoderKLHunyuanVideo15,
    AutoencoderKLWan,
    Cosmos3AVAEAudioTokenizer,
    Cosmos3OmniPipeline,
    Cosmos3OmniTransformer,
    FlowMatchEulerDiscreteScheduler,
    HeliosDMDScheduler,
    HeliosPyramidPipeline,
    HeliosTransformer3DModel,
    HunyuanVideo15ImageToVideoPipeline,
    HunyuanVideo15Pipeline,
    HunyuanVideo15Transformer3DModel,
    Kandinsky6TI2VAPipeline,
    Kandinsky6Transformer3DModel,
    MMAudioVAE,
    MMAudioVocoder,
    UniPCMultistepScheduler,
)
from diffusers.guiders import ClassifierFreeGuidance
from tokenizers import pre_tokenizers
from transformers import (
    ByT5Tokenizer,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2_5_VLTextConfig,
    Qwen2_5_VLTextModel,
    Qwen2Tokenizer,
    Qwen2VLImageProcessor,
    Qwen2VLVideoProcessor,
    SiglipImageProcessor,
    SiglipVisionConfig,
    SiglipVisionModel,
    T5Config,
    T5EncoderModel,
)

_TALK = (
    "{% for message in messages %}<|im_start|>{{ message.role }} "
    "{% if message.content is string %}{{ message.content }}{% else %}"
    "{% for part in message.content %}{% if part.type == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part.text }}{% endif %}{% endfor %}"
    "{% endif %}<|im_end|>{% endfor %}<|im_start|>"
)
"""The chat template, with images."""


def qwen_tokenizer() -> Qwen2Tokenizer:
    """A tokenizer of Qwen's kind that knows bytes only."""
    marks = ("im_start", "im_end", "vision_start", "vision_end", "image_pad", "video_pad")
    special = ["<|endoftext|>", *(f"<|{mark}|>" for mark in marks)]
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
        **tiny_models.text_parts(),
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
        vae=tiny_models.ti2v_5b().vae,
        scheduler=UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
        sound_tokenizer=hearing.eval(),
        enable_safety_checker=False,
    )
    # The published index asks for the guardrail, a package of its own.
    pipeline.register_to_config(enable_safety_checker=True)
    return pipeline


def _reader(words: int) -> dict[str, Any]:
    """The part of Qwen 2.5 VL that reads, for a vocabulary of so many words."""
    return {
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "rope_parameters": {
            "mrope_section": [2, 2, 4],
            "rope_type": "default",
            "rope_theta": 1_000_000.0,
        },
        "vocab_size": words,
        "bos_token_id": 0,
        "eos_token_id": 0,
    }


def _seeing_reader() -> dict[str, Any]:
    """Qwen 2.5 VL as Kandinsky has it, and CLIP beside it."""
    tokenizer = qwen_tokenizer()
    seeing = {"hidden_size": 32, "intermediate_size": 32, "out_hidden_size": 32}
    qwen = Qwen2_5_VLConfig(
        text_config=_reader(len(tokenizer)),
        vision_config={**seeing, "depth": 1, "num_heads": 2},
        image_token_id=tokenizer.convert_tokens_to_ids("<|image_pad|>"),
        vision_start_token_id=tokenizer.convert_tokens_to_ids("<|vision_start|>"),
    )
    ends = ["<|startoftext|>", "<|endoftext|>"]
    pieces = [*ends, *(chr(code) + end for end in ("", "</w>") for code in range(33, 127))]
    clip = CLIPTextConfig(
        vocab_size=len(pieces),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return {
        "text_encoder": Qwen2_5_VLForConditionalGeneration(qwen).eval(),
        "tokenizer": Qwen2_5_VLProcessor(
            image_processor=Qwen2VLImageProcessor(),
            tokenizer=tokenizer,
            video_processor=Qwen2VLVideoProcessor(),
        ),
        "text_encoder_2": CLIPTextModel(clip).eval(),
        "tokenizer_2": CLIPTokenizer(
            vocab={piece: number for number, piece in enumerate(pieces)}, merges=[]
        ),
    }


def kandinsky6_lite() -> Kandinsky6TI2VAPipeline:
    """Kandinsky 6 Lite: picture and sound from one denoiser, a VAE that shrinks by 8."""
    denoiser = Kandinsky6Transformer3DModel(
        in_visual_dim=4,
        out_visual_dim=4,
        in_text_dim=32,
        in_text_dim2=16,
        time_dim=16,
        model_dim=16,
        ff_dim=32,
        num_text_blocks=1,
        num_visual_blocks=2,
        axes_dims=(4, 2, 2),
        in_audio_dim=4,
        out_audio_dim=4,
        visual_token_type_num_embeddings=2,
    )
    vae = AutoencoderKLHunyuanVideo(
        latent_channels=4,
        block_out_channels=(8, 8, 8),
        down_block_types=("HunyuanVideoDownBlock3D",) * 3,
        up_block_types=("HunyuanVideoUpBlock3D",) * 3,
        layers_per_block=1,
        mid_block_add_attention=False,
        norm_num_groups=2,
    )
    hearing = MMAudioVAE(
        mel_bins=8,
        latent_channels=4,
        hidden_channels=8,
        channel_multipliers=(1, 2),
        layers_per_block=1,
        n_fft=1024,
    )
    voice = MMAudioVocoder(
        num_mels=8,
        upsample_initial_channel=16,
        upsample_rates=(8, 8, 8),
        upsample_kernel_sizes=(16, 16, 16),
        resblock_kernel_sizes=(3,),
        resblock_dilation_sizes=((1, 3),),
    )
    return Kandinsky6TI2VAPipeline(
        **_seeing_reader(),
        transformer=denoiser.eval(),
        vae=vae.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        audio_vae=hearing.eval(),
        vocoder=voice.eval(),
    )


def hunyuanvideo15() -> HunyuanVideo15Pipeline:
    """HunyuanVideo 1.5 from text: a VAE that shrinks by 16, and an encoder for quoted words."""
    return HunyuanVideo15Pipeline(**_hunyuans_parts("t2v"))


def hunyuanvideo15_i2v(*, distilled: bool = False) -> HunyuanVideo15ImageToVideoPipeline:
    """The same from a first frame; distilled weights also read the time of the next step."""
    eyes = SiglipVisionConfig(
        hidden_size=12,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=28,
        patch_size=14,
    )
    return HunyuanVideo15ImageToVideoPipeline(
        **_hunyuans_parts("i2v", distilled=distilled),
        image_encoder=SiglipVisionModel(eyes).eval(),
        feature_extractor=SiglipImageProcessor(size={"height": 28, "width": 28}),
    )


def _hunyuans_parts(task: str, *, distilled: bool = False) -> dict[str, Any]:
    tokenizer = qwen_tokenizer()
    denoiser = HunyuanVideo15Transformer3DModel(
        in_channels=9,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=8,
        num_layers=2,
        num_refiner_layers=1,
        mlp_ratio=2.0,
        text_embed_dim=32,
        text_embed_2_dim=16,
        image_embed_dim=12,
        rope_axes_dim=(2, 2, 4),
        task_type=task,
        use_meanflow=distilled,
    )
    vae = AutoencoderKLHunyuanVideo15(
        latent_channels=4,
        block_out_channels=(8, 8, 8, 8, 8),
        layers_per_block=1,
        downsample_match_channel=False,
        upsample_match_channel=False,
    )
    glyphs = T5Config(
        vocab_size=384, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, is_decoder=False
    )
    return {
        "text_encoder": Qwen2_5_VLTextModel(Qwen2_5_VLTextConfig(**_reader(len(tokenizer)))).eval(),
        "tokenizer": tokenizer,
        "transformer": denoiser.eval(),
        "vae": vae.eval(),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=5.0),
        "text_encoder_2": T5EncoderModel(glyphs).eval(),
        "tokenizer_2": ByT5Tokenizer(),
        "guider": ClassifierFreeGuidance(guidance_scale=6.0),
    }


BUILDERS: dict[str, Callable[[], Any]] = {
    "helios": helios,
    "cosmos3-nano": cosmos3_nano,
    "kandinsky-6-lite": kandinsky6_lite,
    "kandinsky-6-lite-distill": kandinsky6_lite,
    "hunyuanvideo-1.5": hunyuanvideo15,
    "hunyuanvideo-1.5-i2v": hunyuanvideo15_i2v,
    "hunyuanvideo-1.5-i2v-distill": partial(hunyuanvideo15_i2v, distilled=True),
}
"""By card."""
