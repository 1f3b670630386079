"""Usage: what each project has in the store, counted in one row, and whether more may be added.

Each transaction that changes the `stored_bytes` of a row, or adds or deletes a file or a character,
also changes the project's counter by the difference. Waiting jobs are not counted here: their index
holds waiting jobs only and is read up to the limit, and a counter would make workers that begin
jobs wait for the project's creates.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa

from vitascope.errors import NO_RETRY, QuotaReached
from vitascope.store.database import Database, insert_into
from vitascope.store.tables import characters, files, usage, videos

_CHECK_SECONDS = 3600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Quota:
    """What a project may have in the store; None means no limit.

    Attributes:
        max_bytes: of films, uploads and characters together.
        max_files: uploads and characters.
    """

    max_bytes: int | None = None
    max_files: int | None = None


NO_QUOTA = Quota()


@dataclass(frozen=True, slots=True)
class Usage:
    """What a project has in the store, or by how much that changes."""

    stored_bytes: int = 0
    files: int = 0


def record_usage(connection: sa.Connection, changes: Iterable[tuple[str, Usage]]) -> None:
    """Add changes to the counters of projects, within the transaction that makes them.

    Call it after the transaction's other statements. On PostgreSQL it locks the counters until the
    commit: in the order of the projects, so that two transactions can't block each other.
    """
    sums: dict[str, list[int]] = {}
    for project, change in changes:
        total = sums.setdefault(project, [0, 0])
        total[0] += change.stored_bytes
        total[1] += change.files
    rows = [
        {"project": project, "stored_bytes": size, "files": number}
        for project, (size, number) in sorted(sums.items())
        if size or number
    ]
    if rows:
        connection.execute(_adding(connection.dialect.name), rows)


def usage_of(connection: sa.Connection, project: str) -> Usage:
    """What the project has, as the caller's transaction sees it."""
    row = connection.execute(_READ, {"project": project}).first()
    return Usage() if row is None else Usage(row.stored_bytes, row.files)


def deviations(connection: sa.Connection) -> list[tuple[str, Usage]]:
    """What is missing in the counters of projects, compared with the rows; [] if they are right.

    One statement, so that it sees rows and counters at the same moment.
    """
    rows = connection.execute(_DEVIATIONS).all()
    return [(row.project, Usage(int(row.stored_bytes), int(row.files))) for row in rows]


def correct(connection: sa.Connection) -> list[tuple[str, Usage]]:
    """Correct the counters, within the caller's transaction; returns what was missing.

    Transactions that run meanwhile change rows and counters equally, so they do not change what is
    missing.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(sa.delete(usage).where(sa.false()))  # takes the file's lock
    else:
        lock_project(connection, "")  # no project has this name
    missing = deviations(connection)
    record_usage(connection, missing)
    return missing


class UsageCheck:
    """Corrects the counters by the rows, at most once an hour.

    They are wrong after an upgrade while servers of an older version, which does not know the
    counters, were still running.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._checked_at = float("-inf")

    async def run(self) -> None:
        """Compare the counters with the rows, once an hour at most, and correct them."""
        if time.monotonic() - self._checked_at < _CHECK_SECONDS:
            return
        async with self._database.connect() as connection:
            missing = await connection.run_sync(deviations)
        if missing:
            async with self._database.begin() as connection:
                missing = await connection.run_sync(correct)
            log.warning("The usage counters of %d projects were corrected", len(missing))
        self._checked_at = time.monotonic()


class StorageBudget:
    """A project's usage and quota while a transaction adds to it."""

    def __init__(self, usage: Usage, quota: Quota) -> None:
        self._bytes = usage.stored_bytes
        self._files = usage.files
        self._quota = quota

    def add(self, size: int) -> None:
        """Count bytes that the transaction adds."""
        self._bytes += size

    def refusal(self, *, more: int = 0) -> QuotaReached | None:
        """Why the project can't store `more` bytes; None if it can."""
        quota = self._quota
        if quota.max_bytes is not None and self._bytes + more > quota.max_bytes:
            return _reached(
                f"This project has {self._bytes} bytes stored, and may have {quota.max_bytes}. "
                "Delete videos or files that you don't need, or ask the server's operator for more."
            )
        if quota.max_files is not None and self._files > quota.max_files:
            return _reached(
                f"This project may have {quota.max_files} files and characters. Delete files that "
                "you don't need, or ask the server's operator for more."
            )
        return None


def record_file(connection: sa.Connection, project: str, size: int, quota: Quota) -> None:
    """Count a file or character that the transaction has added, and check the project's quota.

    Raises:
        QuotaReached: the project has no room for it; roll the transaction back.
    """
    record_usage(connection, [(project, Usage(size, 1))])
    if quota != NO_QUOTA:
        refusal = StorageBudget(usage_of(connection, project), quota).refusal()
        if refusal is not None:
            raise refusal


def _reached(message: str) -> QuotaReached:
    return QuotaReached(message, code="insufficient_quota", headers=NO_RETRY)


def lock_project(connection: sa.Connection, project: str) -> None:
    """Let no other server add to what the project has until this transaction ends.

    SQLite needs no lock: one transaction writes at a time.
    """
    if connection.dialect.name == "postgresql":
        digest = hashlib.sha256(f"queued jobs of {project}".encode()).digest()
        key = int.from_bytes(digest[:8], signed=True)
        connection.execute(_LOCK, {"key": key})


_LOCK = sa.select(sa.func.pg_advisory_xact_lock(sa.bindparam("key", type_=sa.BigInteger)))
_READ = sa.select(usage.c.stored_bytes, usage.c.files).where(
    usage.c.project == sa.bindparam("project")
)


@cache
def _adding(dialect: str) -> sa.Executable:
    insert = insert_into(usage, dialect)
    return insert.on_conflict_do_update(
        index_elements=["project"],
        set_={
            "stored_bytes": usage.c.stored_bytes + insert.excluded.stored_bytes,
            "files": usage.c.files + insert.excluded.files,
        },
    )


def _comparing() -> sa.Select[tuple[str, int, int]]:
    parts = [
        # The condition as the index states it, which holds both columns.
        sa.select(
            videos.c.project, videos.c.stored_bytes, sa.literal_column("0").label("files")
        ).where(sa.text("videos.stored_bytes > 0")),
        *(
            sa.select(table.c.project, table.c.stored_bytes, sa.literal_column("1").label("files"))
            for table in (files, characters)
        ),
        sa.select(usage.c.project, -usage.c.stored_bytes, -usage.c.files),
    ]
    every = sa.union_all(*parts).subquery()
    size, number = sa.func.sum(every.c.stored_bytes), sa.func.sum(every.c.files)
    return (
        sa.select(every.c.project, size.label("stored_bytes"), number.label("files"))
        .group_by(every.c.project)
        .having((size != 0) | (number != 0))
    )


_DEVIATIONS = _comparing()
