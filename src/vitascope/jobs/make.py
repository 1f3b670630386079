"""Makes the files of one order: from engine to encoder, with previews of the same frames."""

from __future__ import annotations

from collections.abc import Sequence
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
from vitascope.media.encode import encode
from vitascope.media.previews import Previews, cells_of, joined_cells, preview_of, sheet_of
from vitascope.media.probe import MediaFacts, probe
from vitascope.media.stitch import stitch
from vitascope.spec import FrameRate, RenderSpec
from vitascope.video import MAX_TOTAL_SECONDS


def make(order: Order, engine: Engine, report: Reporter) -> Done:
    """Render, encode and preview one job inside the order's folder.

    Raises:
        JobError: the job can't be rendered as asked.
    """
    if order.spec.task == "extend":
        return _extend(order, engine, report)
    return _render(order.job(), Path(order.folder), engine, report)


def _render(job: RenderJob, folder: Path, engine: Engine, report: Reporter) -> Done:
    clip = _drawn(job, engine, report)
    if clip.frame_count is not None:
        job = replace(job, spec=msgspec.structs.replace(job.spec, frames=clip.frame_count))
    previews = Previews(job.size, job.frame_count)
    _encode(clip, job, folder / FILES["video"], previews, report)
    _write(previews, folder)
    return Done(dict(FILES), job.size, job.frame_count, job.spec.fps, clip.scripted)


def _extend(order: Order, engine: Engine, report: Reporter) -> Done:
    """Render the new part and join it to the source film, whose video packets are copied."""
    head = _head(order)
    spec = _extended(order.spec, head.facts)
    job = replace(order.job(), spec=spec)
    clip = _drawn(job, engine, report)
    previews, tail = Previews(job.size, job.frame_count), order.path("tail.mp4")
    _encode(clip, job, tail, previews, report)
    stitch(head.film, tail, order.path(FILES["video"]))
    cells = joined_cells(head.cells, head.facts.frames, previews.cells, job.frame_count)
    order.path(FILES["thumbnail"]).write_bytes(head.thumbnail)
    order.path(FILES["spritesheet"]).write_bytes(sheet_of(cells))
    return Done(dict(FILES), job.size, spec.frames, spec.fps, clip.scripted)


def _extended(spec: RenderSpec, head: MediaFacts) -> RenderSpec:
    """The specification of an extension, with size, frame rate and length measured on the head.

    It is longer than the head by the requested seconds.

    Raises:
        JobError: head and extension together are too long.
    """
    fps = FrameRate.of(head.fps)
    total = head.frames + fps.frames_in(spec.fps.seconds_of(spec.frames - spec.start))
    if fps.seconds_of(total) > MAX_TOTAL_SECONDS:
        raise JobError(
            "video_too_long",
            f"The extended video would be {fps.seconds_of(total):g} seconds long; "
            f"{MAX_TOTAL_SECONDS} is the most. Extend it by less, or begin with a shorter one.",
        )
    return msgspec.structs.replace(spec, size=head.size, fps=fps, start=head.frames, frames=total)


@dataclass(frozen=True, slots=True)
class _Head:
    """The film that is extended, in the output profile, and its previews."""

    film: Path
    facts: MediaFacts
    thumbnail: bytes
    cells: Sequence[NDArray[np.uint8]]


def _head(order: Order) -> _Head:
    film = order.path(SOURCE)
    thumbnail, spritesheet = order.input("source_thumbnail"), order.input("source_spritesheet")
    if thumbnail is None or spritesheet is None:
        raise ValueError("an extension needs a film and its previews")
    facts = probe(film)
    cells = cells_of(spritesheet, facts.size, facts.frames)
    return _Head(film, facts, thumbnail.read_bytes(), cells)


def _drawn(job: RenderJob, engine: Engine, report: Reporter) -> Clip:
    clip = engine.draw(job, report)
    for note in clip.notes:
        report.note(note)
    return clip


def _encode(clip: Clip, job: RenderJob, film: Path, previews: Previews, report: Reporter) -> None:
    def watch(frame: av.VideoFrame) -> None:
        report.preview(partial(preview_of, frame))

    encode(clip, job, film, previews=previews, progress=report.phase, watch=watch)


def _write(previews: Previews, folder: Path) -> None:
    (folder / FILES["thumbnail"]).write_bytes(previews.thumbnail())
    (folder / FILES["spritesheet"]).write_bytes(previews.spritesheet())
