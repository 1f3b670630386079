"""Decoding: reads an upload in a process of its own, which may crash without harm.

The process reads one file and ends. It has limits on memory, CPU time and file size, has no
secrets, reaches neither the network nor other files, and ends with its parent. The caller loads no
codec.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import sys
from collections.abc import AsyncGenerator
from typing import NoReturn

from vitascope.errors import JobError
from vitascope.jobs.decode_task import FAULTS, Task, too_costly
from vitascope.jobs.order import NO_ROOM, Decoded, Event, Failed, Ready, event_from_line
from vitascope.jobs.processes import decoder_environment

_COMMAND = (sys.executable, "-P", "-m", "vitascope.jobs.decoder")
_LINE_LIMIT = 1024 * 1024
_WALL_FACTOR = 4.0
"""Seconds of real time for each second of CPU time, because the machine may be busy."""

_FILE_FAULTS = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
"""Signals that a file causes; others come from outside."""

log = logging.getLogger(__name__)
_reported: set[str] = set()


class DecoderKilled(Exception):
    """The process was killed from outside; another attempt may succeed.

    Attributes:
        advice: what the sender of the file can do.
    """

    advice = "Tell the server's operator, whose machine may be short of memory."


async def decode(task: Task) -> AsyncGenerator[Event]:
    """Have the file read, and yield the process's events; the last one is a `Decoded`.

    The process is killed if the caller leaves earlier; use `contextlib.aclosing`.

    Raises:
        JobError: `invalid_video`, `invalid_image` or `invalid_audio`: the file can't be read;
            `video_too_costly` and so on: reading it takes more than the task allows.
        DecoderKilled: the process was killed from outside.
        OSError: the disk is full.
    """
    task.folder.mkdir()
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_LIMIT,
        env=decoder_environment(task.folder),
        start_new_session=True,  # ctrl-C goes to the server only
    )
    try:
        async with asyncio.timeout(_WALL_FACTOR * task.limits.cpu_seconds):
            async for event in _events(process, task):
                if isinstance(event, Failed) and event.code == NO_ROOM:
                    raise OSError(errno.ENOSPC, event.message)
                if isinstance(event, Failed):
                    raise JobError(event.code, event.message)
                yield event
                if isinstance(event, Decoded):
                    return
            await process.wait()
    except TimeoutError:
        raise _too_costly(task, f"{_WALL_FACTOR * task.limits.cpu_seconds:g} seconds") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    _explain(task, process.returncode or 0)


async def _events(process: asyncio.subprocess.Process, task: Task) -> AsyncGenerator[Event]:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    with contextlib.suppress(ConnectionError):
        # The pipe stays open until this process ends, and then ends the other.
        process.stdin.write(task.to_line())
        await process.stdin.drain()
    while True:
        try:
            line = await process.stdout.readline()
            if not line:
                return
            event = event_from_line(line)
        except ValueError:  # no event, or a line without end: the process can't be trusted
            log.warning("A decoding process sent an invalid message and was stopped")
            raise _unreadable(task) from None
        if isinstance(event, Ready):
            _warn_once(event.missing)
        else:
            yield event


def _warn_once(missing: tuple[str, ...]) -> None:
    if missing and not _reported.issuperset(missing):
        _reported.update(missing)
        log.warning("Uploads are decoded without %s: this system has none", ", ".join(missing))


def _explain(task: Task, status: int) -> NoReturn:
    """Raise the reason why the process ended without a result."""
    if status == -signal.SIGXCPU:
        raise _too_costly(task, f"{task.limits.cpu_seconds} seconds of CPU time")
    if status >= 0 or -status in _FILE_FAULTS:
        log.warning("A decoding process ended with status %d; the upload is refused", status)
        raise _unreadable(task)
    raise DecoderKilled(f"The decoding process was ended by signal {-status}.")


def _unreadable(task: Task) -> JobError:
    code, what = FAULTS[task.kind]
    return JobError(code, f"{what} can't be used: it could not be read to its end.")


def _too_costly(task: Task, most: str) -> JobError:
    return too_costly(task, f"it takes more than {most} to decode")
