"""What a decoding process is asked for. It loads no more than this before it is confined."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from vitascope.errors import JobError
from vitascope.spec import FilmPoint

Kind = Literal["film", "picture", "reference", "sound", "figure", "frame"]

FAULTS: dict[Kind, tuple[str, str]] = {
    "film": ("invalid_video", "The video"),
    "picture": ("invalid_image", "The input reference"),
    "reference": ("invalid_image", "The reference image"),
    "sound": ("invalid_audio", "The sound"),
    "figure": ("invalid_video", "The video"),
    "frame": ("invalid_video", "The video"),
}
"""The code of a fault in a file of each kind, and how a message names the file."""


class DecodeLimits(Protocol):
    """How much a process may decode, use and write: part of `UploadSettings`."""

    @property
    def pixels(self) -> int:
        """The maximum of pixels in all decoded frames together."""

    @property
    def cpu_seconds(self) -> int:
        """CPU time of all cores together."""

    @property
    def memory_bytes(self) -> int:
        """Address space."""

    @property
    def file_bytes(self) -> int:
        """The largest file that it may write."""


class _DecodeLimits(NamedTuple):
    """`UploadSettings` in the process, which starts faster without pydantic."""

    pixels: int
    cpu_seconds: int
    memory_bytes: int
    file_bytes: int


class Span(NamedTuple):
    """A part of a film, in seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One file to read.

    Attributes:
        kind: the result: a `film` in the output profile, a `picture` as PNG, a `reference` as PNG
            that keeps its transparency, a `sound` as WAV, cut-outs of the `figure` in a film, or
            one `frame` of a film in the output profile.
        source: the file.
        folder: the folder for the result. It is created, and the process writes nowhere else.
        previews: whether to make a film's thumbnail and spritesheet, too.
        at: the time of the frame, in seconds.
        span: the part of the film to look for a figure in; None for all of it.
        point: where the figure is; None to search for it.
        limits: how much may be decoded, written and used.
    """

    kind: Kind
    source: Path
    folder: Path
    previews: bool = False
    at: float = 0.0
    span: Span | None = None
    point: FilmPoint | None = None
    limits: DecodeLimits

    def to_line(self) -> bytes:
        """The task as a line of JSON."""
        return json.dumps(asdict(self), default=_plain).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Task:
        """Read what `to_line` wrote."""
        fields: dict[str, Any] = json.loads(line)
        fields |= {name: Path(fields[name]) for name in ("source", "folder")}
        # They were validated with the configuration.
        fields["limits"] = _DecodeLimits(**fields["limits"])
        if fields["span"] is not None:
            fields["span"] = Span(*fields["span"])
        if fields["point"] is not None:
            fields["point"] = FilmPoint(*fields["point"])
        return cls(**fields)


def _plain(value: Path | DecodeLimits) -> str | dict[str, int]:
    if isinstance(value, Path):
        return str(value)
    return {name: getattr(value, name) for name in _DecodeLimits._fields}


def too_costly(task: Task, reason: str) -> JobError:
    """The error of a file whose reading would take more than the task allows."""
    code, what = FAULTS[task.kind]
    thing = code.removeprefix("invalid_")
    advice = "smaller" if thing == "image" else "shorter or smaller"
    return JobError(f"{thing}_too_costly", f"{what} can't be used: {reason}. Send a {advice} one.")
