"""Fair shares: what a job's place in the line depends on, and an index to find the place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    queue = sa.Column("queue", sa.Text, nullable=False, server_default="shadowplay")
    op.add_column("videos", queue)
    for table in ("videos", "api_keys"):
        priority = sa.Column("priority", sa.Integer, nullable=False, server_default="50")
        op.add_column(table, priority)
    op.create_index(
        "ix_videos_queued",
        "videos",
        ["status", "project", "queue", "priority", "id"],
        sqlite_where=sa.text("status = 'queued'"),
        postgresql_where=sa.text("status = 'queued'"),
    )
