"""The idempotency repository: which request made a job, so that a repeated request finds it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import asdict

from vitascope.store.database import Database, Upsert, insert_into
from vitascope.store.statements import Statement
from vitascope.store.tables import idempotency

LONGEST_MEMORY = 24 * 3600.0
"""Seconds after which a request is forgotten."""


class Claim(Struct, frozen=True, kw_only=True):
    """A request's claim to make a job. Times are unix seconds.

    Its fields are parameters of the statements below.

    Attributes:
        token: equal for a request and its repetitions.
        fingerprint: a hash of what the request asks for.
        repeated: whether the client marked the request as a repetition.
        shared: whether the claim also matches a job that a first request made. If not, it matches
            only the job of a repetition: each first request makes its own job, unless a
            repetition of it arrived while it was being handled.
        since: a job counts only if it was made at this time or later.
    """

    project: str
    token: str
    fingerprint: str
    repeated: bool
    shared: bool
    since: float


class AlreadyMade(Exception):
    """The job of a request exists already.

    Attributes:
        video_id: the job.
        same: whether the earlier request asked for the same.
    """

    def __init__(self, video_id: str, *, same: bool) -> None:
        super().__init__(video_id)
        self.video_id = video_id
        self.same = same


class Idempotency:
    """Stores requests by token. The primary key lets one of several equal requests through."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def check(self, claim: Claim) -> None:
        """Check that the job does not exist yet.

        Raises:
            AlreadyMade: it does.
        """
        async with self._database.reading() as connection:
            _refuse_if_held((await connection.execute(_HOLDING, asdict(claim))).first(), claim)

    def check_within(self, connection: sa.Connection, claim: Claim) -> None:
        """Check within the caller's transaction that the job does not exist yet.

        Raises:
            AlreadyMade: it does.
        """
        _refuse_if_held(connection.execute(_HOLDING, asdict(claim)).first(), claim)

    def claim(self, connection: sa.Connection, claim: Claim, video_id: str, *, now: float) -> None:
        """Claim within the transaction that makes the job; roll it back if this raises.

        Of several concurrent claims, the others wait here until the first has made its job.

        Raises:
            AlreadyMade: another request holds the claim.
        """
        row = {**asdict(claim), "video_id": video_id, "at": now}
        claimed = connection.execute(_claiming(connection.dialect.name), row)
        if claimed.first() is None:
            self.check_within(connection, claim)
            # The other claim expired between the two statements.
            self.claim(connection, claim, video_id, now=now)

    def claim_first(
        self, connection: sa.Connection, claims: Mapping[str, Claim]
    ) -> dict[str, AlreadyMade]:
        """Claim for many first requests in one step, within the caller's transaction.

        Args:
            connection: the transaction's.
            claims: by the id of the video to be made; not shared, and each with another token.

        Returns:
            The refused claims by video id.
        """
        rows = [
            {**asdict(claim), "video_id": video_id, "at": claim.since}
            for video_id, claim in claims.items()
        ]
        dialect = connection.dialect.name
        claimed = connection.exec_driver_sql(_claiming_first(dialect)[dialect], rows).rowcount
        refused: dict[str, AlreadyMade] = {}
        if claimed == len(rows):
            return refused
        for video_id, claim in claims.items():  # again, one by one, to learn which were refused
            try:
                self.claim(connection, claim, video_id, now=claim.since)
            except AlreadyMade as refusal:
                if refusal.video_id != video_id:
                    refused[video_id] = refusal
        return refused

    async def delete_old(self) -> None:
        """Delete requests older than `LONGEST_MEMORY`."""
        old = idempotency.c.at < time.time() - LONGEST_MEMORY
        async with self._database.begin() as connection:
            await connection.execute(sa.delete(idempotency).where(old))


def _refuse_if_held(row: sa.Row[Any, Any] | None, claim: Claim) -> None:
    if row is not None:
        raise AlreadyMade(row.video_id, same=row.fingerprint == claim.fingerprint)


_COUNTS = (idempotency.c.at >= sa.bindparam("since")) & (
    sa.bindparam("shared", type_=sa.Boolean) | idempotency.c.repeated
)
"""Whether the stored row names the claim's own job.

It reads only the row in conflict: PostgreSQL re-reads no other row that was committed after the
statement began.
"""

_HOLDING = sa.select(idempotency.c.video_id, idempotency.c.fingerprint).where(
    idempotency.c.project == sa.bindparam("project"),
    idempotency.c.token == sa.bindparam("token"),
    _COUNTS,
)


# Built once, because building a statement takes longer than running it.
@cache
def _claiming(dialect: str) -> sa.Executable:
    claiming = _keeping(insert_into(idempotency, dialect), _COUNTS)
    return claiming.returning(idempotency.c.video_id)


@cache
def _claiming_first(dialect: str) -> Statement:
    """`_COUNTS` for claims that are not shared, each row with its own time."""
    insert = insert_into(idempotency, dialect)
    counts = (idempotency.c.at >= insert.excluded.at) & idempotency.c.repeated
    return Statement(_keeping(insert, counts))


def _keeping(insert: Upsert, counts: sa.ColumnElement[bool]) -> Upsert:
    """Replace the row in conflict, unless it counts."""
    held = ("fingerprint", "video_id", "repeated", "at")
    return insert.on_conflict_do_update(
        index_elements=["project", "token"],
        set_={name: insert.excluded[name] for name in held},
        where=~counts,
    )
