"""The cards by name, each read from its TOML file when it is asked for; torch is not needed."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from vitascope.engines.diffusers.card import Card
from vitascope.errors import ConfigError

_SUFFIX = ".toml"


@cache
def names() -> tuple[str, ...]:
    """Every built-in card, in the order of the alphabet."""
    found = (file.name for file in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


def own_names(folder: Path | None) -> tuple[str, ...]:
    """The cards in a folder of the user's, in the order of the alphabet."""
    return () if folder is None else tuple(sorted(file.stem for file in folder.glob("*.toml")))


@cache
def card_named(name: str) -> Card:
    """The built-in card of that name, or the card in that file if the name ends with `.toml`.

    Raises:
        ConfigError: there is none, or it can't be read.
    """
    if name.endswith(_SUFFIX):
        return _read_file(Path(name))
    if name not in names():
        raise ConfigError(f"There is no card {name!r}. There are: {', '.join(names())}.")
    return _parsed(name, files(__name__).joinpath(name + _SUFFIX).read_text("utf-8"))


def _read_file(file: Path) -> Card:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The card {file} can't be read: {error}") from error
    return _parsed(file.stem, text)


def _parsed(name: str, text: str) -> Card:
    try:
        return Card.model_validate({"name": name, **tomllib.loads(text)})
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The card {name!r} is no TOML: {error}") from error
    except ValidationError as error:
        places = "\n".join(
            f"  {'.'.join(map(str, each['loc'])) or 'the card'}: {each['msg']}"
            for each in error.errors()
        )
        raise ConfigError(f"The card {name!r} is not right:\n{places}") from error
