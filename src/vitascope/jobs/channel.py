"""A child's side of its two pipes: reads lines from the parent, writes events, ends with it."""

from __future__ import annotations

import os
import queue
import signal
import threading
from typing import BinaryIO

from vitascope.jobs.order import Event, Note, Progress, event_to_line


class EventWriter:
    """Writes events for the parent process; an `engines.base.Reporter`."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def send(self, event: Event) -> None:
        """Send an event; ends the process if the parent is gone."""
        try:
            with self._lock:
                self._out.write(event_to_line(event))
                self._out.flush()
        except BrokenPipeError:
            os._exit(0)

    def phase(self, name: str, done: float, total: float) -> None:
        """Report the progress of a phase."""
        self.send(Progress(name, done, total))

    def note(self, message: str) -> None:
        """Add a sentence to the job's log."""
        self.send(Note(message))


def open_pipes() -> tuple[BinaryIO, EventWriter]:
    """The parent's lines and a writer of events.

    Signals are ignored from here on, because a terminal or systemd sends them to all processes and
    the parent decides when this one ends. What libraries print goes to stderr, not between the
    events.
    """
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, signal.SIG_IGN)
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Not sys.stdin: the interpreter could not close it at exit while a thread reads it.
    return os.fdopen(0, "rb", closefd=False), EventWriter(output)


def listen(source: BinaryIO) -> queue.SimpleQueue[bytes]:
    """A queue of the parent's lines. The process ends when the parent does, even if killed."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, lines), daemon=True).start()
    return lines


def _listen(source: BinaryIO, lines: queue.SimpleQueue[bytes]) -> None:
    for line in source:
        lines.put(line)
    os._exit(0)
