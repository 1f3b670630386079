"""The Shot an engine is asked for, and the Clip it gives back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:  # the API process reads this module and must not load codecs
    import av
    import numpy as np
    from numpy.typing import NDArray

FPS = 24
"""Frames a second of a film whose shot does not ask for another rate."""

SAMPLE_RATE = 48_000
"""Samples a second of every soundtrack; always stereo."""


Task = Literal["create", "remix", "edit", "extend"]


def samples_in(frames: int, fps: Fraction) -> int:
    """How many samples are heard while so many frames are shown from a film's beginning on."""
    return int(frames * SAMPLE_RATE / fps)


class Size(NamedTuple):
    """Width and height of a picture in pixels."""

    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Size:
        """Read `"720x1280"`.

        Raises:
            ValueError: the text is not two positive integers joined by `x`.
        """
        width, _, height = text.partition("x")
        if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
            raise ValueError(f"not a size: {text!r}")
        return cls(int(width), int(height))

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Step(NamedTuple):
    """One thing that was asked for on the way to a film that the house drew itself.

    A film's script is its steps in order: one `create` or `remix`, then any `edit` (of the whole
    film as it was) and `extend` (from `start` on).

    Attributes:
        start: where on the scene's clock the step takes effect, in seconds.
    """

    task: Task
    prompt: str
    start: float = 0.0


@dataclass(frozen=True, slots=True)
class Character:
    """A figure cut out of a clip, to act in a film.

    Attributes:
        name: what the prompt calls it.
        cutout: a PNG with transparency, cropped to the figure.
        palette: the figure's main colours, as `#rrggbb`.
    """

    name: str
    cutout: Path
    palette: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One piece of film to draw: the whole input of an engine, nothing of the server.

    Attributes:
        prompt: what to show; LF line ends, never empty.
        size: exact size of every frame, in pixels.
        seconds: exact length of what is to be drawn now, unless `frames` says otherwise.
        frames: its exact number of frames, where that is no whole number of seconds.
        script: how the house's own film that this one goes on from came about, oldest step first;
            empty for a new film and for films that came from outside. The shot's own prompt is not
            among the steps.
        source: for `edit` and `extend`, the film to go on from, in the house's form.
        characters: figures that are to act, all of them named in the prompt.
        seed: same shot and same seed give the same film on the same device.
        task: which operation this is.
        start: where on the scene's clock the drawing begins, in seconds; above 0 only when a
            film this engine drew is carried on.
        reference: an image file that is to be the first frame.
        fps: frames a second.
    """

    prompt: str
    size: Size
    seconds: int
    seed: int
    model: str
    task: Task = "create"
    negative_prompt: str | None = None
    guidance_scale: float | None = None
    num_inference_steps: int | None = None
    start: float = 0.0
    reference: Path | None = None
    frames: int | None = None
    script: tuple[Step, ...] = ()
    source: Path | None = None
    characters: tuple[Character, ...] = ()
    fps: Fraction = Fraction(FPS)

    @property
    def frame_count(self) -> int:
        """How many frames the clip has, exactly."""
        return round(self.seconds * self.fps) if self.frames is None else self.frames

    @property
    def sample_count(self) -> int:
        """How many samples per channel the soundtrack has, exactly."""
        return samples_in(self.frame_count, self.fps)


@dataclass(frozen=True, slots=True)
class Clip:
    """What an engine gives back: pictures and sound as they are made, never all at once.

    Attributes:
        frames: `frame_count` pictures, each an `av.VideoFrame` in yuv420p (BT.709, limited range)
            of exactly the shot's size; its consumer owns it. Drawn lazily, in order.
        sound: blocks of float32 samples in [-1, 1], shape (2, n) with any n, that add up to
            `sample_count` at 48 kHz.
    """

    frames: Iterator[av.VideoFrame]
    sound: Iterator[NDArray[np.float32]]
    notes: list[str] = field(default_factory=list)
    """Remarks for the job's log, such as words of the prompt that were not understood."""
    frame_count: int | None = None
    """How many frames there are, where an edit changed the length; else as the shot has it."""
    scripted: bool = True
    """Whether the shot's script and prompt tell how to draw this film again."""
