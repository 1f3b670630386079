"""Makes the files of one order: engine to encoder, with previews taken on the way."""

from __future__ import annotations

from vitascope.engines.base import Engine, Reporter
from vitascope.jobs.order import FILES, Order
from vitascope.media.encode import encode
from vitascope.media.previews import Previews
from vitascope.video import Variant


def make(order: Order, engine: Engine, report: Reporter) -> dict[Variant, str]:
    """Draw, encode and preview one shot inside the order's folder.

    Raises:
        JobError: the shot can't be drawn as asked.
    """
    clip = engine.draw(order.shot, report)
    for note in clip.notes:
        report.note(note)
    previews = Previews(order.shot.size, order.shot.frame_count)
    encode(
        clip, order.shot, order.folder / FILES["video"], previews=previews, progress=report.phase
    )
    (order.folder / FILES["thumbnail"]).write_bytes(previews.thumbnail())
    (order.folder / FILES["spritesheet"]).write_bytes(previews.spritesheet())
    return dict(FILES)
