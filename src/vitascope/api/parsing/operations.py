"""The request bodies: the fields of each operation, declared once for checking and documenting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Protocol, Self, get_args, get_origin, get_type_hints

import msgspec

from vitascope.api.parsing.body import Body, Upload, Value
from vitascope.api.parsing.fields import (
    choice,
    given,
    integer,
    missing_parameter,
    number,
    optional_text,
    require_choice,
    require_text,
    unknown_parameter,
    unsupported_value,
    wrong_type,
)
from vitascope.api.parsing.loras import LoraList
from vitascope.api.parsing.references import (
    MAX_IMAGE_URL,
    Reference,
    Source,
    reference_of,
    source_of,
)
from vitascope.config import Settings
from vitascope.errors import InvalidRequest
from vitascope.spec import Lora
from vitascope.video import (
    DEFAULT_MODEL,
    DEFAULT_SECONDS,
    DEFAULT_SIZE,
    MAX_PROMPT_LENGTH,
    MAX_SEED,
    SECONDS,
    SIZES,
)

JSON, FORM = "application/json", "multipart/form-data"
MAX_CHARACTER_NAME = 80
MAX_CHARACTERS = 2
PURPOSES = ("vision", "user_data", "batch")
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

    def read(self, body: Body, name: str, _settings: Settings) -> str | None:
        """The string."""
        read = require_text if self.required else optional_text
        return read(body, name, max_length=self.max_length)

    def schema(self, _form: str) -> Json:
        """A string with its limits."""
        least = {"minLength": 1} if self.required else {}
        return {"type": "string", **least, "maxLength": self.max_length}


@dataclass(frozen=True, slots=True)
class ModelName:
    """The name of a model that this server has."""

    default: str | None = None
    required: ClassVar[bool] = False

    def read(self, body: Body, name: str, settings: Settings) -> str | None:
        """The name."""
        model = optional_text(body, name, max_length=_MAX_MODEL_NAME)
        if model is not None and settings.resolve_model(model) is None:
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
                _object({"file_id": {"type": "string"}}),
                _object({"image_url": {"type": "string", "maxLength": MAX_IMAGE_URL}}),
            ],
            "description": "A file uploaded earlier, or an https or data URL.",
        }
        return {"oneOf": [_FILE, reference]} if form == FORM else reference


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
        value = body.fields[name]
        if not isinstance(value, list):
            raise wrong_type(name, "an array of objects", value)
        if len(value) > MAX_CHARACTERS:
            raise InvalidRequest(
                f"Invalid '{name}': array too long. Expected an array with maximum length "
                f"{MAX_CHARACTERS}, but got an array with length {len(value)} instead.",
                param=name,
                code="array_above_max_length",
            )
        return tuple(_id_of(item, f"{name}[{index}]") for index, item in enumerate(value))

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


def _id_of(item: Value, name: str) -> str:
    if isinstance(item, dict) and set(item) == {"id"} and isinstance(item["id"], str):
        return item["id"]
    raise InvalidRequest(
        f"Invalid '{name}': expected an object with an 'id'.", param=name, code="invalid_type"
    )


def _default(value: str | None) -> Json:
    return {} if value is None else {"default": value}


def _object(properties: Json, required: list[str] | None = None) -> Json:
    """An object whose other members are refused; all of its members are required by default."""
    return {
        "type": "object",
        "required": list(properties) if required is None else required,
        "properties": properties,
        "additionalProperties": False,
    }


_FILE: Json = {"type": "string", "format": "binary"}
_ID = _object({"id": {"type": "string"}})


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The checked fields of a body.

    A subclass declares them, in the order in which they are checked, each with its type and with
    the `Field` that reads and documents it.
    """

    forms: ClassVar[tuple[str, ...]] = (JSON, FORM)
    """The media types of the body."""

    @classmethod
    def read(cls, body: Body, settings: Settings) -> Self:
        """Check a body.

        Raises:
            InvalidRequest: a field is unknown, missing or wrong. It names the first.
        """
        fields = fields_of(cls)
        for name in body.fields:
            if name not in fields:
                raise unknown_parameter(name)
        values = {}
        for name, field in fields.items():
            left_out = not field.required and body.fields.get(name) in (None, "")
            values[name] = field.default if left_out else field.read(body, name, settings)
        return cls(**values)

    @classmethod
    def schema(cls, form: str) -> Json:
        """The JSON schema of a body of this media type."""
        fields = fields_of(cls)
        schemas = {name: one.schema(form) for name, one in fields.items()}
        return _object(
            {name: schema for name, schema in schemas.items() if schema is not None},
            [name for name, one in fields.items() if one.required],
        )


