"""The idempotency repository: which request a job came from, so that a repetition finds the job."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from vitascope.store.database import Database
from vitascope.store.tables import idempotency

LONGEST_MEMORY = 24 * 3600.0
"""Seconds that a request is remembered at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A request's claim to be the one that makes a job. Times are unix seconds.

    Attributes:
        token: what the request has in common with its repetitions.
        fingerprint: of what it asks for.
        repeated: its client says that it sent it before.
        shared: whether a job that a first sending made is this request's, too. If not, only a
            repetition's is: each first sending makes a job of its own, unless a repetition of it
            has come in while it was under way.
        since: when a job must have been made to count.
    """

    project: str
    token: str
    fingerprint: str
    repeated: bool
    shared: bool
    since: float


class AlreadyMade(Exception):
    """The job of a request was made before.

    Attributes:
        video_id: the job.
        same: whether the same was asked for then.
    """

    def __init__(self, video_id: str, *, same: bool) -> None:
        super().__init__(video_id)
        self.video_id = video_id
        self.same = same


class Idempotency:
    """Remembers requests by their tokens; the primary key lets one of several through."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self, claim: Claim) -> None:
        """See whether the job was made already.

        Raises:
            AlreadyMade: it was.
        """
        async with self._database.reading() as connection:
            _refuse_if_held((await connection.execute(_HOLDING, _place(claim))).first(), claim)

    def look_inside(self, connection: sa.Connection, claim: Claim) -> None:
        """See whether the job was made already, inside the caller's transaction.

        Raises:
            AlreadyMade: it was.
        """
        _refuse_if_held(connection.execute(_HOLDING, _place(claim)).first(), claim)

    def take(self, connection: sa.Connection, claim: Claim, video_id: str, *, now: float) -> None:
        """Claim inside the transaction that makes the job, which is to end if this raises.

        Of several that claim at once, the others wait here until the first has made its job.

        Raises:
            AlreadyMade: another request has it.
        """
        row = {**_held(claim, video_id), "at": now, **_limits(claim)}
        taken = connection.execute(_TAKE[connection.dialect.name], row)
        if taken.first() is None:
            self.look_inside(connection, claim)
            # It ceased to count between the two statements.
            self.take(connection, claim, video_id, now=now)

    def take_first(
        self, connection: sa.Connection, claims: Mapping[str, Claim]
    ) -> dict[str, AlreadyMade]:
        """Claim for many first sendings in one statement, inside the caller's transaction.

        Args:
            connection: the transaction's.
            claims: not shared, and no two of the same token; by the id of the video to be made.

        Returns:
            Why some can't be had, by the id.
        """
        rows = [{**_held(claim, video_id), "at": claim.since} for video_id, claim in claims.items()]
        taken = connection.execute(_TAKE_FIRST[connection.dialect.name], rows).scalars()
        refused: dict[str, AlreadyMade] = {}
        for video_id in claims.keys() - set(taken):
            try:
                self.take(connection, claims[video_id], video_id, now=claims[video_id].since)
            except AlreadyMade as refusal:
                refused[video_id] = refusal
        return refused

    async def forget_old(self) -> None:
        """Forget what is of no use any more."""
        old = idempotency.c.at < time.time() - LONGEST_MEMORY
        async with self._database.begin() as connection:
            await connection.execute(sa.delete(idempotency).where(old))


def _refuse_if_held(row: sa.Row[Any, Any] | None, claim: Claim) -> None:
    if row is not None:
        raise AlreadyMade(row.video_id, same=row.fingerprint == claim.fingerprint)


def _held(claim: Claim, video_id: str) -> dict[str, Any]:
    """What is remembered of a request, but for the moment."""
    return {
        "project": claim.project,
        "token": claim.token,
        "fingerprint": claim.fingerprint,
        "video_id": video_id,
        "repeated": claim.repeated,
    }


def _place(claim: Claim) -> dict[str, Any]:
    """What `_HOLDING` asks of a claim."""
    return {"its_project": claim.project, "its_token": claim.token, **_limits(claim)}


def _limits(claim: Claim) -> dict[str, Any]:
    """What `_COUNTS` asks of a claim."""
    return {"since": claim.since, "is_shared": claim.shared}


_COUNTS = (idempotency.c.at >= sa.bindparam("since")) & (
    sa.bindparam("is_shared", type_=sa.Boolean) | idempotency.c.repeated
)
"""Whether what is remembered under the token is the claim's own job.

It looks at no other row than the one in conflict: of that alone, PostgreSQL reads what has been
committed since the statement began.
"""

_HOLDING = sa.select(idempotency.c.video_id, idempotency.c.fingerprint).where(
    idempotency.c.project == sa.bindparam("its_project"),
    idempotency.c.token == sa.bindparam("its_token"),
    _COUNTS,
)


def _taking(
    insert: sqlite.Insert | postgresql.Insert, counts: sa.ColumnElement[bool]
) -> sa.Executable:
    held = ("fingerprint", "video_id", "repeated", "at")
    return insert.on_conflict_do_update(
        index_elements=["project", "token"],
        set_={name: insert.excluded[name] for name in held},
        where=~counts,
    ).returning(idempotency.c.video_id)


def _taking_first(insert: sqlite.Insert | postgresql.Insert) -> sa.Executable:
    """What `_COUNTS` says of claims that are not shared, each row by its own moment."""
    return _taking(insert, (idempotency.c.at >= insert.excluded.at) & idempotency.c.repeated)


# Made once: to put a statement together takes longer than to run it.
_TAKE = {
    "sqlite": _taking(sqlite.insert(idempotency), _COUNTS),
    "postgresql": _taking(postgresql.insert(idempotency), _COUNTS),
}
_TAKE_FIRST = {
    "sqlite": _taking_first(sqlite.insert(idempotency)),
    "postgresql": _taking_first(postgresql.insert(idempotency)),
}
