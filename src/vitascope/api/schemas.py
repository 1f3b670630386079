"""The shapes on the wire, for the OpenAPI document; handlers answer with plain JSON of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import JSONResponse

from vitascope.api.parsing.references import MAX_IMAGE_URL
from vitascope.model import Operation
from vitascope.store.database import may_be_stored
from vitascope.video import MAX_PROMPT_LENGTH, MAX_SEED, SECONDS, SIZES

MAX_CHARACTER_NAME = 80
MAX_IDEMPOTENCY_KEY = 255
PURPOSES = ("vision", "user_data", "batch")

Json = dict[str, Any]


class VideoError(BaseModel):
    """Why a video failed."""

    code: str
    message: str


class VideoObject(BaseModel):
    """A video job and its state. Nulls are explicit: every key is always there."""

    id: str
    object: Literal["video"]
    created_at: int
    status: Literal["queued", "in_progress", "completed", "failed"]
    completed_at: int | None
    error: VideoError | None
    expires_at: int | None
    model: str
    progress: Annotated[int, Field(ge=0, le=100)]
    prompt: str | None
    remixed_from_video_id: str | None
    seconds: str
    size: str
    seed: int


class RetrievedVideo(VideoObject):
    """A video; one that is not finished tells also what is to be expected of it."""

    queue_position: Annotated[
        int | None,
        Field(ge=1, description="Its place in the line: 1 starts next; null once it has begun."),
    ] = None
    eta_seconds: Annotated[
        int | None,
        Field(ge=0, description="Seconds until it is finished; null while nobody can tell."),
    ] = None


class VideoList(BaseModel):
    """One page of videos. `last_id` is the cursor for the next."""

    object: Literal["list"]
    data: list[VideoObject]
    first_id: str | None
    last_id: str | None
    has_more: bool


class VideoDeleted(BaseModel):
    """What `DELETE` answers."""

    id: str
    object: Literal["video.deleted"]
    deleted: bool


class CharacterObject(BaseModel):
    """A figure that can act in videos whose prompt names it."""

    id: str | None
    name: str | None
    created_at: int


class FileObject(BaseModel):
    """An uploaded file."""

    id: str
    object: Literal["file"]
    bytes: int
    created_at: int
    expires_at: int | None
    filename: str
    purpose: str
    status: Literal["processed"]
    status_details: str | None


class FileList(BaseModel):
    """One page of files. `last_id` is the cursor for the next."""

    object: Literal["list"]
    data: list[FileObject]
    first_id: str | None
    last_id: str | None
    has_more: bool


class FileDeleted(BaseModel):
    """What deleting a file answers."""

    id: str
    object: Literal["file"]
    deleted: bool


class LineageNode(BaseModel):
    """A video, character or file in a family tree."""

    id: str
    object: Literal["video", "character", "file"]
    deleted: bool


class LineageEdge(BaseModel):
    """`child` came from `parent`."""

    child: str
    parent: str
    relation: Literal["remix", "edit", "extension", "character", "file"]


class LineageObject(BaseModel):
    """What a video came from, and what came from it."""

    object: Literal["video.lineage"]
    id: str
    nodes: list[LineageNode]
    edges: list[LineageEdge]


class ModelAbilities(BaseModel):
    """What a model can be asked for, and what its users must know.

    `memory_gib` is the least device memory by memory plan, the roomiest plan first; `sound` is
    `joint` where it is made with the picture, `house` where the server adds it.
    """

    operations: list[Operation]
    description: str
    licence: str
    licence_url: str | None
    territory: str | None
    gated: bool
    memory_gib: dict[str, float]
    sound: Literal["joint", "house"]
    native: str


class Model(BaseModel):
    """A name that can be sent as `model`. `vitascope` is this server's own addition."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    vitascope: ModelAbilities | None


class ModelList(BaseModel):
    """All models."""

    object: Literal["list"]
    data: list[Model]


