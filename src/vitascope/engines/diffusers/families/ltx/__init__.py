"""LTX: picture and sound drawn together by LTX-2.5's pipelines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from vitascope.engines.diffusers.families.ltx.adapters import has_adapter
from vitascope.engines.diffusers.families.ltx.denoise import Latents, Plan, denoise
from vitascope.engines.diffusers.families.ltx.guides import model, opening, sheet, sheet_prompt
from vitascope.engines.diffusers.families.ltx.pictures import decoded, encoded
from vitascope.engines.diffusers.families.ltx.pin import SoundPin
from vitascope.engines.diffusers.families.ltx.sound import SoundCoder
from vitascope.engines.diffusers.loaded import LoadedModel
from vitascope.engines.diffusers.request import Drawn, Request, Sound
from vitascope.engines.native import RgbFrames
from vitascope.spec import FPS, SAMPLE_RATE

__all__ = ["draw"]


def draw(request: Request, loaded: LoadedModel) -> Drawn:
    """Denoise a window of picture and sound; its pictures are decoded as they are asked for."""
    coder = SoundCoder(loaded.pipelines.base)
    if request.negative_prompt and request.guidance_scale <= 1:
        loaded.note(
            "The negative prompt changes nothing: distilled weights draw without guidance. A "
            "guidance_scale above 1 turns it on and takes twice as long."
        )
    if request.task == "edit" and request.film is not None and has_adapter(loaded, "edit"):
        return _redrawn(request, request.film, loaded, coder)
    plan = _plan(request, loaded, coder)
    if request.film is not None:
        plan = replace(plan, start=_latents_of(request.film, request.film_sound, loaded, coder))
    latents = denoise(request, loaded, plan)
    return Drawn.decoding(partial(_pictures, latents, loaded), coder.decode(latents.sound))


def _plan(request: Request, loaded: LoadedModel, coder: SoundCoder) -> Plan:
    """What is known goes on; characters come from a sheet, or else stand in the first frame."""
    pin = _pin(request.known_sound, coder)
    if request.cast and has_adapter(loaded, "reference"):
        return Plan(
            prompt=sheet_prompt(request.cast, request.prompt),
            opening=opening(request, ()),
            references=[sheet(request.cast, request.size)],
            adapter="reference",
            pin=pin,
        )
    if request.cast:
        loaded.note(_without_sheet(request))
    return Plan(prompt=request.prompt, opening=opening(request, request.cast), pin=pin)


def _without_sheet(request: Request) -> str:
    names = ", ".join(figure.name for figure in request.cast)
    if request.known is None:
        return (
            f"No reference adapter lies beside the weights, so {names} can be seen in the first "
            "frame instead."
        )
    return (
        f"No reference adapter lies beside the weights, so {names} can be seen only where the "
        "frames before show them."
    )


def _latents_of(
    film: RgbFrames, sound: Sound | None, loaded: LoadedModel, coder: SoundCoder
) -> Latents:
    """A film, to be drawn anew from its coarse shapes and the timing of its sound."""
    seconds = film.shape[0] / FPS
    if sound is None:
        sound = np.zeros((2, round(seconds * SAMPLE_RATE)), np.float32)
    return Latents(
        encoded(loaded.pipelines.base, film), coder.encode_to(sound, coder.length_for(seconds))
    )


def _redrawn(request: Request, film: RgbFrames, loaded: LoadedModel, coder: SoundCoder) -> Drawn:
    """A film drawn again by an adapter that was made for it; its sound stays, and is looked at."""
    plan = Plan(
        prompt=request.prompt,
        opening=request.known,
        references=[model(film)],
        adapter="edit",
        pin=_pin(request.film_sound, coder) or _pin(request.known_sound, coder),
    )
    latents = denoise(request, loaded, plan)
    own = request.film_sound
    return Drawn.decoding(
        partial(_pictures, latents, loaded), coder.decode(latents.sound) if own is None else own
    )


def _pin(sound: Sound | None, coder: SoundCoder) -> SoundPin | None:
    return None if sound is None else SoundPin(coder.encode_known(sound))


def _pictures(latents: Latents, loaded: LoadedModel) -> Iterator[RgbFrames]:
    return decoded(loaded.pipelines.base, latents.pictures, loaded.decoding)
