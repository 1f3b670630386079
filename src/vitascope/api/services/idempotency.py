"""Repeated requests: one that a client sends again is answered with the job of the first one.

The official SDKs repeat a POST when its answer was lost. They send no `Idempotency-Key` but the
number of the retry. With that number, the same body within a few minutes is the same request.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.body import Value
from vitascope.api.services.container import ApiRequest
from vitascope.errors import InvalidRequest, NotFound
from vitascope.store.blobs import digest_of
from vitascope.store.idempotency import LONGEST_MEMORY, AlreadyMade, Claim
from vitascope.video import Video

MAX_IDEMPOTENCY_KEY = 255
KEY = "idempotency-key"
RETRY_COUNT = "x-stainless-retry-count"

_RETRY_MEMORY = 300.0
"""Seconds within which the same body, sent as a retry, is the same request."""

RETRY_SECONDS = 120.0
"""How long after a job's end its request, sent again without a key, still finds it. Clients wait
at most a minute between two tries."""

_flying: Counter[str] = Counter()


async def new_claim(request: ApiRequest, body: Body) -> Claim:
    """The request's idempotency claim, which is handed in with its job.

    A shared claim may match a job that was made already.

    Raises:
        InvalidRequest: the idempotency key is too long.
    """
    now, key = time.time(), request.headers.get(KEY, "")
    if len(key) > MAX_IDEMPOTENCY_KEY:
        raise InvalidRequest(
            f"The Idempotency-Key header is longer than {MAX_IDEMPOTENCY_KEY} characters."
        )
    retries = request.headers.get(RETRY_COUNT, "")
    repeated = retries.isascii() and retries.isdigit() and len(retries) < 10 and int(retries) > 0
    fingerprint = await _fingerprint(request, body)
    return Claim(
        project=request.access.project,
        token=f"key {key}" if key else f"body {fingerprint}",
        fingerprint=fingerprint,
        repeated=repeated,
        shared=bool(key) or repeated,
        since=now - (LONGEST_MEMORY if key else _RETRY_MEMORY if repeated else 0),
    )


async def first_job(request: ApiRequest, made: AlreadyMade) -> Video:
    """The video that the first request made, as it is now.

    Raises:
        InvalidRequest: the first request had another body.
        NotFound: the video was deleted.
    """
    if not made.same:
        raise InvalidRequest(
            "This Idempotency-Key was used for another request within the last day. Use a new "
            "key for each new request.",
            code="idempotency_key_reused",
        )
    video = await request.services.videos.get(made.video_id, project=request.project)
    if video is None:
        raise NotFound(f"Video with id '{made.video_id}' not found.")
    return video


async def _fingerprint(request: ApiRequest, body: Body) -> str:
    """A hash of the operation and the fields. Of a file, only the content counts."""
    digests = {}
    if any(isinstance(value, dict | list | Upload) for value in body.fields.values()):
        digests = {upload.path: await digest_of(upload.path) for upload in _uploads(body.fields)}
    operation = request.scope["path"].removeprefix("/v1")
    text = json.dumps(
        [operation, body.fields],
        sort_keys=True,
        default=lambda upload: {"sha256": digests[upload.path]},
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _uploads(value: Value) -> Iterator[Upload]:
    if isinstance(value, Upload):
        yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _uploads(member)


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
