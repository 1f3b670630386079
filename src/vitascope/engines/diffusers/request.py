"""A request: what one family is asked to draw in one go, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vitascope.engines.native import CharacterImage, RgbFrames
from vitascope.spec import Size, Task

if TYPE_CHECKING:  # loads torch
    from vitascope.engines.diffusers.loaded import LoadedModel

Sound = NDArray[np.float32]
"""Samples at 48 kHz in [-1, 1], shape (2, n)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One window: so many native frames, which obey the card's rule. All pictures are of `size`.

    Attributes:
        prompt: what to show.
        negative_prompt: what not to show.
        size: width and height, multiples of the card's `align`.
        frames: how many, those of `known` among them.
        seed: for the noise; each window of a film has its own.
        steps: denoising steps.
        guidance_scale: how much the prompt weighs.
        task: what was asked for.
        image: shape (1, h, w, 3); what the first frame shall be. Never together with `known`.
        last: shape (1, h, w, 3); what the last frame shall be; only for cards whose `inputs` have
            `last_frame`.
        known: the first frames, as they are already: of the film that is extended, or of the
            window before.
        known_sound: the sound beside `known`; none where that film was silent for the model.
        film: all frames of the film that is to be changed, from the window's first frame on.
        film_sound: the sound beside `film`.
        strength: how far from `film` to start, 1 being noise.
        cast: who is to act; only for cards whose `references` is above 0.
        references: pictures of who or what is to be seen, of any size; only for cards whose
            `inputs` have `reference_image`.
    """

    prompt: str
    negative_prompt: str | None
    size: Size
    frames: int
    seed: int
    steps: int
    guidance_scale: float
    task: Task
    image: RgbFrames | None = None
    last: RgbFrames | None = None
    known: RgbFrames | None = None
    known_sound: Sound | None = None
    film: RgbFrames | None = None
    film_sound: Sound | None = None
    strength: float = 1.0
    cast: tuple[CharacterImage, ...] = ()
    references: tuple[Image.Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a family gives back.

    Attributes:
        pictures: blocks of frames in order, `frames` in all, those of `known` among them; decoded
            as they are asked for.
        again: decodes the same latents once more; none where they are not kept.
        sound: what is heard from the window's first frame on, for cards with joint sound. Where it
            is a little short of the pictures, silence is added.
    """

    pictures: Iterator[RgbFrames]
    sound: Sound | None = None
    again: Callable[[], Iterator[RgbFrames]] | None = None

    @classmethod
    def decoding(
        cls, decode: Callable[[], Iterator[RgbFrames]], sound: Sound | None = None
    ) -> Drawn:
        """Pictures that can be decoded again, in tiles, where memory runs out."""
        return cls(decode(), sound, decode)


class Family(Protocol):
    """A module in `families/`: its `draw` knows how that family's pipelines are asked."""

    def draw(self, request: Request, loaded: LoadedModel) -> Drawn:
        """Denoise now, decode later."""
