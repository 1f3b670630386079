"""Stored bytes: what each row has in the store, so that a project's sum is read from an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SPENT = "('source_video', 'source_thumbnail', 'source_spritesheet', 'uploaded_video')"
_SUMS = {
    "sqlite": {
        "videos": f"""
            (SELECT COALESCE(SUM(json_extract(value, '$.size')), 0) FROM json_each(assets))
            + (SELECT COALESCE(SUM(json_extract(value, '$.cutout.size')), 0)
               FROM json_each(spec, '$.characters'))
            + (SELECT COALESCE(SUM(json_extract(value, '$.asset.size')), 0)
               FROM json_each(spec, '$.inputs')
               WHERE videos.status IN ('queued', 'in_progress')
                  OR json_extract(value, '$.role') NOT IN {_SPENT})""",
        "files": "json_extract(content, '$.size')",
        "characters": """
            (SELECT COALESCE(SUM(json_extract(value, '$.size')), 0) FROM json_each(cutouts))""",
    },
    "postgresql": {
        "videos": f"""
            (SELECT COALESCE(SUM((value->>'size')::bigint), 0) FROM json_each(assets))
            + (SELECT COALESCE(SUM((value->'cutout'->>'size')::bigint), 0)
               FROM json_array_elements(spec->'characters') AS value)
            + (SELECT COALESCE(SUM((value->'asset'->>'size')::bigint), 0)
               FROM json_array_elements(spec->'inputs') AS value
               WHERE videos.status IN ('queued', 'in_progress')
                  OR value->>'role' NOT IN {_SPENT})""",
        "files": "(content->>'size')::bigint",
        "characters": """
            (SELECT COALESCE(SUM((value->>'size')::bigint), 0)
             FROM json_array_elements(cutouts) AS value)""",
    },
}
_EXPIRED = "status = 'completed' AND CAST(assets AS TEXT) = '{}'"
"""Of such a video nothing is stored, although its specification still names its inputs."""


def upgrade() -> None:
    some = sa.text("stored_bytes > 0")
    for table, size in _SUMS[op.get_bind().dialect.name].items():
        column = sa.Column("stored_bytes", sa.BigInteger, nullable=False, server_default="0")
        op.add_column(table, column)
        stored = f" WHERE NOT ({_EXPIRED})" if table == "videos" else ""
        op.execute(f"UPDATE {table} SET stored_bytes = {size}{stored}")
        op.create_index(
            f"ix_{table}_stored",
            table,
            ["project", "stored_bytes"],
            sqlite_where=some,
            postgresql_where=some,
        )
