"""The keyring: which project a bearer token gives access to, at the cost of one query a second."""

from __future__ import annotations

import asyncio
import time

from vitascope.errors import Unauthorized
from vitascope.store.keys import DEFAULT_PROJECT, Access, Keys, digest

_FRESH_SECONDS = 1.0
"""How long a created or revoked key may go unnoticed."""


class ApiKeyCache:
    """Answers from memory; looks at the store again once a second, when asked."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._working: dict[str, Access] = {}
        self._required = True
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def required(self) -> bool:
        """Whether requests need a key: as soon as one was ever made."""
        await self._refresh()
        return self._required

    async def access_of(self, authorization: str | None) -> Access:
        """What the `Authorization` header gives access to.

        Raises:
            Unauthorized: a key is needed, and this is none that works.
        """
        await self._refresh()
        if not self._required:
            return Access(DEFAULT_PROJECT)
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthorized(
                "You didn't provide an API key. Send one of this server's keys in the "
                "Authorization header: Authorization: Bearer YOUR_KEY. Keys are made with "
                "`vitascope keys create --project NAME`."
            )
        access = self._working.get(digest(token.strip()))
        if access is None:
            raise Unauthorized(
                f"Incorrect API key provided: {_masked(token.strip())}. Keys of this server are "
                "made with `vitascope keys create --project NAME`.",
                code="invalid_api_key",
            )
        return access

    async def _refresh(self) -> None:
        if time.monotonic() - self._read_at < _FRESH_SECONDS:
            return
        async with self._reading:
            if time.monotonic() - self._read_at < _FRESH_SECONDS:
                return
            self._working = await self._keys.active()
            self._required = bool(self._working) or await self._keys.ever_created()
            self._read_at = time.monotonic()


def _masked(token: str) -> str:
    shown = "".join(letter if letter.isprintable() else "?" for letter in token)
    return f"{shown[:4]}***{shown[-4:]}" if len(shown) > 12 else "***"
