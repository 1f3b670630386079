"""The real engine process with a tiny film; words in the prompt make it misbehave.

    slow=2.5    renders for so many more seconds and reports progress
    crash       ends the process
    instant     writes random bytes without rendering: a fake engine

Every attempt's files differ, so that a mixture of two would be seen.
"""

from __future__ import annotations

import os
import re
import time

import msgspec

from vitascope.engines.base import Engine, Reporter
from vitascope.jobs import child
from vitascope.jobs.make import make
from vitascope.jobs.order import FILES, Done, Order
from vitascope.spec import Size

_STEP = 0.02
_SLOW = re.compile(r"slow=([\d.]+)")


def tiny_make(order: Order, engine: Engine, report: Reporter) -> Done:
    """Stands in for `jobs.make.make`."""
    prompt = order.spec.prompt
    if "crash" in prompt:
        os._exit(137)
    if slow := _SLOW.search(prompt):
        _delay(float(slow[1]), report)
    if "instant" in prompt:
        return _fake(order)
    seed = int.from_bytes(os.urandom(4))
    spec = msgspec.structs.replace(order.spec, size=Size(64, 64), frames=24, seed=seed)
    return make(Order(spec, order.folder), engine, report)


def _delay(seconds: float, report: Reporter) -> None:
    began = time.monotonic()
    while (spent := time.monotonic() - began) < seconds:
        report.phase("draw", spent, seconds)
        time.sleep(_STEP)


def _fake(order: Order) -> Done:
    for name in FILES.values():
        order.path(name).write_bytes(os.urandom(1000))
    spec = order.spec
    return Done(dict(FILES), spec.size, spec.frames, spec.fps, scripted=True)


if __name__ == "__main__":
    child.make = tiny_make
    child.main()
