"""The child process: holds one warm engine, draws one order at a time, dies with its supervisor."""

from __future__ import annotations

import argparse
import errno
import os
import queue
import signal
import threading
from typing import BinaryIO

from vitascope.engines.base import Engine
from vitascope.engines.registry import open_engine
from vitascope.errors import JobError
from vitascope.jobs.make import make
from vitascope.jobs.order import (
    NO_ROOM,
    Event,
    Failed,
    Note,
    Order,
    Progress,
    Ready,
    event_to_line,
)
from vitascope.model import ModelSettings, model_from_json

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Mouth:
    """Tells the supervisor what happens; an `engines.base.Reporter`."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def say(self, event: Event) -> None:
        """Send an event. The supervisor gone means that nobody wants the work."""
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


def _listen(source: BinaryIO, orders: queue.SimpleQueue[bytes]) -> None:
    """Pass orders on; leave at once, whatever is being drawn, when the supervisor is gone."""
    for line in source:
        orders.put(line)
    os._exit(0)


def _serve(model: ModelSettings, orders: queue.SimpleQueue[bytes], mouth: Mouth) -> None:
    try:
        engine: Engine = open_engine(model)
    except JobError as error:
        # Not a crash: the next try would meet the same. The supervisor fails the job with it.
        mouth.say(Failed(error.code, error.message))
        return
    mouth.say(Ready())
    while True:
        order = Order.from_line(orders.get())
        try:
            done = make(order, engine, mouth)
        except JobError as error:
            mouth.say(Failed(error.code, error.message))
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            mouth.say(Failed(NO_ROOM, f"There is no room to draw in: {error.strerror}."))
        else:
            mouth.say(done)


def main() -> None:
    """Run as `python -m vitascope.jobs.child --model JSON`; orders on stdin, events on stdout."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, type=model_from_json)
    arguments = parser.parse_args()
    for signum in (signal.SIGINT, signal.SIGTERM):  # sent to all at once, by a terminal or systemd
        signal.signal(signum, signal.SIG_IGN)  # for the supervisor to handle
    # Whatever a library prints must not end up between the events.
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Not sys.stdin, which can't be closed, and so no error end this process in order, while a
    # thread sits in a read of it.
    source = os.fdopen(0, "rb", closefd=False)
    orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, orders), daemon=True).start()
    _serve(arguments.model, orders, Mouth(events))


if __name__ == "__main__":
    main()
