"""Wan 2.x: films from text, first frames and films.

The card's option `prefix` says how known frames are given: `frames` for checkpoints that take first
frames; `latents` for those for text alone, where the known part of the latents is replaced, with
noise of the current level, after every step.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from diffusers import WanImageToVideoPipeline
from diffusers.utils.torch_utils import randn_tensor
from PIL import Image

from vitascope.engines.diffusers.loaded import LoadedModel, Watch
from vitascope.engines.diffusers.request import Drawn, Request
from vitascope.engines.diffusers.schedules import noised
from vitascope.engines.diffusers.vae import decoded, encoded, to_tensor
from vitascope.engines.native import RgbFrames

_TEMPORAL = 4
"""Frames of a latent frame, except the first, which holds one."""


class WanPrefixPipeline(WanImageToVideoPipeline):  # type: ignore[misc]  # the base is Any to mypy
    """Wan's image-to-video with several first frames instead of one.

    The checkpoints' masks mark given latent frames; diffusers marks the first only. With a prefix
    of one frame the result is the same as with diffusers.
    """

    prefix: torch.Tensor
    """The first frames: float32 in [-1, 1], shape (1, 3, 4k + 1, h, w)."""

    last: torch.Tensor | None = None
    """The last frame, of shape (1, 3, 1, h, w); for checkpoints with mask channels."""

    def prepare_latents(
        self,
        _image: torch.Tensor,
        _batch: int,
        channels: int,
        height: int,
        width: int,
        num_frames: int,
        dtype: torch.dtype,
        device: torch.device,
        generator: torch.Generator,
        latents: torch.Tensor | None = None,
        _last_image: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, ...]:
        """Noise and the known frames, as latents with a mask or as further channels."""
        edge = self.vae_scale_factor_spatial
        length = (num_frames - 1) // _TEMPORAL + 1
        shape = (1, channels, length, height // edge, width // edge)
        if latents is None:
            latents = randn_tensor(shape, generator=generator, device=device, dtype=dtype)
        latents = latents.to(device, dtype)
        known = (self.prefix.shape[2] - 1) // _TEMPORAL + 1
        if self.config.expand_timesteps:
            condition = torch.zeros_like(latents)
            condition[:, :, :known] = encoded(self.vae, self.prefix, device)
            unknown = torch.ones(1, 1, *shape[2:], dtype=dtype, device=device)
            unknown[:, :, :known] = 0
            return latents, condition, unknown
        rest = self.prefix.new_zeros(1, 3, num_frames - self.prefix.shape[2], height, width)
        film = torch.cat((self.prefix, rest), dim=2)
        given = torch.zeros(1, _TEMPORAL, *shape[2:], dtype=dtype, device=device)
        given[:, :, :known] = 1
        if self.last is not None:
            film[:, :, -1:] = self.last
            given[:, -1, -1] = 1  # the last of the last latent frame's four
        return latents, torch.cat((given, encoded(self.vae, film, device).to(dtype)), dim=1)


def draw(request: Request, loaded: LoadedModel) -> Drawn:
    """Denoise; pictures are decoded when consumed."""
    arguments = common_arguments(request, loaded)
    prefix = _prefix(request)
    strength = 1.0 if request.film is None else request.strength
    scheduler = loaded.scheduler(request.steps, request.seed, strength)
    if request.film is not None and strength < 1:
        latents = encoded(loaded.pipelines.base.vae, to_tensor(request.film), loaded.device)
        noise = torch.randn(latents.shape, generator=arguments["generator"])
        arguments["latents"] = noised(scheduler, latents, noise)
    if prefix is None:
        pipe = loaded.pipelines.get("WanPipeline", scheduler=scheduler)
        latents = loaded.call(pipe, **arguments).frames
    elif loaded.card.options.get("prefix") == "latents":
        pipe = loaded.pipelines.get("WanPipeline", scheduler=scheduler)
        known = encoded(loaded.pipelines.base.vae, to_tensor(prefix), loaded.device)
        pin = _pin(known, request, loaded)
        latents = loaded.call(pipe, watch=pin, **arguments).frames
    else:
        pipe = loaded.pipelines.get(WanPrefixPipeline, scheduler=scheduler)
        pipe.prefix = to_tensor(prefix)
        pipe.last = None if request.last is None else to_tensor(request.last)
        first = Image.fromarray(prefix[0])
        latents = loaded.call(pipe, image=first, **arguments).frames
    return Drawn.decoding(partial(decoded, loaded.pipelines.base.vae, latents, loaded.decoding))


def common_arguments(request: Request, loaded: LoadedModel) -> dict[str, Any]:
    """Arguments of all of Wan's pipelines."""
    extra = dict(loaded.quality.arguments)
    if request.guidance_scale != loaded.quality.guidance_scale:
        extra.pop("guidance_scale_2", None)  # the request's own applies to both experts
    return {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "width": request.size.width,
        "height": request.size.height,
        "num_frames": request.frames,
        "num_inference_steps": request.steps,
        "guidance_scale": request.guidance_scale,
        "generator": loaded.generator(request.seed),
        "output_type": "latent",
        **extra,
    }


def _prefix(request: Request) -> RgbFrames | None:
    """The first frames; of a film that starts as noise alone, its first frame."""
    if request.known is not None:
        return request.known
    if request.image is not None:
        return request.image
    return request.film[:1] if request.film is not None and request.strength >= 1 else None


def _pin(known: torch.Tensor, request: Request, loaded: LoadedModel) -> Watch:
    """A callback that replaces the known latents after every step, with noise of its level."""
    length = known.shape[2]
    noise = torch.randn(known.shape, generator=loaded.generator(request.seed ^ 1)).to(known)

    def pin(step: int, pipe: Any, state: dict[str, Any]) -> dict[str, Any]:
        level = float(pipe.scheduler.sigmas[step + 1])
        latents = state["latents"]
        latents[:, :, :length] = ((1 - level) * known + level * noise).to(latents)
        return state

    return pin
