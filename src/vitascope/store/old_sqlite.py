"""Old SQLite: lends libraries older than 3.42 the one function that the durable engine expects.

On Python 3.12 and newer DBOS asks for `unixepoch('subsec')`, which SQLite knows since 3.42. Pythons
that were built on the machine can come with an older library, on Debian 12 for one.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from typing import Any

import sqlalchemy as sa

_KNOWS_SUBSEC = (3, 42)


def needs_help() -> bool:
    """Whether the durable engine would ask this SQLite for what it does not know."""
    return sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < _KNOWS_SUBSEC


def lend_a_hand() -> None:
    """Let every SQLite connection of this process, whoever opens it, know the function."""
    if needs_help() and not sa.event.contains(sa.Pool, "connect", _teach):
        sa.event.listen(sa.Pool, "connect", _teach)


def _teach(connection: Any, _record: Any) -> None:
    if hasattr(connection, "create_function"):  # PostgreSQL's have none
        connection.create_function("unixepoch", 1, unixepoch)


def unixepoch(moment: str) -> float | int | None:
    """SQLite's function of that name, for the present moment only."""
    if moment == "subsec":
        return time.time()
    return int(time.time()) if moment == "now" else None
