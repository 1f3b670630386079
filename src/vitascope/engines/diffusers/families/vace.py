"""Wan VACE: one pipeline for all tasks, with a video, a mask of unknown areas, and references.

The mask of known frames is 0. A control video is given as it is. An edited film is given as
greyscale control, and its colours come from starting at its noised latents.
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
from vitascope.engines.diffusers.vae import decoded, encoded, to_tensor
from vitascope.engines.native import CharacterImage, RgbFrames
from vitascope.spec import Size

_UNKNOWN = 128
"""The grey of unknown frames."""


def draw(request: Request, loaded: LoadedModel) -> Drawn:
    """Denoise; pictures are decoded when consumed."""
    base = loaded.pipelines.base
    references = [_on_white(figure) for figure in request.characters]
    references += request.references
    arguments = common_arguments(request, loaded)
    arguments |= _conditions(request, loaded)
    if references:
        arguments["reference_images"] = references
    if request.characters:
        arguments["prompt"] = _prompt_naming_characters(request)
    strength = request.strength if request.film is not None else 1.0
    scheduler = loaded.scheduler(request.steps, request.seed, strength)
    if request.film is not None and strength < 1:
        latents = encoded(base.vae, to_tensor(request.film), loaded.device)
        # Each reference has a latent frame before the film's.
        lead = latents.new_zeros(*latents.shape[:2], len(references), *latents.shape[3:])
        latents = torch.cat((lead, latents), dim=2)
        noise = torch.randn(latents.shape, generator=arguments["generator"])
        arguments["latents"] = noised(scheduler, latents, noise)
    pipe = loaded.pipelines.get("WanVACEPipeline", scheduler=scheduler)
    drawn = loaded.call(pipe, **arguments).frames[:, :, len(references) :]
    return Drawn.decoding(partial(decoded, base.vae, drawn, loaded.decoding))


def _conditions(request: Request, loaded: LoadedModel) -> dict[str, Any]:
    """Arguments for the video and its mask; empty if no frame is known."""
    prefix = request.image if request.known is None else request.known
    if all(each is None for each in (prefix, request.film, request.last, request.control)):
        return {}
    width, height = request.size
    if request.control is not None:
        video, weight = request.control.copy(), 1.0
    elif request.film is None:
        video = np.full((request.frames, height, width, 3), _UNKNOWN, np.uint8)
        weight = 1.0
    else:
        video = _greyscale(request.film)
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


def _greyscale(film: RgbFrames) -> RgbFrames:
    """The film in grey."""
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in film]
    return np.repeat(np.stack(grey)[..., None], 3, axis=3).astype(np.uint8)


def _on_white(figure: CharacterImage) -> Image.Image:
    """The figure on white, the background of VACE's references."""
    cutout = Image.fromarray(figure.cutout)
    ground = Image.new("RGB", cutout.size, (255, 255, 255))
    ground.paste(cutout, mask=cutout.getchannel("A"))
    return ground


def _prompt_naming_characters(request: Request) -> str:
    """The prompt and a sentence for each character about its reference."""
    said = [
        f"{figure.name} is the character in reference picture {place}."
        for place, figure in enumerate(request.characters, 1)
    ]
    return " ".join([request.prompt, *said])
