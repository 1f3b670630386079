"""Expiring: what is past its retention is found without a look at every video."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    stored = sa.text("CAST(assets AS TEXT) <> '{}'")
    op.create_index(
        "ix_videos_expiring",
        "videos",
        ["expires_at"],
        sqlite_where=stored,
        postgresql_where=stored,
    )
