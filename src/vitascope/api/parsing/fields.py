"""Fields of a request's body that hold plain values: each kind reads a value and documents it.

The errors have OpenAI's own messages. Null and the empty string mean "not given", except where a
text is required.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from vitascope.api.parsing.body import Body, Value, kind_of
from vitascope.api.parsing.text import printable, too_long
from vitascope.config import Settings
from vitascope.errors import InvalidRequest
from vitascope.video import MAX_TAG_LENGTH, MAX_TAGS

_MAX_MODEL_NAME = 256
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_DECIMAL = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?")

Json = dict[str, Any]


class Field(Protocol):
    """What a field may hold."""

    @property
    def required(self) -> bool:
        """Whether requests must have it."""

    @property
    def default(self) -> Any:
        """The value of a field that is left out."""

    def read(self, value: Value, name: str, body: Body, settings: Settings) -> Any:
        """Check a value.

        Args:
            value: what was sent; if the field is not required, it is neither null nor empty.
            name: of the field, for errors.
            body: the request's, which keeps the files.
            settings: of the server.

        Raises:
            InvalidRequest: the value is missing or wrong.
        """

    def schema(self, form: str) -> Json | None:
        """The JSON schema of a value in a body of this media type; None for no documentation."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string. A required one is not empty."""

    max_length: int
    required: bool = False
    default: ClassVar[None] = None

    def read(
        self, value: Value, name: str, _body: Body | None = None, _settings: Settings | None = None
    ) -> str:
        r"""The string. `\r\n` becomes `\n`; nothing is trimmed."""
        if value is None:
            raise missing_parameter(name)
        if not isinstance(value, str):
            raise wrong_type(name, "a string", value)
        # Node converts every line end of a multipart text to CRLF.
        text = value.replace("\r\n", "\n")
        if len(text) > self.max_length:
            raise too_long(name, self.max_length, len(text))
        if not text:
            raise InvalidRequest(
                f"Invalid '{name}': empty string. Expected a string with minimum length 1, but got "
                "an empty string instead.",
                param=name,
                code="empty_string",
            )
        return text

    def schema(self, _form: str) -> Json:
        """A string with its limits."""
        least = {"minLength": 1} if self.required else {}
        return {"type": "string", **least, "maxLength": self.max_length}


@dataclass(frozen=True, slots=True)
class ModelName:
    """The name of a model that this server has."""

    default: str | None = None
    required: ClassVar[bool] = False

    def read(self, value: Value, name: str, _body: Body, settings: Settings) -> str:
        """The name."""
        model = _MODEL_NAME.read(value, name)
        if settings.resolve_model(model) is None:
            raise unsupported_value(name, model, list(settings.models))
        return model

    def schema(self, _form: str) -> Json:
        """Any string, because the models are the operator's."""
        return {"type": "string", **_default(self.default)}


_MODEL_NAME = Text(_MAX_MODEL_NAME)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few strings; `8` and `8.0` count as `"8"`."""

    choices: tuple[str, ...]
    default: str | None = None
    required: bool = False

    def read(
        self, value: Value, name: str, _body: Body | None = None, _settings: Settings | None = None
    ) -> str:
        """The string."""
        if value is None or value == "":
            raise missing_parameter(name)
        whole = _whole(value)
        if whole is not None and all(_INTEGER.fullmatch(option) for option in self.choices):
            value = str(whole)
        if not isinstance(value, str):
            raise wrong_type(name, f"one of {_listed(self.choices, 'or')}", value)
        if value not in self.choices:
            raise unsupported_value(name, value, self.choices)
        return value

    def schema(self, _form: str) -> Json:
        """The strings."""
        return {"type": "string", "enum": list(self.choices), **_default(self.default)}


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number between limits, which are included; from JSON or text."""

    minimum: int
    maximum: int
    required: ClassVar[bool] = False
    default: ClassVar[None] = None

    def read(
        self, value: Value, name: str, _body: Body | None = None, _settings: Settings | None = None
    ) -> int:
        """The number."""
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            whole: int | None = int(value)
        else:
            whole = _whole(value)
        if whole is None:
            raise wrong_type(name, "an integer", value)
        _refuse_outside(name, "integer", whole, self.minimum, self.maximum)
        return whole

    def schema(self, _form: str) -> Json:
        """The limits."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number between limits, which are included; from JSON or text."""

    minimum: float
    maximum: float
    required: ClassVar[bool] = False
    default: ClassVar[None] = None

    def read(
        self, value: Value, name: str, _body: Body | None = None, _settings: Settings | None = None
    ) -> float:
        """The number."""
        if value is None:
            raise missing_parameter(name)
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            value = float(value)
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or not math.isfinite(value)
        ):
            raise wrong_type(name, "a decimal number", value)
        _refuse_outside(name, "decimal", value, self.minimum, self.maximum)
        return float(value)

    def schema(self, _form: str) -> Json:
        """The limits."""
        return {"type": "number", "minimum": self.minimum, "maximum": self.maximum}


