"""Encodes an engine's clip. The engine renders in one thread, the encoder works in others."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from numpy.typing import NDArray

from vitascope.clip import Clip, RenderJob
from vitascope.errors import JobError
from vitascope.media import profile
from vitascope.media.previews import Previews
from vitascope.media.probe import MediaFacts, facts, open_film
from vitascope.media.writer import FilmWriter
from vitascope.spec import samples_in

if TYPE_CHECKING:
    from typing import TypeAlias

Progress = Callable[[str, float, float], None]
"""A callback for progress: the phase, how many of its units are done, and of how many."""

Piece: TypeAlias = "av.VideoFrame | NDArray[np.float32]"

AHEAD = 8
"""How many frames and blocks of sound the engine may be ahead: few, because each takes memory."""

_POLL_SECONDS = 0.1  # between checks whether the encoder has stopped


class ClipReader:
    """Reads a clip in a thread of its own; entering the context returns an iterator of its pieces.

    One thread reads frames and sound, in order of time, so that an engine needs no locks. Leaving
    the context ends the thread and closes the clip's generators.
    """

    def __init__(self, clip: Clip, job: RenderJob, progress: Progress) -> None:
        self._clip = clip
        self._job = job
        self._progress = progress
        self._pieces: queue.Queue[Piece | None] = queue.Queue(AHEAD)
        self._stop = threading.Event()
        self._thread = ThreadPoolExecutor(1, "clip")

    def __enter__(self) -> Iterator[Piece]:
        self._work = self._thread.submit(self._run)
        return self._received()

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.shutdown()

    def _received(self) -> Iterator[Piece]:
        while (piece := self._pieces.get()) is not None:
            yield piece
        self._work.result()  # raises the engine's exception here

    def _run(self) -> None:
        try:
            for piece in self._rendered():
                if not self._put(piece):
                    return
        finally:
            for source in (self._clip.frames, self._clip.sound):
                if isinstance(source, Generator):
                    source.close()
            self._put(None)

    def _put(self, piece: Piece | None) -> bool:
        while not self._stop.is_set():
            try:
                self._pieces.put(piece, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return True
        return False

    def _rendered(self) -> Iterator[Piece]:
        """Frames and sound interleaved, checked against the job."""
        job, sound, samples = self._job, iter(self._clip.sound), 0
        frames = 0
        for frame in self._clip.frames:
            _check_frame(frame, frames, job)
            yield frame
            frames += 1
            self._progress("draw", frames, job.frame_count)
            while samples < samples_in(frames, job.fps):
                block = next(sound, None)
                if block is None:
                    break
                samples += block.shape[-1]
                yield block
        for block in sound:
            samples += block.shape[-1]
            yield block
        _check_counts(frames, samples, job)


def encode(
    clip: Clip,
    job: RenderJob,
    path: Path,
    *,
    previews: Previews | None = None,
    progress: Progress = lambda phase, done, total: None,
    watch: Callable[[av.VideoFrame], object] = lambda frame: None,
) -> MediaFacts:
    """Write a clip as a film in the output profile, exactly as long as the job asks for.

    Args:
        clip: it is consumed, and its generators are closed also after an error.
        job: what the clip must match.
        path: the file to write; after an error there is none.
        previews: receives every frame.
        progress: receives "draw" and "encode", in frames, from two threads.
        watch: receives every frame too, and must not keep it.

    Raises:
        JobError: `engine_fault`; the clip does not match the job. Errors of the engine itself are
            raised unchanged.
    """
    with FilmWriter(path, job.size, job.fps) as film, ClipReader(clip, job, progress) as pieces:
        for piece in pieces:
            if isinstance(piece, av.VideoFrame):
                if previews is not None:
                    previews.add(film.frames, piece)
                watch(piece)
                film.add_frame(piece)
                progress("encode", film.encoded, job.frame_count)
            else:
                film.add_sound(piece)
    progress("encode", film.encoded, job.frame_count)
    with open_film(path) as written:
        return facts(written)


def _check_frame(frame: av.VideoFrame, number: int, job: RenderJob) -> None:
    if number >= job.frame_count:
        raise _fault(f"more than the {job.frame_count} frames of the job")
    if (
        frame.width,
        frame.height,
    ) != job.size or frame.format.name != profile.PIXEL_FORMAT:
        raise _fault(
            f"frame {number} as {frame.width}x{frame.height} {frame.format.name} "
            f"where {job.size} {profile.PIXEL_FORMAT} was asked for"
        )


def _check_counts(frames: int, samples: int, job: RenderJob) -> None:
    if frames != job.frame_count:
        raise _fault(f"{frames} frames where {job.frame_count} were asked for")
    if samples != job.sample_count:
        raise _fault(f"{samples} samples of sound where {job.sample_count} were asked for")


def _fault(what: str) -> JobError:
    return JobError("engine_fault", f"The engine returned a wrong clip: {what}.")
