"""Runs upstream jobs with retries while the server is unavailable, and estimates progress."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

from vitascope.engines.upstream.answers import UpstreamJob
from vitascope.engines.upstream.cleanup import Cleanup
from vitascope.engines.upstream.client import (
    Client,
    JobLost,
    RequestParameters,
    Unreachable,
    failed,
)
from vitascope.engines.upstream.settings import Flavour
from vitascope.errors import JobError
from vitascope.retry import delays

log = logging.getLogger(__name__)

T = TypeVar("T")

_CREATIONS = 3
"""Creations of one job before it fails, because a job may crash the server each time."""

_JITTER = 0.25
_REMEMBERED = 9
_GUESS = 60.0
_ALMOST = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Intervals and limits, in seconds.

    Attributes:
        poll: the maximum between two queries of a job; the first ones follow sooner.
        delay: before the second attempt of a call; doubled after each attempt.
        longest_delay: the maximum between two attempts.
        unavailable: how long the server may be unavailable. Loading a model takes minutes.
        answer: how long one answer may take from its first byte on.
    """

    poll: float = 2.0
    delay: float = 0.5
    longest_delay: float = 10.0
    unavailable: float = 900.0
    answer: float = 120.0


class JobRunner:
    """Runs upstream jobs, one at a time."""

    def __init__(
        self,
        client: Client,
        flavour: Flavour,
        cleanup: Cleanup,
        timing: Timing,
        note: Callable[[str], None],
    ) -> None:
        self._client = client
        self._flavour = flavour
        self._cleanup = cleanup
        self._timing = timing
        self._note = note

    def run(
        self, parameters: RequestParameters, out: Path, progress: Callable[[float | None], None]
    ) -> None:
        """Render a film and write it to `out`.

        Args:
            parameters: what to render.
            out: the file to write.
            progress: receives the share that is done, 0 to 1, or None if unknown. It is called
                regularly, also without progress, because an engine that reports nothing is killed.

        Raises:
            JobError: the film can't be rendered or downloaded.
        """
        for _ in range(_CREATIONS):
            job = self.call_until_answered(partial(self._client.create, parameters), progress)
            try:
                if self._flavour.aborts:
                    self._cleanup.watch(self._client.address(job.id))
                self._follow(job, progress)
                self._fetch(job.id, out, progress)
                return
            except JobLost:
                self._note("The upstream server forgot the job, as after a restart.")
            finally:
                self._client.delete(job.id)
                self._cleanup.watch(None)
        raise failed(self._flavour, f"it lost the job {_CREATIONS} times")

    def _fetch(self, job: str, out: Path, progress: Callable[[float | None], None]) -> None:
        with out.open("w+b") as file:
            self.call_until_answered(
                lambda: self._client.fetch(job, file, lambda: progress(None)), progress
            )

    def _follow(self, job: UpstreamJob, progress: Callable[[float | None], None]) -> None:
        """Poll a job until it is completed."""
        share: float | None = None
        pause = self._timing.poll / 8
        while not job.completed:
            if job.failed:
                log.warning("%s: a job failed: %s", self._flavour.title, job.reason)
                raise failed(self._flavour, job.reason or "it gives no reason")
            if job.progress is not None and self._flavour.reports_progress:
                share = job.progress / 100
            progress(share)
            time.sleep(pause)
            pause = min(self._timing.poll, pause * 1.5)
            job = self.call_until_answered(partial(self._client.retrieve, job.id), progress)

    def call_until_answered(
        self, call: Callable[[], T], progress: Callable[[float | None], None]
    ) -> T:
        """Repeat a call until it succeeds, and report progress meanwhile.

        Raises:
            JobError: `upstream_unavailable`; every attempt failed within `unavailable` seconds.
        """
        since = time.monotonic()
        pauses = delays(self._timing.delay, self._timing.longest_delay, jitter=_JITTER)
        while True:
            try:
                return call()
            except Unreachable as cause:
                log.warning("the call failed and is repeated: %s", cause)
                if time.monotonic() - since > self._timing.unavailable:
                    raise self._unavailable() from cause
            progress(None)
            time.sleep(next(pauses))

    def _unavailable(self) -> JobError:
        return JobError(
            "upstream_unavailable",
            f"The upstream server ({self._flavour.title}) could not be reached for "
            f"{self._timing.unavailable:g} seconds. Create the video again once it is back; its "
            "operator finds the cause in the worker's log.",
        )


class Estimate:
    """Estimates a job's progress from how long earlier jobs took per pixel."""

    def __init__(self) -> None:
        self._seconds_per_pixel: deque[float] = deque(maxlen=_REMEMBERED)
        self._begun = 0.0
        self._pixels = 1

    def begin(self, pixels: int) -> None:
        """Start a job with this number of pixels in all its frames together."""
        self._begun = time.monotonic()
        self._pixels = pixels

    def end(self) -> None:
        """Record how long the job took."""
        self._seconds_per_pixel.append((time.monotonic() - self._begun) / self._pixels)

    def share(self) -> float:
        """The estimated share, 0 to 0.95; without earlier jobs it grows ever more slowly."""
        passed = time.monotonic() - self._begun
        if not self._seconds_per_pixel:
            return _ALMOST * passed / (passed + _GUESS)
        expected = max(1e-3, median(self._seconds_per_pixel) * self._pixels)
        return min(_ALMOST, passed / expected)
