"""The decoding process: confines itself, reads one upload, and ends."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from vitascope.errors import JobError
from vitascope.jobs.confine import confine
from vitascope.jobs.decode_task import Kind, Task, too_costly
from vitascope.jobs.order import (
    FILES,
    FRAME,
    NO_ROOM,
    PICTURE,
    SOUND,
    SOURCE,
    Decoded,
    DecodedFigure,
    DecodedFilm,
    DecodedFrame,
    DecodedPicture,
    DecodedSound,
    Failed,
    Ready,
)
from vitascope.jobs.processes import EventWriter, open_pipes, read_lines
from vitascope.spec import FrameRate


def main() -> None:
    """Run as `python -m vitascope.jobs.decoder`; a task on stdin, events on stdout."""
    source, events = open_pipes()
    task = Task.from_line(source.readline())
    memory = _Memory(task.limits.memory_bytes)
    missing = confine(task.limits, reads=[task.source], writes=task.folder)
    read_lines(source, events.stop)
    events.send(Ready(missing))
    try:
        events.send(_WORK[task.kind](task, events))
    except Exception as error:  # noqa: BLE001 (raised again if it is not about the file)
        events.send(_failed(task, error, memory))
    # The interpreter's own exit would wait for threads of libraries.
    os._exit(0)


def _status() -> BinaryIO:
    return Path("/proc/self/status").open("rb")


class _Memory:
    """Finds out whether memory ran out, because codecs report that as any failure."""

    def __init__(self, most: int) -> None:
        self._most = most
        # Opened now, because a confined process can't open it.
        self._status = _status() if sys.platform == "linux" else None

    def ran_out(self) -> bool:
        """Whether nearly all memory was in use at some time."""
        if self._status is None:
            return False
        self._status.seek(0)
        lines = dict(line.split(b":", 1) for line in self._status.read().splitlines())
        return int(lines[b"VmPeak"].split()[0]) * 1024 > self._most * 0.9


def _failed(task: Task, error: Exception, memory: _Memory) -> Failed:
    """The event for an error about the file; any other error is raised again."""
    causes = (error, error.__cause__)
    if any(isinstance(cause, MemoryError) for cause in causes) or memory.ran_out():
        most = task.limits.memory_bytes // 1024**2
        error = too_costly(task, f"it takes more than {most} MiB of memory to decode")
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}
    if errno.EFBIG in numbers:
        most = task.limits.file_bytes // 1024**2
        error = too_costly(task, f"it becomes a file of more than {most} MiB")
    if numbers & {errno.ENOSPC, errno.EDQUOT}:
        return Failed(NO_ROOM, "There is no room to decode an upload in.")
    if isinstance(error, JobError):
        return Failed(error.code, error.message)
    raise error


# Codecs are imported below, in the confined process: threads started before are not confined.


def _film(task: Task, events: EventWriter) -> DecodedFilm:
    from vitascope.media.normalise import Limits, normalise
    from vitascope.media.previews import previews_of

    film = task.folder / SOURCE
    limits = Limits(decoded_pixels=task.limits.pixels)
    facts = normalise(task.source, film, limits=limits, progress=events.phase, note=events.note)
    if task.previews:
        previews = previews_of(film, facts)
        (task.folder / FILES["thumbnail"]).write_bytes(previews.thumbnail())
        (task.folder / FILES["spritesheet"]).write_bytes(previews.spritesheet())
    fps = FrameRate.of(facts.fps)
    return DecodedFilm(facts.size, facts.frames, fps)


def _picture(task: Task, _events: EventWriter) -> DecodedPicture:
    from vitascope.media.image import read_image

    read_image(task.source).save(task.folder / PICTURE, compress_level=1)
    return DecodedPicture()


def _reference(task: Task, _events: EventWriter) -> DecodedPicture:
    from vitascope.media.image import read_image

    image = read_image(task.source, transparent=True)
    image.save(task.folder / PICTURE, compress_level=1)
    return DecodedPicture()


def _sound(task: Task, events: EventWriter) -> DecodedSound:
    from vitascope.media.listen import write_sound

    write_sound(task.source, task.folder / SOUND, note=events.note)
    return DecodedSound()


def _figure(task: Task, _events: EventWriter) -> DecodedFigure:
    from vitascope.media.cutout import cut_out
    from vitascope.media.normalise import Limits

    limits = Limits(decoded_pixels=task.limits.pixels)
    done = cut_out(task.source, task.folder, limits=limits, span=task.span, point=task.point)
    return DecodedFigure(tuple(file.name for file in done.files), done.palette)


def _frame(task: Task, _events: EventWriter) -> DecodedFrame:
    from vitascope.media.previews import frame_picture

    (task.folder / FRAME).write_bytes(frame_picture(task.source, task.at))
    return DecodedFrame()


_WORK: dict[Kind, Callable[[Task, EventWriter], Decoded]] = {
    "film": _film,
    "picture": _picture,
    "reference": _reference,
    "sound": _sound,
    "figure": _figure,
    "frame": _frame,
}


if __name__ == "__main__":
    main()
