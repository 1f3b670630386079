"""Other prompts: those of a film's other parts, by which it is found and titled."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_BATCH = 500
_MADE_FROM = "('edit', 'extension')"


def upgrade() -> None:
    op.add_column(
        "videos", sa.Column("other_prompts", sa.Text, nullable=False, server_default="[]")
    )
    connection = op.get_bind()
    after = ""
    while True:
        rows = connection.execute(
            sa.text(
                "SELECT id, CAST(spec AS TEXT) FROM videos WHERE id > :after"
                f" ORDER BY id LIMIT {_BATCH}"
            ),
            {"after": after},
        ).all()
        for video_id, spec in rows:
            _fill(connection, video_id, json.loads(spec))
        if len(rows) < _BATCH:
            return
        after = rows[-1][0]


def _fill(connection: sa.Connection, video_id: str, spec: dict[str, Any]) -> None:
    """Fill a row whose film has more than one part; those that it was made from come first."""
    following = [step[1] for step in spec.get("following", ())]
    history = spec.get("history", ())
    if history is None:
        earlier = _prompts_of_source(connection, video_id)
    else:
        earlier = [step[1] for step in history]
    if earlier or following:
        connection.execute(
            sa.text("UPDATE videos SET other_prompts = :prompts WHERE id = :id"),
            {"id": video_id, "prompts": json.dumps([*earlier, *following], ensure_ascii=False)},
        )


def _prompts_of_source(connection: sa.Connection, video_id: str) -> list[str]:
    row = connection.execute(
        sa.text(
            "SELECT CAST(v.spec AS TEXT), v.other_prompts FROM videos v JOIN lineage l"
            f" ON l.parent_id = v.id WHERE l.child_id = :id AND l.relation IN {_MADE_FROM}"
        ),
        {"id": video_id},
    ).first()
    if row is None:
        return []
    spec, others = json.loads(row[0]), json.loads(row[1])
    following = len(spec.get("following", ()))
    earlier = others[: len(others) - following]
    return [*earlier, spec["prompt"], *others[len(earlier) :]]
