"""The kinds of field that a body may have: each reads its value and documents it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import msgspec

from vitascope.api.parsing.body import Body, Upload, Value
from vitascope.api.parsing.fields import (
    choice,
    given,
    integer,
    missing_parameter,
    number,
    require_choice,
    text_in,
    unsupported_value,
    wrong_type,
)
from vitascope.api.parsing.references import (
    MAX_IMAGE_URL,
    REFERENCE_ROLES,
    Reference,
    SceneReference,
    Source,
    reference_of,
    scene_reference_of,
    source_of,
)
from vitascope.config import Settings
from vitascope.errors import InvalidRequest
from vitascope.video import MAX_TAG_LENGTH, MAX_TAGS

FORM = "multipart/form-data"
MAX_CHARACTERS = 2
MAX_SCENE_REFERENCES = 32
_MAX_MODEL_NAME = 256

Json = dict[str, Any]


class Field(Protocol):
    """What a field may hold."""

    @property
    def required(self) -> bool:
        """Whether requests must have it."""

    @property
    def default(self) -> Any:
        """The value of a field that is left out."""

    def read(self, body: Body, name: str, settings: Settings) -> Any:
        """The value of a field that is required or sent.

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

    def read(self, body: Body, name: str, _settings: Settings) -> str:
        """The string."""
        return text_in(body.fields.get(name), name, max_length=self.max_length)

    def schema(self, _form: str) -> Json:
        """A string with its limits."""
        least = {"minLength": 1} if self.required else {}
        return {"type": "string", **least, "maxLength": self.max_length}


@dataclass(frozen=True, slots=True)
class ModelName:
    """The name of a model that this server has."""

    default: str | None = None
    required: ClassVar[bool] = False

    def read(self, body: Body, name: str, settings: Settings) -> str:
        """The name."""
        model = text_in(body.fields.get(name), name, max_length=_MAX_MODEL_NAME)
        if settings.resolve_model(model) is None:
            raise unsupported_value(name, model, list(settings.models))
        return model

    def schema(self, _form: str) -> Json:
        """Any string, because the models are the operator's."""
        return {"type": "string", **_default(self.default)}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few strings."""

    choices: tuple[str, ...]
    default: str | None = None
    required: bool = False

    def read(self, body: Body, name: str, _settings: Settings) -> str | None:
        """The string."""
        read = require_choice if self.required else choice
        return read(body, name, self.choices)

    def schema(self, _form: str) -> Json:
        """The strings."""
        return {"type": "string", "enum": list(self.choices), **_default(self.default)}


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number between limits, which are included."""

    minimum: int
    maximum: int
    required: ClassVar[bool] = False
    default: ClassVar[None] = None

    def read(self, body: Body, name: str, _settings: Settings) -> int | None:
        """The number."""
        return integer(body, name, minimum=self.minimum, maximum=self.maximum)

    def schema(self, _form: str) -> Json:
        """The limits."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


class Boolean:
    """True or false."""

    required = False
    default = None

    def read(self, body: Body, name: str, _settings: Settings) -> bool:
        """The value."""
        value = body.fields[name]
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

    def read(self, body: Body, name: str, _settings: Settings) -> tuple[str, ...]:
        """The tags, in their order."""
        items = list_of(body.fields[name], name, MAX_TAGS, of="strings")
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


@dataclass(frozen=True, slots=True)
class Number:
    """A number between limits, which are included."""

    minimum: int
    maximum: int
    required: ClassVar[bool] = False
    default: ClassVar[None] = None

    def read(self, body: Body, name: str, _settings: Settings) -> float | None:
        """The number."""
        return number(body, name, minimum=self.minimum, maximum=self.maximum)

    def schema(self, _form: str) -> Json:
        """The limits."""
        return {"type": "number", "minimum": self.minimum, "maximum": self.maximum}


class FirstFrame:
    """A picture: a file, the id of one, or its URL."""

    required = False
    default = None

    def read(self, body: Body, name: str, settings: Settings) -> Reference | None:
        """The reference."""
        return reference_of(body, name, inline_text=settings.conformance)

    def schema(self, form: str) -> Json:
        """A reference; in a form also a file."""
        reference = {
            "oneOf": [
                object_of({"file_id": {"type": "string"}}),
                object_of({"image_url": {"type": "string", "maxLength": MAX_IMAGE_URL}}),
            ],
            "description": "A file uploaded earlier, or an https or data URL.",
        }
        return {"oneOf": [_FILE, reference]} if form == FORM else reference


class SceneReferences:
    """A list of pictures, films and sounds that a new film is made from."""

    required = False
    default = ()

    def read(self, body: Body, name: str, _settings: Settings) -> tuple[SceneReference, ...]:
        """The references. `creation` checks that the model can use them."""
        value = body.fields[name]
        if isinstance(value, str):
            value = _json_of(value, name)
        items = list_of(value, name, MAX_SCENE_REFERENCES)
        return tuple(scene_reference_of(one, f"{name}[{k}]") for k, one in enumerate(items))

    def schema(self, form: str) -> Json:
        """An array of objects; in a form one may hold a file."""
        roles = dict.fromkeys(role for kind in REFERENCE_ROLES.values() for role in kind)
        places: Json = {
            "file_id": {"type": "string"},
            "url": {"type": "string", "maxLength": MAX_IMAGE_URL},
        }
        if form == FORM:
            places["upload"] = _FILE
        item = object_of(
            {
                "type": {"type": "string", "enum": list(REFERENCE_ROLES)},
                "role": {"type": "string", "enum": list(roles)},
                "at": {"type": "number", "minimum": 0, "description": "Seconds, of a keyframe."},
                **places,
            },
            ["type"],
        )
        return {
            "type": "array",
            "maxItems": MAX_SCENE_REFERENCES,
            "items": item,
            "description": "`GET /v1/models` says which of them a model can use.",
        }


def _json_of(text: str, name: str) -> Value:
    """The value of a form's field that is written as JSON."""
    try:
        value: Value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise InvalidRequest(
            f"Invalid '{name}': expected a list, as fields of its items or as JSON.",
            param=name,
            code="invalid_json",
        ) from None
    return value


