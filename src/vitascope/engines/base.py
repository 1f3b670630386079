"""The Engine protocol: what every engine can be asked, and what it may tell while it works."""

from __future__ import annotations

from typing import Protocol

from vitascope.shot import Clip, Shot


class Reporter(Protocol):
    """Where an engine says how far it is. Calls are cheap and may come from any thread."""

    def phase(self, name: str, done: float, total: float) -> None:
        """Say that `done` of `total` units of the phase `name` are finished."""

    def note(self, message: str) -> None:
        """Leave a sentence in the job's log."""


class Engine(Protocol):
    """Draws shots. Lives in a child process of a worker and is asked one shot at a time."""

    def draw(self, shot: Shot, report: Reporter) -> Clip:
        """Begin to draw and return the clip, whose iterators do the work when they are consumed.

        Raises:
            JobError: the shot can't be drawn as asked; the sentence says what can be.
        """
