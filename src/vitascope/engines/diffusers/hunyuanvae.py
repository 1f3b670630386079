"""HunyuanVideo's VAEs, which Kandinsky draws with as well: latents back to pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from vitascope.engines.diffusers.wanvae import Progress
from vitascope.engines.native import RgbFrames


def decoded(pipe: Any, latents: torch.Tensor, progress: Progress) -> Iterator[RgbFrames]:
    """All pictures in one block, decoded when it is asked for.

    Args:
        pipe: the loaded pipeline, which brings its VAE to the device where it is elsewhere.
        latents: as they are denoised, shape (1, channels, n, h, w).
        progress: told once, at the end.
    """
    vae = pipe.vae
    with torch.inference_mode():
        film = vae.decode(latents.to(vae.dtype) / vae.config.scaling_factor, return_dict=False)[0]
    pipe.maybe_free_model_hooks()
    progress(1, 1)
    levels = ((film[0].float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    yield np.asarray(levels.permute(1, 2, 3, 0).cpu().numpy(), np.uint8)
