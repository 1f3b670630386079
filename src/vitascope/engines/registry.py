"""The installed engines and soundtracks by name.

To say what a model can be asked for loads no codec and no torch; an engine loads them when it is
opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from vitascope import plugins
from vitascope.clip import RenderJob
from vitascope.engines.base import Engine, EnginePlugin
from vitascope.errors import ConfigError
from vitascope.model import ModelCapabilities, ModelSettings

if TYPE_CHECKING:  # slow to import, and the child needs none of it
    import numpy as np
    from numpy.typing import NDArray

    from vitascope.config import Settings

Soundtrack: TypeAlias = "Callable[[RenderJob], Iterator[NDArray[np.float32]]]"
"""Gives the sound to a shot: blocks of shape (2, n) that add up to its `sample_count`."""


def open_engine(model: ModelSettings) -> Engine:
    """The engine that draws for a model, ready to draw.

    Raises:
        JobError: it can't be opened, as when weights are missing; the sentence says what to do.
    """
    return _plugin(model).load(model)


def capabilities_of(model: ModelSettings) -> ModelCapabilities:
    """What can be asked of a model.

    Raises:
        ConfigError: its table can't be used, as when it names a card that does not exist.
    """
    return _plugin(model).capabilities(model)


def capabilities_by_name(settings: Settings) -> dict[str, ModelCapabilities]:
    """What can be asked of each configured model, by the name that clients send.

    Raises:
        ConfigError: a model's table can't be used; says which and why.
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
        NoPlugin: none is installed.
    """
    found: Soundtrack = plugins.plugin("vitascope.soundtracks", name)
    return found


def _plugin(model: ModelSettings) -> type[EnginePlugin[Any]]:
    found: type[EnginePlugin[Any]] = plugins.plugin("vitascope.engines", model.engine)
    return found
