"""The objects that the API answers with, as the OpenAPI document shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vitascope.api.error_handlers import JsonResponse
from vitascope.model_settings import Operation
from vitascope.spec import InputRole, ReferenceUse
from vitascope.store.database import may_be_stored
from vitascope.video import Relation, Variant


class Schema(BaseModel):
    """An object of the document. It is built when first used: most servers never use most."""

    model_config = ConfigDict(defer_build=True)


class VideoError(Schema):
    """Why a video failed."""

    code: str
    message: str


class VideoObject(Schema):
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
    starred: bool
    tags: list[str]


class CreatedVideo(VideoObject):
    """A new video; of a request with `n`, the first one."""

    variants: Annotated[
        list[str] | None,
        Field(description="The ids of all videos of the request, this one first; only with `n`."),
    ] = None


class RetrievedVideo(VideoObject):
    """A video; an unfinished one also has its queue position, its ETA and whether it is paused."""

    queue_position: Annotated[
        int | None,
        Field(ge=1, description="Its place in the line: 1 starts next; null once it has begun."),
    ] = None
    eta_seconds: Annotated[
        int | None,
        Field(ge=0, description="Seconds until it is finished; null while that is unknown."),
    ] = None
    paused: Annotated[bool | None, Field(description="Whether it waits until it is resumed.")] = (
        None
    )


class VideoEvent(RetrievedVideo):
    """A video as in an event."""

    phase: Annotated[str | None, Field(description="What its job does now.")] = None
    preview: Annotated[bool, Field(description="Whether `/preview` has a picture of it.")] = False


class VideoRequest(Schema):
    """The request that makes a video again: `body`, sent as JSON to `path`.

    `missing` names fields that were uploads or have been deleted, which the body lacks.
    """

    object: Literal["video.request"]
    id: str
    operation: Literal["create", "remix", "edit", "extend"]
    path: str
    body: dict[str, Any]
    missing: list[str]


class SegmentObject(Schema):
    """A part of a video that one request made; `prompt` is null where none describes it."""

    object: Literal["video.segment"]
    index: int
    prompt: str | None
    start_seconds: float
    seconds: float


class SegmentList(Schema):
    """All segments of a video, in order."""

    object: Literal["list"]
    data: list[SegmentObject]


class VideoEstimate(Schema):
    """What a request would wait for and take, if it was sent now."""

    object: Literal["video.estimate"]
    model: str
    queue_position: Annotated[int, Field(ge=1, description="Its place in the line.")]
    eta_seconds: Annotated[
        int | None,
        Field(ge=0, description="Seconds until it is finished; null while that is unknown."),
    ]
    render_seconds: Annotated[
        int | None, Field(ge=0, description="How long the job itself takes; null while unknown.")
    ]
    memory_gib: Annotated[
        dict[str, float],
        Field(description="The least device memory by memory plan; empty without a device."),
    ]


class SessionObject(Schema):
    """Whom a key or a session's cookie stands for; `expires_at` when a session begins."""

    object: Literal["session"]
    project: str
    expires_at: int | None


class SessionDeleted(Schema):
    """What signing out answers; `deleted` says whether there was a session."""

    object: Literal["session.deleted"]
    deleted: bool


class VideoList(Schema):
    """One page of videos. `last_id` is the cursor for the next."""

    object: Literal["list"]
    data: list[VideoObject]
    first_id: str | None
    last_id: str | None
    has_more: bool


class VideoDeleted(Schema):
    """The answer to `DELETE`."""

    id: str
    object: Literal["video.deleted"]
    deleted: bool


class Tag(Schema):
    """A tag of the project's videos; `videos` is the number that have it."""

    id: str
    object: Literal["tag"]
    videos: int


class TagList(Schema):
    """All tags of the project."""

    object: Literal["list"]
    data: list[Tag]


class LinkObject(Schema):
    """A link to one of a video's files. `expires_at` is null for a `data:` URL."""

    object: Literal["video.link"]
    video_id: str
    variant: Variant
    url: str
    expires_at: int | None


class CharacterObject(Schema):
    """A figure that appears in videos whose prompt names it."""

    id: str | None
    name: str | None
    created_at: int


class CharacterList(Schema):
    """One page of characters. `last_id` is the cursor for the next."""

    object: Literal["list"]
    data: list[CharacterObject]
    first_id: str | None
    last_id: str | None
    has_more: bool


class CharacterDeleted(Schema):
    """The answer to deleting a character."""

    id: str
    object: Literal["character.deleted"]
    deleted: bool


class FileObject(Schema):
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


class FileList(Schema):
    """One page of files. `last_id` is the cursor for the next."""

    object: Literal["list"]
    data: list[FileObject]
    first_id: str | None
    last_id: str | None
    has_more: bool


class FileDeleted(Schema):
    """The answer to deleting a file."""

    id: str
    object: Literal["file"]
    deleted: bool


class LineageNode(Schema):
    """A video, character or file of a lineage."""

    id: str
    object: Literal["video", "character", "file"]
    deleted: bool


class LineageEdge(Schema):
    """`child` came from `parent`."""

    child: str
    parent: str
    relation: Relation


class LineageObject(Schema):
    """What a video is made from, and what is made from it."""

    object: Literal["video.lineage"]
    id: str
    nodes: list[LineageNode]
    edges: list[LineageEdge]


class ModelAbilities(Schema):
    """The operations of a model, and facts for its users.

    `memory_gib` is the least device memory by memory plan, the fastest plan first; `sound` is
    `joint` where it is made with the picture, `house` where the server adds it; `loras` are the
    ids of the adapters that requests can ask for.
    """

    operations: list[Operation]
    description: str
    licence: str
    licence_url: str | None
    territory: str | None
    gated: bool
    memory_gib: dict[str, float]
    sound: Literal["joint", "house", "none"]
    native: str
    references: list[InputRole]
    reference_uses: list[ReferenceUse]
    max_reference_images: int
    loras: list[str]


class Model(Schema):
    """A name for the field `model`. `vitascope` is this server's addition."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    vitascope: ModelAbilities | None


class ModelList(Schema):
    """All models."""

    object: Literal["list"]
    data: list[Model]


class ErrorBody(Schema):
    """The error of a request."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorEnvelope(Schema):
    """The body of every answer with an error."""

    error: ErrorBody


def _storable(text: str) -> str:
    if not may_be_stored(text):
        raise ValueError("it contains a NUL character (U+0000)")
    return text


Term = Annotated[str, AfterValidator(_storable)]
"""A query parameter that selects rows."""


def page_of(ids: Sequence[str], data: object, *, has_more: bool) -> JsonResponse:
    """The page. `last_id` is the cursor for the next; both ids are null on an empty page.

    Args:
        ids: of the resources.
        data: the array of their JSON objects.
        has_more: whether more follow.
    """
    return JsonResponse(
        {
            "object": "list",
            "data": data,
            "first_id": ids[0] if ids else None,
            "last_id": ids[-1] if ids else None,
            "has_more": has_more,
        }
    )
