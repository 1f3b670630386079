"""The interface of a family: the request for one window of a film, and its result."""

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
    """One window of native frames. All pictures have `size`, unless it says otherwise.

    Attributes:
        prompt: the positive prompt.
        negative_prompt: what to avoid.
        size: width and height, multiples of the card's `align`.
        frames: their number by the card's rule, including those of `known`.
        seed: of the noise; differs between the windows of a film.
        steps: denoising steps.
        guidance_scale: of classifier-free guidance; 1 is none.
        task: the job's task.
        image: the first frame, shape (1, h, w, 3). Never together with `known`.
        last: the last frame, shape (1, h, w, 3); only for cards whose `inputs` have `last_frame`.
        known: frames that exist already and begin the window: the end of the extended film, or of
            the window before.
        known_sound: the sound of `known`; None if there is none.
        film: the frames of an edited or remixed film, from the window's first frame on.
        film_sound: the sound of `film`.
        control: pictures of pose, depth or edges that the frames follow, one for each; only for
            cards whose `inputs` have `control_video`.
        strength: the noise level to start from with `film`; 1 is noise alone.
        doubled: whether to return pictures of twice the width and height; only for cards that
            have an upsampler.
        characters: only for cards whose `references` is above 0.
        references: reference pictures of any size; only for cards whose `inputs` have
            `reference_image`.
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
    control: RgbFrames | None = None
    strength: float = 1.0
    doubled: bool = False
    characters: tuple[CharacterImage, ...] = ()
    references: tuple[Image.Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """The result of a window.

    Attributes:
        pictures: blocks of frames in order, `frames` in all, including those of `known`; decoded
            when they are consumed.
        sound: the sound from the window's first frame on, for cards with joint sound. If it is a
            little shorter than the pictures, silence is added.
        again: decodes the same latents again; None if they are not kept.
    """

    pictures: Iterator[RgbFrames]
    sound: Sound | None = None
    again: Callable[[], Iterator[RgbFrames]] | None = None

    @classmethod
    def decoding(
        cls, decode: Callable[[], Iterator[RgbFrames]], sound: Sound | None = None
    ) -> Drawn:
        """Pictures that can be decoded again in tiles when memory runs out."""
        return cls(decode(), sound, decode)


class Family(Protocol):
    """A module in `families/`, whose `draw` calls the family's pipelines."""

    def draw(self, request: Request, loaded: LoadedModel) -> Drawn:
        """Denoise the window; its pictures are decoded when they are consumed."""
