"""The field `loras`: adapters of the model that a request asks for."""

from __future__ import annotations

from typing import Any

from vitascope.api.parsing.body import Body, Value
from vitascope.api.parsing.field_kinds import list_of
from vitascope.api.parsing.fields import number_in, wrong_type
from vitascope.config import Settings
from vitascope.errors import InvalidRequest
from vitascope.spec import Lora

_MAX_LORAS = 8
_MAX_SCALE = 4


class LoraList:
    """Adapters of the model, each as an object with its id and, if it differs, its strength."""

    required = False
    default = ()

    def read(self, body: Body, name: str, _settings: Settings) -> tuple[Lora, ...]:
        """The adapters. `creation` checks that the model has them."""
        items = list_of(body.fields[name], name, _MAX_LORAS)
        return tuple(_lora_of(item, f"{name}[{index}]") for index, item in enumerate(items))

    def schema(self, _form: str) -> dict[str, Any]:
        """An array of objects."""
        scale = {"type": "number", "minimum": -_MAX_SCALE, "maximum": _MAX_SCALE}
        item = {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string"}, "scale": {**scale, "default": 1.0}},
            "additionalProperties": False,
        }
        return {"type": "array", "maxItems": _MAX_LORAS, "items": item}


def _lora_of(item: Value, name: str) -> Lora:
    if not isinstance(item, dict) or not {"id"} <= set(item) <= {"id", "scale"}:
        raise InvalidRequest(
            f"Invalid '{name}': expected an object with an 'id' and optionally a 'scale'.",
            param=name,
            code="invalid_type",
        )
    if not isinstance(item["id"], str):
        raise wrong_type(f"{name}.id", "a string", item["id"])
    scale = number_in(item.get("scale"), f"{name}.scale", minimum=-_MAX_SCALE, maximum=_MAX_SCALE)
    return Lora(item["id"]) if scale is None else Lora(item["id"], scale)
