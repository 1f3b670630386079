"""Pulse: shows that long work without steps of its own goes on."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vitascope.errors import JobStopped

_EVERY = 10.0
"""Seconds between two looks; far less than any limit on silence."""

_BUSY = 0.05
"""Share of one processor's time above which a process works; one that hangs uses none."""


@contextmanager
def beating(beat: Callable[[], None], *, every: float = _EVERY) -> Iterator[None]:
    """Call `beat` from a thread, as long as this process computes or reads from a disk.

    A process that waits for something that never comes does neither, so that it is still found by
    its silence. One that waits for a GPU may compute meanwhile: there the steps have to report.
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
    """Seconds of processor time that were used, and how often a disk was read from."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, used.ru_inblock + used.ru_majflt
