"""Deliveries: webhooks that are still to be sent. The row is the record; it goes when one ends."""

from __future__ import annotations

import secrets as random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from vitascope.store.database import Database
from vitascope.store.tables import deliveries, secrets, videos

Event = Literal["started", "finished", "completed"]
"""When a webhook is due: once its video has begun, has ended, or is completed."""
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook.

    Attributes:
        id: sent with every attempt, the same in each.
        form: whose form its body has: `openai` or a dialect.
        event: when it is due.
        url: where it goes.
        base: the address of this server for the links in it.
        due_at: when the next attempt is due, in unix seconds.
        attempts: how many were begun.
    """

    id: str
    video_id: str
    project: str
    form: str
    event: Event
    url: str
    base: str
    due_at: float
    attempts: int = 0


class Deliveries:
    """Stores deliveries and hands them out, each to one process at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, connection: sa.Connection, new: Sequence[Delivery]) -> None:
        """Write deliveries, one at least, in the transaction that writes their videos."""
        connection.execute(sa.insert(deliveries), [asdict(one) for one in new])

    async def any(self) -> bool:
        """Whether anything is still to be sent, now or later."""
        async with self._database.reading() as connection:
            found = await connection.execute(sa.select(deliveries.c.id).limit(1))
            return found.first() is not None

    async def due(self, now: float, *, limit: int) -> list[Delivery]:
        """What can be sent now, longest due first, with what belongs to deleted videos."""
        row, status = deliveries.c, videos.c.status
        query = (
            sa.select(deliveries)
            .select_from(deliveries.outerjoin(videos, videos.c.id == row.video_id))
            .where(
                row.due_at <= now,
                sa.or_(
                    status.is_(None),
                    status.in_(("completed", "failed")),
                    sa.and_(row.event == "started", status == "in_progress"),
                ),
            )
            .order_by(row.due_at)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [Delivery(**found._mapping) for found in await connection.execute(query)]

    async def take(self, delivery: Delivery, *, until: float) -> bool:
        """Begin an attempt; whether no other process has.

        If this process dies, another one tries again after `until`.
        """
        row = deliveries.c
        statement = (
            sa.update(deliveries)
            .where(row.id == delivery.id, row.due_at == delivery.due_at)
            .values(due_at=until, attempts=row.attempts + 1)
        )
        async with self._database.begin() as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def postpone(self, delivery_id: str, due_at: float) -> None:
        """Have it tried again later."""
        row = deliveries.c
        async with self._database.begin() as connection:
            await connection.execute(
                sa.update(deliveries).where(row.id == delivery_id).values(due_at=due_at)
            )

    async def end(self, delivery_id: str) -> None:
        """Forget a delivery: it was sent, given up, or has no video any more."""
        async with self._database.begin() as connection:
            await connection.execute(sa.delete(deliveries).where(deliveries.c.id == delivery_id))

    async def secret(self, name: str) -> bytes:
        """The installation's secret of that name; made when first asked for."""
        query = sa.select(secrets.c.secret).where(secrets.c.name == name)
        async with self._database.reading() as connection:
            found = (await connection.execute(query)).scalar()
        if found is None:
            made = {"name": name, "secret": random.token_hex(_SECRET_BYTES)}
            try:
                async with self._database.begin() as connection:
                    await connection.execute(sa.insert(secrets).values(made))
            except IntegrityError:  # another process was faster
                return await self.secret(name)
            found = made["secret"]
        return bytes.fromhex(found)
