"""First frames, last frames and references in the form of LTX's pipelines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition
from diffusers.pipelines.ltx2.pipeline_ltx2_ic_lora import LTX2ReferenceCondition
from PIL import Image, ImageOps

from vitascope.engines.diffusers.request import Request
from vitascope.engines.native import CharacterImage, Fit, Rect, RgbFrames, compose
from vitascope.spec import Size

_SHEET_FRAMES = 9
"""Frames of a reference sheet, the minimum of a film."""

_WHITE = (255, 255, 255)


def first_frames(request: Request, characters: Sequence[CharacterImage]) -> RgbFrames | None:
    """The first frames of a window: known ones, a given one, or one with characters.

    Args:
        request: the window.
        characters: composed into the first frame.
    """
    if request.known is not None or not characters:
        return request.image if request.known is None else request.known
    below = request.image if request.image is not None else request.film
    whole = Fit(request.size, request.size, Rect(0, 0, *request.size))
    return compose(characters, whole, None if below is None else below[0])[None]


def conditions(first: RgbFrames | None, last: RgbFrames | None = None) -> list[Any]:
    """Conditions that keep the first frames and the last one."""
    places = ((first, 0), (last, -1))
    return [
        LTX2VideoCondition(frames=frames, index=index, strength=1.0)
        for frames, index in places
        if frames is not None
    ]


def sheet(characters: Sequence[CharacterImage], size: Size) -> Any:
    """A reference sheet: all characters side by side on white."""
    canvas = Image.new("RGB", size, _WHITE)
    panel = size.width // len(characters)
    for place, figure in enumerate(characters):
        shown = ImageOps.contain(
            Image.fromarray(figure.cutout), (panel, size.height), Image.Resampling.LANCZOS
        )
        left = place * panel + (panel - shown.width) // 2
        canvas.paste(shown, (left, (size.height - shown.height) // 2), shown)
    return LTX2ReferenceCondition(frames=[canvas] * _SHEET_FRAMES, strength=1.0)


def sheet_prompt(characters: Sequence[CharacterImage], prompt: str) -> str:
    """A prompt in the two-part form that reference adapters were trained with."""
    panels = ", ".join(figure.name for figure in characters)
    return f"Reference sheet: from left to right {panels}. Generated video: {prompt}"


def film_reference(film: RgbFrames) -> Any:
    """A film to be edited, as a reference."""
    return LTX2ReferenceCondition(frames=[Image.fromarray(frame) for frame in film], strength=1.0)
