"""The idempotency repository: which request a job came from, so that a repetition finds the job."""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from vitascope.store.database import Database, Reading
from vitascope.store.tables import idempotency

LONGEST_MEMORY = 24 * 3600.0
"""Seconds that a request is remembered at most."""

_TIDY_EVERY = 3600.0


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
        self._tidied_at = float("-inf")

    async def look(self, claim: Claim) -> None:
        """See whether the job was made already.

        Raises:
            AlreadyMade: it was.
        """
        await self._tidy()
        async with self._database.reading() as connection:
            await self._refuse_if_held(connection, claim)

    async def take(
        self, connection: AsyncConnection, claim: Claim, video_id: str, *, now: float
    ) -> None:
        """Claim inside the transaction that makes the job, which is to end if this raises.

        Of several that claim at once, the others wait here until the first has made its job.

        Raises:
            AlreadyMade: another request has it.
        """
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        held = {
            "fingerprint": claim.fingerprint,
            "video_id": video_id,
            "repeated": claim.repeated,
            "at": now,
        }
        statement = (
            dialect.insert(idempotency)
            .values(project=claim.project, token=claim.token, **held)
            .on_conflict_do_update(
                index_elements=["project", "token"], set_=held, where=~_counts(claim)
            )
            .returning(idempotency.c.video_id)
        )
        if (await connection.execute(statement)).first() is None:
            await self._refuse_if_held(connection, claim)
            # It ceased to count between the two statements.
            await self.take(connection, claim, video_id, now=now)

    async def _refuse_if_held(self, connection: AsyncConnection | Reading, claim: Claim) -> None:
        query = sa.select(idempotency.c.video_id, idempotency.c.fingerprint).where(
            idempotency.c.project == claim.project,
            idempotency.c.token == claim.token,
            _counts(claim),
        )
        row = (await connection.execute(query)).first()
        if row is not None:
            raise AlreadyMade(row.video_id, same=row.fingerprint == claim.fingerprint)

    async def _tidy(self) -> None:
        """Forget what is of no use any more, now and then."""
        if time.monotonic() - self._tidied_at < _TIDY_EVERY:
            return
        self._tidied_at = time.monotonic()
        old = idempotency.c.at < time.time() - LONGEST_MEMORY
        async with self._database.begin() as connection:
            await connection.execute(sa.delete(idempotency).where(old))


def _counts(claim: Claim) -> sa.ColumnElement[bool]:
    """Whether what is remembered under the token is the claim's own job.

    It looks at no other row than the one in conflict: of that alone, PostgreSQL reads what has
    been committed since the statement began.
    """
    recent = idempotency.c.at >= claim.since
    return recent if claim.shared else recent & idempotency.c.repeated
