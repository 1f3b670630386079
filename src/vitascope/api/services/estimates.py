"""Queue position and ETA of unfinished videos.

Workers take the projects with waiting jobs in random order, and within a project the job with the
lowest priority number, of these the oldest. So before a job starts, every other project has on
average one turn for each turn of the job's own project, as long as it has jobs.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from typing import Any

from vitascope.config import Settings
from vitascope.store.videos import Videos
from vitascope.store.workers import Workers
from vitascope.video import Video

_FRESH_SECONDS = 1.0
_PAUSES = 50
"""After a query that took T seconds, the next follows after this many T at the earliest."""


class QueuePositions:
    """Answers from memory. Queries the database at most once a second, while there are requests."""

    def __init__(self, settings: Settings, videos: Videos, workers: Workers) -> None:
        self._settings = settings
        self._videos = videos
        self._workers = workers
        self._turns: dict[str, _Turns] = {}
        self._running: Mapping[str, int] = {}
        self._able: Mapping[str, int] = {}
        self._next_look = float("-inf")

    async def jobs_before(self, video: Video, own: int) -> int:
        """How many jobs will start before the video's.

        Args:
            video: one that waits.
            own: how many of them are its own project's.
        """
        await self._refresh()
        turns = self._turns.get(video.queue)
        return own + (0 if turns is None else turns.of_others(video.project, own + 1))

    async def rounds_before(self, video: Video, before: int) -> float | None:
        """How many jobs run one after the other until a worker is free for the video.

        None if no worker lives that could make it.
        """
        await self._refresh()
        able = self._able.get(video.queue, 0)
        if not able:
            return None
        return max(0, before + 1 + self._running.get(video.queue, 0) - able) / able

    async def waiting(self, queue: str, project: str) -> int:
        """How many of a project's jobs wait in a queue."""
        await self._refresh()
        turns = self._turns.get(queue)
        return 0 if turns is None else turns.of(project)

    async def _refresh(self) -> None:
        began = time.monotonic()
        if began < self._next_look:
            return
        self._next_look = began + _FRESH_SECONDS  # other requests use the old counts meanwhile
        waiting = await self._videos.queued_by_project()
        self._turns = {queue: _Turns(counts) for queue, counts in waiting.items()}
        self._running = await self._videos.running_by_queue()
        self._able = await self._able_by_queue()
        took = time.monotonic() - began
        self._next_look = began + max(_FRESH_SECONDS, took * _PAUSES)

    async def _able_by_queue(self) -> Counter[str]:
        """The number of living workers of each queue."""
        able: Counter[str] = Counter()
        lease = self._settings.worker_lease_seconds
        for models in await self._workers.models_served(lease=lease):
            found = (self._settings.resolve_model(name) for name in models)
            able.update({model.queue for model in found if model is not None})
        return able


class _Turns:
    """The number of waiting jobs of each project in one queue."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        self._sorted = sorted(counts.values())
        self._sums = [0, *accumulate(self._sorted)]

    def of(self, project: str) -> int:
        """The number of a project's waiting jobs."""
        return self._counts.get(project, 0)

    def of_others(self, project: str, turns: int) -> int:
        """The number of jobs that other projects start while each has up to this many turns."""
        short = bisect_left(self._sorted, turns)
        every = self._sums[short] + turns * (len(self._sorted) - short)
        return every - min(turns, self._counts.get(project, 0))


_RATES_FRESH_SECONDS = 5.0
_SHORTEST_MS = 100
_LONGEST_MS = 10_000
_UNKNOWN = 1.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be expected of an unfinished video.

    Attributes:
        position: its place in the line: 1 is the next to be started; None once it was.
        seconds: until it is finished; None while that is unknown.
        paused: whether it waits until it is resumed.
    """

    position: int | None
    seconds: float | None
    paused: bool = False

    @property
    def poll_after_ms(self) -> int:
        """Milliseconds until the next useful poll, the value of `openai-poll-after-ms`."""
        seconds = _UNKNOWN if self.seconds is None else self.seconds
        return int(min(_LONGEST_MS, max(_SHORTEST_MS, seconds * 1000)))

    def to_wire(self) -> dict[str, Any]:
        """The additional keys of a retrieved unfinished video."""
        seconds = None if self.seconds is None else max(0, ceil(self.seconds))
        return {
            "queue_position": self.position,
            "eta_seconds": seconds,
            "paused": self.paused,
        }


class Estimates:
    """Estimates the remaining time. Queries recent videos every few seconds at most."""

    def __init__(self, videos: Videos, positions: QueuePositions) -> None:
        self._videos = videos
        self._positions = positions
        self._rates: dict[str, float] = {}
        self._read_at = float("-inf")

    async def outlook(self, video: Video, *, own_before: int) -> Outlook:
        """What is to be expected of an unfinished video.

        Args:
            video: as it is now.
            own_before: how many of its project's are before it, if it waits.
        """
        if video.paused:
            return Outlook(None, None, paused=True)
        if video.status == "queued":
            return await self._waiting(video, own_before)
        return Outlook(None, await self._remaining(video))

    async def of_new(self, video: Video) -> tuple[Outlook, float | None]:
        """What would be expected of a video that is not in the queue yet.

        Returns:
            the outlook, and how long the job itself would take, in seconds, if that is known.
        """
        own_before = await self._positions.waiting(video.queue, video.project)
        return await self._waiting(video, own_before), await self._duration(video)

    async def _waiting(self, video: Video, own_before: int) -> Outlook:
        """Assumes that the jobs before it take as long as the video itself."""
        before = await self._positions.jobs_before(video, own_before)
        duration = await self._duration(video)
        rounds = await self._positions.rounds_before(video, before)
        if duration is None or rounds is None:
            return Outlook(before + 1, None)
        return Outlook(before + 1, (rounds + 1) * duration)

    async def _remaining(self, video: Video) -> float | None:
        """Seconds until it is finished: by its own progress, else by similar videos."""
        now = time.time()
        if video.eta is not None:
            return video.eta - now
        duration = await self._duration(video)
        if duration is None:
            return None
        return duration - (0.0 if video.started_at is None else now - video.started_at)

    async def _duration(self, video: Video) -> float | None:
        """How long recent videos of its model take at its length, in seconds."""
        if time.monotonic() - self._read_at >= _RATES_FRESH_SECONDS:
            self._read_at = time.monotonic()
            self._rates = await self._videos.seconds_per_second()
        rate = self._rates.get(video.spec.model)
        return None if rate is None else rate * video.spec.seconds
