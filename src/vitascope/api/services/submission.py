"""Submits videos: from a request's body to a job in the queue, one path for all operations.

`create_job` claims the request, checks the body, has a function of `creation` make the
specification and store its files, and hands the job in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing import Body
from vitascope.api.parsing.operations import Parameters
from vitascope.api.services.container import ApiRequest, Services
from vitascope.api.services.idempotency import first_job, new_claim
from vitascope.api.services.inputs import copy_inputs
from vitascope.api.services.webhooks import Subscription
from vitascope.spec import RenderSpec
from vitascope.store.idempotency import AlreadyMade, Claim
from vitascope.store.keys import Access
from vitascope.video import MAX_SEED, Parent, Video, new_id

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
        remixed_from: the id of the video that it remixes or edits.
        notes: sentences for the job's log.
        webhooks: those that the request asks for.
        count: how many videos to make of it, with consecutive seeds.
    """

    spec: RenderSpec
    parents: tuple[Parent, ...] = ()
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
