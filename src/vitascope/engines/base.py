"""What an engine is: a plug-in that describes and loads it, and the object that draws."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

from vitascope.clip import Clip, RenderJob
from vitascope.model_settings import ModelCapabilities, ModelSettings

S = TypeVar("S", bound=ModelSettings)


class Reporter(Protocol):
    """Where an engine says how far it is. Calls are cheap and may come from any thread."""

    def phase(self, name: str, done: float, total: float) -> None:
        """Say that `done` of `total` units of the phase `name` are finished."""

    def note(self, message: str) -> None:
        """Leave a sentence in the job's log."""


class Engine(Protocol):
    """Renders jobs. Lives in a child process of a worker and is given one job at a time."""

    def draw(self, job: RenderJob, report: Reporter) -> Clip:
        """Begin to draw and return the clip, whose iterators do the work when they are consumed.

        Raises:
            JobError: the job can't be drawn as asked; the sentence says what can be.
        """


class EnginePlugin(ABC, Generic[S]):
    """What an entry point of the group `vitascope.engines` names.

    The API process imports its module: codecs, torch and the like are imported in `load` alone.

    Attributes:
        settings: the class of the engine's `[models.NAME]` tables.
    """

    settings: type[S]

    @classmethod
    @abstractmethod
    def capabilities(cls, settings: S) -> ModelCapabilities:
        """What can be asked of a model with these settings.

        Raises:
            ConfigError: the settings can't be used.
        """

    @classmethod
    @abstractmethod
    def load(cls, settings: S) -> Engine:
        """The engine, ready to draw; called in the child process of a worker.

        Raises:
            JobError: it can't draw, as when weights are missing; says what to do.
        """
