"""Makes the files of one order: engine to encoder, with previews taken on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from vitascope.clip import Clip, RenderJob
from vitascope.engines.base import Engine, Reporter
from vitascope.errors import JobError
from vitascope.jobs.order import FILES, SOURCE, Done, Order
from vitascope.media.encode import encode
from vitascope.media.normalise import normalise
from vitascope.media.picture import read_picture
from vitascope.media.previews import Previews, cells_of, joined_cells, previews_of, sheet_of
from vitascope.media.probe import MediaFacts, probe
from vitascope.media.stitch import stitch
from vitascope.spec import STILL_ROLES, FrameRate, RenderSpec
from vitascope.video import MAX_TOTAL_SECONDS


def make(order: Order, engine: Engine, report: Reporter) -> Done:
    """Render, encode and preview one job inside the order's folder.

    Raises:
        JobError: the job can't be rendered as asked, or the upload can't be used.
    """
    job, upload = _with_clean_pictures(order), order.input("uploaded_video")
    if order.spec.task == "extend":
        return _extend(order, job, engine, report)
    if upload is not None:
        source = order.path(SOURCE)
        facts = normalise(upload, source, progress=report.phase, note=report.note)
        spec = msgspec.structs.replace(
            job.spec, size=facts.size, frames=facts.frames, fps=FrameRate.of(facts.fps)
        )
        job = replace(job, spec=spec, source=source)
    return _render(job, Path(order.folder), engine, report)


def _with_clean_pictures(order: Order) -> RenderJob:
    """The job with every still picture in sRGB, upright and opaque.

    Raises:
        JobError: `invalid_image`; one of them can't be used.
    """
    job, inputs = order.job(), []
    for index, one in enumerate(job.inputs):
        if one.role in STILL_ROLES:
            path = order.path(f"picture-{index}.png")
            read_picture(one.path).save(path, compress_level=1)
            one = replace(one, path=path)
        inputs.append(one)
    return replace(job, inputs=tuple(inputs))


def _render(job: RenderJob, folder: Path, engine: Engine, report: Reporter) -> Done:
    clip = _drawn(job, engine, report)
    if clip.frame_count is not None:
        job = replace(job, spec=msgspec.structs.replace(job.spec, frames=clip.frame_count))
    previews = Previews(job.size, job.frame_count)
    encode(clip, job, folder / FILES["video"], previews=previews, progress=report.phase)
    _write(previews, folder)
    return Done(dict(FILES), job.size, job.frame_count, job.spec.fps, clip.scripted)


def _extend(order: Order, job: RenderJob, engine: Engine, report: Reporter) -> Done:
    """Render what is new and join it to what is there, whose pictures are copied as they are."""
    head = _head(order, report)
    spec = _after(order.spec, head.facts)
    job = replace(job, spec=spec, source=head.film)
    clip = _drawn(job, engine, report)
    previews, tail = Previews(job.size, job.frame_count), order.path("tail.mp4")
    encode(clip, job, tail, previews=previews, progress=report.phase)
    stitch(head.film, tail, order.path(FILES["video"]))
    cells = joined_cells(head.cells, head.facts.frames, previews.cells, job.frame_count)
    order.path(FILES["thumbnail"]).write_bytes(head.thumbnail)
    order.path(FILES["spritesheet"]).write_bytes(sheet_of(cells))
    return Done(dict(FILES), job.size, spec.frames, spec.fps, clip.scripted)


def _after(spec: RenderSpec, head: MediaFacts) -> RenderSpec:
    """The specification of an extension, with size, rate and start as the head really has them.

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


def _head(order: Order, report: Reporter) -> _Head:
    upload, film = order.input("uploaded_video"), order.path(SOURCE)
    if upload is not None:
        facts = normalise(upload, film, progress=report.phase, note=report.note)
        previews = previews_of(film, facts)
        return _Head(film, facts, previews.thumbnail(), previews.cells)
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


def _write(previews: Previews, folder: Path) -> None:
    (folder / FILES["thumbnail"]).write_bytes(previews.thumbnail())
    (folder / FILES["spritesheet"]).write_bytes(previews.spritesheet())
