"""Local workers: worker processes that `serve` starts, restarts and stops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
from typing import BinaryIO

from vitascope.config import Settings
from vitascope.retry import delays

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
_HEALTHY_SECONDS = 10.0
_STOP_PATIENCE = 5.0
_DRAIN = 1.0
"""Seconds to finish a job in. Short, because a user waits for the server to stop, and the job
continues when the server is started again."""

log = logging.getLogger(__name__)


async def keep_worker(settings: Settings, slot: int) -> None:
    """Keep the worker with this lock number running until cancelled."""
    pauses = delays(_FIRST_PAUSE, _LONGEST_PAUSE)
    while True:
        began = asyncio.get_running_loop().time()
        process = await _start(settings, slot)
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            await _stop(process)
            raise
        lived = asyncio.get_running_loop().time() - began
        if lived > _HEALTHY_SECONDS:
            pauses = delays(_FIRST_PAUSE, _LONGEST_PAUSE)
        log.warning("Worker %d ended with status %d; it is started again", slot, status)
        await asyncio.sleep(next(pauses))


async def _start(settings: Settings, slot: int) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, str(slot)),
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,  # ctrl-C goes to the server only, which stops its workers
    )
    if process.stdin is not None:
        # The pipe stays open until this process ends, and then ends the worker.
        process.stdin.write(settings.model_dump_json().encode() + b"\n")
        with contextlib.suppress(ConnectionError):
            await process.stdin.drain()
    return process


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_PATIENCE)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def main() -> None:
    """Run as a worker: the settings are the first line of stdin, whose end is the parent's end."""
    # Not sys.stdin: the interpreter could not close it at exit while a thread reads it.
    source = os.fdopen(0, "rb", closefd=False)
    settings = Settings.model_validate_json(source.readline())
    threading.Thread(target=_leave_with_parent, args=(source,), daemon=True).start()
    from vitascope.jobs import worker
    from vitascope.logs import set_up_logging

    set_up_logging()
    settings = settings.model_copy(update={"drain_seconds": min(_DRAIN, settings.drain_seconds)})
    worker.run(settings, slot=int(sys.argv[1]))


def _leave_with_parent(source: BinaryIO) -> None:
    source.read()
    os._exit(0)


if __name__ == "__main__":
    main()
