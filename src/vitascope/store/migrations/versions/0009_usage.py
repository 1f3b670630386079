"""Usage: what each project has in the store, counted in one row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "usage",
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("stored_bytes", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("files", sa.BigInteger, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("project", name="pk_usage"),
    )
    op.execute(
        """
        INSERT INTO usage (project, stored_bytes, files)
        SELECT project, SUM(stored_bytes), SUM(files) FROM (
            SELECT project, stored_bytes, 0 AS files FROM videos WHERE stored_bytes > 0
            UNION ALL SELECT project, stored_bytes, 1 FROM files
            UNION ALL SELECT project, stored_bytes, 1 FROM characters
        ) AS stored GROUP BY project"""
    )
    # Of a project's files and characters, nothing sums the sizes any more.
    op.drop_index("ix_files_stored", "files")
    op.drop_index("ix_characters_stored", "characters")
