"""Waiting for something to become true, and no longer than it deserves."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(look: Callable[[], T], what: str, *, seconds: float = 30.0, every: float = 0.02) -> T:
    """Look until there is something (anything true) and return it.

    Raises:
        AssertionError: there was nothing in time; says what was waited for.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain for {what}"
        time.sleep(every)
    return found
