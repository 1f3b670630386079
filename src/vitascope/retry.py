"""Retries with growing delays, for calls to what may be unavailable for a while."""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

T = TypeVar("T")

_FIRST_DELAY = 0.25
_LONGEST_DELAY = 5.0

log = logging.getLogger(__name__)


def delays(first: float, longest: float, *, jitter: float = 0.0) -> Iterator[float]:
    """Seconds to wait before each next attempt, without end; they double up to a maximum.

    Args:
        first: the first delay.
        longest: the maximum.
        jitter: the largest share by which a delay is shortened at random, 0 to 1, so that many
            clients of one server do not return at the same moment.
    """
    delay = first
    while True:
        yield delay * random.uniform(1 - jitter, 1)
        delay = min(2 * delay, longest)


async def retried(
    work: Callable[[], Awaitable[T]],
    errors: tuple[type[Exception], ...],
    *,
    what: str,
    give_up_after: float = math.inf,
) -> T:
    """Repeat the work until it raises none of these errors.

    Args:
        work: may run twice without harm.
        errors: errors that pass with time; any other is raised at once.
        what: a few words about the failed work, for the log.
        give_up_after: seconds after which the last error is raised.
    """
    import asyncio  # takes a tenth of the start of a command that only uses `delays`

    deadline = time.monotonic() + give_up_after
    pauses = delays(_FIRST_DELAY, _LONGEST_DELAY)
    while True:
        try:
            return await work()
        except errors as error:
            pause = next(pauses)
            if time.monotonic() + pause > deadline:
                raise
            # The first line only: database errors continue with the statement.
            reason = str(error).partition("\n")[0]
            log.warning("%s: %s: %s; retrying", what, type(error).__name__, reason)
        await asyncio.sleep(pause)
