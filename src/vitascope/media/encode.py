"""Encode: an engine's clip becomes a film, drawn in one thread while x264 works in others."""

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
"""Told a phase, how many units of it are done, and of how many."""

Piece: TypeAlias = "av.VideoFrame | NDArray[np.float32]"

AHEAD = 8
"""Pieces the drawing may be ahead of the encoder: enough to overlap, little enough to hold."""

_PATIENCE = 0.1  # seconds between looks at whether the other side is still there


class Drawing:
    """Pulls a clip in a thread of its own; a context manager and an iterator of its pieces.

    Pictures and sound are both pulled from that one thread, in the order of their time, so an
    engine need not guard against itself. Leaving the context ends the thread and closes the
    clip's generators.
    """

    def __init__(self, clip: Clip, job: RenderJob, progress: Progress) -> None:
        self._clip = clip
        self._job = job
        self._progress = progress
        self._pieces: queue.Queue[Piece | None] = queue.Queue(AHEAD)
        self._stop = threading.Event()
        self._thread = ThreadPoolExecutor(1, "drawing")

    def __enter__(self) -> Iterator[Piece]:
        self._work = self._thread.submit(self._run)
        return self._received()

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.shutdown()

    def _received(self) -> Iterator[Piece]:
        while (piece := self._pieces.get()) is not None:
            yield piece
        self._work.result()  # raises here what was raised while drawing

    def _run(self) -> None:
        try:
            for piece in self._drawn():
                if not self._hand_over(piece):
                    return
        finally:
            for source in (self._clip.frames, self._clip.sound):
                if isinstance(source, Generator):
                    source.close()
            self._hand_over(None)

    def _hand_over(self, piece: Piece | None) -> bool:
        while not self._stop.is_set():
            try:
                self._pieces.put(piece, timeout=_PATIENCE)
            except queue.Full:
                continue
            return True
        return False

    def _drawn(self) -> Iterator[Piece]:
        """Pictures and sound in turns, checked against the job."""
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
) -> MediaFacts:
    """Write a clip as a film in the output profile, of exactly the job's length.

    Args:
        clip: consumed; its generators are closed whatever happens.
        job: what the clip must keep to.
        path: where the film goes; after an error nothing is left there.
        previews: offered every frame on its way.
        progress: told "draw" and "encode", in frames, from two threads.

    Raises:
        JobError: `engine_fault`; the clip is not what the job asked for. An error of the engine
            itself comes out as it is.
    """
    with FilmWriter(path, job.size, job.fps) as film, Drawing(clip, job, progress) as pieces:
        for piece in pieces:
            if isinstance(piece, av.VideoFrame):
                if previews is not None:
                    previews.offer(film.frames, piece)
                film.picture(piece)
                progress("encode", film.encoded, job.frame_count)
            else:
                film.sound(piece)
    progress("encode", film.encoded, job.frame_count)
    with open_film(path) as written:
        return facts(written)


def _check_frame(frame: av.VideoFrame, number: int, job: RenderJob) -> None:
    if number >= job.frame_count:
        raise _fault(f"more than the {job.frame_count} frames that were asked for")
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
    return JobError("engine_fault", f"The engine broke its promise: it drew {what}.")
