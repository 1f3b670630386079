"""The tables in SQLAlchemy Core. The migrations create them; a test compares the two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from vitascope.spec import Asset, RenderSpec
from vitascope.video import DEFAULT_PRIORITY

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Moment: sa.Double[float] = sa.Double()  # unix seconds


class Typed(sa.TypeDecorator[Any]):
    """A JSON column whose values are msgspec types.

    SQL can still refer to the JSON, as in `videos.c.spec["model"].as_string()`.
    """

    impl = sa.JSON
    cache_ok = True

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        """The value that SQLAlchemy writes as JSON."""
        return msgspec.to_builtins(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        """The typed value, validated."""
        return msgspec.convert(value, self.value)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """Compare with the JSON value."""
        return self.impl_instance.coerce_compared_value(op, value)


class Words(sa.TypeDecorator[tuple[str, ...]]):
    """A text column with a JSON list of texts: unlike JSON, it can be compared."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: sa.Dialect) -> str:
        """The list as JSON."""
        return msgspec.json.encode(value or ()).decode()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> tuple[str, ...]:
        """The texts."""
        return msgspec.json.decode(value or "[]", type=tuple[str, ...])


_PRIORITY = str(DEFAULT_PRIORITY)


def _stored_bytes() -> sa.Column[int]:
    """The size of the row's files in the store."""
    return sa.Column("stored_bytes", sa.BigInteger, nullable=False, server_default="0")


STORED = sa.text("CAST(assets AS TEXT) <> '{}'")
"""Whether a video's files are stored, as the index that finds expired videos states it."""
STARRED = sa.text("starred")
TAGGED = sa.text("tags <> '[]'")
UNFINISHED = sa.text("status IN ('queued', 'in_progress')")
FAILED = sa.text("status = 'failed'")
"""Whether a video is marked, has tags, is not finished or failed, as the indexes that find such
videos state it. SQLite uses such an index if a query has the same words. PostgreSQL's indexes have
the same conditions, which are not repeated here, because a server on SQLite would load that dialect
to read them."""

videos = sa.Table(
    "videos",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    # The default is for rows from before there was more than one queue.
    sa.Column("queue", sa.Text, nullable=False, server_default="shadowplay"),
    sa.Column("priority", sa.Integer, nullable=False, server_default=_PRIORITY),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("started_at", Moment),
    sa.Column("completed_at", Moment),
    sa.Column("expires_at", Moment),
    sa.Column("progress", sa.Integer, nullable=False, server_default="0"),
    sa.Column("phase", sa.Text),
    sa.Column("eta", Moment),
    sa.Column("error_code", sa.Text),
    sa.Column("error_message", sa.Text),
    sa.Column("remixed_from_video_id", sa.Text),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
    sa.Column("crashes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("spec", Typed(RenderSpec), nullable=False),
    sa.Column("assets", Typed(Mapping[str, Asset]), nullable=False),
    sa.Column("starred", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("tags", Words, nullable=False, server_default="[]"),
    sa.Column("other_prompts", Words, nullable=False, server_default="[]"),
    _stored_bytes(),
    # Compares the usage counters with the rows without reading the rows.
    sa.Index(
        "ix_videos_stored",
        "project",
        "stored_bytes",
        sqlite_where=sa.text("stored_bytes > 0"),
    ),
    sa.Index(None, "project", "id"),
    sa.Index(None, "project", "completed_at"),
    sa.Index("ix_videos_starred", "project", "id", sqlite_where=STARRED),
    sa.Index("ix_videos_tagged", "project", "id", sqlite_where=TAGGED),
    sa.Index(
        "ix_videos_unfinished",
        "status",
        sqlite_where=UNFINISHED,
    ),
    sa.Index("ix_videos_failed", "project", "id", sqlite_where=FAILED),
    sa.Index("ix_videos_expiring", "expires_at", sqlite_where=STORED),
    # Counts how many wait, and how many wait before a video, without reading the rows.
    sa.Index(
        "ix_videos_queued",
        "status",
        "project",
        "queue",
        "priority",
        "id",
        sqlite_where=sa.text("status = 'queued'"),
    ),
)

# A picture of each unfinished film; apart from `videos`, whose rows are read often.
live_previews = sa.Table(
    "live_previews",
    metadata,
    sa.Column("video_id", sa.Text, primary_key=True),
    sa.Column("jpeg", sa.LargeBinary, nullable=False),
)

job_log = sa.Table(
    "job_log",
    metadata,
    sa.Column("entry", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("video_id", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Index(None, "video_id"),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False, server_default=_PRIORITY),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("hint", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
    sa.Column("admin", sa.Boolean, nullable=False, server_default=sa.false()),
)

signing_keys = sa.Table(
    "signing_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("secret", sa.Text, nullable=False),  # hexadecimal
    sa.Column("created_at", Moment, nullable=False),
)

secrets = sa.Table(
    "secrets",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("secret", sa.Text, nullable=False),  # hexadecimal
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("video_id", sa.Text, nullable=False),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("base", sa.Text, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Index(None, "due_at"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("key_digest", sa.Text, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
)

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("models", sa.JSON, nullable=False),
    sa.Column("workflow_version", sa.Text, nullable=False, server_default="1"),
)

files = sa.Table(
    "files",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("content", Typed(Asset), nullable=False),
    _stored_bytes(),
    sa.Index(None, "project", "id"),
)

characters = sa.Table(
    "characters",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("cutouts", Typed(tuple[Asset, ...]), nullable=False),
    sa.Column("palette", Typed(tuple[str, ...]), nullable=False),
    _stored_bytes(),
    sa.Index(None, "project", "id"),
)

lineage = sa.Table(
    "lineage",
    metadata,
    sa.Column("child_id", sa.Text, primary_key=True),
    sa.Column("parent_id", sa.Text, primary_key=True),
    sa.Column("relation", sa.Text, primary_key=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index(None, "parent_id"),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("project", sa.Text, primary_key=True),
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("video_id", sa.Text, nullable=False),
    sa.Column("repeated", sa.Boolean, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index(None, "at"),
    sa.Index(None, "video_id"),
)

# What each project has in the store: see `usage.py`.
usage = sa.Table(
    "usage",
    metadata,
    sa.Column("project", sa.Text, primary_key=True),
    sa.Column("stored_bytes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("files", sa.BigInteger, nullable=False, server_default="0"),
)
