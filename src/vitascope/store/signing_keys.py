"""The signing keys repository: the secrets with which every API server signs links."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa

from vitascope.store.database import Database
from vitascope.store.tables import signing_keys

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key and when it was made, in unix seconds. Links name it by its id."""

    id: str
    secret: bytes
    created_at: float


class SigningKeys:
    """Adds, lists and deletes signing keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> list[SigningKey]:
        """Every key, newest first."""
        key = signing_keys.c
        query = sa.select(key.id, key.secret, key.created_at).order_by(
            key.created_at.desc(), key.id
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [SigningKey(row.id, bytes.fromhex(row.secret), row.created_at) for row in rows]

    async def add(self) -> SigningKey:
        """Make and store a new key."""
        key = SigningKey(secrets.token_hex(4), secrets.token_bytes(_SECRET_BYTES), time.time())
        row = {"id": key.id, "secret": key.secret.hex(), "created_at": key.created_at}
        async with self._database.begin() as connection:
            await connection.execute(sa.insert(signing_keys).values(row))
        return key

    async def delete_older(self, moment: float) -> None:
        """Delete the keys that were made before `moment`."""
        async with self._database.begin() as connection:
            await connection.execute(
                sa.delete(signing_keys).where(signing_keys.c.created_at < moment)
            )
