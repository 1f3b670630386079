"""Indexes for a project's videos that were finished since a moment, and for those that failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_FAILED = sa.text("status = 'failed'")


def upgrade() -> None:
    op.create_index("ix_videos_project_completed_at", "videos", ["project", "completed_at"])
    op.create_index(
        "ix_videos_failed",
        "videos",
        ["project", "id"],
        sqlite_where=_FAILED,
        postgresql_where=_FAILED,
    )
