"""Shares: how many jobs of one project the workers have at once, each project by its own limit.

The durable engine has such a limit, one for all projects of a queue, and sees to it that workers
that claim at the same moment keep it together. Here it is told each project's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

import sqlalchemy as sa
from dbos._sys_db import SystemDatabase


def limit_running(limit_of: Callable[[str], int | None]) -> None:
    """Keep this process's workers to the limits. To be called once, before the engine is launched.

    Args:
        limit_of: the most jobs of a project that may be worked on in one queue; None: no limit.
    """
    # Private in this version, and a test of ours holds them: the public way is a limit that is the
    # same for every project.
    claim, begin = SystemDatabase.start_queued_workflows, SystemDatabase._begin

    def claim_within_limit(
        engine: SystemDatabase,
        queue: Any,
        executor: str,
        version: str,
        project: str | None,
        *more: Any,
        **named: Any,
    ) -> Any:
        own = copy(queue)
        own._partition_concurrency = None if project is None else limit_of(project)
        return claim(engine, own, executor, version, project, *more, **named)

    @contextmanager
    def begin_locked(engine: SystemDatabase, isolation: str | None) -> Iterator[sa.Connection]:
        with begin(engine, isolation) as connection:
            # PostgreSQL notices when two count and claim at once. In a SQLite file nobody would.
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    setattr(SystemDatabase, "start_queued_workflows", claim_within_limit)  # noqa: B010
    setattr(SystemDatabase, "_begin", begin_locked)  # noqa: B010
