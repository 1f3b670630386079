"""Sizes: what clients say as aspect ratio, resolution or pixels, as the size of a film's frames."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from vitascope.api.parsing.body import Body, Value
from vitascope.api.parsing.fields import Choice, Json
from vitascope.config import Settings
from vitascope.errors import InvalidRequest
from vitascope.spec import Size
from vitascope.video import SIZES

DEFAULT_RESOLUTION = "720p"
RESOLUTIONS = {
    "360p": 360,
    "480p": 480,
    "540p": 540,
    "720p": 720,
    "768p": 768,
    "1080p": 1080,
    "1K": 1024,
}
"""The shorter side of a film's frames in pixels, by its name."""

_STEP = 8
_MIN_SIDE = 128
_MAX_SIDE = 2560
_MAX_PIXELS = 2560 * 1088
_ASPECT = re.compile(r"([1-9][0-9]{0,3}):([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True)
class FilmSize:
    """A field with one of the sizes that OpenAI's API names."""

    default: Size | None = None
    required: ClassVar[bool] = False

    def read(self, value: Value, name: str, _body: Body, _settings: Settings) -> Size:
        """The size."""
        return Size.parse(Choice(SIZES).read(value, name))

    def schema(self, form: str) -> Json:
        """The sizes."""
        return Choice(SIZES, None if self.default is None else str(self.default)).schema(form)


def size_of(
    *,
    size: str | None = None,
    aspect: str | None = None,
    resolution: str | None = None,
    names: tuple[str, str, str] = ("size", "aspect_ratio", "resolution"),
) -> Size | None:
    """The size of a film's frames; None if nothing is said about it.

    Sides are multiples of 8: those of an aspect ratio are rounded to the nearest.

    Args:
        size: `1280x720`.
        aspect: `16:9`.
        resolution: a name such as `720p`, or pixels as in `size`.
        names: what the request calls the three, for errors.

    Raises:
        InvalidRequest: it can't be read, is not supported, or two of the three contradict.
    """
    if resolution is not None and size is None and "x" in resolution:
        size, resolution, names = resolution, None, (names[2], *names[1:])
    short = None if resolution is None else _short_side(resolution, names[2])
    ratio = None if aspect is None else _ratio(aspect, names[1])
    if size is None:
        if short is None and ratio is None:
            return None
        return _checked(_fitted(ratio, short), names[1])
    found = _checked(_pixels(size, names[0]), names[0])
    # A request may say the same thing twice; something else is a mistake that nobody can settle.
    implied = _fitted(ratio, short or min(found))
    if (ratio or short) and (
        abs(implied.width - found.width) > _STEP or abs(implied.height - found.height) > _STEP
    ):
        if ratio is None and min(found) == short:
            return found
        other = names[1] if ratio is not None else names[2]
        raise InvalidRequest(
            f"'{names[0]}' says {found}, which contradicts '{other}'. Give one of them.",
            param=names[0],
            code="invalid_value",
        )
    return found


def _fitted(ratio: tuple[int, int] | None, short: int | None) -> Size:
    width, height = ratio or (16, 9)
    side = short or RESOLUTIONS[DEFAULT_RESOLUTION]
    scale = side / min(width, height)
    return Size(_rounded(width * scale), _rounded(height * scale))


def _rounded(side: float) -> int:
    return max(_STEP, round(side / _STEP) * _STEP)


def _short_side(resolution: str, name: str) -> int:
    for known, side in RESOLUTIONS.items():
        if resolution.lower() == known.lower():
            return side
    raise InvalidRequest(
        f"Invalid value for '{name}': '{resolution[:40]}'. Supported are {', '.join(RESOLUTIONS)}.",
        param=name,
        code="invalid_value",
    )


def _ratio(aspect: str, name: str) -> tuple[int, int]:
    found = _ASPECT.fullmatch(aspect)
    if found is None:
        raise InvalidRequest(
            f"Invalid value for '{name}': '{aspect[:40]}'. Give width and height as in '16:9'.",
            param=name,
            code="invalid_value",
        )
    return int(found[1]), int(found[2])


def _pixels(text: str, name: str) -> Size:
    try:
        return Size.parse(text[:20].replace("*", "x"))
    except ValueError:
        raise InvalidRequest(
            f"Invalid value for '{name}': '{text[:40]}'. Give pixels as in '1280x720'.",
            param=name,
            code="invalid_value",
        ) from None


def _checked(size: Size, name: str) -> Size:
    if any(side % _STEP for side in size):
        near = Size(_rounded(size.width), _rounded(size.height))
        raise InvalidRequest(
            f"Invalid '{name}': both sides of {size} must be multiples of {_STEP}. "
            f"The nearest such size is {near}.",
            param=name,
            code="invalid_value",
        )
    if min(size) < _MIN_SIDE or max(size) > _MAX_SIDE or size.width * size.height > _MAX_PIXELS:
        raise InvalidRequest(
            f"Invalid '{name}': {size} is not supported. Sides have {_MIN_SIDE} to {_MAX_SIDE} "
            "pixels, and a frame has at most as many as one of 2560x1088.",
            param=name,
            code="invalid_value",
        )
    return size
