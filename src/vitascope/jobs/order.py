"""What supervisor and child say to each other: one JSON object a line, both ways."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vitascope.shot import Shot, Size
from vitascope.video import Variant

FILES: dict[Variant, str] = {
    "video": "video.mp4",
    "thumbnail": "thumbnail.webp",
    "spritesheet": "spritesheet.jpg",
}
"""What every job's result is made of, and how the files are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One job for the child.

    Attributes:
        engine: name of the engine that draws.
        folder: an empty folder that is the job's alone; every file of the result goes there.
    """

    engine: str
    shot: Shot
    folder: Path

    def to_line(self) -> bytes:
        """The order as a line of JSON."""
        fields = asdict(self)
        return json.dumps(fields, default=str).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Order:
        """Read what `to_line` wrote."""
        fields = json.loads(line)
        shot = fields["shot"]
        shot["size"] = Size(*shot["size"])
        if shot["reference"] is not None:
            shot["reference"] = Path(shot["reference"])
        return cls(engine=fields["engine"], shot=Shot(**shot), folder=Path(fields["folder"]))


@dataclass(frozen=True, slots=True)
class Progress:
    """So much of a phase is done."""

    phase: str
    done: float
    total: float


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for the job's log."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The files of the result, by variant, in the order's folder."""

    files: dict[Variant, str]


@dataclass(frozen=True, slots=True)
class Failed:
    """The job can't be done; never worth another try."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The child has loaded its engine and waits for orders."""


Event = Progress | Note | Done | Failed | Ready
_KINDS: dict[str, type[Event]] = {
    kind.__name__: kind for kind in (Progress, Note, Done, Failed, Ready)
}


def event_to_line(event: Event) -> bytes:
    """The event as a line of JSON."""
    return json.dumps({"event": type(event).__name__, **asdict(event)}).encode() + b"\n"


def event_from_line(line: bytes) -> Event:
    """Read what `event_to_line` wrote.

    Raises:
        ValueError: the line is no event; the child is not to be trusted any more.
    """
    fields: dict[str, Any] = json.loads(line)
    kind = _KINDS.get(fields.pop("event", ""))
    if kind is None:
        raise ValueError(f"not an event: {line[:80]!r}")
    return kind(**fields)
