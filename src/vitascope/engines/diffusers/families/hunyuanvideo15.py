"""HunyuanVideo 1.5: films from text or, by other weights, a first frame, and extensions.

Its pipelines have no callbacks, so a subclass of their scheduler calls back after each step.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, HunyuanVideo15ImageToVideoPipeline
from diffusers.pipelines.hunyuan_video1_5.image_processor import HunyuanVideo15ImageProcessor
from PIL import Image

from vitascope.engines.diffusers.loaded import LoadedModel
from vitascope.engines.diffusers.request import Drawn, Request
from vitascope.engines.diffusers.vae import decoded_whole, to_tensor
from vitascope.engines.native import RgbFrames

Pin = Callable[[torch.Tensor, float], None]
"""Replaces the known part of latents at a noise level, in place."""


def draw(request: Request, loaded: LoadedModel) -> Drawn:
    """Denoise; pictures are decoded when consumed."""
    base = loaded.pipelines.base
    pin = None if request.known is None else _pin(request.known, request, loaded)
    pipe = loaded.pipelines.get(
        type(base),
        scheduler=_watched(loaded, request.steps, pin),
        guider=base.guider.new(guidance_scale=request.guidance_scale),
    )
    size: dict[str, Any] = {"width": request.size.width, "height": request.size.height}
    if isinstance(pipe, HunyuanVideo15ImageToVideoPipeline):
        pipe.video_processor = _OwnSize.from_config(pipe.video_processor.config)
        size = {"image": _first_frame(request)}
    loaded.progress(0)
    try:
        with loaded.step_cache(request.guidance_scale):
            latents = pipe(
                prompt=request.prompt,
                negative_prompt=request.negative_prompt,
                **size,
                num_frames=request.frames,
                num_inference_steps=request.steps,
                generator=loaded.generator(request.seed),
                output_type="latent",
                **loaded.quality.arguments,
            ).frames
    finally:
        base.maybe_free_model_hooks()
    return Drawn.decoding(partial(decoded_whole, base, latents, loaded.decoding))


def _first_frame(request: Request) -> Image.Image:
    """The first of the known frames, the first frame, or that of a film to be drawn anew."""
    given = (request.known, request.image, request.film)
    return Image.fromarray(next(frames for frames in given if frames is not None)[0])


class _OwnSize(HunyuanVideo15ImageProcessor):  # type: ignore[misc]  # the base is Any to mypy
    """Keeps the size of the first frame, which has the request's already.

    diffusers takes the nearest of its sizes of the same area; the request's may be smaller.
    """

    def calculate_default_height_width(
        self, height: int, width: int, target_size: int
    ) -> tuple[int, int]:
        """The size that was given."""
        return height, width


class WatchedEuler(FlowMatchEulerDiscreteScheduler):  # type: ignore[misc]  # Any to mypy
    """Calls back after each step with the step's number and the latents."""

    after: Callable[[int, torch.Tensor], None]

    def step(self, *arguments: Any, **named: Any) -> Any:
        """Take a step and call back."""
        result = super().step(*arguments, **named)
        self.after(self.step_index, result[0])
        return result


def _watched(loaded: LoadedModel, steps: int, pin: Pin | None) -> WatchedEuler:
    watched: WatchedEuler = WatchedEuler.from_config(loaded.pipelines.base.scheduler.config)

    def after(done: int, latents: torch.Tensor) -> None:
        loaded.progress(done / steps)
        loaded.show(latents, {})
        if pin is not None:
            pin(latents, float(watched.sigmas[done]))

    watched.after = after
    return watched


def _pin(known: RgbFrames, request: Request, loaded: LoadedModel) -> Pin:
    """A function that replaces the known frames' latents, with noise of the current level."""
    vae = loaded.pipelines.base.vae
    with torch.inference_mode():
        seen = vae.encode(to_tensor(known).to(loaded.device, vae.dtype)).latent_dist.mode()
    clean = (seen * vae.config.scaling_factor).float()
    noise = torch.randn(clean.shape, generator=loaded.generator(request.seed ^ 1)).to(clean)

    def pin(latents: torch.Tensor, level: float) -> None:
        latents[:, :, : clean.shape[2]] = ((1 - level) * clean + level * noise).to(latents)

    return pin
