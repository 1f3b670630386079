"""The prompts of a film's other parts, by which an edit or extension is found and titled."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from vitascope.store.tables import videos
from vitascope.video import Parent, Video


def with_other_prompts(connection: sa.Connection, video: Video, parents: Sequence[Parent]) -> Video:
    """A new video with the prompts of its film's other parts, from its history or its source."""
    spec = video.spec
    if spec.history is None:
        earlier = _prompts_of_source(connection, parents)
    else:
        earlier = tuple(step.prompt for step in spec.history)
    following = tuple(step.prompt for step in spec.following)
    if not earlier and not following:
        return video
    return msgspec.structs.replace(video, other_prompts=earlier + following)


def _prompts_of_source(connection: sa.Connection, parents: Sequence[Parent]) -> tuple[str, ...]:
    """All prompts that the film of an edit's or extension's source is made from, oldest first."""
    made_from = [one.id for one in parents if one.relation in ("edit", "extension")]
    if not made_from:
        return ()
    query = sa.select(videos.c.spec, videos.c.other_prompts).where(videos.c.id.in_(made_from))
    row = connection.execute(query).first()
    if row is None:
        return ()
    spec, others = row
    earlier = others[: len(others) - len(spec.following)]
    return (*earlier, spec.prompt, *others[len(earlier) :])
