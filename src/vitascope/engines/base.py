"""The interface of engines: a plug-in that describes and loads one, and the object that renders."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar, runtime_checkable

from vitascope.clip import Clip, HeldMemory, RenderJob
from vitascope.model_settings import ModelCapabilities, ModelSettings

S = TypeVar("S", bound=ModelSettings)


class Reporter(Protocol):
    """Receives an engine's progress. Calls are cheap and may come from any thread."""

    def phase(self, name: str, done: float, total: float) -> None:
        """Report that `done` of `total` units of the phase `name` are finished.

        Raises:
            JobStopped: the job was cancelled; let it pass, and keep what is loaded.
        """

    def note(self, message: str) -> None:
        """Write a sentence into the job's log."""

    def preview(self, jpeg: Callable[[], bytes]) -> None:
        """Offer a live preview, a small picture of the unfinished film.

        Args:
            jpeg: makes it, as `media.previews.jpeg_of` does; called at once, and every two seconds
                at most.
        """


class Engine(Protocol):
    """Renders jobs, one at a time, in a child process of a worker."""

    def draw(self, job: RenderJob, report: Reporter) -> Clip:
        """Return the clip of a job, whose iterators render while they are consumed.

        Raises:
            JobError: the engine can't render this job; the sentence says what it can render.
        """


@runtime_checkable
class HoldsMemory(Protocol):
    """An engine that knows how much memory it takes, so that others may stay loaded beside it."""

    @property
    def memory(self) -> HeldMemory | None:
        """The memory that it takes; None where that is not known."""


class EnginePlugin(ABC, Generic[S]):
    """An engine's plug-in, which an entry point of the group `vitascope.engines` names.

    The API process imports its module, so it imports codecs and torch only in `load`.

    Attributes:
        settings: the settings class of the engine's `[models.NAME]` tables.
    """

    settings: type[S]

    @classmethod
    @abstractmethod
    def capabilities(cls, settings: S) -> ModelCapabilities:
        """The capabilities of a model with these settings.

        Raises:
            ConfigError: the settings can't be used.
        """

    @classmethod
    @abstractmethod
    def load(cls, settings: S) -> Engine:
        """Load the engine; called in the child process of a worker.

        Raises:
            JobError: it can't be loaded, such as when weights are missing; says what to do.
        """
