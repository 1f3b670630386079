"""The messages between supervisor and child: one JSON object a line, in both directions."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import msgspec

from vitascope.clip import Character, HeldMemory, InputFile, RenderJob
from vitascope.spec import SCENE_ROLES, FrameRate, InputRole, RenderSpec, Size
from vitascope.video import Variant

FILES: dict[Variant, str] = {
    "video": "video.mp4",
    "thumbnail": "thumbnail.webp",
    "spritesheet": "spritesheet.jpg",
}
"""The names of a job's resulting files in its folder."""
SOURCE = "source.mp4"
"""The source film in the output profile, in the job's folder."""
PICTURE = "picture.png"
"""A still picture in sRGB, upright and opaque, in the folder of a decoding process."""
SOUND = "sound.wav"
"""A sound of 48 kHz stereo, in the folder of a decoding process."""
FRAME = "frame.jpg"
"""A frame of a film, in the folder of a decoding process."""
STOP = b"stop\n"
"""The line by which the supervisor asks the child to stop its order; it answers with `Stopped`."""
NO_ROOM = "disk_full"
"""The code of a failure for lack of disk space, after which the attempt is repeated."""

OUT_OF_MEMORY = "out_of_memory"
"""The code of a failure for lack of device memory."""


class Order(msgspec.Struct, frozen=True):
    """One job for the child.

    Attributes:
        folder: the job's folder, for input files and results. This server wrote all of them:
            uploads are decoded before.
    """

    spec: RenderSpec
    folder: str

    def to_line(self) -> bytes:
        """The order as a line of JSON."""
        return msgspec.json.encode(self) + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Order:
        """Read what `to_line` wrote."""
        return msgspec.json.decode(line, type=cls)

    def path(self, name: str) -> Path:
        """A file in the job's folder."""
        return Path(self.folder) / name

    def input(self, role: InputRole) -> Path | None:
        """The local file of the first input with that role."""
        for index, one in enumerate(self.spec.inputs):
            if one.role == role:
                return self.path(input_name(index, role))
        return None

    def job(self) -> RenderJob:
        """The specification with its local files."""
        spec = self.spec
        return RenderJob(
            spec=spec,
            inputs=tuple(
                InputFile(one.role, self.path(input_name(index, one.role)), one.at, one.use)
                for index, one in enumerate(spec.inputs)
                if one.role in SCENE_ROLES
            ),
            characters=tuple(
                Character(one.name, self.path(cutout_name(index)), one.palette)
                for index, one in enumerate(spec.characters)
            ),
            source=self.input("source_video"),
        )


def input_name(index: int, role: InputRole) -> str:
    """The file name of a specification's input in the job's folder."""
    return SOURCE if role == "source_video" else f"input-{index}"


def cutout_name(index: int) -> str:
    """The file name of a character's picture in the job's folder."""
    return f"character-{index}"


class _Event(msgspec.Struct, frozen=True, tag_field="event", tag=True, forbid_unknown_fields=True):
    """A message of the child; the field `event` has the class name."""


class Progress(_Event, frozen=True):
    """The progress of a phase."""

    phase: str
    done: float
    total: float


class Note(_Event, frozen=True):
    """A sentence for the job's log."""

    text: str


class Preview(_Event, frozen=True):
    """A small picture of the unfinished film, a JPEG."""

    jpeg: bytes


class Done(_Event, frozen=True):
    """The result.

    Attributes:
        files: by variant, in the job's folder.
        size: of the film's frames.
        frames: how many there are.
        fps: frame rate.
        scripted: whether prompt and history describe the film completely.
    """

    files: dict[Variant, str]
    size: Size
    frames: int
    fps: FrameRate
    scripted: bool


class Failed(_Event, frozen=True):
    """The job can't be done; another attempt would fail likewise."""

    code: str
    message: str


class Stopped(_Event, frozen=True):
    """The order was given up as the supervisor asked; the engine is ready for the next one."""


class Ready(_Event, frozen=True):
    """An engine process waits for orders, or a decoding process begins.

    Attributes:
        missing: the parts of a decoding process's confinement that this system lacks.
        memory: the memory that an engine process's model takes, where that is known.
    """

    missing: tuple[str, ...] = ()
    memory: HeldMemory | None = None


class DecodedFilm(_Event, frozen=True):
    """An uploaded film was written in the output profile, as `SOURCE`.

    Attributes:
        size: of its frames.
        frames: how many there are.
        fps: frame rate.
    """

    size: Size
    frames: int
    fps: FrameRate


class DecodedPicture(_Event, frozen=True):
    """An uploaded picture was written as `PICTURE`."""


class DecodedSound(_Event, frozen=True):
    """An uploaded sound was written as `SOUND`."""


class DecodedFigure(_Event, frozen=True):
    """The figure in an uploaded film was cut out.

    Attributes:
        files: names of the pictures of it.
        palette: its main colours, as `#rrggbb`.
    """

    files: tuple[str, ...]
    palette: tuple[str, ...]


class DecodedFrame(_Event, frozen=True):
    """A frame of a film was written as `FRAME`."""


Decoded: TypeAlias = DecodedFilm | DecodedPicture | DecodedSound | DecodedFigure | DecodedFrame
"""The result of a decoding process, besides its files."""
Event: TypeAlias = Progress | Note | Preview | Done | Failed | Stopped | Ready | Decoded

_events: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def event_to_line(event: Event) -> bytes:
    """The event as a line of JSON."""
    return msgspec.json.encode(event) + b"\n"


def event_from_line(line: bytes) -> Event:
    """Read what `event_to_line` wrote.

    Raises:
        ValueError: the line is not an event.
    """
    try:
        return _events.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ValueError(f"not an event: {line[:80]!r}") from None
