"""Decoding: reads an upload in a process of its own, which may crash without harm.

The process reads one file and ends. It has limits on memory, CPU time and file size, has no
secrets, reaches neither the network nor other files, and ends with its parent. The caller loads no
codec.
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
from typing import Any, Literal, NamedTuple, NoReturn

from vitascope.errors import JobError
from vitascope.jobs.order import NO_ROOM, Decoded, Event, Failed, Ready, event_from_line
from vitascope.jobs.processes import decoder_environment
from vitascope.limits import UploadSettings
from vitascope.spec import FilmPoint

Kind = Literal["film", "picture", "reference", "sound", "figure", "frame"]

_COMMAND = (sys.executable, "-P", "-m", "vitascope.jobs.decoder")
_LINE_LIMIT = 1024 * 1024
_WALL_FACTOR = 4.0
"""Seconds of real time for each second of CPU time, because the machine may be busy."""

_FILE_FAULTS = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
"""Signals that a file causes; others come from outside."""

_NAMES: dict[Kind, tuple[str, str]] = {
    "film": ("invalid_video", "The video"),
    "picture": ("invalid_image", "The input reference"),
    "reference": ("invalid_image", "The reference image"),
    "sound": ("invalid_audio", "The sound"),
    "figure": ("invalid_video", "The video"),
    "frame": ("invalid_video", "The video"),
}

log = logging.getLogger(__name__)
_reported: set[str] = set()


class DecoderKilled(Exception):
    """The process was killed from outside; another attempt may succeed.

    Attributes:
        advice: what the sender of the file can do.
    """

    advice = "Tell the server's operator, whose machine may be short of memory."


class Span(NamedTuple):
    """A part of a film, in seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One file to read.

    Attributes:
        kind: the result: a `film` in the output profile, a `picture` as PNG, a `reference` as PNG
            that keeps its transparency, a `sound` as WAV, cut-outs of the `figure` in a film, or
            one `frame` of a film in the output profile.
        source: the file.
        folder: the folder for the result. It is created, and the process writes nowhere else.
        previews: whether to make a film's thumbnail and spritesheet, too.
        at: the time of the frame, in seconds.
        span: the part of the film to look for a figure in; None for all of it.
        point: where the figure is; None to search for it.
        limits: how much may be decoded, written and used.
    """

    kind: Kind
    source: Path
    folder: Path
    previews: bool = False
    at: float = 0.0
    span: Span | None = None
    point: FilmPoint | None = None
    limits: UploadSettings

    def to_line(self) -> bytes:
        """The task as a line of JSON."""
        return json.dumps(asdict(self), default=_plain).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Task:
        """Read what `to_line` wrote."""
        fields: dict[str, Any] = json.loads(line)
        fields |= {name: Path(fields[name]) for name in ("source", "folder")}
        # They were validated with the configuration.
        fields["limits"] = UploadSettings.model_construct(**fields["limits"])
        if fields["span"] is not None:
            fields["span"] = Span(*fields["span"])
        if fields["point"] is not None:
            fields["point"] = FilmPoint(*fields["point"])
        return cls(**fields)


def _plain(value: Path | UploadSettings) -> str | dict[str, Any]:
    return value.model_dump() if isinstance(value, UploadSettings) else str(value)


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
    code, what = _NAMES[task.kind]
    return JobError(code, f"{what} can't be used: it could not be read to its end.")


def _too_costly(task: Task, most: str) -> JobError:
    return too_costly(task, f"it takes more than {most} to decode")


def too_costly(task: Task, reason: str) -> JobError:
    """The error of a file whose reading would take more than the task allows."""
    code, what = _NAMES[task.kind]
    thing = code.removeprefix("invalid_")
    advice = "smaller" if thing == "image" else "shorter or smaller"
    return JobError(f"{thing}_too_costly", f"{what} can't be used: {reason}. Send a {advice} one.")