class Boolean:
    """True or false."""

    required = False
    default = None

    def read(self, value: Value, name: str, _body: Body, _settings: Settings) -> bool:
        """The value."""
        if not isinstance(value, bool):
            raise wrong_type(name, "a boolean", value)
        return value

    def schema(self, _form: str) -> Json:
        """Nothing else."""
        return {"type": "boolean"}


class Tags:
    """A list of short texts. White space around each is removed; of equal ones, the first stays."""

    required = False
    default = None

    def read(self, value: Value, name: str, _body: Body, _settings: Settings) -> tuple[str, ...]:
        """The tags, in their order."""
        items = list_of(value, name, MAX_TAGS, of="strings")
        return tuple(
            dict.fromkeys(self._tag(item, f"{name}[{index}]") for index, item in enumerate(items))
        )

    def _tag(self, item: Value, name: str) -> str:
        if not isinstance(item, str):
            raise wrong_type(name, "a string", item)
        tag = item.strip()
        if not tag or len(tag) > MAX_TAG_LENGTH or not tag.isprintable():
            raise InvalidRequest(
                f"Invalid '{name}': a tag has 1 to {MAX_TAG_LENGTH} characters, and none that "
                "can't be printed.",
                param=name,
                code="invalid_value",
            )
        return tag

    def schema(self, _form: str) -> Json:
        """An array of short texts."""
        tag = {"type": "string", "minLength": 1, "maxLength": MAX_TAG_LENGTH}
        return {"type": "array", "maxItems": MAX_TAGS, "items": tag}


class Ignored:
    """A field that clients send and the server does not read."""

    required = False
    default = None

    def read(self, _value: Value, _name: str, _body: Body, _settings: Settings) -> None:
        """Nothing."""

    def schema(self, _form: str) -> None:
        """The document does not name it."""


def list_of(value: Value, name: str, maximum: int, *, of: str = "objects") -> list[Value]:
    """A list with at most `maximum` items.

    Raises:
        InvalidRequest: the value is of another type or too long.
    """
    if not isinstance(value, list):
        raise wrong_type(name, f"an array of {of}", value)
    if len(value) > maximum:
        raise InvalidRequest(
            f"Invalid '{name}': array too long. Expected an array with maximum length {maximum}, "
            f"but got an array with length {len(value)} instead.",
            param=name,
            code="array_above_max_length",
        )
    return value


def object_of(properties: Json, required: list[str] | None = None) -> Json:
    """An object whose other members are refused; all of its members are required by default."""
    return {
        "type": "object",
        "required": list(properties) if required is None else required,
        "properties": properties,
        "additionalProperties": False,
    }


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


def _default(value: str | None) -> Json:
    return {} if value is None else {"default": value}


def _whole(value: Value) -> int | None:
    """The integer that a JSON number equals, if any."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _refuse_outside(name: str, what: str, value: float, minimum: float, maximum: float) -> None:
    if value < minimum:
        side, bound, code = "below minimum", f">= {minimum}", "below_min"
    elif value > maximum:
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
