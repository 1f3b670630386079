"""The errand: one upstream job from its creation to its film, whatever happens on the way."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from vitascope.engines.upstream.answers import Job
from vitascope.engines.upstream.caretaker import Caretaker
from vitascope.engines.upstream.client import Client, Forgotten, Unreachable, Wish, failed
from vitascope.engines.upstream.flavours import Flavour
from vitascope.errors import JobError

log = logging.getLogger(__name__)

T = TypeVar("T")

_CREATIONS = 3
"""How often a job is created before it counts as one that makes the server lose its memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patient an errand is, in seconds.

    Attributes:
        poll: between looks at a job, at most; the first come sooner.
        delay: before the second try of a call; doubled for each further one.
        longest_delay: between two tries at most.
        patience: how long a server may be gone. It must be able to load its model meanwhile.
    """

    poll: float = 2.0
    delay: float = 0.5
    longest_delay: float = 10.0
    patience: float = 900.0


class Errand:
    """Runs upstream jobs, one at a time."""

    def __init__(
        self,
        client: Client,
        flavour: Flavour,
        caretaker: Caretaker,
        pace: Pace,
        note: Callable[[str], None],
    ) -> None:
        self._client = client
        self._flavour = flavour
        self._caretaker = caretaker
        self._pace = pace
        self._note = note

    def run(self, wish: Wish, out: Path, progress: Callable[[float | None], None]) -> None:
        """Have a film drawn and write it to `out`.

        Args:
            wish: what to draw.
            out: the new file.
            progress: told how much is done, 0 to 1, or None where nobody knows. It is called
                again and again while there is life, also when nothing moves.

        Raises:
            JobError: the film can't be had.
        """
        for _ in range(_CREATIONS):
            job = self.insist(partial(self._client.create, wish), progress)
            try:
                if self._flavour.aborts:
                    self._caretaker.mind(self._client.address(job.id))
                self._follow(job, progress)
                self._fetch(job.id, out, progress)
                return
            except Forgotten:
                self._note("The upstream server forgot the job, as after a restart.")
            finally:
                self._client.drop(job.id)
                self._caretaker.mind(None)
        raise failed(self._flavour, f"it lost the job {_CREATIONS} times")

    def _fetch(self, job: str, out: Path, progress: Callable[[float | None], None]) -> None:
        with out.open("w+b") as file:
            self.insist(lambda: self._client.fetch(job, file, lambda: progress(None)), progress)

    def _follow(self, job: Job, progress: Callable[[float | None], None]) -> None:
        """Look at a job until it is completed."""
        share: float | None = None
        pause = self._pace.poll / 8
        while not job.completed:
            if job.failed:
                log.warning("%s: a job failed: %s", self._flavour.title, job.reason)
                raise failed(self._flavour, job.reason or "it does not say why")
            if job.progress is not None and self._flavour.tells_progress:
                share = job.progress / 100
            progress(share)
            time.sleep(pause)
            pause = min(self._pace.poll, pause * 1.5)
            job = self.insist(partial(self._client.look, job.id), progress)

    def insist(self, call: Callable[[], T], progress: Callable[[float | None], None]) -> T:
        """Call until there is an answer, giving signs of life meanwhile.

        Raises:
            JobError: `upstream_unavailable`; there was none for as long as the pace allows.
        """
        since, delay = time.monotonic(), self._pace.delay
        while True:
            try:
                return call()
            except Unreachable as cause:
                log.warning("no answer that can be used: %s", cause)
                if time.monotonic() - since > self._pace.patience:
                    raise self._gone() from cause
            progress(None)
            time.sleep(delay * random.uniform(0.75, 1.25))
            delay = min(self._pace.longest_delay, delay * 2)

    def _gone(self) -> JobError:
        return JobError(
            "upstream_unavailable",
            f"The upstream server ({self._flavour.title}) could not be reached for "
            f"{self._pace.patience:g} seconds. Create the video again once it is back; its "
            "operator finds the cause in the worker's log.",
        )
