"""The Shot that shadowplay is asked for, and the Clip it gives back."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple, Self

import av
import numpy as np
from numpy.typing import NDArray

FPS = 24
"""Frames a second of new films."""

SAMPLE_RATE = 48_000
"""Samples a second of every soundtrack; always stereo."""

Task = Literal["create", "remix", "edit", "extend"]

Block = NDArray[np.float32]
"""Samples at `SAMPLE_RATE` in [-1, 1], shape (2, n)."""

Progress = Callable[[str, float, float], None]
"""Called with the name of a phase, how many of its units are done, and how many there are."""


class Size(NamedTuple):
    """Width and height of a picture in pixels."""

    width: int
    height: int

    @property
    def unit(self) -> float:
        """The length that things are measured in: the side of a square as large."""
        return math.sqrt(self.width * self.height)

    def within(self, edge: int, least: int = 16) -> Self:
        """The size of a copy whose edges have at most so many pixels, and at least so many."""
        scale = min(1.0, edge / max(self))
        width, height = (max(least, round(part * scale)) for part in self)
        return type(self)(width, height)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Step(NamedTuple):
    """One prompt on the way to a film that shadowplay drew."""

    task: Task
    prompt: str
    start: float = 0.0  # where on the scene's clock the step takes effect, in seconds


class Character(NamedTuple):
    """A figure that acts in a film."""

    # what the prompt calls it; empty for one that takes the place of the prompt's first figure that
    # can act, and appears without one, too
    name: str
    cutout: Path  # a picture with transparency, such as a PNG


class Keyframe(NamedTuple):
    """A picture file that a film shows at a moment."""

    picture: Path
    at: float  # on the scene's clock, in seconds; the nearest frame is that picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One piece of film to draw."""

    prompt: str  # what to show; for an edit, what to change
    size: Size  # of every frame; both edges are even and at least 16
    frame_count: int  # exact length in frames
    seed: int  # same shot and same seed give the same film
    # a new film, a new film from another's prompt, a change to a film, or what comes after one
    task: Task = "create"
    negative_prompt: str | None = None  # what to leave out
    # where on the scene's clock the drawing begins, in seconds; above 0 only when a film that
    # shadowplay drew goes on
    start: float = 0.0
    reference: Path | None = None  # a picture file that is the first frame
    # pictures that are frames at given times; the film moves from one to the next
    keyframes: tuple[Keyframe, ...] = ()
    # a picture or film (an MP4 of H.264) of the place, instead of a drawn one
    setting: Path | None = None
    style: Path | None = None  # a picture file whose colours the film has
    # a sound file to be heard instead of made sound, from the clock's zero on
    soundtrack: Path | None = None
    # the steps that led to the film that this one goes on from, oldest first, if shadowplay drew
    # it; the shot's own prompt is not among them
    script: tuple[Step, ...] = ()
    # for `edit` and `extend`, the film to go on from: an MP4 of H.264 and AAC
    source: Path | None = None
    characters: tuple[Character, ...] = ()  # figures that act
    fps: Fraction = Fraction(FPS)  # frames a second; an edit keeps its film's

    @property
    def seconds(self) -> int:
        """Whole seconds that cover the shot."""
        return math.ceil(self.frame_count / self.fps)

    @property
    def sample_count(self) -> int:
        """How many samples per channel the sound has, exactly."""
        return int(self.frame_count * SAMPLE_RATE / self.fps)


@dataclass(frozen=True, slots=True)
class Clip:
    """Pictures and sound, made as they are consumed."""

    # `frame_count` pictures of the shot's size, `fps` a second, each in yuv420p (BT.709, limited
    # range)
    frames: Iterator[av.VideoFrame]
    sound: Iterator[Block]  # blocks that add up to the length of the picture
    frame_count: int  # an edit may change the length of its film
    # remarks, such as words of the prompt that were not understood
    notes: list[str] = field(default_factory=list)
    scripted: bool = True  # whether the shot's script and prompt are enough to draw it again
    fps: Fraction = Fraction(FPS)
