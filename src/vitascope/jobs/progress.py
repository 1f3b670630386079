"""Progress: from phases to one integer that never goes back, and the time that is left."""

from __future__ import annotations

import math

from vitascope.model_settings import ModelSettings

# How much of the whole a phase is worth, beside the others of the same job.
_WEIGHTS = {
    "normalise": 30.0,
    "denoise": 180.0,
    "decode": 20.0,
    "draw": 22.0,
    "encode": 22.0,
    "publish": 1.0,
}
_START = 1.0
_ENOUGH = 0.08


def phases_of(model: ModelSettings, *, upload: bool) -> tuple[str, ...]:
    """What a job goes through, in order, with an upload to be brought into form first or not."""
    return ("normalise", *model.phases) if upload else model.phases


class ProgressMeter:
    """Adds up the phases of one attempt.

    Attributes:
        phase: the phase that was heard of last.
    """

    def __init__(self, phases: tuple[str, ...], *, started: float) -> None:
        total = sum(_WEIGHTS[name] for name in phases)
        self._weights = {name: _WEIGHTS[name] / total for name in phases}
        self._done = dict.fromkeys(phases, 0.0)
        self._started = started
        self.phase = phases[0]

    def update(self, phase: str, done: float, total: float) -> None:
        """Take in a report. Phases that are not this job's are shown but not counted."""
        self.phase = phase
        if phase in self._done and total > 0:
            share = min(1.0, max(0.0, done / total))
            self._done[phase] = max(self._done[phase], share)

    @property
    def fraction(self) -> float:
        """The part of the whole that is done, 0 to 1."""
        return sum(self._weights[name] * done for name, done in self._done.items())

    @property
    def percent(self) -> int:
        """1 to 99: 0 is for the queue and 100 for what is published."""
        return min(99, math.floor(_START + (100 - _START) * self.fraction))

    def eta(self, now: float) -> float | None:
        """When the attempt will be done if it goes on as it went; None while it is too early."""
        fraction = self.fraction
        if fraction < _ENOUGH:
            return None
        return now + (now - self._started) * (1 - fraction) / fraction
