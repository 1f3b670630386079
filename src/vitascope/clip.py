"""What an engine receives and what it gives back: a `RenderJob` and a `Clip`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from vitascope.spec import InputRole, ReferenceUse, RenderSpec, Size, Step, Task

if TYPE_CHECKING:  # the API process reads this module and must not load codecs
    import av
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class HeldMemory:
    """The memory that a loaded model takes.

    Attributes:
        device: the device, such as `cuda:0`.
        gib: device memory at its peak.
        device_gib: all memory of the device.
    """

    device: str
    gib: float
    device_gib: float


@dataclass(frozen=True, slots=True)
class Character:
    """A character that appears in the film.

    Attributes:
        name: its name in the prompt.
        cutout: a PNG with transparency, cropped to the figure.
        palette: its main colours, as `#rrggbb`.
    """

    name: str
    cutout: Path
    palette: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputFile:
    """A local input file, its role, a keyframe's time in seconds, and a reference's use."""

    role: InputRole
    path: Path
    at: float | None = None
    use: ReferenceUse = "subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderJob:
    """A job specification together with the local files that it names.

    Attributes:
        spec: what to render.
        inputs: the files of the scene, in the order of the specification.
        characters: the characters that appear.
        source: for `edit`, `extend` and some remixes the source film, in the output profile.
    """

    spec: RenderSpec
    inputs: tuple[InputFile, ...] = ()
    characters: tuple[Character, ...] = ()
    source: Path | None = None

    @property
    def prompt(self) -> str:
        """What to show."""
        return self.spec.prompt

    @property
    def task(self) -> Task:
        """Which operation this is."""
        return self.spec.task

    @property
    def seed(self) -> int:
        """The seed of the random numbers."""
        return self.spec.seed

    @property
    def size(self) -> Size:
        """Size of every frame in pixels."""
        return self.spec.size

    @property
    def history(self) -> tuple[Step, ...]:
        """The earlier requests; empty for a new film and for an uploaded source."""
        return self.spec.history or ()

    @property
    def first_frame(self) -> Path | None:
        """The image that the film starts with."""
        return next((one.path for one in self.inputs if one.role == "first_frame"), None)

    @property
    def last_frame(self) -> Path | None:
        """The image that the film ends with."""
        return next((one.path for one in self.inputs if one.role == "last_frame"), None)

    @property
    def control_video(self) -> Path | None:
        """The film whose pictures (pose, depth, edges) the new film follows."""
        return next((one.path for one in self.inputs if one.role == "control_video"), None)

    @property
    def reference_images(self) -> tuple[Path, ...]:
        """Images of who or what is to be seen."""
        return tuple(one.path for one in self.references("subject", "reference_image"))

    @property
    def audio(self) -> Path | None:
        """The soundtrack: a WAV file of 48 kHz stereo."""
        return next((one.path for one in self.inputs if one.role == "audio"), None)

    def references(
        self, use: ReferenceUse, *roles: Literal["reference_image", "reference_video"]
    ) -> tuple[InputFile, ...]:
        """The reference images and videos of one use; those of all kinds by default."""
        kinds = roles or ("reference_image", "reference_video")
        return tuple(one for one in self.inputs if one.role in kinds and one.use == use)

    @property
    def start(self) -> float:
        """The start of the new part in the whole film, in seconds."""
        return self.spec.fps.seconds_of(self.spec.start)

    @property
    def fps(self) -> Fraction:
        """Frames per second."""
        return self.spec.fps.fraction

    @property
    def frame_count(self) -> int:
        """How many frames the engine renders."""
        return self.spec.frames - self.spec.start

    @property
    def seconds(self) -> int:
        """The length of those frames in seconds, rounded up."""
        return math.ceil(self.spec.fps.seconds_of(self.frame_count))

    @property
    def sample_count(self) -> int:
        """How many samples per channel the soundtrack of those frames has."""
        return self.spec.fps.samples_in(self.frame_count)

    def with_prompt(self, prompt: str) -> RenderJob:
        """The same job with another prompt."""
        spec = msgspec.structs.replace(self.spec, prompt=prompt)
        return RenderJob(
            spec=spec, inputs=self.inputs, characters=self.characters, source=self.source
        )


@dataclass(frozen=True, slots=True)
class Clip:
    """The frames and the sound of a job, rendered while they are consumed.

    Attributes:
        frames: `frame_count` frames in order, each an `av.VideoFrame` in yuv420p (BT.709, limited
            range) of exactly the job's size. The consumer owns them.
        sound: blocks of float32 samples in [-1, 1], shape (2, n) with any n, that add up to
            `sample_count` at 48 kHz.
        notes: messages for the job's log, such as words of the prompt that were not understood.
        frame_count: the number of frames, if an edit changed the length.
        scripted: whether prompt and history describe this film completely.
    """

    frames: Iterator[av.VideoFrame]
    sound: Iterator[NDArray[np.float32]]
    notes: list[str] = field(default_factory=list)
    frame_count: int | None = None
    scripted: bool = True
