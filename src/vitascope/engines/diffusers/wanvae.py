"""Wan's VAE: pictures to normalised latents, and latents back to pictures, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import unpatchify

from vitascope.engines.native import RgbFrames

Progress = Callable[[float, float], None]


def to_tensor(pictures: RgbFrames) -> torch.Tensor:
    """Pictures as pipelines want them: float32 in [-1, 1], shape (1, 3, n, h, w)."""
    scaled = torch.tensor(pictures, dtype=torch.float32) / 127.5 - 1
    return scaled.permute(3, 0, 1, 2)[None]


def encoded(vae: Any, pictures: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Normalised latents, float32, of pictures of shape (1, 3, n, h, w).

    n is 4k + 1; the first picture has a latent frame to itself, the others share one by fours.
    """
    with torch.no_grad():
        latents = vae.encode(pictures.to(device, vae.dtype)).latent_dist.mode()
    mean, spread = _statistics(vae, latents)
    return ((latents - mean) / spread).float()


def decoded(vae: Any, latents: torch.Tensor, progress: Progress) -> Iterator[RgbFrames]:
    """Pictures of normalised latents, in blocks, each decoded when it is asked for.

    The decoder is causal and keeps what it needs of the frames before, so that nothing changes by
    decoding one latent frame at a time: with tiles, all of a tile's frames must come before the
    next tile's, and the whole is decoded at once.
    """
    mean, spread = _statistics(vae, latents)
    wanted = latents.to(vae.dtype) * spread + mean
    if vae.use_tiling:
        yield from _whole(vae, wanted, progress)
        return
    hook = getattr(vae, "_hf_hook", None)
    if hook is not None:  # the weights may be elsewhere, and only `decode` would fetch them
        hook.pre_forward(vae)
    count = wanted.shape[2]
    vae.clear_cache()
    try:
        with torch.no_grad():
            ready = vae.post_quant_conv(wanted)
        for place in range(count):
            block = _step(vae, ready[:, :, place : place + 1], first=place == 0)
            progress(place + 1, count)
            yield block
    finally:
        vae.clear_cache()


def _step(vae: Any, latent: torch.Tensor, *, first: bool) -> RgbFrames:
    vae._conv_idx = [0]
    with torch.no_grad():
        out = vae.decoder(
            latent, feat_cache=vae._feat_map, feat_idx=vae._conv_idx, first_chunk=first
        )
    if vae.config.patch_size is not None:
        out = unpatchify(out, patch_size=vae.config.patch_size)
    return _pictures(out)


def _whole(vae: Any, latents: torch.Tensor, progress: Progress) -> Iterator[RgbFrames]:
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        # How many tiles there are is the VAE's own affair: it is never quite done.
        progress(done, done + 1)

    hook = vae.decoder.register_forward_hook(count)
    try:
        with torch.no_grad():
            film = vae.decode(latents).sample
    finally:
        hook.remove()
    for place in range(film.shape[2]):
        yield _pictures(film[:, :, place : place + 1])


def _pictures(film: torch.Tensor) -> RgbFrames:
    levels = ((film[0].float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return np.asarray(levels.permute(1, 2, 3, 0).cpu().numpy(), np.uint8)


def _statistics(vae: Any, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    config = vae.config

    def tensor(values: list[float]) -> torch.Tensor:
        return torch.tensor(values, device=like.device, dtype=vae.dtype).view(1, -1, 1, 1, 1)

    return tensor(config.latents_mean), tensor(config.latents_std)
