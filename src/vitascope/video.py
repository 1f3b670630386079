"""The Video resource, as the store keeps it and the wire shows it, and the rules of its life."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from vitascope.shot import Step, Task

Status = Literal["queued", "in_progress", "completed", "failed"]
Variant = Literal["video", "thumbnail", "spritesheet"]

SIZES = ("720x1280", "1280x720", "1024x1792", "1792x1024", "1080x1920", "1920x1080")
SECONDS = ("4", "8", "12", "16", "20")
VARIANTS: tuple[Variant, ...] = ("video", "thumbnail", "spritesheet")
MAX_EXTENSIONS = 6
MAX_TOTAL_SECONDS = 120
ADDED_SECONDS = "added_seconds"
"""The option that says how much of an extended film is new."""
DEFAULT_MODEL = "sora-2"
DEFAULT_SIZE = "720x1280"
DEFAULT_SECONDS = "4"
MAX_PROMPT_LENGTH = 32_000
MAX_SEED = 2**53 - 1
"""The largest integer that every JSON reader keeps exact."""

UNFINISHED: tuple[Status, ...] = ("queued", "in_progress")

MOST_URGENT = 1
DEFAULT_PRIORITY = 50
LEAST_URGENT = 100


@dataclass(frozen=True, slots=True)
class Asset:
    """One stored file of a video.

    Attributes:
        key: its key in the blob store; unique to the attempt that made it.
        size: bytes.
        digest: sha256 of the content in hex; the content's ETag.
        media_type: MIME type.
    """

    key: str
    size: int
    digest: str
    media_type: str


Relation = Literal["remix", "edit", "extension", "character", "file"]


class Parent(NamedTuple):
    """Something a video came from, and how. Stays known after the parent has been deleted."""

    id: str
    relation: Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequest:
    """A checked request for a video: what `POST /v1/videos` says, with every default filled in.

    Attributes:
        id: the id the video will have; its input files are stored under it beforehand.
        seconds: length; whole unless it goes on from an upload.
        extensions: how often the film was extended, this time included.
        script: how the house's own film came about up to and with this request; None for films
            from outside, of which only the frames are known.
        options: engine settings that only some engines use (guidance_scale, …).
        inputs: stored input files by role, such as `input_reference`.
        parents: what it comes from.
    """

    prompt: str
    model: str
    size: str
    seconds: float
    seed: int
    id: str = field(default_factory=lambda: new_id("video"))
    task: Task = "create"
    extensions: int = 0
    script: tuple[Step, ...] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Asset] = field(default_factory=dict)
    remixed_from_video_id: str | None = None
    parents: tuple[Parent, ...] = ()

    def with_inputs(self, inputs: Mapping[str, Asset]) -> VideoRequest:
        """The same request with more stored input files."""
        return replace(self, inputs={**self.inputs, **inputs})

    def queued(
        self, *, project: str, queue: str, now: float, priority: int = DEFAULT_PRIORITY
    ) -> Video:
        """The video it asks for, before any work on it."""
        return Video(
            id=self.id,
            project=project,
            task=self.task,
            status="queued",
            model=self.model,
            queue=queue,
            priority=priority,
            prompt=self.prompt,
            size=self.size,
            seconds=self.seconds,
            seed=self.seed,
            created_at=now,
            remixed_from_video_id=self.remixed_from_video_id,
            extensions=self.extensions,
            script=self.script,
            options=dict(self.options),
            inputs=dict(self.inputs),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """One video job and its result. Times are unix seconds.

    Attributes:
        queue: where its job waits for a worker that can do it.
        priority: its place among its project's own waiting jobs: a lower number goes first.
        attempt: how often its drawing was begun; only the current attempt may publish.
        crashes: how often it took its engine's process down.
        eta: when it is expected to be finished, as measured; None while unknown.
    """

    id: str
    project: str
    task: Task
    status: Status
    model: str
    prompt: str
    size: str
    seconds: float
    seed: int
    created_at: float
    queue: str = ""
    priority: int = DEFAULT_PRIORITY
    started_at: float | None = None
    completed_at: float | None = None
    expires_at: float | None = None
    progress: int = 0
    phase: str | None = None
    eta: float | None = None
    error_code: str | None = None
    error_message: str | None = None
    remixed_from_video_id: str | None = None
    attempt: int = 0
    crashes: int = 0
    extensions: int = 0
    script: tuple[Step, ...] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Asset] = field(default_factory=dict)
    assets: Mapping[str, Asset] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status not in UNFINISHED

    def expired(self, now: float) -> bool:
        """Whether its files are past their retention."""
        return self.expires_at is not None and self.expires_at <= now

    def to_wire(self) -> dict[str, Any]:
        """The JSON object clients get: the thirteen keys of the API, in its order, and `seed`."""
        error = None
        if self.status == "failed":
            error = {"code": self.error_code, "message": self.error_message}
        return {
            "id": self.id,
            "object": "video",
            "created_at": int(self.created_at),
            "status": self.status,
            "completed_at": _whole(self.completed_at),
            "error": error,
            "expires_at": _whole(self.expires_at),
            "model": self.model,
            "progress": self.progress,
            "prompt": self.prompt,
            "remixed_from_video_id": self.remixed_from_video_id,
            "seconds": f"{self.seconds:g}",
            "size": self.size,
            "seed": self.seed,
        }


def _whole(moment: float | None) -> int | None:
    return None if moment is None else int(moment)


def new_id(kind: str, separator: str = "_") -> str:
    """`kind` and 48 hex digits that sort by time of creation: seconds, nanoseconds, chance.

    The first eight digits are the creation second, as they were on the hosted service.
    """
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{kind}{separator}{seconds:08x}{nanoseconds:08x}{secrets.token_hex(16)}"


def is_own_id(text: str, kind: str, separator: str = "_") -> bool:
    """Whether `text` has the form that `new_id` gives."""
    digits = text.removeprefix(f"{kind}{separator}")
    return digits != text and len(digits) == 48 and set(digits) <= set("0123456789abcdef")
