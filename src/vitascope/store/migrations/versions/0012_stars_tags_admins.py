"""Stars and tags of videos, keys of administrators, and an index for lists of characters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_STARRED = sa.text("starred")
_TAGGED = sa.text("tags <> '[]'")


def upgrade() -> None:
    op.add_column(
        "videos", sa.Column("starred", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("videos", sa.Column("tags", sa.Text, nullable=False, server_default="[]"))
    op.add_column(
        "api_keys", sa.Column("admin", sa.Boolean, nullable=False, server_default=sa.false())
    )
    for name, condition in (("starred", _STARRED), ("tagged", _TAGGED)):
        op.create_index(
            f"ix_videos_{name}",
            "videos",
            ["project", "id"],
            sqlite_where=condition,
            postgresql_where=condition,
        )
    op.create_index("ix_characters_project_id", "characters", ["project", "id"])
