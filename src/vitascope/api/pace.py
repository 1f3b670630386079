"""Pace: how long a video still takes, from what its worker measured and how recent ones went."""

from __future__ import annotations

import time

from vitascope.store.videos import Videos
from vitascope.video import Video

_FRESH_SECONDS = 5.0
_SHORTEST_MS = 100
_LONGEST_MS = 10_000
_UNKNOWN = 1.0


class Pace:
    """Estimates remaining time. Recent videos are looked at once every few seconds at most."""

    def __init__(self, videos: Videos) -> None:
        self._videos = videos
        self._rates: dict[str, float] = {}
        self._read_at = float("-inf")

    async def poll_after_ms(self, video: Video) -> int:
        """When it is worth asking again, in milliseconds; what `openai-poll-after-ms` says."""
        remaining = await self._remaining(video)
        return int(min(_LONGEST_MS, max(_SHORTEST_MS, remaining * 1000)))

    async def _remaining(self, video: Video) -> float:
        """Seconds until it is done: by its own progress once that tells, else like its kind."""
        now = time.time()
        if video.eta is not None:
            return video.eta - now
        await self._refresh()
        rate = self._rates.get(video.model)
        if rate is None:
            return _UNKNOWN
        spent = 0.0 if video.started_at is None else now - video.started_at
        return rate * video.seconds - spent

    async def _refresh(self) -> None:
        if time.monotonic() - self._read_at < _FRESH_SECONDS:
            return
        self._read_at = time.monotonic()
        self._rates = await self._videos.seconds_per_second()
