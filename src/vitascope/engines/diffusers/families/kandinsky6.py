"""Kandinsky 6: picture and sound together, from text or a first frame."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from PIL import Image

from vitascope.engines.diffusers.families.ltx.sound import resampled
from vitascope.engines.diffusers.loaded import LoadedModel
from vitascope.engines.diffusers.request import Drawn, Request, Sound
from vitascope.engines.diffusers.vae import decoded_whole
from vitascope.spec import SAMPLE_RATE

_STREAMED = ("text", "8bit", "group")


def draw(request: Request, loaded: LoadedModel) -> Drawn:
    """Denoise picture and sound together; pictures are decoded when consumed.

    The pipeline takes one known frame, so the card's `overlap` is 1.
    """
    base = loaded.pipelines.base
    first = request.image if request.known is None else request.known
    drawn = loaded.call(
        base,
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        image=None if first is None else Image.fromarray(first[-1]),
        width=request.size.width,
        height=request.size.height,
        num_frames=request.frames,
        frame_rate=float(loaded.card.fps),
        num_inference_steps=request.steps,
        guidance_scale=request.guidance_scale,
        generator=loaded.generator(request.seed),
        output_type="latent",
        **loaded.quality.arguments,
    )
    return Drawn.decoding(
        partial(decoded_whole, base, drawn.frames, loaded.decoding), _sound(base, drawn.audio)
    )


def expand_prompt(
    prompt: str, image: Image.Image | None, seed: int, loaded: LoadedModel
) -> str | None:
    """The prompt as the text encoder, a chat model, rewrites it for this model.

    Its authors expand every prompt (kandinskylab/kandinsky-6, README). None where the memory plan
    streams the text encoder, which would move all of it for each word.
    """
    if loaded.plan.plan in _STREAMED:
        return None
    base = loaded.pipelines.base
    with torch.inference_mode():
        text = base.expand_prompts(
            prompt,
            base.tokenizer,
            base.text_encoder,
            base._execution_device,
            image=image,
            generator=loaded.generator(seed),
        )
    base.maybe_free_model_hooks()
    return str(text).strip() or None


def _sound(base: Any, latents: torch.Tensor) -> Sound:
    """The sound at 48 kHz, in stereo."""
    coder = base.audio_vae
    with torch.inference_mode():
        scaled = latents.to(coder.dtype) / coder.config.scaling_factor
        mel = coder.decode(scaled, return_dict=False)[0]
        sound = base.vocoder(mel.to(base.vocoder.dtype), return_dict=False)[0][0]
    return resampled(sound.float().cpu().numpy(), base.audio_sample_rate, SAMPLE_RATE)
