"""LTX-2.5: picture and sound drawn together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from vitascope.engines.diffusers.families.ltx.adapters import has_adapter
from vitascope.engines.diffusers.families.ltx.conditions import (
    film_reference,
    first_frames,
    sheet,
    sheet_prompt,
)
from vitascope.engines.diffusers.families.ltx.denoise import (
    Latents,
    Plan,
    denoise,
    upsampled,
    upsampler_of,
)
from vitascope.engines.diffusers.families.ltx.pictures import decoded, encoded
from vitascope.engines.diffusers.families.ltx.pin import SoundPin
from vitascope.engines.diffusers.families.ltx.sound import SoundCoder
from vitascope.engines.diffusers.loaded import LoadedModel
from vitascope.engines.diffusers.request import Drawn, Request, Sound
from vitascope.engines.native import RgbFrames
from vitascope.spec import FPS, SAMPLE_RATE

__all__ = ["draw"]


def draw(request: Request, loaded: LoadedModel) -> Drawn:
    """Denoise picture and sound together; pictures are decoded when consumed."""
    coder = SoundCoder(loaded.pipelines.base)
    if request.negative_prompt and request.guidance_scale <= 1:
        loaded.note(
            "The negative prompt has no effect: distilled weights draw without guidance. A "
            "guidance_scale above 1 turns it on and takes twice as long."
        )
    if request.task == "edit" and request.film is not None and has_adapter(loaded, "edit"):
        return _edited(request, request.film, loaded, coder)
    plan = _plan(request, loaded, coder)
    if request.film is not None:
        plan = replace(plan, start=_latents_of(request.film, request.film_sound, loaded, coder))
    latents = _upscaled(denoise(request, loaded, plan), request, loaded)
    return Drawn.decoding(partial(_pictures, latents, loaded), coder.decode(latents.sound))


def _upscaled(latents: Latents, request: Request, loaded: LoadedModel) -> Latents:
    """The latents at twice the size, if the request says so."""
    upsampler = upsampler_of(loaded) if request.doubled else None
    return latents if upsampler is None else upsampled(latents, request.size, loaded, upsampler)


def _plan(request: Request, loaded: LoadedModel, coder: SoundCoder) -> Plan:
    """The plan; characters are on a reference sheet, or else in the first frame."""
    pin = _pin(request.known_sound, coder)
    if request.characters and has_adapter(loaded, "reference"):
        return Plan(
            prompt=sheet_prompt(request.characters, request.prompt),
            first_frames=first_frames(request, ()),
            references=[sheet(request.characters, request.size)],
            adapter="reference",
            pin=pin,
        )
    if request.characters:
        loaded.note(_without_sheet(request))
    return Plan(
        prompt=request.prompt, first_frames=first_frames(request, request.characters), pin=pin
    )


def _without_sheet(request: Request) -> str:
    names = ", ".join(figure.name for figure in request.characters)
    if request.known is None:
        return (
            f"The weights' folder has no reference adapter, so {names} can be seen in the first "
            "frame instead."
        )
    return (
        f"The weights' folder has no reference adapter, so {names} can be seen only if the earlier "
        "frames show them."
    )


def _latents_of(
    film: RgbFrames, sound: Sound | None, loaded: LoadedModel, coder: SoundCoder
) -> Latents:
    """The latents of a film and its sound."""
    seconds = film.shape[0] / FPS
    if sound is None:
        sound = np.zeros((2, round(seconds * SAMPLE_RATE)), np.float32)
    return Latents(
        encoded(loaded.pipelines.base, film), coder.encode_to(sound, coder.length_for(seconds))
    )


def _edited(request: Request, film: RgbFrames, loaded: LoadedModel, coder: SoundCoder) -> Drawn:
    """An edit by the edit adapter, which keeps the sound and conditions on it."""
    plan = Plan(
        prompt=request.prompt,
        first_frames=request.known,
        references=[film_reference(film)],
        adapter="edit",
        pin=_pin(request.film_sound, coder) or _pin(request.known_sound, coder),
    )
    latents = _upscaled(denoise(request, loaded, plan), request, loaded)
    own = request.film_sound
    return Drawn.decoding(
        partial(_pictures, latents, loaded), coder.decode(latents.sound) if own is None else own
    )


def _pin(sound: Sound | None, coder: SoundCoder) -> SoundPin | None:
    return None if sound is None else SoundPin(coder.encode_known(sound))


def _pictures(latents: Latents, loaded: LoadedModel) -> Iterator[RgbFrames]:
    return decoded(loaded.pipelines.base, latents.pictures, loaded.decoding)
