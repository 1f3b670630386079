"""Wan VACE: one pipeline for all tasks, told by a video, a mask of what is free, and references.

Known frames are given with a mask of 0. A film to be edited is given by its light and shapes alone
(VACE's greyscale control), and its colours come from starting at its noised latents.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image

from vitascope.engines.diffusers.families.wan import common_arguments
from vitascope.engines.diffusers.loaded import LoadedModel
from vitascope.engines.diffusers.request import Drawn, Request
from vitascope.engines.diffusers.schedules import noised
from vitascope.engines.diffusers.wanvae import decoded, encoded, to_tensor
from vitascope.engines.native import CharacterImage, RgbFrames
from vitascope.spec import Size

_UNKNOWN = 128
"""The grey of frames that are not there yet."""


def draw(request: Request, loaded: LoadedModel) -> Drawn:
    """Denoise now, decode later."""
    base = loaded.pipelines.base
    references = [_on_white(figure) for figure in request.cast]
    references += request.references
    arguments = common_arguments(request, loaded)
    arguments |= _conditions(request, loaded)
    if references:
        arguments["reference_images"] = references
    if request.cast:
        arguments["prompt"] = _naming(request)
    strength = request.strength if request.film is not None else 1.0
    scheduler = loaded.scheduler(request.steps, request.seed, strength)
    if request.film is not None and strength < 1:
        latents = encoded(base.vae, to_tensor(request.film), loaded.device)
        # Each reference has a latent frame of its own before the film's.
        lead = latents.new_zeros(*latents.shape[:2], len(references), *latents.shape[3:])
        latents = torch.cat((lead, latents), dim=2)
        noise = torch.randn(latents.shape, generator=arguments["generator"])
        arguments["latents"] = noised(scheduler, latents, noise)
    pipe = loaded.pipelines.get("WanVACEPipeline", scheduler=scheduler)
    drawn = loaded.call(pipe, **arguments).frames[:, :, len(references) :]
    return Drawn.decoding(partial(decoded, base.vae, drawn, loaded.decoding))


def _conditions(request: Request, loaded: LoadedModel) -> dict[str, Any]:
    """The video and its mask; nothing where nothing is known."""
    prefix = request.image if request.known is None else request.known
    if prefix is None and request.film is None and request.last is None:
        return {}
    width, height = request.size
    if request.film is None:
        video = np.full((request.frames, height, width, 3), _UNKNOWN, np.uint8)
        weight = 1.0
    else:
        video = _light(request.film)
        weight = float(loaded.card.options["control"])
    given = 0 if prefix is None else len(prefix)
    if prefix is not None:
        video[:given] = prefix
    masks = _masks(request.size, given, request.frames - given)
    if request.last is not None:
        video[-1:], masks[-1:] = request.last, _masks(request.size, 1, 0)
    return {
        "video": [Image.fromarray(picture) for picture in video],
        "mask": masks,
        "conditioning_scale": weight,
    }


def _masks(size: Size, known: int, free: int) -> list[Image.Image]:
    return [Image.new("L", size, 0)] * known + [Image.new("L", size, 255)] * free


def _light(film: RgbFrames) -> RgbFrames:
    """The film without its colours."""
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in film]
    return np.repeat(np.stack(grey)[..., None], 3, axis=3).astype(np.uint8)


def _on_white(figure: CharacterImage) -> Image.Image:
    """The figure before white, the ground that VACE's references have."""
    cutout = Image.fromarray(figure.cutout)
    ground = Image.new("RGB", cutout.size, (255, 255, 255))
    ground.paste(cutout, mask=cutout.getchannel("A"))
    return ground


def _naming(request: Request) -> str:
    """The prompt, told who is in the references, in their order."""
    said = [
        f"{figure.name} is the character in reference picture {place}."
        for place, figure in enumerate(request.cast, 1)
    ]
    return " ".join([request.prompt, *said])
