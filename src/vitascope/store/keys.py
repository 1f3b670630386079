"""The API keys repository: a key is shown once, and only its hash is stored."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from vitascope.store.database import Database, may_be_stored
from vitascope.store.tables import api_keys
from vitascope.video import DEFAULT_PRIORITY, new_id

DEFAULT_PROJECT = "default"


@dataclass(frozen=True, slots=True)
class Access:
    """What an active key grants.

    Attributes:
        project: whose videos and files.
        priority: of its jobs within that project.
        admin: whether it also grants the operations on the whole server.
    """

    project: str
    priority: int = DEFAULT_PRIORITY
    admin: bool = False


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. `hint` holds its first and last characters."""

    id: str
    project: str
    priority: int
    hint: str
    created_at: float
    revoked_at: float | None
    admin: bool = False

    def to_wire(self) -> dict[str, Any]:
        """The API's JSON object."""
        revoked_at = None if self.revoked_at is None else int(self.revoked_at)
        return {
            "id": self.id,
            "object": "api_key",
            "project": self.project,
            "priority": self.priority,
            "admin": self.admin,
            "hint": self.hint,
            "created_at": int(self.created_at),
            "revoked_at": revoked_at,
        }


def digest(secret: str) -> str:
    """The stored form of a key. A key has 256 random bits, so one fast hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


class Keys:
    """Creates, finds and revokes API keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, project: str, *, priority: int = DEFAULT_PRIORITY, admin: bool = False
    ) -> tuple[ApiKey, str]:
        """A new key for the project, and its secret, which is not stored."""
        secret = f"vs-{secrets.token_urlsafe(32)}"
        hint = f"{secret[:6]}…{secret[-4:]}"
        key = ApiKey(new_id("key"), project, priority, hint, time.time(), None, admin)
        async with self._database.begin() as connection:
            await connection.execute(
                sa.insert(api_keys).values(
                    id=key.id,
                    project=project,
                    priority=priority,
                    digest=digest(secret),
                    hint=key.hint,
                    created_at=key.created_at,
                    admin=admin,
                )
            )
        return key, secret

    async def active(self) -> dict[str, Access]:
        """What each active key grants, by the key's digest."""
        key = api_keys.c
        query = sa.select(key.digest, key.project, key.priority, key.admin).where(
            key.revoked_at.is_(None)
        )
        async with self._database.reading() as connection:
            return {row[0]: Access(*row[1:]) for row in (await connection.execute(query))}

    async def ever_created(self) -> bool:
        """Whether any key was ever created, revoked ones included.

        Revoking the last key must not make the server anonymous.
        """
        async with self._database.reading() as connection:
            return (await connection.execute(sa.select(api_keys.c.id).limit(1))).first() is not None

    async def list(self) -> list[ApiKey]:
        """Every key, oldest first."""
        key = api_keys.c
        query = sa.select(
            key.id, key.project, key.priority, key.hint, key.created_at, key.revoked_at, key.admin
        ).order_by(key.id)
        async with self._database.reading() as connection:
            return [ApiKey(*row) for row in (await connection.execute(query)).all()]

    async def revoke(self, key_id: str) -> bool:
        """Revoke a key; False if no active key has this id."""
        if not may_be_stored(key_id):
            return False
        statement = (
            sa.update(api_keys)
            .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=time.time())
            .returning(api_keys.c.id)
        )
        async with self._database.begin() as connection:
            return (await connection.execute(statement)).first() is not None
