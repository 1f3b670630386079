"""Guides: what a window is drawn after, in the form in which LTX's pipelines take it."""

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
"""For how long a reference sheet is shown: the least that is a film."""

_PAPER = (255, 255, 255)


def opening(request: Request, staged: Sequence[CharacterImage]) -> RgbFrames | None:
    """The frames a window begins with: known ones, a given picture, or one with characters.

    Args:
        request: the window.
        staged: who is to stand in the first frame, before what would be seen there without them.
    """
    if request.known is not None or not staged:
        return request.image if request.known is None else request.known
    below = request.image if request.image is not None else request.film
    whole = Fit(request.size, request.size, Rect(0, 0, *request.size))
    return compose(staged, whole, None if below is None else below[0])[None]


def conditions(first: RgbFrames | None, last: RgbFrames | None = None) -> list[Any]:
    """First frames and a last one, held as they are."""
    places = ((first, 0), (last, -1))
    return [
        LTX2VideoCondition(frames=frames, index=index, strength=1.0)
        for frames, index in places
        if frames is not None
    ]


def sheet(cast: Sequence[CharacterImage], size: Size) -> Any:
    """A reference sheet: all figures side by side on white paper."""
    paper = Image.new("RGB", size, _PAPER)
    panel = size.width // len(cast)
    for place, figure in enumerate(cast):
        shown = ImageOps.contain(
            Image.fromarray(figure.cutout), (panel, size.height), Image.Resampling.LANCZOS
        )
        left = place * panel + (panel - shown.width) // 2
        paper.paste(shown, (left, (size.height - shown.height) // 2), shown)
    return LTX2ReferenceCondition(frames=[paper] * _SHEET_FRAMES, strength=1.0)


def sheet_prompt(cast: Sequence[CharacterImage], prompt: str) -> str:
    """A prompt in the two parts that reference adapters were trained with."""
    panels = ", ".join(figure.name for figure in cast)
    return f"Reference sheet: from left to right {panels}. Generated video: {prompt}"


def model(film: RgbFrames) -> Any:
    """A film to be drawn again, as a reference."""
    return LTX2ReferenceCondition(frames=[Image.fromarray(frame) for frame in film], strength=1.0)
