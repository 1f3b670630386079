"""The request bodies: the fields of each operation, declared once for checking and documenting."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, ClassVar, Self, get_args, get_origin, get_type_hints

import msgspec

from vitascope.api.parsing.body import Body, Upload
from vitascope.api.parsing.fields import (
    Boolean,
    Choice,
    Field,
    Ignored,
    Integer,
    Json,
    ModelName,
    Number,
    Tags,
    Text,
    object_of,
    unknown_parameter,
)
from vitascope.api.parsing.film_fields import (
    FORM,
    CharacterIds,
    FigurePoint,
    File,
    FirstFrame,
    LastFrame,
    LoraList,
    SceneReferences,
    Segment,
    SegmentList,
    SourceVideo,
)
from vitascope.api.parsing.references import (
    Reference,
    SceneReference,
    Source,
)
from vitascope.api.parsing.sizes import FilmSize
from vitascope.config import Settings
from vitascope.errors import InvalidRequest
from vitascope.spec import FilmPoint, Lora, Size
from vitascope.video import (
    DEFAULT_MODEL,
    DEFAULT_SECONDS,
    DEFAULT_SIZE,
    LEAST_URGENT,
    MAX_PROMPT_LENGTH,
    MAX_SEED,
    MAX_TOTAL_SECONDS,
    MOST_URGENT,
    SECONDS,
)

JSON = "application/json"
MAX_CHARACTER_NAME = 80
MAX_DURATION = 20
"""Seconds of a new film: the longest of `SECONDS`."""
MAX_VARIANTS = 8
"""How many films one request may ask for."""
_MAX_NAME = 40
MAX_ID = 256
MAX_PROJECT_NAME = 100
PURPOSES = ("vision", "user_data", "batch")


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The checked fields of a body.

    A subclass declares them, in the order in which they are checked, each with its type and with
    the `Field` that reads and documents it.
    """

    forms: ClassVar[tuple[str, ...]] = (JSON, FORM)
    """The media types of the body."""
    exclusive: ClassVar[Mapping[str, str]] = {}
    """Fields that say what another field says: one of the two may be given."""

    @classmethod
    def read(cls, body: Body, settings: Settings) -> Self:
        """Check a body.

        Raises:
            InvalidRequest: a field is unknown, missing or wrong. It names the first.
        """
        fields, sent = fields_of(cls), body.fields
        for name, other in cls.exclusive.items():
            if sent.get(name) and sent.get(other):
                raise InvalidRequest(
                    f"'{name}' can't be given together with '{other}'. Give one of them.",
                    param=name,
                    code="invalid_value",
                )
        for name in sent:
            if name not in fields:
                raise unknown_parameter(name)
        values = {}
        for name, field in fields.items():
            value = sent.get(name)
            left_out = not field.required and value in (None, "")
            values[name] = field.default if left_out else field.read(value, name, body, settings)
        return cls(**values)

    @classmethod
    def schema(cls, form: str) -> Json:
        """The JSON schema of a body of this media type."""
        fields = fields_of(cls)
        schemas = {name: one.schema(form) for name, one in fields.items()}
        return object_of(
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
Following = Annotated[tuple[Segment, ...], SegmentList()]


class CreateParameters(Parameters, frozen=True, kw_only=True):
    """`POST /videos`."""

    exclusive: ClassVar[Mapping[str, str]] = {
        "aspect_ratio": "size",
        "resolution": "size",
        "duration": "seconds",
    }

    prompt: Prompt
    model: Annotated[str, ModelName(DEFAULT_MODEL)]
    size: Annotated[Size, FilmSize(Size.parse(DEFAULT_SIZE))]
    seconds: Annotated[str, Choice(SECONDS, DEFAULT_SECONDS)]
    seed: Seed
    negative_prompt: NegativePrompt
    guidance_scale: GuidanceScale
    num_inference_steps: InferenceSteps
    loras: Loras = ()
    characters: Annotated[tuple[str, ...], CharacterIds()]
    input_reference: Annotated[Reference | None, FirstFrame()]
    last_frame: Annotated[SceneReference | None, LastFrame()] = None
    references: Annotated[tuple[SceneReference, ...], SceneReferences()] = ()
    aspect_ratio: Annotated[str | None, Text(_MAX_NAME)] = None
    resolution: Annotated[str | None, Text(_MAX_NAME)] = None
    duration: Annotated[float | None, Number(1, MAX_DURATION)] = None
    n: Annotated[int | None, Integer(1, MAX_VARIANTS)] = None
    following: Following = ()


class ChangeParameters(Parameters, frozen=True, kw_only=True):
    """`PATCH /videos/{video_id}`; what is left out stays."""

    forms: ClassVar[tuple[str, ...]] = (JSON,)

    prompt: Annotated[str | None, Text(MAX_PROMPT_LENGTH)]
    size: Annotated[Size | None, FilmSize()]
    seconds: Annotated[str | None, Choice(SECONDS)]
    seed: Seed
    negative_prompt: NegativePrompt
    guidance_scale: GuidanceScale
    num_inference_steps: InferenceSteps
    starred: Annotated[bool | None, Boolean()]
    tags: Annotated[tuple[str, ...] | None, Tags()]


class QueueParameters(Parameters, frozen=True, kw_only=True):
    """`POST /videos/{video_id}/queue`; one of the three."""

    forms: ClassVar[tuple[str, ...]] = (JSON,)

    position: Annotated[int | None, Integer(1, MAX_SEED)]
    before: Annotated[str | None, Text(MAX_ID)]
    paused: Annotated[bool | None, Boolean()]


class KeyParameters(Parameters, frozen=True, kw_only=True):
    """`POST /admin/keys`."""

    forms: ClassVar[tuple[str, ...]] = (JSON,)

    project: Annotated[str, Text(MAX_PROJECT_NAME, required=True)]
    priority: Annotated[int | None, Integer(MOST_URGENT, LEAST_URGENT)]
    admin: Annotated[bool | None, Boolean()]


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
    loras: Loras = ()


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
    loras: Loras = ()
    from_seconds: Annotated[float | None, Number(0, MAX_TOTAL_SECONDS)] = None
    following: Following = ()


class SegmentParameters(Parameters, frozen=True, kw_only=True):
    """`POST /videos/{video_id}/segments/{segment}`."""

    prompt: Annotated[str | None, Text(MAX_PROMPT_LENGTH)]
    seed: Seed


class CharacterParameters(Parameters, frozen=True, kw_only=True):
    """`POST /videos/characters`. A part from `start` to `end`, in seconds, is of a video by id.

    `point` says which of the things that are seen is the figure.
    """

    name: Annotated[str, Text(MAX_CHARACTER_NAME, required=True)]
    video: Annotated[Source, SourceVideo()]
    start: Annotated[float | None, Number(0, MAX_TOTAL_SECONDS)]
    end: Annotated[float | None, Number(0, MAX_TOTAL_SECONDS)]
    point: Annotated[FilmPoint | None, FigurePoint()]


class RenameParameters(Parameters, frozen=True, kw_only=True):
    """`PATCH /videos/characters/{character_id}`."""

    forms: ClassVar[tuple[str, ...]] = (JSON,)

    name: Annotated[str, Text(MAX_CHARACTER_NAME, required=True)]


class FileParameters(Parameters, frozen=True, kw_only=True):
    """`POST /files`. Files stay until they are deleted; `expires_after` has no effect."""

    forms: ClassVar[tuple[str, ...]] = (FORM,)

    purpose: Annotated[str, Choice(PURPOSES, required=True)]
    file: Annotated[Upload, File()]
    expires_after: Annotated[None, Ignored()]
