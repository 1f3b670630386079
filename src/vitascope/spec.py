"""The job specification: what to render, as one frozen, versioned value.

The API validates a request once and builds a `RenderSpec`. The row of the video stores it as JSON,
and the engine's process receives it as JSON, with the real size, length and rate of an upload.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Literal, NamedTuple

import msgspec

SAMPLE_RATE = 48_000
"""Samples a second of every soundtrack; always stereo."""

Task = Literal["create", "remix", "edit", "extend"]
InputRole = Literal[
    "first_frame",
    "last_frame",
    "keyframe",
    "reference_image",
    "reference_video",
    "control_video",
    "audio",
    "source_video",
    "source_thumbnail",
    "source_spritesheet",
    "uploaded_video",
]
ReferenceUse = Literal["subject", "style", "setting"]
"""What a reference image or video shows: who or what is to be seen, colours, or the place."""
SCENE_ROLES: frozenset[InputRole] = frozenset(
    {
        "first_frame",
        "last_frame",
        "keyframe",
        "reference_image",
        "reference_video",
        "control_video",
        "audio",
    }
)
"""The inputs that belong to the scene. A later remix or edit needs them again; the other inputs
serve one render only."""
STILL_ROLES: frozenset[InputRole] = frozenset(
    {"first_frame", "last_frame", "keyframe", "reference_image"}
)
"""The inputs that are still pictures."""


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


class FrameRate(NamedTuple):
    """Frames a second as a ratio, such as 30000/1001."""

    numerator: int
    denominator: int = 1

    @classmethod
    def of(cls, fps: Fraction) -> FrameRate:
        """The same rate as a ratio of integers."""
        return cls(fps.numerator, fps.denominator)

    @property
    def fraction(self) -> Fraction:
        """The rate as an exact number."""
        return Fraction(self.numerator, self.denominator)

    def frames_in(self, seconds: float | Fraction) -> int:
        """The number of frames that last `seconds`, to the nearest."""
        return round(seconds * self.numerator / self.denominator)

    def seconds_of(self, frames: int) -> float:
        """How long so many frames last."""
        return frames * self.denominator / self.numerator

    def samples_in(self, frames: int) -> int:
        """The number of audio samples per channel that last as long as so many frames."""
        return samples_in(frames, self.fraction)


FPS = 24
DEFAULT_FPS = FrameRate(FPS)
"""The frame rate of new films."""


class Asset(msgspec.Struct, frozen=True):
    """One stored file.

    Attributes:
        key: its key in the blob store.
        size: bytes.
        digest: SHA-256 of the content in hex; the content's ETag.
        media_type: MIME type.
    """

    key: str
    size: int
    digest: str
    media_type: str


class Input(msgspec.Struct, frozen=True, omit_defaults=True):
    """One stored input file and what it is for.

    Attributes:
        role: how the engine is to use it.
        asset: the file.
        at: for a keyframe, its time in the film in seconds.
        use: for a reference image or video, what it shows.
        file_id: the id of the uploaded file that it is a copy of.
    """

    role: InputRole
    asset: Asset
    at: float | None = None
    use: ReferenceUse = "subject"
    file_id: str | None = None


class CharacterInput(msgspec.Struct, frozen=True):
    """A character that the prompt names.

    Attributes:
        id: the character's id in the API.
        name: what the prompt calls it.
        palette: its main colours, as `#rrggbb`.
        cutout: a PNG with transparency, cropped to the figure.
    """

    id: str
    name: str
    palette: tuple[str, ...]
    cutout: Asset


class FilmPoint(NamedTuple):
    """A point in a film.

    Attributes:
        x: a share of the frame's width.
        y: a share of its height.
        at: seconds from the film's beginning; None for the beginning of the part that is used.
    """

    x: float
    y: float
    at: float | None = None


class Lora(msgspec.Struct, frozen=True):
    """A low-rank adapter to load, by its name in the model's settings, and its strength."""

    id: str
    scale: float = 1.0


class Sampling(msgspec.Struct, frozen=True, omit_defaults=True):
    """Parameters of sampling; an engine ignores those that it does not use.

    Each is a field of the same name in `CreateParameters`, `EditParameters` and `ExtendParameters`.
    """

    negative_prompt: str | None = None
    guidance_scale: float | None = None
    num_inference_steps: int | None = None


class Step(NamedTuple):
    """One earlier request on the way to a film that this server rendered itself.

    A history is the steps in order: one `create` or `remix`, then any `edit` (of the whole film as
    it was) and `extend` (from `start` on).

    Attributes:
        start: when the step takes effect, in seconds from the beginning of the film.
    """

    task: Task
    prompt: str
    start: float = 0.0


class RenderSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that determines a film.

    Size, length and frame rate of a job on an uploaded film are the defaults until the film has
    been decoded; the published video states the real ones.

    Attributes:
        version: of this format. A reader refuses a version that it does not know.
        prompt: what to show; LF line ends, never empty.
        model: the name that the client sent.
        seed: the same specification and seed give the same film on the same device.
        size: of every frame.
        frames: length of the whole film, including what an extension keeps.
        start: the first frame to render; above 0 for an extension only.
        fps: frame rate.
        history: the earlier requests that led to the source film; None if the film came from
            outside or was changed in a way that no prompt describes.
        extensions: how often the film was extended, this job included.
        following: extensions that the same job renders after its own part, in order. `frames`
            includes them.
        inputs: stored files, each with its role.
        characters: figures that are to appear; the prompt names each of them.
        sampling: parameters of diffusion models.
        loras: adapters of diffusion models.
    """

    version: Literal[1] = 1
    prompt: str
    model: str
    seed: int
    size: Size
    frames: int
    start: int = 0
    fps: FrameRate = DEFAULT_FPS
    task: Task = "create"
    history: tuple[Step, ...] | None = ()
    extensions: int = 0
    inputs: tuple[Input, ...] = ()
    characters: tuple[CharacterInput, ...] = ()
    sampling: Sampling = Sampling()
    loras: tuple[Lora, ...] = ()
    following: tuple[Step, ...] = ()

    @property
    def seconds(self) -> float:
        """Length of the whole film."""
        return self.fps.seconds_of(self.frames)

    def inputs_of(self, *roles: InputRole) -> tuple[Input, ...]:
        """The inputs with one of these roles."""
        return tuple(one for one in self.inputs if one.role in roles)

    def with_inputs(self, inputs: Iterable[Input]) -> RenderSpec:
        """The same specification with more inputs."""
        return msgspec.structs.replace(self, inputs=(*self.inputs, *inputs))

    @property
    def steps(self) -> tuple[Step, ...] | None:
        """The history including this request; None if the history is not known."""
        if self.history is None:
            return None
        start = self.fps.seconds_of(self.start) if self.task == "extend" else 0.0
        return (*self.history, Step(self.task, self.prompt, start), *self.following)
