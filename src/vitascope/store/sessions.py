"""The sessions repository: browsers that signed in with an API key; each ends with its key."""

from __future__ import annotations

import secrets
import time

import sqlalchemy as sa

from vitascope.errors import Unauthorized
from vitascope.store.database import Database
from vitascope.store.keys import Access, digest
from vitascope.store.tables import api_keys, sessions

LIFETIME_SECONDS = 30 * 24 * 3600


class Sessions:
    """Creates, finds and ends sessions. Only the hash of a session's token is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, key: str) -> tuple[str, float]:
        """A new session of a working API key: its token, and when it ends (unix seconds)."""
        token, now = secrets.token_urlsafe(32), time.time()
        row = {
            "digest": digest(token),
            "key_digest": digest(key),
            "expires_at": now + LIFETIME_SECONDS,
        }
        async with self._database.begin() as connection:
            await connection.execute(sa.delete(sessions).where(sessions.c.expires_at <= now))
            await connection.execute(sa.insert(sessions).values(row))
        return token, now + LIFETIME_SECONDS

    async def access_of(self, token: str) -> Access:
        """The access that the session's key gives.

        Raises:
            Unauthorized: there is no such session, or it or its key has ended.
        """
        query = (
            sa.select(api_keys.c.project, api_keys.c.priority, api_keys.c.admin)
            .join(sessions, sessions.c.key_digest == api_keys.c.digest)
            .where(
                sessions.c.digest == digest(token),
                sessions.c.expires_at > time.time(),
                api_keys.c.revoked_at.is_(None),
            )
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise Unauthorized("The session has ended. Sign in again with a key.")
        return Access(*row)

    async def end(self, token: str) -> None:
        """End a session, if there is one of this token."""
        async with self._database.begin() as connection:
            await connection.execute(sa.delete(sessions).where(sessions.c.digest == digest(token)))
