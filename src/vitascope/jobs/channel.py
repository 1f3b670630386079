"""A child's side of its two pipes: reads lines from the parent, writes events, ends with it."""

from __future__ import annotations

import os
import queue
import signal
import threading
from typing import BinaryIO

from vitascope.errors import JobStopped
from vitascope.jobs.order import STOP, Event, Note, Progress, event_to_line


class EventWriter:
    """Writes events for the parent process; an `engines.base.Reporter`.

    Attributes:
        stop: set when the parent asks for the end of the present order.
    """

    def __init__(self, out: BinaryIO) -> None:
        self.stop = threading.Event()
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
        """Report the progress of a phase.

        Raises:
            JobStopped: the job was cancelled.
        """
        if self.stop.is_set():
            raise JobStopped("The job was cancelled.")
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


def listen(source: BinaryIO, stop: threading.Event) -> queue.SimpleQueue[bytes]:
    """A queue of the parent's lines. The process ends when the parent does, even if killed.

    Args:
        source: what the parent writes.
        stop: set when the parent asks for the end of the last order, cleared by the next order.
    """
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, lines, stop), daemon=True).start()
    return lines


def _listen(source: BinaryIO, lines: queue.SimpleQueue[bytes], stop: threading.Event) -> None:
    for line in source:
        if line == STOP:
            stop.set()
            continue
        stop.clear()
        lines.put(line)
    os._exit(0)
