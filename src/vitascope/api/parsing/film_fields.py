"""Fields that name what a film is made from: media, characters, LoRAs, and segments."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from vitascope.api.parsing.body import Body, Upload, Value
from vitascope.api.parsing.fields import (
    Json,
    Number,
    Text,
    list_of,
    missing_parameter,
    object_of,
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
from vitascope.spec import FilmPoint, Lora
from vitascope.video import MAX_EXTENSIONS, MAX_PROMPT_LENGTH, MAX_TOTAL_SECONDS, SECONDS

FORM = "multipart/form-data"
MAX_CHARACTERS = 2
MAX_SCENE_REFERENCES = 32
_MAX_LORAS = 8


class FirstFrame:
    """A picture: a file, the id of one, or its URL."""

    required = False
    default = None

    def read(self, value: Value, name: str, body: Body, settings: Settings) -> Reference:
        """The reference."""
        return reference_of(value, name, inline=body.files if settings.conformance else None)

    def schema(self, form: str) -> Json:
        """A reference; in a form also a file."""
        return _picture(form)


class LastFrame:
    """The picture with which a film ends, in the same forms."""

    required = False
    default = None

    def read(self, value: Value, name: str, body: Body, settings: Settings) -> SceneReference:
        """The reference."""
        inline = body.files if settings.conformance else None
        return SceneReference("last_frame", reference_of(value, name, inline=inline), name)

    def schema(self, form: str) -> Json:
        """A reference; in a form also a file."""
        return _picture(form)


def _picture(form: str) -> Json:
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

    def read(
        self, value: Value, name: str, _body: Body, _settings: Settings
    ) -> tuple[SceneReference, ...]:
        """The references. `creation` checks that the model can use them."""
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

    def read(self, value: Value, name: str, body: Body, settings: Settings) -> Source:
        """The reference."""
        return source_of(value, name, inline=body.files if settings.conformance else None)

    def schema(self, form: str) -> Json:
        """An id; in a form also a file."""
        return {"oneOf": [_FILE, _ID]} if form == FORM else _ID


class FigurePoint:
    """Where a figure is in a film, as an object with `x` and `y`, and the time `at`."""

    required = False
    default = None

    def read(self, value: Value, name: str, _body: Body, _settings: Settings) -> FilmPoint:
        """The point."""
        if not isinstance(value, dict) or not {"x", "y"} <= set(value) <= {"x", "y", "at"}:
            raise InvalidRequest(
                f"Invalid '{name}': expected an object with 'x', 'y' and optionally 'at'.",
                param=name,
                code="invalid_type",
            )
        at = value.get("at")
        return FilmPoint(
            _SHARE.read(value["x"], f"{name}.x"),
            _SHARE.read(value["y"], f"{name}.y"),
            None if at is None else _FILM_TIME.read(at, f"{name}.at"),
        )

    def schema(self, form: str) -> Json:
        """An object."""
        share, at = _SHARE.schema(form), _FILM_TIME.schema(form)
        return {
            **object_of({"x": share, "y": share, "at": at}, ["x", "y"]),
            "description": "Shares of the frame's width and height, and seconds of the video.",
        }


_SHARE = Number(0, 1)
_FILM_TIME = Number(0, MAX_TOTAL_SECONDS)


class CharacterIds:
    """A list of characters, each as an object with its id."""

    required = False
    default = ()

    def read(self, value: Value, name: str, _body: Body, _settings: Settings) -> tuple[str, ...]:
        """The ids."""
        items = list_of(value, name, MAX_CHARACTERS)
        return tuple(_id_of(item, f"{name}[{index}]") for index, item in enumerate(items))

    def schema(self, _form: str) -> Json:
        """An array of objects."""
        return {"type": "array", "maxItems": MAX_CHARACTERS, "items": _ID}


class File:
    """A file."""

    required = True
    default = None

    def read(self, value: Value, name: str, body: Body, settings: Settings) -> Upload:
        """The file. The official SDKs' test suites send its content as text."""
        if value is None or value == "":
            raise missing_parameter(name)
        if settings.conformance and isinstance(value, str):
            return body.files.write(value.encode())
        if not isinstance(value, Upload):
            raise wrong_type(name, "a file", value)
        return value

    def schema(self, _form: str) -> Json:
        """The bytes."""
        return _FILE


class LoraList:
    """Adapters of the model, each as an object with its id and, if it differs, its strength."""

    required = False
    default = ()

    def read(self, value: Value, name: str, _body: Body, _settings: Settings) -> tuple[Lora, ...]:
        """The adapters. `creation` checks that the model has them."""
        items = list_of(value, name, _MAX_LORAS)
        return tuple(_lora_of(item, f"{name}[{index}]") for index, item in enumerate(items))

    def schema(self, form: str) -> Json:
        """An array of objects."""
        scale = {**_SCALE.schema(form), "default": 1.0}
        item = object_of({"id": {"type": "string"}, "scale": scale}, ["id"])
        return {"type": "array", "maxItems": _MAX_LORAS, "items": item}


_SCALE = Number(-4, 4)


class Segment(NamedTuple):
    """How a film goes on, and for how long."""

    prompt: str
    seconds: float


class SegmentList:
    """Extensions that a job makes after its own part, each with its prompt and its length."""

    required = False
    default = ()

    def read(
        self, value: Value, name: str, _body: Body, _settings: Settings
    ) -> tuple[Segment, ...]:
        """The extensions."""
        items = list_of(value, name, MAX_EXTENSIONS)
        return tuple(_segment_of(item, f"{name}[{index}]") for index, item in enumerate(items))

    def schema(self, form: str) -> Json:
        """An array of objects."""
        item = object_of(
            {"prompt": _SEGMENT_PROMPT.schema(form), "seconds": _SEGMENT_SECONDS.schema(form)}
        )
        return {"type": "array", "maxItems": MAX_EXTENSIONS, "items": item}


_SEGMENT_PROMPT = Text(MAX_PROMPT_LENGTH, required=True)
_SEGMENT_SECONDS = Number(0.1, int(SECONDS[-1]))


def _id_of(item: Value, name: str) -> str:
    if isinstance(item, dict) and set(item) == {"id"} and isinstance(item["id"], str):
        return item["id"]
    raise InvalidRequest(
        f"Invalid '{name}': expected an object with an 'id'.", param=name, code="invalid_type"
    )


def _lora_of(item: Value, name: str) -> Lora:
    if not isinstance(item, dict) or not {"id"} <= set(item) <= {"id", "scale"}:
        raise InvalidRequest(
            f"Invalid '{name}': expected an object with an 'id' and optionally a 'scale'.",
            param=name,
            code="invalid_type",
        )
    if not isinstance(item["id"], str):
        raise wrong_type(f"{name}.id", "a string", item["id"])
    scale = item.get("scale")
    return Lora(item["id"], 1.0 if scale is None else _SCALE.read(scale, f"{name}.scale"))


def _segment_of(item: Value, name: str) -> Segment:
    if not isinstance(item, dict) or set(item) != {"prompt", "seconds"}:
        raise InvalidRequest(
            f"Invalid '{name}': expected an object with a 'prompt' and 'seconds'.",
            param=name,
            code="invalid_type",
        )
    return Segment(
        _SEGMENT_PROMPT.read(item["prompt"], f"{name}.prompt"),
        _SEGMENT_SECONDS.read(item["seconds"], f"{name}.seconds"),
    )


_FILE: Json = {"type": "string", "format": "binary"}
_ID = object_of({"id": {"type": "string"}})
