"""The job specification: ten columns of a video become one JSON value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FPS = 24  # of every film before this migration
_AT_ONCE = 1000
_REPLACED = (
    "task",
    "model",
    "prompt",
    "size",
    "seconds",
    "seed",
    "extensions",
    "script",
    "options",
    "inputs",
)
_INDEXES: dict[str, tuple[list[str], str | None]] = {
    "ix_videos_project_id": (["project", "id"], None),
    "ix_videos_unfinished": (["status"], "status IN ('queued', 'in_progress')"),
    "ix_videos_queued": (["status", "project", "queue", "priority", "id"], "status = 'queued'"),
    "ix_videos_expiring": (["expires_at"], "CAST(assets AS TEXT) <> '{}'"),
}
_ROLES = {"input_reference": "first_frame", "source": "source_video", "upload": "uploaded_video"}
_SAMPLING = ("negative_prompt", "guidance_scale", "num_inference_steps")


def upgrade() -> None:
    op.add_column("videos", sa.Column("spec", sa.JSON))
    connection = op.get_bind()
    for rows in _batches(connection):
        connection.execute(
            sa.text("UPDATE videos SET spec = :spec WHERE id = :id").bindparams(
                sa.bindparam("spec", type_=sa.JSON)
            ),
            [{"id": row["id"], "spec": spec_of(row)} for row in rows],
        )
    # SQLite copies the table, and would copy the indexes without their conditions.
    for name in _INDEXES:
        op.drop_index(name, "videos")
    with op.batch_alter_table("videos") as videos:
        videos.alter_column("spec", nullable=False)
        for column in _REPLACED:
            videos.drop_column(column)
    for name, (columns, condition) in _INDEXES.items():
        where = None if condition is None else sa.text(condition)
        op.create_index(name, "videos", columns, sqlite_where=where, postgresql_where=where)


def _batches(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    columns = ", ".join(("id", *_REPLACED))
    query = sa.text(f"SELECT {columns} FROM videos WHERE id > :last ORDER BY id LIMIT {_AT_ONCE}")
    last = ""
    while True:
        rows = [dict(row) for row in connection.execute(query, {"last": last}).mappings()]
        if not rows:
            return
        yield rows
        last = rows[-1]["id"]


def spec_of(row: dict[str, Any]) -> dict[str, Any]:
    options, inputs = _json(row["options"]), _json(row["inputs"])
    script = _json(row["script"])
    frames = round(row["seconds"] * FPS)
    added = options.get("added_seconds") if row["task"] == "extend" else None
    width, _, height = row["size"].partition("x")
    spec: dict[str, Any] = {
        "version": 1,
        "prompt": row["prompt"],
        "model": row["model"],
        "seed": row["seed"],
        "size": [int(width), int(height)],
        "frames": frames,
        "start": 0 if added is None else frames - round(added * FPS),
        "fps": [FPS, 1],
        "task": row["task"],
        "history": None if script is None else script[:-1],
        "extensions": row["extensions"],
        "inputs": [
            {"role": _ROLES.get(role, role), "asset": asset}
            for role, asset in inputs.items()
            if not role.startswith("character-")
        ],
        "characters": [
            {**character, "cutout": inputs[f"character-{index}"]}
            for index, character in enumerate(options.get("characters", []))
            if f"character-{index}" in inputs
        ],
        "sampling": {name: options[name] for name in _SAMPLING if name in options},
    }
    return spec


def _json(value: Any) -> Any:
    """A JSON column's value; drivers return text or what the text means."""
    return json.loads(value) if isinstance(value, str) else value
