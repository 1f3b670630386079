"""Helios: chunks of 33 frames, each drawn in a pyramid of sizes and continuing the chunk before.

Known frames, or a first frame, are the history of the first chunk.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from diffusers import HeliosPyramidPipeline
from PIL import Image

from vitascope.engines.diffusers.loaded import LoadedModel
from vitascope.engines.diffusers.request import Drawn, Request
from vitascope.engines.native import RgbFrames

CHUNK = 33
"""Frames of a chunk: 9 latent frames, of which the first holds one frame."""

_STAGES = 3
"""Levels of the pyramid, each with twice the edges of the one before."""


class HeliosSmoothPipeline(HeliosPyramidPipeline):  # type: ignore[misc]  # the base is Any to mypy
    """Helios with noise between the pyramid's levels that every device can compute.

    Diffusers factors the noise's covariance by Cholesky, but that matrix is singular, and some
    devices refuse it (https://github.com/vllm-project/vllm-omni/pull/7224). Its square root has a
    closed form: it scales a block's mean by one number and deviations from the mean by another.
    """

    def sample_block_noise(
        self,
        batch: int,
        channels: int,
        frames: int,
        height: int,
        width: int,
        patch: tuple[int, int, int],
        device: torch.device,
        generator: torch.Generator | None = None,
    ) -> torch.Tensor:
        """Noise of covariance (1 + gamma) I - gamma within each patch and 0 between patches.

        Returns:
            float32, shape (batch, channels, frames, height, width).
        """
        gamma = float(self.scheduler.config.gamma)
        _, down, across = patch
        count = down * across
        split = (batch, channels, frames, height // down, down, width // across, across)
        place = "cpu" if generator is None else generator.device
        noise = torch.randn(split, generator=generator, device=place).to(device)
        mean = noise.mean(dim=(4, 6), keepdim=True)
        of_mean = math.sqrt(max(0.0, 1 + gamma - count * gamma))
        noise = math.sqrt(1 + gamma) * (noise - mean) + of_mean * mean
        return noise.reshape(batch, channels, frames, height, width)


def draw(request: Request, loaded: LoadedModel) -> Drawn:
    """Denoise and decode; the pipeline decodes each chunk as soon as it is denoised."""
    if request.negative_prompt and request.guidance_scale <= 1:
        loaded.note(
            "The negative prompt has no effect: distilled weights draw without guidance. A "
            "guidance_scale above 1 turns it on and takes twice as long."
        )
    before = request.image if request.known is None else request.known
    history = _history(before)
    count = request.frames if before is None else request.frames - len(before)
    chunks = max(1, -(-count // CHUNK))
    stages = _split(request.steps)
    first_twice = bool(loaded.quality.arguments.get("is_amplify_first_chunk"))
    film = loaded.call(
        HeliosSmoothPipeline,
        steps=sum(stages) * (chunks + first_twice),
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        width=request.size.width,
        height=request.size.height,
        num_frames=count,
        pyramid_num_inference_steps_list=stages,
        guidance_scale=request.guidance_scale,
        generator=loaded.generator(request.seed),
        output_type="np",
        **history,
        **loaded.quality.arguments,
    ).frames[0]
    return Drawn(_joined(before, film, loaded))


def _history(before: RgbFrames | None) -> dict[str, Any]:
    """Arguments for the history: whole chunks of frames, or the last frame."""
    if before is None:
        return {}
    if len(before) < CHUNK:
        return {"image": Image.fromarray(before[-1])}
    return {"video": [Image.fromarray(picture) for picture in before]}


def _split(steps: int) -> list[int]:
    """The steps of each level of the pyramid, at least one; the rest goes to the coarse ones."""
    share, odd = divmod(max(steps, _STAGES), _STAGES)
    return [share + (stage < odd) for stage in range(_STAGES)]


def _joined(before: RgbFrames | None, film: Any, loaded: LoadedModel) -> Iterator[RgbFrames]:
    """The known frames, then the drawn ones, in blocks."""
    if before is not None:
        yield before
    for start in range(0, len(film), CHUNK):
        block = film[start : start + CHUNK]
        loaded.decoding(min(start + CHUNK, len(film)), len(film))
        yield np.asarray((block * 255).round(), np.uint8)
