"""HunyuanVideo 1.5: text to film, and on from a film's last frames.

Its pipeline calls nobody back, so the scheduler is watched instead: each of its steps is one of the
run's, and what it returns is what the next one begins with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from vitascope.engines.diffusers.hunyuanvae import decoded
from vitascope.engines.diffusers.request import Drawn, Request
from vitascope.engines.diffusers.rig import Rig
from vitascope.engines.diffusers.wanvae import to_tensor
from vitascope.engines.pictures import Pictures

Pin = Callable[[torch.Tensor, float], None]
"""Given latents and their level of noise, puts back what is known of them."""


def draw(request: Request, rig: Rig) -> Drawn:
    """Denoise now, decode later."""
    base = rig.pipelines.base
    pin = None if request.known is None else _pin(request.known, request, rig)
    pipe = rig.pipelines.get(
        type(base),
        scheduler=_watched(base.scheduler, rig, request.steps, pin),
        guider=base.guider.new(guidance_scale=request.guidance_scale),
    )
    rig.progress(0)
    try:
        latents = pipe(
            prompt=request.prompt,
            negative_prompt=request.negative_prompt,
            width=request.size.width,
            height=request.size.height,
            num_frames=request.frames,
            num_inference_steps=request.steps,
            generator=rig.generator(request.seed),
            output_type="latent",
            **rig.quality.arguments,
        ).frames
    finally:
        base.maybe_free_model_hooks()
    return Drawn(decoded(base, latents, rig.decoding))


def _watched(scheduler: Any, rig: Rig, steps: int, pin: Pin | None) -> Any:
    """A scheduler like the given one, whose steps are reported and pinned."""
    watched = type(scheduler).from_config(scheduler.config)
    plain = watched.step
    done = 0

    def step(*arguments: Any, **named: Any) -> Any:
        nonlocal done
        result = plain(*arguments, **named)
        done += 1
        rig.progress(done / steps)
        if pin is not None:
            pin(result[0], float(watched.sigmas[done]))
        return result

    watched.step = step
    return watched


def _pin(known: Pictures, request: Request, rig: Rig) -> Pin:
    """Puts the known frames' latents back, with the noise that belongs to the level."""
    vae = rig.pipelines.base.vae
    with torch.inference_mode():
        seen = vae.encode(to_tensor(known).to(rig.device, vae.dtype)).latent_dist.mode()
    clean = (seen * vae.config.scaling_factor).float()
    noise = torch.randn(clean.shape, generator=rig.generator(request.seed ^ 1)).to(clean)

    def pin(latents: torch.Tensor, level: float) -> None:
        latents[:, :, : clean.shape[2]] = ((1 - level) * clean + level * noise).to(latents)

    return pin
