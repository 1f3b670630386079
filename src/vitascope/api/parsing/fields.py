"""Reads checked values from a Body. The errors have OpenAI's own messages.

Null and the empty string mean "not given", except where a text is required.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence

from vitascope.api.parsing.body import Body, Value, kind_of
from vitascope.api.parsing.text import printable, too_long
from vitascope.errors import InvalidRequest

_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_DECIMAL = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?")


def reject_unknown(body: Body, allowed: Collection[str]) -> None:
    """Refuse a body with other fields.

    Raises:
        InvalidRequest: there is another one; it names the first.
    """
    for name in body.fields:
        if name not in allowed:
            raise unknown_parameter(name)


def text_in(value: Value, name: str, *, max_length: int) -> str:
    r"""A text that stands somewhere in a body. `\r\n` becomes `\n`; nothing is trimmed.

    Raises:
        InvalidRequest: it is missing, empty, no string, or longer than so many characters.
    """
    if value is None:
        raise missing_parameter(name)
    if not isinstance(value, str):
        raise wrong_type(name, "a string", value)
    # Node converts every line end of a multipart text to CRLF.
    text = value.replace("\r\n", "\n")
    if len(text) > max_length:
        raise too_long(name, max_length, len(text))
    if not text:
        raise InvalidRequest(
            f"Invalid '{name}': empty string. Expected a string with minimum length 1, but got an "
            "empty string instead.",
            param=name,
            code="empty_string",
        )
    return text


def choice(body: Body, name: str, choices: Sequence[str]) -> str | None:
    """One of a few strings, or `None` if the field is left out; `8` and `8.0` count as `"8"`.

    Raises:
        InvalidRequest: it is anything else.
    """
    value = given(body, name)
    if value is None:
        return None
    whole = _whole(value)
    if whole is not None and all(_INTEGER.fullmatch(option) for option in choices):
        value = str(whole)
    if not isinstance(value, str):
        raise wrong_type(name, f"one of {_listed(choices, 'or')}", value)
    if value not in choices:
        raise unsupported_value(name, value, choices)
    return value


def require_choice(body: Body, name: str, choices: Sequence[str]) -> str:
    """The choice of a required field.

    Raises:
        InvalidRequest: it is missing or none of the choices.
    """
    value = choice(body, name, choices)
    if value is None:
        raise missing_parameter(name)
    return value


def integer(
    body: Body, name: str, *, minimum: int | None = None, maximum: int | None = None
) -> int | None:
    """A whole number, from JSON or text, or `None` if the field is left out.

    Raises:
        InvalidRequest: it is no integer or out of range.
    """
    value = given(body, name)
    if value is None:
        return None
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        whole: int | None = int(value)
    else:
        whole = _whole(value)
    if whole is None:
        raise wrong_type(name, "an integer", value)
    _refuse_outside(name, "integer", whole, minimum, maximum)
    return whole


def number(
    body: Body, name: str, *, minimum: float | None = None, maximum: float | None = None
) -> float | None:
    """A finite number, from JSON or text, or `None` if the field is left out.

    Raises:
        InvalidRequest: it is no number or out of range.
    """
    return number_in(given(body, name), name, minimum=minimum, maximum=maximum)


def number_in(
    value: Value, name: str, *, minimum: float | None = None, maximum: float | None = None
) -> float | None:
    """The same of a value that stands somewhere in a body.

    Args:
        value: `None` if it was left out.
        name: what the error calls it.
        minimum: the least that is allowed.
        maximum: the most that is allowed.

    Raises:
        InvalidRequest: it is no number or out of range.
    """
    if value is None:
        return None
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = float(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise wrong_type(name, "a decimal number", value)
    _refuse_outside(name, "decimal", value, minimum, maximum)
    return float(value)


def given(body: Body, name: str) -> Value:
    """A field's value; `None` if it is missing, null or empty."""
    value = body.fields.get(name)
    return None if value == "" else value


def missing_parameter(name: str) -> InvalidRequest:
    """The error for a missing required field."""
    return InvalidRequest(
        f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter"
    )


def unknown_parameter(name: str) -> InvalidRequest:
    """The error for an unknown field."""
    shown = printable(name)
    return InvalidRequest(f"Unknown parameter: '{shown}'.", param=shown, code="unknown_parameter")


def wrong_type(name: str, expected: str, value: Value) -> InvalidRequest:
    """The error for a value of the wrong type; `expected` as in "an object"."""
    return InvalidRequest(
        f"Invalid type for '{name}': expected {expected}, but got {kind_of(value)} instead.",
        param=name,
        code="invalid_type",
    )


def unsupported_value(name: str, value: str, choices: Sequence[str]) -> InvalidRequest:
    """The error for a value that is not a choice."""
    values = "value is" if len(choices) == 1 else "values are"
    return InvalidRequest(
        f"Invalid value: '{printable(value)}'. Supported {values}: {_listed(choices, 'and')}.",
        param=name,
        code="invalid_value",
    )


def _whole(value: Value) -> int | None:
    """The integer that a JSON number equals, if any."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _refuse_outside(
    name: str, what: str, value: float, minimum: float | None, maximum: float | None
) -> None:
    if minimum is not None and value < minimum:
        side, bound, code = "below minimum", f">= {minimum}", "below_min"
    elif maximum is not None and value > maximum:
        side, bound, code = "above maximum", f"<= {maximum}", "above_max"
    else:
        return
    raise InvalidRequest(
        f"Invalid '{name}': {what} {side} value. Expected a value {bound}, but got {value} "
        "instead.",
        param=name,
        code=f"{what}_{code}_value",
    )


def _listed(choices: Sequence[str], word: str) -> str:
    """`'4', '8', and '12'`, with `word` before the last."""
    quoted = [f"'{option}'" for option in choices]
    if len(quoted) < 3:
        return f" {word} ".join(quoted)
    return f"{', '.join(quoted[:-1])}, {word} {quoted[-1]}"
