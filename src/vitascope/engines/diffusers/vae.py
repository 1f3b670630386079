"""Encodes pictures to latents and decodes latents, with the VAEs of Wan and HunyuanVideo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import unpatchify

from vitascope.engines.native import RgbFrames

Progress = Callable[[float, float], None]


def to_tensor(pictures: RgbFrames) -> torch.Tensor:
    """Pictures as pipelines take them: float32 in [-1, 1], shape (1, 3, n, h, w)."""
    scaled = torch.tensor(pictures, dtype=torch.float32) / 127.5 - 1
    return scaled.permute(3, 0, 1, 2)[None]


def encoded(vae: Any, pictures: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Wan's normalised latents, float32, of pictures of shape (1, 3, n, h, w).

    n is 4k + 1: one latent frame for the first picture, and one for each following four.
    """
    with torch.no_grad():
        latents = vae.encode(pictures.to(device, vae.dtype)).latent_dist.mode()
    mean, spread = _statistics(vae, latents)
    return ((latents - mean) / spread).float()


def decoded(vae: Any, latents: torch.Tensor, progress: Progress) -> Iterator[RgbFrames]:
    """The pictures of Wan's normalised latents, in blocks that are decoded when consumed.

    Wan's decoder is causal and caches features of earlier frames, so that decoding one latent frame
    at a time gives the same result. In tiles, the film is decoded at once, because all frames of a
    tile come before the next tile's.
    """
    mean, spread = _statistics(vae, latents)
    scaled = latents.to(vae.dtype) * spread + mean
    if vae.use_tiling:
        yield from _whole(vae, scaled, progress)
        return
    hook = getattr(vae, "_hf_hook", None)
    if hook is not None:  # it moves the weights to the device, as `decode` would
        hook.pre_forward(vae)
    count = scaled.shape[2]
    vae.clear_cache()
    try:
        with torch.no_grad():
            ready = vae.post_quant_conv(scaled)
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
        # The number of tiles is unknown, so that progress stays below 1.
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


def decoded_whole(pipe: Any, latents: torch.Tensor, progress: Progress) -> Iterator[RgbFrames]:
    """The pictures of HunyuanVideo's latents in one block, which is decoded when consumed.

    Args:
        pipe: the loaded pipeline.
        latents: as denoised, shape (1, channels, n, h, w).
        progress: called once, at the end.
    """
    vae = pipe.vae
    with torch.inference_mode():
        film = vae.decode(latents.to(vae.dtype) / vae.config.scaling_factor, return_dict=False)[0]
    pipe.maybe_free_model_hooks()
    progress(1, 1)
    levels = ((film[0].float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    yield np.asarray(levels.permute(1, 2, 3, 0).cpu().numpy(), np.uint8)
