"""Finds the installed engines and soundtracks by name.

Reading capabilities imports no codec and no torch; `open_engine` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from vitascope import plugins
from vitascope.clip import RenderJob
from vitascope.engines.base import Engine, EnginePlugin
from vitascope.errors import ConfigError
from vitascope.model_settings import ModelCapabilities, ModelSettings

if TYPE_CHECKING:  # slow to import, and not needed in the engine process
    import numpy as np
    from numpy.typing import NDArray

    from vitascope.config import Settings

Soundtrack: TypeAlias = "Callable[[RenderJob], Iterator[NDArray[np.float32]]]"
"""Renders a job's sound: blocks of shape (2, n) with `sample_count` samples in all."""


def open_engine(model: ModelSettings) -> Engine:
    """Load the engine of a model.

    Raises:
        JobError: loading failed, for example because weights are missing; says what to do.
    """
    return _plugin(model).load(model)


def capabilities_of(model: ModelSettings) -> ModelCapabilities:
    """The capabilities of a model.

    Raises:
        ConfigError: its settings are wrong, for example the name of the card.
    """
    return _plugin(model).capabilities(model)


def capabilities_by_name(settings: Settings) -> dict[str, ModelCapabilities]:
    """The capabilities of every configured model, by the name that clients send.

    Raises:
        ConfigError: a model's settings are wrong; says which and why.
    """
    found = {}
    for name, model in settings.models.items():
        try:
            found[name] = capabilities_of(model)
        except ConfigError as error:
            raise ConfigError(f"[models.{name}]: {error}") from None
    return found


def soundtrack_named(name: str) -> Soundtrack:
    """The soundtrack of that name.

    Raises:
        NoPlugin: no such soundtrack is installed.
    """
    found: Soundtrack = plugins.plugin("vitascope.soundtracks", name)
    return found


def _plugin(model: ModelSettings) -> type[EnginePlugin[Any]]:
    found: type[EnginePlugin[Any]] = plugins.plugin("vitascope.engines", model.engine)
    return found
