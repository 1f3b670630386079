"""Encodes frames to latents, and decodes latents in windows to limit memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from vitascope.engines.native import RgbFrames

WINDOW = 17
"""Latents decoded at once: 129 frames, five seconds."""

SHARED = 5
"""Latents that two windows share as context."""

FADE = 9
"""Frames of the cross-fade between windows."""

_BLOCK = 8
"""Frames of a yielded block."""

Progress = Callable[[float, float], None]
"""Receives the number of decoded latents and of all latents."""


def encoded(pipe: Any, pictures: RgbFrames) -> Any:
    """The VAE's latents of a film, shape (1, channels, length, h, w)."""
    vae = pipe.vae
    film = torch.from_numpy(np.ascontiguousarray(pictures)).to(pipe._execution_device)
    with torch.inference_mode():
        film = film.permute(3, 0, 1, 2)[None].to(vae.dtype) / 127.5 - 1
        return vae.encode(film).latent_dist.mode().float()


def decoded(pipe: Any, latents: Any, progress: Progress) -> Iterator[RgbFrames]:
    """The frames of unnormalised latents, in blocks that are decoded when consumed.

    The VAE's own decoding in windows keeps the whole film in memory and shifts it by a frame at
    each seam.
    """
    shared = (SHARED - 1) * pipe.vae.temporal_compression_ratio + 1
    length = latents.shape[2]
    before: Any = None
    for start, stop in spans(length):
        film = _film(pipe, latents[:, :, start:stop], before)
        progress(stop, length)
        if stop < length:
            film, before = film[:, :-shared], film[:, -shared:]
        for first in range(0, film.shape[1], _BLOCK):
            yield _pictures(film[:, first : first + _BLOCK])


def spans(length: int) -> list[tuple[int, int]]:
    """The first latent of each window, and the one after its last."""
    found = [(0, min(WINDOW, length))]
    while found[-1][1] < length:
        start = found[-1][1] - SHARED
        found.append((start, min(start + WINDOW, length)))
    return found


def halved(pictures: RgbFrames) -> RgbFrames:
    """Pictures of half the size; edges are first padded to multiples of 64."""
    _, height, width, _ = pictures.shape
    beyond = ((0, 0), (0, -height % 64), (0, -width % 64), (0, 0))
    whole = np.pad(pictures, beyond, mode="edge").astype(np.uint16)
    sums = whole[:, ::2, ::2] + whole[:, 1::2, ::2] + whole[:, ::2, 1::2] + whole[:, 1::2, 1::2]
    return ((sums + 2) // 4).astype(np.uint8)


def _film(pipe: Any, latents: Any, before: Any) -> Any:
    """Decode one window, shape (3, n, h, w), and cross-fade into it from the window before."""
    vae = pipe.vae
    with torch.inference_mode():
        latents = latents.to(pipe._execution_device, vae.dtype)
        height, width = latents.shape[-2:]
        # Decoders mirror the edges, which needs at least two latents.
        beyond = (0, max(0, 2 - width), 0, max(0, 2 - height), 0, 0)
        latents = torch.nn.functional.pad(latents, beyond, mode="replicate")
        cell = vae.spatial_compression_ratio
        film = vae.decode(latents, return_dict=False)[0][0, ..., : height * cell, : width * cell]
        if before is not None:
            count = before.shape[1]
            # A causal decoder needs no later context, so the window before is right to its end.
            lead = count - FADE if vae.config.decoder_causal else (count - FADE) // 2
            weight = (torch.arange(count, device=film.device) + 1 - lead) / (FADE + 1)
            weight = weight.clamp(0, 1).to(film.dtype)[None, :, None, None]
            film[:, :count] = torch.lerp(before, film[:, :count], weight)
    return film


def _pictures(film: Any) -> RgbFrames:
    with torch.inference_mode():
        levels = ((film.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        return np.asarray(levels.permute(1, 2, 3, 0).cpu().numpy())
