"""How the database answers: no statement may look at every row of a table that grows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import sqlalchemy as sa

from bench.scale_costs import PACE, Subject

GROWING = frozenset(
    {
        *("videos", "job_log", "lineage", "idempotency", "files", "characters"),
        *("workflow_status", "workflow_input", "workflow_output", "operation_outputs"),
    }
)
Statement = tuple[str, Any]


async def full_scans(subject: Subject) -> dict[str, list[str]]:
    """The tables that an operation reads from end to end, by operation; empty is what is wanted."""
    found: dict[str, list[str]] = {}
    for name, operation in subject.operations.items():
        with _heard(subject) as statements:
            await operation()
        if name == PACE:
            continue  # walks the index from its end, and stops after fifty
        tables = sorted({table for one in statements for table in _scanned(subject, one)})
        if tables:
            found[name] = tables
    return found


@contextmanager
def _heard(subject: Subject) -> Iterator[list[Statement]]:
    """Every statement that is executed meanwhile, by the repositories and the durable engine."""
    statements: list[Statement] = []

    def note(_connection: Any, _cursor: Any, text: str, parameters: Any, *_rest: Any) -> None:
        if text.lstrip().split(None, 1)[0].upper() in {"SELECT", "UPDATE", "DELETE", "WITH"}:
            statements.append((text, parameters))

    for engine in subject.engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        for engine in subject.engines:
            sa.event.remove(engine, "before_cursor_execute", note)


def _scanned(subject: Subject, statement: Statement) -> set[str]:
    text, parameters = statement
    with subject.poller.system.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", parameters).all()
            scans = [row[3].split()[1] for row in rows if row[3].startswith("SCAN ")]
            return set(scans) & GROWING
        # As a worker's connection plans it after a while: once for all parameters.
        numbers = count(1)
        bare = re.sub(r"%\(\w+\)s", lambda _: f"${next(numbers)}", text)
        plan = connection.exec_driver_sql(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {bare}").scalar()
    tree = json.loads(plan) if isinstance(plan, str) else plan
    return {table for table in _sequential(tree[0]["Plan"]) if table in GROWING}


def _sequential(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for inner in plan.get("Plans", []):
        yield from _sequential(inner)
