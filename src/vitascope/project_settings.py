"""What can be set for single projects: limits, and who gets webhooks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{32,86}={0,2}")


class WebhookSettings(BaseModel):
    """The `[webhooks]` table: where OpenAI's events about videos are sent.

    Attributes:
        url: gets `video.completed` and `video.failed`; none by default.
        secret: signs them, as `whsec_…`; the project's own secret by default.
        secret_file: a file with the secret, which comes before `secret`.
        allow_private: whether clients may name receivers on private addresses and without TLS.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(pattern=r"^(https?://[^\s/?#]+\S*)?$")] = ""
    # Workers get the settings as JSON, in which a SecretStr would be asterisks.
    secret: Annotated[str, Field(repr=False)] = ""
    secret_file: Path | None = None
    allow_private: bool = False

    @model_validator(mode="after")
    def _read_secret(self) -> Self:
        if self.secret_file is not None:
            try:
                text = self.secret_file.expanduser().read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ValueError(f"secret_file can't be read: {error.strerror}") from None
            object.__setattr__(self, "secret", text)
        if self.secret and not _SECRET.fullmatch(self.secret):
            raise ValueError("the secret is whsec_ and 24 to 64 bytes as base64")
        return self


class ProjectSettings(BaseModel):
    """One `[projects.NAME]` table: limits of a project; None means unlimited.

    Attributes:
        max_queued: the number of waiting jobs.
        max_running: the number of running jobs in each queue.
        max_stored_bytes: bytes of films, uploads and characters together.
        max_files: the number of uploads and characters.
        max_fetches: images that are fetched from URLs at once.
        webhooks: replaces the server's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_queued: Annotated[int, Field(ge=1)] | None = None
    max_running: Annotated[int, Field(ge=1)] | None = None
    max_stored_bytes: Annotated[int, Field(ge=1)] | None = None
    max_files: Annotated[int, Field(ge=1)] | None = None
    max_fetches: Annotated[int, Field(ge=1)] | None = None
    webhooks: WebhookSettings | None = None
