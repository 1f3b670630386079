"""Makes the files of one order: engine to encoder, with previews taken on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vitascope.engines.base import Engine, Reporter
from vitascope.errors import JobError
from vitascope.jobs.order import FILES, Done, Order
from vitascope.media.encode import encode
from vitascope.media.normalise import normalise
from vitascope.media.picture import read_picture
from vitascope.media.previews import Previews, cells_of, joined_cells, previews_of, sheet_of
from vitascope.media.probe import MediaFacts, probe
from vitascope.media.stitch import stitch
from vitascope.shot import FPS, Clip, Shot
from vitascope.video import MAX_TOTAL_SECONDS


def make(order: Order, engine: Engine, report: Reporter) -> Done:
    """Draw, encode and preview one shot inside the order's folder.

    Raises:
        JobError: the shot can't be drawn as asked, or what was uploaded can't be used.
    """
    if order.shot.reference is not None:
        picture = order.folder / "reference.png"
        read_picture(order.shot.reference).save(picture, compress_level=1)
        order = replace(order, shot=replace(order.shot, reference=picture))
    if order.shot.task == "extend":
        return _extend(order, engine, report)
    shot = order.shot
    if order.upload is not None:
        source = order.folder / "source.mp4"
        facts = normalise(order.upload, source, progress=report.phase, note=report.note)
        shot = replace(shot, size=facts.size, frames=facts.frames, source=source)
    return _draw(shot, order.folder, engine, report)


def _draw(shot: Shot, folder: Path, engine: Engine, report: Reporter) -> Done:
    clip = _drawn(shot, engine, report)
    shot = replace(shot, frames=clip.frame_count or shot.frame_count)
    previews = Previews(shot.size, shot.frame_count)
    encode(clip, shot, folder / FILES["video"], previews=previews, progress=report.phase)
    _write(previews, folder)
    return Done(dict(FILES), str(shot.size), shot.frame_count, clip.scripted)


def _extend(order: Order, engine: Engine, report: Reporter) -> Done:
    """Draw what is new and join it to what is there, whose pictures are copied as they are."""
    head = _head(order, report)
    shot = replace(
        order.shot, size=head.facts.size, source=head.film, start=head.facts.frames / FPS
    )
    total = head.facts.frames + shot.frame_count
    if total > MAX_TOTAL_SECONDS * FPS:
        raise JobError(
            "video_too_long",
            f"The extended video would be {total / FPS:g} seconds long; {MAX_TOTAL_SECONDS} is the "
            "most. Extend it by less, or begin with a shorter one.",
        )
    clip = _drawn(shot, engine, report)
    previews, tail = Previews(shot.size, shot.frame_count), order.folder / "tail.mp4"
    encode(clip, shot, tail, previews=previews, progress=report.phase)
    stitch(head.film, tail, order.folder / FILES["video"])
    cells = joined_cells(head.cells, head.facts.frames, previews.cells, shot.frame_count)
    (order.folder / FILES["thumbnail"]).write_bytes(head.thumbnail)
    (order.folder / FILES["spritesheet"]).write_bytes(sheet_of(cells))
    return Done(dict(FILES), str(shot.size), total, clip.scripted)


@dataclass(frozen=True, slots=True)
class _Head:
    """The film that is extended, in the house's form, and its previews."""

    film: Path
    facts: MediaFacts
    thumbnail: bytes
    cells: Sequence[NDArray[np.uint8]]


def _head(order: Order, report: Reporter) -> _Head:
    if order.upload is not None:
        film = order.folder / "source.mp4"
        facts = normalise(order.upload, film, progress=report.phase, note=report.note)
        previews = previews_of(film, facts)
        return _Head(film, facts, previews.thumbnail(), previews.cells)
    if order.shot.source is None or order.thumbnail is None or order.spritesheet is None:
        raise ValueError("an extension needs a film and its previews")
    facts = probe(order.shot.source)
    return _Head(
        order.shot.source,
        facts,
        order.thumbnail.read_bytes(),
        cells_of(order.spritesheet, facts.size, facts.frames),
    )


def _drawn(shot: Shot, engine: Engine, report: Reporter) -> Clip:
    clip = engine.draw(shot, report)
    for note in clip.notes:
        report.note(note)
    return clip


def _write(previews: Previews, folder: Path) -> None:
    (folder / FILES["thumbnail"]).write_bytes(previews.thumbnail())
    (folder / FILES["spritesheet"]).write_bytes(previews.spritesheet())