class ErrorBody(BaseModel):
    """What went wrong with a request."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorEnvelope(BaseModel):
    """The body of every answer that is not 200."""

    error: ErrorBody


def refusals(*statuses: int) -> dict[int | str, Json]:
    """The `responses` entry for statuses that carry the error envelope, as any other failure does.

    The `default` also keeps FastAPI from promising a 422, which `envelope` never answers.
    """
    known: dict[int | str, Json] = {status: {"model": ErrorEnvelope} for status in statuses}
    return {**known, "default": {"model": ErrorEnvelope, "description": "Any other failure"}}


def upload_of(required: list[str], properties: Json) -> Json:
    """The `requestBody` of an operation that takes multipart only."""
    content = {"multipart/form-data": {"schema": _object(required, properties)}}
    return {"requestBody": {"required": True, "content": content}}


def _object(required: list[str], properties: Json) -> Json:
    """An object whose other members would be refused."""
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


_TEXT: Json = {"type": "string", "minLength": 1, "maxLength": MAX_PROMPT_LENGTH}
_SETTINGS: Json = {
    "model": {"type": "string", "default": "sora-2"},
    "seconds": {"type": "string", "enum": list(SECONDS), "default": "4"},
    "size": {"type": "string", "enum": list(SIZES), "default": "720x1280"},
    "seed": {"type": "integer", "minimum": 0, "maximum": MAX_SEED},
    "negative_prompt": {"type": "string", "maxLength": MAX_PROMPT_LENGTH},
    "guidance_scale": {"type": "number", "minimum": 0, "maximum": 100},
    "num_inference_steps": {"type": "integer", "minimum": 1, "maximum": 1000},
}
_REFERENCE: Json = {
    "oneOf": [
        _object(["file_id"], {"file_id": {"type": "string"}}),
        _object(["image_url"], {"image_url": {"type": "string", "maxLength": MAX_IMAGE_URL}}),
    ],
    "description": "A file uploaded earlier, or an https or data URL.",
}
_FILE: Json = {"type": "string", "format": "binary"}


def request_body(required: list[str], json: Json, multipart: Json) -> Json:
    """The body of an operation that takes JSON and multipart alike, and may be sent with a key."""
    content = {
        "application/json": {"schema": _object(required, json)},
        "multipart/form-data": {"schema": _object(required, multipart)},
    }
    return {
        "requestBody": {"required": True, "content": content},
        "parameters": [_IDEMPOTENCY_KEY],
    }


_IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": MAX_IDEMPOTENCY_KEY},
    "description": "The same key within a day returns the first job; for another body it is "
    "refused. Without one, a retry of an official SDK within five minutes does.",
}
_VIDEO_ID = _object(["id"], {"id": {"type": "string"}})
_CHARACTERS: Json = {"type": "array", "maxItems": 2, "items": _VIDEO_ID}
_LENGTH = {"seconds": _SETTINGS["seconds"], "size": _SETTINGS["size"]}
_COMMON = {name: shape for name, shape in _SETTINGS.items() if name not in _LENGTH}
_CREATE: Json = {"prompt": _TEXT, **_LENGTH, **_COMMON, "characters": _CHARACTERS}
_EDIT: Json = {"prompt": _TEXT, **_COMMON, "model": {"type": "string"}}
_EXTEND: Json = {**_EDIT, "seconds": {"type": "string", "enum": list(SECONDS)}}

CREATE_BODY = request_body(
    ["prompt"],
    {**_CREATE, "input_reference": _REFERENCE},
    {**_CREATE, "input_reference": {"oneOf": [_FILE, _REFERENCE]}},
)
REMIX_BODY = request_body(["prompt"], {"prompt": _TEXT}, {"prompt": _TEXT})
EDIT_BODY = request_body(
    ["prompt", "video"],
    {**_EDIT, "video": _VIDEO_ID},
    {**_EDIT, "video": {"oneOf": [_FILE, _VIDEO_ID]}},
)
EXTEND_BODY = request_body(
    ["prompt", "seconds", "video"],
    {**_EXTEND, "video": _VIDEO_ID},
    {**_EXTEND, "video": {"oneOf": [_FILE, _VIDEO_ID]}},
)
CHARACTER_BODY = upload_of(
    ["name", "video"],
    {"name": {"type": "string", "minLength": 1, "maxLength": MAX_CHARACTER_NAME}, "video": _FILE},
)
FILE_BODY = upload_of(
    ["file", "purpose"],
    {"file": _FILE, "purpose": {"type": "string", "enum": list(PURPOSES)}},
)


def _storable(text: str) -> str:
    if not may_be_stored(text):
        raise ValueError("it contains a NUL character (U+0000)")
    return text


Term = Annotated[str, AfterValidator(_storable)]
"""A query parameter that rows are looked for by."""


class Listed(Protocol):
    """A resource with an id and a form on the wire."""

    @property
    def id(self) -> str:
        """What the cursor is made of."""

    def to_wire(self) -> Mapping[str, Any]:
        """The resource as clients see it."""


def page_of(items: Sequence[Listed], *, has_more: bool) -> JSONResponse:
    """The page. `last_id` is the cursor for the next; both ids are null on an empty page."""
    return JSONResponse(
        {
            "object": "list",
            "data": [item.to_wire() for item in items],
            "first_id": items[0].id if items else None,
            "last_id": items[-1].id if items else None,
            "has_more": has_more,
        }
    )
