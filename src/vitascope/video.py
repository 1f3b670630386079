"""The Video resource: a job specification and the state of its job."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import msgspec

from vitascope.spec import (
    DEFAULT_FPS,
    SCENE_ROLES,
    Asset,
    InputRole,
    RenderSpec,
)

Status = Literal["queued", "in_progress", "completed", "failed"]
Variant = Literal["video", "thumbnail", "spritesheet"]

SIZES = ("720x1280", "1280x720", "1024x1792", "1792x1024", "1080x1920", "1920x1080")
SECONDS = ("4", "8", "12", "16", "20")
VARIANTS: tuple[Variant, ...] = ("video", "thumbnail", "spritesheet")
MAX_EXTENSIONS = 6
MAX_TOTAL_SECONDS = 120
MAX_PREVIEW_BYTES = 20 * 1024
"""The largest live preview."""
DEFAULT_MODEL = "sora-2"
DEFAULT_SIZE = "720x1280"
DEFAULT_SECONDS = "4"
MAX_LINK_SECONDS = 7 * 24 * 3600
"""The longest that a link to a video's file works."""
MAX_PROMPT_LENGTH = 32_000
MAX_SEED = 2**53 - 1
"""The largest integer that every JSON reader keeps exact."""

UNFINISHED: tuple[Status, ...] = ("queued", "in_progress")

MOST_URGENT = 1
DEFAULT_PRIORITY = 50
LEAST_URGENT = 100

PAUSED = "/paused"
"""What the name of a queue ends with that no worker takes from: it holds the paused jobs."""
MAX_TAGS = 20
MAX_TAG_LENGTH = 40

Relation = Literal["remix", "edit", "extension", "character", "file", "variant"]


class Parent(NamedTuple):
    """What a video was made from, and how. It is kept when the parent is deleted."""

    id: str
    relation: Relation


class ShownSpec(msgspec.Struct, frozen=True, gc=False):
    """What of a job specification the API shows."""

    prompt: str
    model: str
    seed: int
    size: tuple[int, int]
    frames: int
    fps: tuple[int, int] = DEFAULT_FPS


class ShownVideo(msgspec.Struct, frozen=True):
    """What of a video the API shows. Times are unix seconds.

    Attributes:
        spec: what is rendered.
        starred: whether its owners marked it.
        tags: their words for it.
    """

    id: str
    spec: RenderSpec | ShownSpec
    created_at: float
    status: Status = "queued"
    completed_at: float | None = None
    expires_at: float | None = None
    progress: int = 0
    error_code: str | None = None
    error_message: str | None = None
    remixed_from_video_id: str | None = None
    starred: bool = False
    tags: tuple[str, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """The API's JSON object: its thirteen keys in its order, `seed`, `starred` and `tags`."""
        spec, completed_at, expires_at = self.spec, self.completed_at, self.expires_at
        seconds, size = _shape(spec.size, spec.frames, spec.fps)
        error = None
        if self.status == "failed":
            error = {"code": self.error_code, "message": self.error_message}
        return {
            "id": self.id,
            "object": "video",
            "created_at": int(self.created_at),
            "status": self.status,
            "completed_at": None if completed_at is None else int(completed_at),
            "error": error,
            "expires_at": None if expires_at is None else int(expires_at),
            "model": spec.model,
            "progress": self.progress,
            "prompt": spec.prompt,
            "remixed_from_video_id": self.remixed_from_video_id,
            "seconds": seconds,
            "size": size,
            "seed": spec.seed,
            "starred": bool(self.starred),
            "tags": list(self.tags),
        }


class Video(ShownVideo, frozen=True, kw_only=True):
    """One video job and its result.

    Attributes:
        spec: what is rendered. Publishing replaces size, length and frame rate by the real ones.
        queue: the queue of its job.
        priority: among its project's waiting jobs, a lower number goes first.
        attempt: the number of attempts so far; only the current one may publish.
        crashes: how often its engine process crashed.
        eta: when it is expected to finish, as measured; None while unknown.
        assets: the files of the result.
        other_prompts: those of what an edit or extension was made from, oldest first, and of the
            segments that follow its own.
    """

    project: str
    spec: RenderSpec
    queue: str = ""
    priority: int = DEFAULT_PRIORITY
    started_at: float | None = None
    phase: str | None = None
    eta: float | None = None
    attempt: int = 0
    crashes: int = 0
    assets: Mapping[Variant, Asset] = {}
    other_prompts: tuple[str, ...] = ()

    @property
    def earlier_prompts(self) -> tuple[str, ...]:
        """Those of what it was made from, oldest first; none of a new film or a remix."""
        return self.other_prompts[: len(self.other_prompts) - len(self.spec.following)]

    @property
    def prompts(self) -> tuple[str, ...]:
        """Those of all parts of its film, oldest first."""
        earlier = self.earlier_prompts
        return (*earlier, self.spec.prompt, *self.other_prompts[len(earlier) :])

    @property
    def paused(self) -> bool:
        """Whether it waits until it is resumed."""
        return self.status == "queued" and self.queue.endswith(PAUSED)

    @property
    def finished(self) -> bool:
        """Whether its status is final."""
        return self.status not in UNFINISHED

    @property
    def stored_bytes(self) -> int:
        """The size of its files in the store."""
        inputs = self.spec.inputs
        if self.status not in UNFINISHED:
            inputs = self.spec.inputs_of(*SCENE_ROLES)
        assets = [one.asset for one in inputs]
        assets += [character.cutout for character in self.spec.characters]
        return sum(asset.size for asset in (*assets, *self.assets.values()))

    def expired(self, now: float) -> bool:
        """Whether its files have expired."""
        return self.expires_at is not None and self.expires_at <= now


@lru_cache(maxsize=1024)
def _shape(size: tuple[int, int], frames: int, fps: tuple[int, int]) -> tuple[str, str]:
    """Length and size on the wire. Cached, because a page of videos repeats a few of them."""
    return f"{frames * fps[1] / fps[0]:g}", f"{size[0]}x{size[1]}"


SOURCE_FOLDERS = ("source", "source_thumbnail", "source_spritesheet", "upload")
"""Names below `videos/ID` of inputs that are not needed once the job has ended: the folder
`source`, and the names that versions before the job specification used."""


def input_key(video_id: str, role: InputRole, index: int = 0) -> str:
    """The store's key for an input of a job."""
    folder = "scene" if role in SCENE_ROLES else "source"
    return f"videos/{video_id}/{folder}/{index}-{role}"


def cutout_key(video_id: str, index: int) -> str:
    """The store's key for the picture of a job's character."""
    return f"videos/{video_id}/scene/{index}-character"


def new_id(kind: str, separator: str = "_") -> str:
    """`kind` and 48 hex digits that sort by creation: seconds, nanoseconds, random digits.

    The first eight digits are the creation second, as in the hosted service's ids.
    """
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{kind}{separator}{seconds:08x}{nanoseconds:08x}{secrets.token_hex(16)}"


def first_id_of(kind: str, moment: float, separator: str = "_") -> str:
    """The smallest id that `new_id` gives from that moment on (unix seconds)."""
    seconds, nanoseconds = divmod(int(max(moment, 0) * 1_000_000_000), 1_000_000_000)
    return f"{kind}{separator}{seconds:08x}{nanoseconds:08x}"


def is_own_id(text: str, kind: str, separator: str = "_") -> bool:
    """Whether `text` has the form that `new_id` gives."""
    digits = text.removeprefix(f"{kind}{separator}")
    return digits != text and len(digits) == 48 and set(digits) <= set("0123456789abcdef")
