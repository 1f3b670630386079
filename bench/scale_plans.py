"""How the database runs statements: none may read every row of a growing table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from bench.scale_costs import RENDER_TIMES, Subject
from vitascope.store.direct import Row
from vitascope.store.statements import Statement

GROWING = frozenset(
    {
        *("videos", "job_log", "lineage", "idempotency", "files", "characters"),
        *("workflow_status", "workflow_input", "workflow_output", "operation_outputs"),
    }
)
Executed = tuple[str, Any]


async def full_scans(subject: Subject) -> dict[str, list[str]]:
    """The tables that an operation reads from end to end, by operation; it should be empty."""
    found: dict[str, list[str]] = {}
    for name, operation in subject.operations.items():
        with _recorded(subject) as statements:
            await operation()
        if name == RENDER_TIMES:
            continue  # it walks the index from its end and stops after fifty rows
        tables = sorted({table for one in statements for table in _scanned(subject, one)})
        if tables:
            found[name] = tables
    return found


@contextmanager
def _recorded(subject: Subject) -> Iterator[list[Executed]]:
    """Every statement that the repositories and the durable engine execute meanwhile."""
    statements: list[Executed] = []

    def note(_connection: Any, _cursor: Any, text: str, parameters: Any, *_rest: Any) -> None:
        if text.lstrip().split(None, 1)[0].upper() in {"SELECT", "UPDATE", "DELETE", "WITH"}:
            statements.append((text, parameters))

    fetch = subject.database.fetch

    async def noted(statement: Statement, parameters: Mapping[str, Any]) -> list[Row]:
        text = statement[subject.database.dialect.name]
        statements.append((text, parameters))
        return await fetch(statement, parameters)

    for engine in subject.engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        with patch.object(subject.database, "fetch", noted):
            yield statements
    finally:
        for engine in subject.engines:
            sa.event.remove(engine, "before_cursor_execute", note)


def _scanned(subject: Subject, statement: Executed) -> set[str]:
    text, parameters = statement
    with subject.poller.system.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", parameters).all()
            scans = [row[3].split()[1] for row in rows if row[3].startswith("SCAN ")]
            return set(scans) & GROWING
        numbers = count(1)
        bare = re.sub(r"%\(\w+\)s", lambda _: f"${next(numbers)}", text)
        # After some executions a connection keeps the plan for all parameters, unless plans for
        # the given ones cost less. Partial indexes on a parameter are in the latter only.
        plans = [
            connection.exec_driver_sql(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {bare}").scalar(),
            connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {text}", parameters).scalar(),
        ]
    trees = [json.loads(plan) if isinstance(plan, str) else plan for plan in plans]
    chosen = min((tree[0]["Plan"] for tree in trees), key=lambda plan: plan["Total Cost"])
    return {table for table in _sequential(chosen) if table in GROWING}


def _sequential(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for inner in plan.get("Plans", []):
        yield from _sequential(inner)
