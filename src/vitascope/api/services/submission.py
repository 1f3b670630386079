"""Submits videos: from a request's body to a job in the queue, one path for all operations.

`create_job` claims the request, checks the body, has a function of `creation` make the
specification and store its files, and hands the job in.

A request that a client sends again is answered with the job of the first one. The official SDKs
repeat a POST when its answer was lost. They send no `Idempotency-Key` but the number of the retry.
With that number, the same body within a few minutes is the same request.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.body import Value
from vitascope.api.parsing.operations import Parameters
from vitascope.api.services.container import ApiRequest, Services
from vitascope.api.services.inputs import copy_inputs
from vitascope.api.services.webhooks import Subscription
from vitascope.errors import InvalidRequest, NotFound
from vitascope.spec import RenderSpec
from vitascope.store.blobs import digest_of
from vitascope.store.idempotency import LONGEST_MEMORY, AlreadyMade, Claim
from vitascope.store.keys import Access
from vitascope.video import MAX_SEED, Parent, Video, new_id

MAX_IDEMPOTENCY_KEY = 255
KEY = "idempotency-key"
RETRY_COUNT = "x-stainless-retry-count"

_RETRY_MEMORY = 300.0
"""Seconds within which the same body, sent as a retry, is the same request."""

RETRY_SECONDS = 120.0
"""How long after a job's end its request, sent again without a key, still finds it. Clients wait
at most a minute between two tries."""

_flying: Counter[str] = Counter()

P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True, slots=True)
class Creation:
    """A video that is being created, and what it may use.

    Attributes:
        access: the project that will own it, and its priority.
        body: the request's; its files exist until the request ends.
        video_id: the id that it will have. Its files are stored under it.
    """

    services: Services
    access: Access
    body: Body
    video_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job that is ready to be handed in.

    Attributes:
        spec: what to render; its inputs are stored.
        parents: what the video is made from.
        earlier_prompts: those of what it edits or extends, oldest first.
        remixed_from: the id of the video that it remixes or edits.
        notes: sentences for the job's log.
        webhooks: those that the request asks for.
        count: how many videos to make of it, with consecutive seeds.
    """

    spec: RenderSpec
    parents: tuple[Parent, ...] = ()
    earlier_prompts: tuple[str, ...] = ()
    remixed_from: str | None = None
    notes: tuple[str, ...] = ()
    webhooks: tuple[Subscription, ...] = ()
    count: int = 1


async def create_job(
    request: ApiRequest,
    body: Body,
    parameters: type[P],
    make: Callable[[Creation, P], Awaitable[NewJob]],
) -> JsonResponse:
    """Create a video and answer with it; a repeated request is answered with its first video.

    Args:
        request: whose body has been read.
        body: its body.
        parameters: the fields of the body.
        make: makes the job of checked parameters and stores its files.
    """
    services = request.services
    try:
        claim = await new_claim(request, body)
        if claim.shared:
            await services.idempotency.check(claim)
        checked = parameters.read(body, services.settings)
        creation = Creation(services, request.access, body, new_id("video"))
        video = await hand_in(creation, lambda: make(creation, checked), claim)
    except AlreadyMade as made:
        video = await first_job(request, made)
    answer = video.to_wire()
    if body.fields.get("n") not in (None, "", 1, "1"):
        answer["variants"] = await _variants_of(services, video)
    return JsonResponse(answer)


async def _variants_of(services: Services, video: Video) -> list[str]:
    """The ids of the videos that a request made, that of the first one first."""
    edges = await services.lineage.family(video.id, project=video.project)
    others = (one.child for one in edges if (one.parent, one.relation) == (video.id, "variant"))
    return [video.id, *sorted(others)]


async def hand_in(
    creation: Creation, make: Callable[[], Awaitable[NewJob]], claim: Claim | None = None
) -> Video:
    """Make a job and hand it in. If either fails, nothing that was stored for it stays.

    Raises:
        AlreadyMade: another request has made the job that is claimed.
        TooManyRequests: the project has as many waiting jobs as it may.
    """
    services, access = creation.services, creation.access
    ids = [creation.video_id]
    try:
        job = await make()
        ids += [new_id("video") for _ in range(1, job.count)]
        variants = [
            (video_id, await _variant(services, job.spec, number, video_id))
            for number, video_id in enumerate(ids[1:], 1)
        ]
        webhooks = job.webhooks
        if url := services.webhooks.settings_of(access.project).url:
            webhooks = (Subscription("openai", "finished", url), *webhooks)
        video = await services.queue.submit(
            job.spec,
            video_id=creation.video_id,
            project=access.project,
            priority=access.priority,
            claim=claim,
            parents=job.parents,
            earlier_prompts=job.earlier_prompts,
            remixed_from=job.remixed_from,
            deliveries=tuple(
                one.delivery(access.project, video_id) for video_id in ids for one in webhooks
            ),
            variants=variants,
        )
    except BaseException:
        for video_id in ids:
            await services.blobs.delete_under(f"videos/{video_id}")
        raise
    if job.notes:
        for video_id in ids:
            await services.job_log.add(video_id, job.notes)
    return video


async def _variant(services: Services, spec: RenderSpec, number: int, video_id: str) -> RenderSpec:
    """The same specification with another seed and files of its own."""
    own = await copy_inputs(services.blobs, spec, video_id)
    return msgspec.structs.replace(own, seed=(spec.seed + number) % (MAX_SEED + 1))


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
    since = time.time() - LONGEST_MEMORY
    claim = msgspec.structs.replace(claim, shared=True, repeated=True, since=since)
    try:
        await idempotency.check(claim)
    except AlreadyMade as error:
        video = await request.services.videos.get(error.video_id, project=request.project)
        if video is not None and not _over(video):
            raise
        # Jobs that were made after that one's end count, and that one does not.
        ended = None if video is None else video.completed_at
        return msgspec.structs.replace(claim, since=ended or time.time())
    return claim


def _over(video: Video) -> bool:
    ended = video.completed_at
    return video.finished and (ended is None or ended < time.time() - RETRY_SECONDS)
