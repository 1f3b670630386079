"""The field `following`: extensions that a job makes after its own part."""

from __future__ import annotations

from typing import Any, NamedTuple

from vitascope.api.parsing.body import Body, Value
from vitascope.api.parsing.field_kinds import list_of
from vitascope.api.parsing.fields import missing_parameter, number_in, text_in
from vitascope.config import Settings
from vitascope.errors import InvalidRequest
from vitascope.video import MAX_EXTENSIONS, MAX_PROMPT_LENGTH, SECONDS

_LONGEST = int(SECONDS[-1])
_SHORTEST = 0.1


class Segment(NamedTuple):
    """How a film goes on, and for how long."""

    prompt: str
    seconds: float


class SegmentList:
    """Extensions in order, each as an object with its prompt and its length."""

    required = False
    default = ()

    def read(self, body: Body, name: str, _settings: Settings) -> tuple[Segment, ...]:
        """The extensions."""
        items = list_of(body.fields[name], name, MAX_EXTENSIONS)
        return tuple(_segment_of(item, f"{name}[{index}]") for index, item in enumerate(items))

    def schema(self, _form: str) -> dict[str, Any]:
        """An array of objects."""
        item = {
            "type": "object",
            "required": ["prompt", "seconds"],
            "properties": {
                "prompt": {"type": "string", "minLength": 1, "maxLength": MAX_PROMPT_LENGTH},
                "seconds": {"type": "number", "minimum": _SHORTEST, "maximum": _LONGEST},
            },
            "additionalProperties": False,
        }
        return {"type": "array", "maxItems": MAX_EXTENSIONS, "items": item}


def _segment_of(item: Value, name: str) -> Segment:
    if not isinstance(item, dict) or set(item) != {"prompt", "seconds"}:
        raise InvalidRequest(
            f"Invalid '{name}': expected an object with a 'prompt' and 'seconds'.",
            param=name,
            code="invalid_type",
        )
    prompt = text_in(item["prompt"], f"{name}.prompt", max_length=MAX_PROMPT_LENGTH)
    seconds = number_in(item["seconds"], f"{name}.seconds", minimum=_SHORTEST, maximum=_LONGEST)
    if seconds is None:
        raise missing_parameter(f"{name}.seconds")
    return Segment(prompt, seconds)
