"""Decoding: what an uploader sent is read in a process of its own, which may fail.

One process reads one file and ends. It has limits on memory, CPU time and file size, sees none of
this process's secrets, reaches neither the network nor other files, and ends when its parent does.
The caller's process loads no codec.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import signal
import sys
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

from vitascope.errors import JobError
from vitascope.jobs.environment import decoder_environment
from vitascope.jobs.order import NO_ROOM, Decoded, Event, Failed, Ready, event_from_line
from vitascope.limits import UploadSettings

Kind = Literal["film", "picture", "figure"]

_COMMAND = (sys.executable, "-P", "-m", "vitascope.jobs.decoder")
_LINE_LIMIT = 1024 * 1024
_PATIENCE = 4.0
"""Seconds on the clock for each second of CPU time: the machine may have more to do."""

_FILE_FAULTS = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
"""Ends that a file brings about; those by other signals come from outside."""

_NAMES: dict[Kind, tuple[str, str]] = {
    "film": ("invalid_video", "The video"),
    "picture": ("invalid_image", "The input reference"),
    "figure": ("invalid_video", "The video"),
}

log = logging.getLogger(__name__)
_reported: set[str] = set()


class DecoderKilled(Exception):
    """The process was ended from outside; another try may go well.

    Attributes:
        advice: what the person who sent the file can do.
    """

    advice = "Tell the server's operator, whose machine may be short of memory."


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One file to be read.

    Attributes:
        kind: what is made of it: a `film` in the output profile, a `picture` in PNG, or cut-outs of
            the `figure` that a film shows.
        source: the file.
        folder: where the result goes; it is made, and nothing else can be written to.
        previews: whether a film's thumbnail and spritesheet are made too.
        pixels: how many are decoded at most.
        cpu_seconds: how much CPU time may be spent.
        memory_bytes: how much address space may be used.
        file_bytes: how large a file may be written.
    """

    kind: Kind
    source: Path
    folder: Path
    previews: bool = False
    pixels: int
    cpu_seconds: int
    memory_bytes: int
    file_bytes: int

    @classmethod
    def of(
        cls,
        kind: Kind,
        source: Path,
        folder: Path,
        limits: UploadSettings,
        *,
        previews: bool = False,
    ) -> Task:
        """A task within the limits that are configured."""
        return cls(
            kind=kind,
            source=source,
            folder=folder,
            previews=previews,
            pixels=limits.pixels,
            cpu_seconds=limits.cpu_seconds,
            memory_bytes=limits.memory_bytes,
            file_bytes=limits.file_bytes,
        )

    def to_line(self) -> bytes:
        """The task as a line of JSON."""
        return json.dumps(asdict(self), default=str).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Task:
        """Read what `to_line` wrote."""
        fields: dict[str, Any] = json.loads(line)
        fields |= {name: Path(fields[name]) for name in ("source", "folder")}
        return cls(**fields)


async def decode(task: Task) -> AsyncGenerator[Event]:
    """Have the file read, and yield what the process tells, up to and with `Decoded`.

    The process is killed when the caller goes on before that; use `contextlib.aclosing`.

    Raises:
        JobError: `invalid_video` or `invalid_image`, where the file can't be read;
            `video_too_costly` or `image_too_costly`, where that takes more than the task allows.
        DecoderKilled: the process was ended from outside.
        OSError: there is no room on the disk.
    """
    task.folder.mkdir()
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_LIMIT,
        env=decoder_environment(task.folder),
        start_new_session=True,  # ctrl-C is for the server
    )
    try:
        async with asyncio.timeout(_PATIENCE * task.cpu_seconds):
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
        raise _too_costly(task, f"{_PATIENCE * task.cpu_seconds:g} seconds") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    _explain(task, process.returncode or 0)


async def _events(process: asyncio.subprocess.Process, task: Task) -> AsyncGenerator[Event]:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both were asked for")
    with contextlib.suppress(ConnectionError):
        # The pipe stays open for as long as this process lives, and tells the other when it ends.
        process.stdin.write(task.to_line())
        await process.stdin.drain()
    while True:
        try:
            line = await process.stdout.readline()
            if not line:
                return
            event = event_from_line(line)
        except ValueError:  # no event, or a line without end: somebody else speaks here
            log.warning("A decoding process said something odd and was stopped")
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
    """Say why the process ended without a word."""
    if status == -signal.SIGXCPU:
        raise _too_costly(task, f"{task.cpu_seconds} seconds of CPU time")
    if status >= 0 or -status in _FILE_FAULTS:
        log.warning("A decoding process ended with status %d; the upload is refused", status)
        raise _unreadable(task)
    raise DecoderKilled(f"The decoding process was ended by signal {-status}.")


def _unreadable(task: Task) -> JobError:
    code, what = _NAMES[task.kind]
    return JobError(code, f"{what} can't be used: it could not be read to its end.")


def _too_costly(task: Task, most: str) -> JobError:
    return too_costly(task, f"it takes more than {most} to decode")


def too_costly(task: Task, reason: str) -> JobError:
    """The error of a file whose reading would take more than the task allows."""
    what = _NAMES[task.kind][1]
    thing = "image" if task.kind == "picture" else "video"
    advice = "smaller" if task.kind == "picture" else "shorter or smaller"
    return JobError(f"{thing}_too_costly", f"{what} can't be used: {reason}. Send a {advice} one.")
