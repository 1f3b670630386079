"""Makes one segment of a video again, with those that follow it, as a new video."""

from __future__ import annotations

import msgspec

from vitascope.api.parsing.operations import SegmentParameters
from vitascope.api.services import segments
from vitascope.api.services.creation import completed, job_from
from vitascope.api.services.submission import Creation, NewJob
from vitascope.errors import InvalidRequest, NotFound
from vitascope.video import Relation


async def segment_again(
    creation: Creation, parameters: SegmentParameters, video_id: str, index: str
) -> NewJob:
    """A completed video whose segment, and those after it, are made again."""
    source = await completed(creation, video_id, "made again in part")
    found = segments.timeline(source.spec)
    if not index.isdecimal() or int(index) >= len(found):
        raise NotFound(f"Video '{video_id}' has the segments 0 to {len(found) - 1}.")
    if parameters.prompt is None and parameters.seed is None:
        raise InvalidRequest(
            "Give another 'prompt' or another 'seed': with neither, the same film would be made.",
            param="prompt",
            code="missing_required_parameter",
        )
    segment, after = found[int(index)], found[int(index) + 1 :]
    prompt = parameters.prompt or segment.prompt
    first = not segment.start
    if prompt is None or (first and not segments.is_whole(source.spec)):
        raise InvalidRequest(
            "The first segment was uploaded or has been edited, so no prompt describes it. Edit "
            "the video instead, or make a later segment again.",
            param="segment",
            code="unsupported_operation",
        )
    creation.services.require(source.spec.model, "create" if first else "extend")
    if after:
        creation.services.require(source.spec.model, "extend")
    spec = msgspec.structs.replace(
        source.spec,
        prompt=prompt,
        seed=source.spec.seed if parameters.seed is None else parameters.seed,
        task="create" if first else "extend",
        start=segment.start,
        history=() if first else segments.history_until(source.spec, segment.start),
        following=tuple(segments.step_of(one, source.spec.fps) for one in after),
    )
    relation: Relation = "remix" if first else "extension"
    return await job_from(creation, spec, source, relation, film=not first)
