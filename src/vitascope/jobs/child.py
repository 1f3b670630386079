"""The engine process: holds one warm engine, renders one order at a time, ends with its parent."""

from __future__ import annotations

import argparse
import errno
import queue

from vitascope.engines.base import Engine, HoldsMemory
from vitascope.engines.heartbeat import heartbeat
from vitascope.engines.registry import open_engine
from vitascope.errors import JobError, JobStopped
from vitascope.jobs.make import make
from vitascope.jobs.order import NO_ROOM, Failed, Order, Progress, Ready, Stopped
from vitascope.jobs.processes import EventWriter, open_pipes, read_lines
from vitascope.model_settings import ModelSettings, model_from_json

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def _serve(model: ModelSettings, orders: queue.SimpleQueue[bytes], events: EventWriter) -> None:
    try:
        with heartbeat(lambda: events.send(Progress("load", 0, 1))):
            engine: Engine = open_engine(model)
    except JobError as error:
        # Not a crash, because another attempt would fail likewise. The supervisor fails the job.
        events.send(Failed(error.code, error.message))
        return
    events.send(Ready(memory=engine.memory if isinstance(engine, HoldsMemory) else None))
    while True:
        order = Order.from_line(orders.get())
        try:
            done = make(order, engine, events)
        except JobError as error:
            events.send(Failed(error.code, error.message))
        except JobStopped:
            events.send(Stopped())
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            events.send(Failed(NO_ROOM, f"There is no room to draw in: {error.strerror}."))
        else:
            events.send(done)


def main() -> None:
    """Run as `python -m vitascope.jobs.child --model JSON`; orders on stdin, events on stdout."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, type=model_from_json)
    arguments = parser.parse_args()
    source, events = open_pipes()
    _serve(arguments.model, read_lines(source, events.stop), events)


if __name__ == "__main__":
    main()