@cache
def fields_of(parameters: type[Parameters]) -> Mapping[str, Field]:
    """The declared fields of a body, by name."""
    hints = get_type_hints(parameters, include_extras=True)
    return {
        name: get_args(hint)[1] for name, hint in hints.items() if get_origin(hint) is Annotated
    }


Prompt = Annotated[str, Text(MAX_PROMPT_LENGTH, required=True)]
Seed = Annotated[int | None, Integer(0, MAX_SEED)]
NegativePrompt = Annotated[str | None, Text(MAX_PROMPT_LENGTH)]
GuidanceScale = Annotated[float | None, Number(0, 100)]
InferenceSteps = Annotated[int | None, Integer(1, 1000)]
Loras = Annotated[tuple[Lora, ...], LoraList()]


class CreateParameters(Parameters, frozen=True, kw_only=True):
    """`POST /videos`."""

    prompt: Prompt
    model: Annotated[str, ModelName(DEFAULT_MODEL)]
    size: Annotated[str, Choice(SIZES, DEFAULT_SIZE)]
    seconds: Annotated[str, Choice(SECONDS, DEFAULT_SECONDS)]
    seed: Seed
    negative_prompt: NegativePrompt
    guidance_scale: GuidanceScale
    num_inference_steps: InferenceSteps
    loras: Loras
    characters: Annotated[tuple[str, ...], CharacterIds()]
    input_reference: Annotated[Reference | None, FirstFrame()]


class RemixParameters(Parameters, frozen=True, kw_only=True):
    """`POST /videos/{video_id}/remix`."""

    prompt: Prompt


class EditParameters(Parameters, frozen=True, kw_only=True):
    """`POST /videos/edits`."""

    prompt: Prompt
    video: Annotated[Source, SourceVideo()]
    model: Annotated[str | None, ModelName()]
    seed: Seed
    negative_prompt: NegativePrompt
    guidance_scale: GuidanceScale
    num_inference_steps: InferenceSteps
    loras: Loras


class ExtendParameters(Parameters, frozen=True, kw_only=True):
    """`POST /videos/extensions`."""

    prompt: Prompt
    seconds: Annotated[str, Choice(SECONDS, required=True)]
    video: Annotated[Source, SourceVideo()]
    model: Annotated[str | None, ModelName()]
    seed: Seed
    negative_prompt: NegativePrompt
    guidance_scale: GuidanceScale
    num_inference_steps: InferenceSteps
    loras: Loras


class CharacterParameters(Parameters, frozen=True, kw_only=True):
    """`POST /videos/characters`."""

    forms: ClassVar[tuple[str, ...]] = (FORM,)

    name: Annotated[str, Text(MAX_CHARACTER_NAME, required=True)]
    video: Annotated[Upload, File()]


class FileParameters(Parameters, frozen=True, kw_only=True):
    """`POST /files`. Files stay until they are deleted, whatever `expires_after` says."""

    forms: ClassVar[tuple[str, ...]] = (FORM,)

    purpose: Annotated[str, Choice(PURPOSES, required=True)]
    file: Annotated[Upload, File()]
    expires_after: Annotated[None, Ignored()]
