"""The cards by name, each read from its TOML file when it is asked for; torch is not needed."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import ValidationError

from vitascope.engines.diffusers.card import Card
from vitascope.errors import ConfigError

_SUFFIX = ".toml"


@cache
def names() -> tuple[str, ...]:
    """Every card there is, in the order of the alphabet."""
    found = (file.name for file in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


@cache
def card_named(name: str) -> Card:
    """The card of that name.

    Raises:
        ConfigError: there is none.
    """
    if name not in names():
        raise ConfigError(f"There is no card {name!r}. There are: {', '.join(names())}.")
    return _read(name)


def _read(name: str) -> Card:
    text = files(__name__).joinpath(name + _SUFFIX).read_text("utf-8")
    try:
        return Card.model_validate({"name": name, **tomllib.loads(text)})
    except ValidationError as error:
        raise ConfigError(f"The card {name!r} is not right: {error}") from error
