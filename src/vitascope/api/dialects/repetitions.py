"""Repeated requests of clients without an idempotency key, and equal ones for several films."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from vitascope.api.services.container import ApiRequest
from vitascope.store.idempotency import LONGEST_MEMORY, AlreadyMade, Claim
from vitascope.video import Video

RETRY_SECONDS = 120.0
"""How long after a job's end its request, sent again without a key, still finds it. Clients wait
at most a minute between two tries."""

_flying: Counter[str] = Counter()


@contextmanager
def in_flight(fingerprint: str) -> Iterator[int]:
    """How many equal requests are being answered at this moment, before this one.

    A client that wants several films may send the same request several times at once. A client
    that repeats one does so after the answer, or after the loss of the connection.
    """
    ordinal = _flying[fingerprint]
    _flying[fingerprint] += 1
    try:
        yield ordinal
    finally:
        _flying[fingerprint] -= 1
        if not _flying[fingerprint]:
            del _flying[fingerprint]


async def looked_up(request: ApiRequest, claim: Claim) -> Claim:
    """The claim to hand in with a job.

    With an idempotency key it is as on the OpenAI routes. Without one, the same request finds its
    job until some time after the job's end.

    Raises:
        AlreadyMade: the job was made already.
    """
    idempotency = request.services.idempotency
    if claim.shared:
        await idempotency.check(claim)
        return claim
    claim = replace(claim, shared=True, repeated=True, since=time.time() - LONGEST_MEMORY)
    try:
        await idempotency.check(claim)
    except AlreadyMade as error:
        video = await request.services.videos.get(error.video_id, project=request.project)
        if video is not None and not _over(video):
            raise
        # Jobs that were made after that one's end count, and that one does not.
        ended = None if video is None else video.completed_at
        return replace(claim, since=ended or time.time())
    return claim


def _over(video: Video) -> bool:
    ended = video.completed_at
    return video.finished and (ended is None or ended < time.time() - RETRY_SECONDS)
