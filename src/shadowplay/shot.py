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
    """One prompt on the way to a film that shadowplay drew.

    Attributes:
        start: where on the scene's clock the step takes effect, in seconds.
    """

    task: Task
    prompt: str
    start: float = 0.0


class Character(NamedTuple):
    """A figure that acts in a film.

    Attributes:
        name: what the prompt calls it; empty for one that takes the place of the prompt's first
            figure that can act, and appears without one, too.
        cutout: a picture with transparency, such as a PNG.
    """

    name: str
    cutout: Path


class Keyframe(NamedTuple):
    """A picture file that a film shows at a moment.

    Attributes:
        at: on the scene's clock, in seconds; the nearest frame is that picture.
    """

    picture: Path
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One piece of film to draw.

    Attributes:
        prompt: what to show; for an edit, what to change.
        size: exact size of every frame; both edges are even and at least 16.
        frame_count: exact length in frames.
        seed: same shot and same seed give the same film.
        task: what to do: a new film, a new film from another's prompt, a change to a film, or
            what comes after one.
        negative_prompt: what to leave out.
        start: where on the scene's clock the drawing begins, in seconds; above 0 only when a film
            that shadowplay drew goes on.
        reference: a picture file that is the first frame.
        keyframes: pictures that are frames at given times; the film moves from one to the next.
        setting: a picture or film (an MP4 of H.264) of the place, instead of a drawn one.
        style: a picture file whose colours the film has.
        soundtrack: a sound file to be heard instead of made sound, from the clock's zero on.
        script: the steps that led to the film that this one goes on from, oldest first, if
            shadowplay drew it; the shot's own prompt is not among them.
        source: for `edit` and `extend`, the film to go on from: an MP4 of H.264 and AAC.
        characters: figures that act.
        fps: frames a second; an edit keeps its film's.
    """

    prompt: str
    size: Size
    frame_count: int
    seed: int
    task: Task = "create"
    negative_prompt: str | None = None
    start: float = 0.0
    reference: Path | None = None
    keyframes: tuple[Keyframe, ...] = ()
    setting: Path | None = None
    style: Path | None = None
    soundtrack: Path | None = None
    script: tuple[Step, ...] = ()
    source: Path | None = None
    characters: tuple[Character, ...] = ()
    fps: Fraction = Fraction(FPS)

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
    """Pictures and sound, made as they are consumed.

    Attributes:
        frames: `frame_count` pictures of the shot's size, `fps` a second, each an `av.VideoFrame`
            in yuv420p (BT.709, limited range).
        sound: blocks that add up to the length of the picture.
        frame_count: how many frames there are; an edit may change the length of its film.
        notes: remarks, such as words of the prompt that were not understood.
        scripted: whether the shot's script and prompt are enough to draw this film again.
        fps: frames a second.
    """

    frames: Iterator[av.VideoFrame]
    sound: Iterator[Block]
    frame_count: int
    notes: list[str] = field(default_factory=list)
    scripted: bool = True
    fps: Fraction = Fraction(FPS)
