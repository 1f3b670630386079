"""Usage: what a project has in the store, and whether more may be added."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from vitascope.errors import NO_RETRY, QuotaReached
from vitascope.store.tables import characters, files, videos


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
    """What a project has in the store."""

    stored_bytes: int
    files: int


def usage_of(connection: sa.Connection, project: str) -> Usage:
    """What the project has, as the caller's transaction sees it; summed in indexes only."""
    total, number = 0, 0
    for table in (videos, files, characters):
        # The condition as the index states it.
        query = sa.select(sa.func.count(), sa.func.sum(table.c.stored_bytes)).where(
            table.c.project == project, sa.text("stored_bytes > 0")
        )
        count, size = connection.execute(query).one()
        total += int(size or 0)
        number += 0 if table is videos else count
    return Usage(total, number)


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


def require_room(connection: sa.Connection, project: str, quota: Quota) -> None:
    """Check that the project keeps within its quota, with what the transaction added.

    Raises:
        QuotaReached: it does not.
    """
    if quota != NO_QUOTA:
        refusal = StorageBudget(usage_of(connection, project), quota).refusal()
        if refusal is not None:
            raise refusal


def _reached(message: str) -> QuotaReached:
    return QuotaReached(message, code="insufficient_quota", headers=NO_RETRY)


def lock_project(connection: sa.Connection, project: str) -> None:
    """Let no other server count what the project has until this transaction ends.

    SQLite needs no lock: one transaction writes at a time.
    """
    if connection.dialect.name == "postgresql":
        digest = hashlib.sha256(f"queued jobs of {project}".encode()).digest()
        key = int.from_bytes(digest[:8], signed=True)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
