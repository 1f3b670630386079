"""Local processes: workers and API processes that `serve` starts, restarts and stops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, BinaryIO

from vitascope.config import Settings
from vitascope.loading import loading
from vitascope.retry import delays

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
_HEALTHY_SECONDS = 10.0
_STOP_TIMEOUT = 5.0
_DRAIN = 1.0
"""Seconds to finish a job in. Short, because a user waits for the server to stop, and the job
continues when the server is started again."""

log = logging.getLogger(__name__)


async def keep_worker(settings: Settings, number: int) -> None:
    """Keep the worker with this lock number running until cancelled."""
    command = [sys.executable, "-m", __name__, str(number)]
    await keep_process(command, settings, f"Worker {number}", stop_seconds=_STOP_TIMEOUT)


async def keep_process(
    command: Sequence[str],
    settings: Settings,
    name: str,
    *,
    stop_seconds: float,
    started: Callable[[asyncio.subprocess.Process], Awaitable[None]] | None = None,
    **options: Any,
) -> None:
    """Keep a process running until cancelled. It reads its settings by `settings_from_parent`.

    Args:
        command: program and arguments.
        settings: for the process.
        name: for the log.
        stop_seconds: how long it may take to stop before it is killed.
        started: is awaited after each start.
        options: of `asyncio.create_subprocess_exec`.
    """
    pauses = delays(_FIRST_PAUSE, _LONGEST_PAUSE)
    while True:
        began = asyncio.get_running_loop().time()
        process = await _start(command, settings, options)
        try:
            if started is not None:
                await started(process)
            status = await process.wait()
        except asyncio.CancelledError:
            await _stop(process, stop_seconds)
            raise
        lived = asyncio.get_running_loop().time() - began
        if lived > _HEALTHY_SECONDS:
            pauses = delays(_FIRST_PAUSE, _LONGEST_PAUSE)
        log.warning("%s ended with status %d; it is started again", name, status)
        await asyncio.sleep(next(pauses))


async def _start(
    command: Sequence[str], settings: Settings, options: dict[str, Any]
) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,  # ctrl-C goes to the server only, which stops its processes
        **options,
    )
    if process.stdin is not None:
        # The pipe stays open until this process ends, and then ends the other one.
        process.stdin.write(settings.model_dump_json().encode() + b"\n")
        with contextlib.suppress(ConnectionError):
            await process.stdin.drain()
    return process


async def _stop(process: asyncio.subprocess.Process, seconds: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def settings_from_parent() -> Settings:
    """The settings that the parent writes to stdin. This process ends when the parent does."""
    # Not sys.stdin: the interpreter could not close it at exit while a thread reads it.
    source = os.fdopen(0, "rb", closefd=False)
    settings = Settings.model_validate_json(source.readline())
    threading.Thread(target=_leave_with_parent, args=(source,), daemon=True).start()
    return settings


def main() -> None:
    """Run as a worker, whose lock number is the argument."""
    settings = settings_from_parent()
    with loading():
        from vitascope.jobs import worker
    from vitascope.logs import set_up_logging

    set_up_logging()
    settings = settings.model_copy(update={"drain_seconds": min(_DRAIN, settings.drain_seconds)})
    worker.run(settings, number=int(sys.argv[1]))


def _leave_with_parent(source: BinaryIO) -> None:
    source.read()
    os._exit(0)


if __name__ == "__main__":
    main()
