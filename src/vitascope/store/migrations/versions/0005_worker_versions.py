"""Worker versions: whose jobs a worker can take over, while old and new ones run side by side."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "workers", sa.Column("workflow_version", sa.Text, nullable=False, server_default="1")
    )
