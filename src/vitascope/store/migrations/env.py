"""Runs the migrations on the connection that `vitascope.store.schema` passes."""

from __future__ import annotations

from alembic import context

from vitascope.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table="schema_version",
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
