"""Makes the files of one order: from engine to encoder, with previews of the same frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import av
import msgspec
import numpy as np
from numpy.typing import NDArray

from vitascope.clip import Clip, RenderJob
from vitascope.engines.base import Engine, Reporter
from vitascope.errors import JobError
from vitascope.jobs.order import FILES, SOURCE, Done, Order
from vitascope.media.cut import cut
from vitascope.media.encode import encode
from vitascope.media.previews import (
    Previews,
    cells_of,
    joined_cells,
    preview_of,
    previews_of,
    sheet_of,
)
from vitascope.media.probe import MediaFacts, probe
from vitascope.media.stitch import stitch
from vitascope.spec import FrameRate, RenderSpec, Size
from vitascope.video import MAX_TOTAL_SECONDS


def make(order: Order, engine: Engine, report: Reporter) -> Done:
    """Render, encode and preview one job inside the order's folder.

    Raises:
        JobError: the job can't be rendered as asked.
    """
    spec, parts = order.spec, 1 + len(order.spec.following)
    own = _own_part(spec)
    share = _Share(report, 0, parts)
    if spec.task == "extend":
        head = _head(order)
        film = _extend(order, _extended(own, head), head, engine, share)
    else:
        film = _render(replace(order.job(), spec=own), order.path("part-0.mp4"), engine, share)
    for number in range(1, parts):
        share = _Share(report, number, parts)
        film = _extend(order, _following(spec, number, film), film, engine, share)
    film.path.replace(order.path(FILES["video"]))
    order.path(FILES["thumbnail"]).write_bytes(film.thumbnail)
    order.path(FILES["spritesheet"]).write_bytes(sheet_of(film.cells))
    return Done(dict(FILES), film.size, film.frames, film.fps, film.scripted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Film:
    """A film in the output profile, and its previews.

    Attributes:
        scripted: whether prompt and history describe it completely.
    """

    path: Path
    size: Size
    frames: int
    fps: FrameRate
    thumbnail: bytes
    cells: Sequence[NDArray[np.uint8]]
    scripted: bool = True


@dataclass(frozen=True, slots=True)
class _Share:
    """Reports the progress of one of a job's parts as that of the whole job."""

    whole: Reporter
    part: int
    parts: int

    def phase(self, name: str, done: float, total: float) -> None:
        self.whole.phase(name, self.part * total + done, self.parts * total)

    def note(self, message: str) -> None:
        self.whole.note(message)

    def preview(self, jpeg: Callable[[], bytes]) -> None:
        self.whole.preview(jpeg)


def _own_part(spec: RenderSpec) -> RenderSpec:
    """The specification without the extensions that follow."""
    if not spec.following:
        return spec
    end = spec.fps.frames_in(spec.following[0].start)
    return msgspec.structs.replace(spec, frames=end, following=())


def _following(spec: RenderSpec, number: int, head: _Film) -> RenderSpec:
    """The specification of the extension with this number, from 1 on, of what is made so far."""
    step, rest = spec.following[number - 1], spec.following[number:]
    before = msgspec.structs.replace(spec, following=spec.following[: number - 1])
    return msgspec.structs.replace(
        spec,
        prompt=step.prompt,
        task="extend",
        history=before.steps,
        start=head.frames,
        frames=spec.fps.frames_in(rest[0].start) if rest else spec.frames,
        following=(),
    )


def _render(job: RenderJob, path: Path, engine: Engine, report: Reporter) -> _Film:
    clip = _drawn(job, engine, report)
    if clip.frame_count is not None:
        frames = job.spec.start + clip.frame_count
        job = replace(job, spec=msgspec.structs.replace(job.spec, frames=frames))
    previews = Previews(job.size, job.frame_count)
    _encode(clip, job, path, previews, report)
    return _Film(
        path=path,
        size=job.size,
        frames=job.frame_count,
        fps=job.spec.fps,
        thumbnail=previews.thumbnail(),
        cells=previews.cells,
        scripted=clip.scripted,
    )


def _extend(order: Order, spec: RenderSpec, head: _Film, engine: Engine, report: Reporter) -> _Film:
    """Render a new part and join it to a film, whose video packets are copied."""
    job = replace(order.job(), spec=spec, source=head.path)
    tail = _render(job, order.path("tail.mp4"), engine, report)
    joined = order.path(f"joined-{spec.frames}.mp4")
    stitch(head.path, tail.path, joined)
    return _Film(
        path=joined,
        size=spec.size,
        frames=spec.frames,
        fps=spec.fps,
        thumbnail=head.thumbnail,
        cells=joined_cells(head.cells, head.frames, tail.cells, tail.frames),
        scripted=tail.scripted,
    )


def _extended(spec: RenderSpec, head: _Film) -> RenderSpec:
    """The specification of an extension, with size, frame rate and length measured on the head.

    It is longer than the head by the requested seconds.

    Raises:
        JobError: head and extension together are too long.
    """
    total = head.frames + head.fps.frames_in(spec.fps.seconds_of(spec.frames - spec.start))
    if head.fps.seconds_of(total) > MAX_TOTAL_SECONDS:
        raise JobError(
            "video_too_long",
            f"The extended video would be {head.fps.seconds_of(total):g} seconds long; "
            f"{MAX_TOTAL_SECONDS} is the most. Extend it by less, or begin with a shorter one.",
        )
    return msgspec.structs.replace(
        spec, size=head.size, fps=head.fps, start=head.frames, frames=total
    )


def _head(order: Order) -> _Film:
    """The film that is extended, cut where the extension begins."""
    path, facts = order.path(SOURCE), probe(order.path(SOURCE))
    keep = _kept(order.spec, facts)
    if keep < facts.frames:
        shorter = order.path("cut.mp4")
        cut(path, keep, shorter)
        previews = previews_of(shorter, probe(shorter))
        thumbnail, cells = previews.thumbnail(), previews.cells
        path = shorter
    else:
        sheet, small = order.input("source_spritesheet"), order.input("source_thumbnail")
        if sheet is None or small is None:
            raise ValueError("an extension needs a film and its previews")
        cells, thumbnail = cells_of(sheet, facts.size, keep), small.read_bytes()
    return _Film(
        path=path,
        size=facts.size,
        frames=keep,
        fps=FrameRate.of(facts.fps),
        thumbnail=thumbnail,
        cells=cells,
    )


def _kept(spec: RenderSpec, facts: MediaFacts) -> int:
    """How many frames of the source an extension keeps; of an upload all, unless it says when.

    Raises:
        JobError: the source is shorter.
    """
    if not spec.start:
        return facts.frames
    seconds = spec.fps.seconds_of(spec.start)
    frames = FrameRate.of(facts.fps).frames_in(seconds)
    if frames > facts.frames:
        raise JobError(
            "video_too_short",
            f"The video is {float(facts.seconds):g} seconds long and can't go on from "
            f"{seconds:g} seconds.",
        )
    return frames


def _drawn(job: RenderJob, engine: Engine, report: Reporter) -> Clip:
    clip = engine.draw(job, report)
    for note in clip.notes:
        report.note(note)
    return clip


def _encode(clip: Clip, job: RenderJob, film: Path, previews: Previews, report: Reporter) -> None:
    def watch(frame: av.VideoFrame) -> None:
        report.preview(partial(preview_of, frame))

    encode(clip, job, film, previews=previews, progress=report.phase, watch=watch)
