"""What supervisor and child say to each other: one JSON object a line, both ways."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from vitascope.shot import Character, Shot, Size, Step
from vitascope.video import Variant

FILES: dict[Variant, str] = {
    "video": "video.mp4",
    "thumbnail": "thumbnail.webp",
    "spritesheet": "spritesheet.jpg",
}
"""What every job's result is made of, and how the files are called."""
NO_ROOM = "disk_full"
"""The code with which a child fails that found no room on the disk: another try may find some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One job for the child.

    Attributes:
        folder: the job's own; inputs lie in it, and every file of the result goes there.
        upload: a film from outside, to be brought to the house's form and gone on from.
        thumbnail: the preview of the film that is extended.
        spritesheet: likewise.
    """

    shot: Shot
    folder: Path
    upload: Path | None = None
    thumbnail: Path | None = None
    spritesheet: Path | None = None

    def to_line(self) -> bytes:
        """The order as a line of JSON."""
        fields = asdict(self)
        return json.dumps(fields, default=str).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Order:
        """Read what `to_line` wrote."""
        fields = json.loads(line)
        paths = {name: _path(fields[name]) for name in ("upload", "thumbnail", "spritesheet")}
        return cls(
            shot=_shot(fields["shot"]),
            folder=Path(fields["folder"]),
            **paths,
        )


def _shot(fields: dict[str, Any]) -> Shot:
    characters = [
        Character(one["name"], Path(one["cutout"]), tuple(one["palette"]))
        for one in fields["characters"]
    ]
    typed = {
        "size": Size(*fields["size"]),
        "script": tuple(Step(*step) for step in fields["script"]),
        "characters": tuple(characters),
        "reference": _path(fields["reference"]),
        "source": _path(fields["source"]),
        "fps": Fraction(fields["fps"]),
    }
    return Shot(**{**fields, **typed})


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


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
    """The result.

    Attributes:
        files: by variant, in the order's folder.
        size: of the film's frames, as in `720x1280`.
        frames: how many there are.
        scripted: whether the row's script tells how to draw the film again.
    """

    files: dict[Variant, str]
    size: str
    frames: int
    scripted: bool


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
    try:
        return _KINDS[fields.pop("event")](**fields)
    except (AttributeError, KeyError, TypeError):
        raise ValueError(f"not an event: {line[:80]!r}") from None
