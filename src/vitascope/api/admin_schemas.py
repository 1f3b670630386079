"""The objects that the operations for administrators answer with."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from vitascope.api.schemas import Model


class ApiKeyObject(BaseModel):
    """An API key; `hint` has its first and last characters."""

    id: str
    object: Literal["api_key"]
    project: str
    priority: int
    admin: bool
    hint: str
    created_at: int
    revoked_at: int | None


class NewApiKey(ApiKeyObject):
    """A new API key with its secret, which is not stored and never shown again."""

    secret: str


class ApiKeyList(BaseModel):
    """All keys, oldest first, revoked ones included."""

    object: Literal["list"]
    data: list[ApiKeyObject]


class ApiKeyRevoked(BaseModel):
    """The answer to revoking a key."""

    id: str
    object: Literal["api_key.revoked"]
    revoked: bool


class ProjectUsage(BaseModel):
    """A project; `keys` counts those that work, `files` uploads and characters."""

    id: str
    keys: int
    videos: int
    stored_bytes: int
    files: int


class HeldVideo(BaseModel):
    """An unfinished video that a worker holds."""

    id: str
    project: str
    model: str
    status: Literal["queued", "in_progress"]
    progress: int
    phase: str | None
    started_at: float | None


class WorkerObject(BaseModel):
    """A worker: when it started and was last heard of, its models, and what it does."""

    id: str
    started_at: int
    seen_at: int
    alive: bool
    models: list[str]
    videos: list[HeldVideo]


class QueueCounts(BaseModel):
    """The unfinished videos of a project in one queue."""

    queue: str
    project: str
    waiting: int
    paused: int
    running: int


class Failure(BaseModel):
    """A video that failed; cancelled ones are left out."""

    id: str
    project: str
    model: str
    failed_at: int
    code: str
    message: str


class StorageObject(BaseModel):
    """Bytes: on the disk that has the least to spare, and stored by all projects."""

    free_bytes: int
    reserve_bytes: int
    total_bytes: int
    stored_bytes: int


class OverviewObject(BaseModel):
    """The whole server, for its administrators. Failures are those of the last day."""

    object: Literal["admin.overview"]
    version: str
    projects: list[ProjectUsage]
    models: list[Model]
    workers: list[WorkerObject]
    queue: list[QueueCounts]
    storage: StorageObject
    failures: list[Failure]
