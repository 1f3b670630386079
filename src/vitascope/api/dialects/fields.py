"""A dialect's fields: declared as structs and refused by name; sizes as clients write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from vitascope.api.parsing import Body
from vitascope.api.parsing.text import printable
from vitascope.errors import InvalidRequest
from vitascope.spec import Size

_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_PLACE = re.compile(r" - at `\$(.*)`\Z", re.DOTALL)

Declared = TypeVar("Declared", bound=msgspec.Struct)


class Fields(msgspec.Struct, forbid_unknown_fields=True):
    """The base of every declared object: a member that is not declared is refused by its name.

    A member of type `Any` holds text; a long one is an `Upload`.
    """


def declared(body: Body, kind: type[Declared]) -> Declared:
    """The fields of a body, checked.

    Raises:
        InvalidRequest: a field is missing, unknown or of the wrong type; it is named.
    """
    try:
        return msgspec.convert(body.fields, kind)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None


def refuse(given: Mapping[str, Any], why: str) -> None:
    """Refuse fields that this server can't honour, if they are given.

    Raises:
        InvalidRequest: the first of them is; `why` continues "'name' is not supported: ".
    """
    for name, value in given.items():
        # Zero is a value, although it equals False.
        if value is not None and value is not False and value not in ("", [], {}):
            raise InvalidRequest(
                f"'{name}' is not supported: {why}", param=name, code="unsupported_parameter"
            )


def _refusal(message: str) -> InvalidRequest:
    place = _PLACE.search(message)
    where = place[1].lstrip(".") if place else ""
    message = _PLACE.sub("", message)
    if found := _UNKNOWN.fullmatch(message):
        name = printable(".".join(filter(None, (where, found[1]))))
        return InvalidRequest(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    if found := _MISSING.fullmatch(message):
        name = ".".join(filter(None, (where, found[1])))
        return InvalidRequest(
            f"Missing required parameter: '{name}'.",
            param=name,
            code="missing_required_parameter",
        )
    name = printable(where)
    return InvalidRequest(
        f"Invalid value for '{name}': {message[:1].lower()}{message[1:]}.",
        param=name or None,
        code="invalid_value",
    )


DEFAULT_ASPECT = "16:9"
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
        names: what the dialect calls the three, for its errors.

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
    # A dialect may say the same thing twice; something else is a mistake that nobody can settle.
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


def aspect_of(size: Size) -> str:
    """The common aspect ratio that is nearest to a size."""
    common = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9", "9:21")

    def distance(name: str) -> float:
        width, height = map(int, name.split(":"))
        return abs(size.width * height - size.height * width) / (size.height * width)

    return min(common, key=distance)


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
