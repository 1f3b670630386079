"""Progress: from phases to one integer that never falls, and the estimated end."""

from __future__ import annotations

import math

from vitascope.model_settings import ModelSettings

_WEIGHTS = {
    "normalise": 30.0,
    "denoise": 180.0,
    "decode": 20.0,
    "draw": 22.0,
    "encode": 22.0,
    "publish": 1.0,
}
"""The duration of a phase relative to the other phases of a job."""
_START = 1.0
_ENOUGH = 0.08
"""The share after which the end can be estimated."""


def phases_of(model: ModelSettings, *, upload: bool) -> tuple[str, ...]:
    """A job's phases, in order; the first normalises an uploaded film."""
    return ("normalise", *model.phases) if upload else model.phases


class ProgressMeter:
    """Adds up the phases of one attempt.

    Attributes:
        phase: the phase of the last report.
        preview: the latest picture of the unfinished film, until the next report writes it.
    """

    def __init__(self, phases: tuple[str, ...], *, started: float) -> None:
        total = sum(_WEIGHTS[name] for name in phases)
        self._weights = {name: _WEIGHTS[name] / total for name in phases}
        self._done = dict.fromkeys(phases, 0.0)
        self._started = started
        self.phase = phases[0]
        self.preview: bytes | None = None

    def update(self, phase: str, done: float, total: float) -> None:
        """Take a report. A phase that is not one of the job's is shown but not counted."""
        self.phase = phase
        if phase in self._done and total > 0:
            share = min(1.0, max(0.0, done / total))
            self._done[phase] = max(self._done[phase], share)

    def take_preview(self) -> bytes | None:
        """The latest picture, if no report has taken it yet."""
        preview, self.preview = self.preview, None
        return preview

    @property
    def fraction(self) -> float:
        """The share that is done, 0 to 1."""
        return sum(self._weights[name] * done for name, done in self._done.items())

    @property
    def percent(self) -> int:
        """1 to 99: a queued video has 0 and a completed one 100."""
        return min(99, math.floor(_START + (100 - _START) * self.fraction))

    def eta(self, now: float) -> float | None:
        """The estimated end at the present rate; None while it is too early."""
        fraction = self.fraction
        if fraction < _ENOUGH:
            return None
        return now + (now - self._started) * (1 - fraction) / fraction
