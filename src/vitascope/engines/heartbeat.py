"""Reports progress during long work that has no steps of its own."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vitascope.errors import JobStopped

_EVERY = 10.0
"""Seconds between two checks, far below the watchdog's limits."""

_BUSY = 0.05
"""Share of one processor's time above which a process counts as working."""


@contextmanager
def heartbeat(beat: Callable[[], None], *, every: float = _EVERY) -> Iterator[None]:
    """Call `beat` from a thread while this process computes or reads from a disk.

    A process that hangs does neither, so that the watchdog still detects it. A process that waits
    for a hung GPU may compute, so that work on a GPU has to report its own steps.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(beat, every, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(beat: Callable[[], None], every: float, ended: threading.Event) -> None:
    computed, read = _work()
    while not ended.wait(every):
        before = computed, read
        computed, read = _work()
        if computed - before[0] >= every * _BUSY or read > before[1]:
            try:
                beat()
            except JobStopped:
                return


def _work() -> tuple[float, int]:
    """Used processor time in seconds, and the number of disk reads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, used.ru_inblock + used.ru_majflt
