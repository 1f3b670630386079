"""Pace: how long a video still takes, from what its worker measured and how recent ones went."""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import ceil
from typing import Any

from vitascope.api.line import Line
from vitascope.store.videos import Videos
from vitascope.video import Video

_FRESH_SECONDS = 5.0
_SHORTEST_MS = 100
_LONGEST_MS = 10_000
_UNKNOWN = 1.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be expected of an unfinished video.

    Attributes:
        position: its place in the line: 1 is the next to be started; None once it was.
        seconds: until it is finished; None while nobody can tell.
    """

    position: int | None
    seconds: float | None

    @property
    def poll_after_ms(self) -> int:
        """When it is worth asking again, in milliseconds; what `openai-poll-after-ms` says."""
        seconds = _UNKNOWN if self.seconds is None else self.seconds
        return int(min(_LONGEST_MS, max(_SHORTEST_MS, seconds * 1000)))

    def to_wire(self) -> dict[str, Any]:
        """The two keys that an unfinished video has when it is asked for."""
        seconds = None if self.seconds is None else max(0, ceil(self.seconds))
        return {"queue_position": self.position, "eta_seconds": seconds}


class Pace:
    """Estimates remaining time. Recent videos are looked at once every few seconds at most."""

    def __init__(self, videos: Videos, line: Line) -> None:
        self._videos = videos
        self._line = line
        self._rates: dict[str, float] = {}
        self._read_at = float("-inf")

    async def outlook(self, video: Video, *, own_before: int) -> Outlook:
        """What is to be expected of an unfinished video.

        Args:
            video: as it is now.
            own_before: how many of its project's are before it, if it waits.
        """
        if video.status == "queued":
            return await self._waiting(video, own_before)
        return Outlook(None, await self._remaining(video))

    async def _waiting(self, video: Video, own_before: int) -> Outlook:
        """Those before it are taken to last as long as it does itself."""
        before = await self._line.jobs_before(video, own_before)
        duration = await self._duration(video)
        rounds = await self._line.rounds_before(video, before)
        if duration is None or rounds is None:
            return Outlook(before + 1, None)
        return Outlook(before + 1, (rounds + 1) * duration)

    async def _remaining(self, video: Video) -> float | None:
        """Seconds until it is done: by its own progress once that tells, else like its kind."""
        now = time.time()
        if video.eta is not None:
            return video.eta - now
        duration = await self._duration(video)
        if duration is None:
            return None
        return duration - (0.0 if video.started_at is None else now - video.started_at)

    async def _duration(self, video: Video) -> float | None:
        """How long videos of its model and length took lately."""
        if time.monotonic() - self._read_at >= _FRESH_SECONDS:
            self._read_at = time.monotonic()
            self._rates = await self._videos.seconds_per_second()
        rate = self._rates.get(video.spec.model)
        return None if rate is None else rate * video.spec.seconds
