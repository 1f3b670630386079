"""Digests: what a file's content is known by."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path


async def digest_of(path: Path) -> str:
    """A file's SHA-256 in hex, read on another thread and in pieces."""
    return await asyncio.to_thread(_digest, path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
