"""Outages: work that waits for the database or the store to come back, rather than be lost."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import sqlalchemy as sa
from obstore.exceptions import BaseError

T = TypeVar("T")

DATABASE_TROUBLE = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
"""What the database's drivers raise when it can't be reached, is locked or is full."""
STORE_TROUBLE = (BaseError, OSError)
"""What a store raises; a folder's are the system's own errors."""

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0

log = logging.getLogger(__name__)


async def outlast(
    work: Callable[[], Awaitable[T]],
    trouble: tuple[type[Exception], ...],
    *,
    what: str,
    patience: float = math.inf,
) -> T:
    """Do the work again and again until there is no trouble any more.

    Args:
        work: may be repeated without harm.
        trouble: errors that pass with time; any other is raised.
        what: the work in a few words, for the log.
        patience: seconds after which the trouble is raised.
    """
    gives_up = time.monotonic() + patience
    pause = _FIRST_PAUSE
    while True:
        try:
            return await work()
        except trouble as error:
            if time.monotonic() + pause > gives_up:
                raise
            # The first line only: of the database's errors, the rest is the statement.
            reason = str(error).partition("\n")[0]
            log.warning("%s: %s: %s; again soon", what, type(error).__name__, reason)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
