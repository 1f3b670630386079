"""The child's side of its two pipes: lines from the parent, events to it, and its end with it."""

from __future__ import annotations

import os
import queue
import signal
import threading
from typing import BinaryIO

from vitascope.jobs.order import Event, Note, Progress, event_to_line


class Mouth:
    """Tells the parent what happens; an `engines.base.Reporter`."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def say(self, event: Event) -> None:
        """Send an event. The parent gone means that nobody wants the work."""
        try:
            with self._lock:
                self._out.write(event_to_line(event))
                self._out.flush()
        except BrokenPipeError:
            os._exit(0)

    def phase(self, name: str, done: float, total: float) -> None:
        """Say how far a phase is."""
        self.say(Progress(name, done, total))

    def note(self, message: str) -> None:
        """Leave a sentence in the job's log."""
        self.say(Note(message))


def open_pipes() -> tuple[BinaryIO, Mouth]:
    """What the parent writes, to be read, and a mouth. Signals sent to all are left to the parent.

    Whatever a library prints goes to stderr: it must not end up between the events.
    """
    for signum in (signal.SIGINT, signal.SIGTERM):  # sent to all at once, by a terminal or systemd
        signal.signal(signum, signal.SIG_IGN)
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Not sys.stdin, which can't be closed, and so no error end this process in order, while a
    # thread sits in a read of it.
    return os.fdopen(0, "rb", closefd=False), Mouth(events)


def listen(source: BinaryIO) -> queue.SimpleQueue[bytes]:
    """The lines to come. The process ends at once when the parent does, also if that is killed."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, lines), daemon=True).start()
    return lines


def _listen(source: BinaryIO, lines: queue.SimpleQueue[bytes]) -> None:
    for line in source:
        lines.put(line)
    os._exit(0)