class SourceVideo:
    """A video: a file or the id of one."""

    required = True
    default = None

    def read(self, body: Body, name: str, settings: Settings) -> Source:
        """The reference."""
        return source_of(body, name, inline_text=settings.conformance)

    def schema(self, form: str) -> Json:
        """An id; in a form also a file."""
        return {"oneOf": [_FILE, _ID]} if form == FORM else _ID


class CharacterIds:
    """A list of characters, each as an object with its id."""

    required = False
    default = ()

    def read(self, body: Body, name: str, _settings: Settings) -> tuple[str, ...]:
        """The ids."""
        items = list_of(body.fields[name], name, MAX_CHARACTERS)
        return tuple(_id_of(item, f"{name}[{index}]") for index, item in enumerate(items))

    def schema(self, _form: str) -> Json:
        """An array of objects."""
        return {"type": "array", "maxItems": MAX_CHARACTERS, "items": _ID}


class File:
    """A file."""

    required = True
    default = None

    def read(self, body: Body, name: str, settings: Settings) -> Upload:
        """The file. The official SDKs' test suites send its content as text."""
        value = given(body, name)
        if settings.conformance and isinstance(value, str):
            return body.files.write(value.encode())
        if value is None:
            raise missing_parameter(name)
        if not isinstance(value, Upload):
            raise wrong_type(name, "a file", value)
        return value

    def schema(self, _form: str) -> Json:
        """The bytes."""
        return _FILE


class Ignored:
    """A field that clients send and the server does not read."""

    required = False
    default = None

    def read(self, _body: Body, _name: str, _settings: Settings) -> None:
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


def _id_of(item: Value, name: str) -> str:
    if isinstance(item, dict) and set(item) == {"id"} and isinstance(item["id"], str):
        return item["id"]
    raise InvalidRequest(
        f"Invalid '{name}': expected an object with an 'id'.", param=name, code="invalid_type"
    )


def _default(value: str | None) -> Json:
    return {} if value is None else {"default": value}


def object_of(properties: Json, required: list[str] | None = None) -> Json:
    """An object whose other members are refused; all of its members are required by default."""
    return {
        "type": "object",
        "required": list(properties) if required is None else required,
        "properties": properties,
        "additionalProperties": False,
    }


_FILE: Json = {"type": "string", "format": "binary"}
_ID = object_of({"id": {"type": "string"}})
