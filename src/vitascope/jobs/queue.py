"""The job queue: writes new videos with their jobs, in one transaction, and cancels them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import sqlalchemy as sa

from vitascope.config import Settings
from vitascope.errors import TooManyRequests
from vitascope.jobs.waiting import Scheduler, WaitingJobs
from vitascope.spec import RenderSpec
from vitascope.store.database import Database
from vitascope.store.deliveries import Deliveries, Delivery
from vitascope.store.group_commit import GroupCommitter
from vitascope.store.idempotency import AlreadyMade, Claim, Idempotency
from vitascope.store.usage import Quota, StorageBudget, lock_project, usage_of
from vitascope.store.videos import Videos
from vitascope.video import DEFAULT_PRIORITY, Parent, Video, new_id

_RETRY_AFTER = "5"
"""Seconds. Only workers make room, one film at a time."""


class Transport(Scheduler, Protocol):
    """Carries jobs from the database to workers, and delivers them again if a worker dies."""

    def enqueue(self, connection: sa.Connection, videos: Sequence[Video]) -> None:
        """Enqueue the videos' jobs in the caller's transaction."""

    def close(self) -> None:
        """Close the connections."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A new job: its video, its origins, the request's idempotency claim, and its webhooks.

    Attributes:
        variants: more videos of the same request. All are accepted, or none is.
    """

    video: Video
    parents: tuple[Parent, ...] = ()
    claim: Claim | None = None
    deliveries: tuple[Delivery, ...] = ()
    variants: tuple[Video, ...] = ()

    @property
    def videos(self) -> tuple[Video, ...]:
        """All of its videos, the first one first."""
        return (self.video, *self.variants)

    def rows(self) -> Iterator[tuple[Video, tuple[Parent, ...]]]:
        """Each video and its parents; those of a variant include the first video."""
        yield self.video, self.parents
        for variant in self.variants:
            yield variant, (*self.parents, Parent(self.video.id, "variant"))


class JobQueue:
    """Accepts and cancels jobs.

    Attributes:
        waiting: changes jobs that wait.
    """

    def __init__(self, database: Database, settings: Settings, transport: Transport) -> None:
        self._settings = settings
        self._transport = transport
        self._videos = Videos(database)
        self.waiting = WaitingJobs(database, transport)
        intake = Intake(
            settings, self._videos, Idempotency(database), Deliveries(database), transport
        )
        self._committer: GroupCommitter[Submission, Video] = GroupCommitter(database, intake.write)

    async def submit(
        self,
        spec: RenderSpec,
        *,
        project: str,
        video_id: str | None = None,
        priority: int = DEFAULT_PRIORITY,
        claim: Claim | None = None,
        parents: tuple[Parent, ...] = (),
        remixed_from: str | None = None,
        deliveries: tuple[Delivery, ...] = (),
        variants: Sequence[tuple[str, RenderSpec]] = (),
    ) -> Video:
        """Write the row and enqueue its job, both or neither; both are committed on return.

        Args:
            spec: what to render; its inputs are stored.
            project: the owner of the video.
            video_id: the video's id; a new one by default.
            priority: a lower number goes before the project's other waiting jobs.
            claim: the request's idempotency claim.
            parents: what the video is made from.
            remixed_from: the id of the video that it remixes or edits.
            deliveries: the webhooks about it.
            variants: ids and specifications of more videos of the same request.

        Raises:
            AlreadyMade: another request has made the job that is claimed.
            TooManyRequests: the project's limit of waiting jobs is reached.
        """
        model = self._settings.resolve_model(spec.model)
        if model is None:
            raise LookupError(f"no model named {spec.model!r}")
        now = time.time()
        video, *others = (
            Video(
                id=each,
                project=project,
                spec=own,
                created_at=now,
                queue=model.queue,
                priority=priority,
                remixed_from_video_id=remixed_from,
            )
            for each, own in ((video_id or new_id("video"), spec), *variants)
        )
        return await self._committer.submit(
            Submission(video, parents, claim, deliveries, tuple(others))
        )

    async def cancel(self, video_id: str) -> Video | None:
        """Fail an unfinished video; None if it is finished or does not exist.

        The row is the record: the worker's next report changes no row, and so the worker kills the
        child. A queued job ends as soon as a worker takes it, also one that was paused.
        """
        return await self._videos.fail(
            video_id,
            code="cancelled",
            message="The video was cancelled before it was finished.",
            now=time.time(),
            also=self.waiting.release,
        )

    def close(self) -> None:
        """Close the database's and the transport's connections."""
        self._committer.close()
        self._transport.close()


class Intake:
    """Writes submissions, each with its row and its job or not at all."""

    def __init__(
        self,
        settings: Settings,
        videos: Videos,
        idempotency: Idempotency,
        deliveries: Deliveries,
        transport: Transport,
    ) -> None:
        self._limits_of = lru_cache(maxsize=1024)(settings.limits_of)
        self._videos = videos
        self._idempotency = idempotency
        self._deliveries = deliveries
        self._transport = transport

    def write(
        self, connection: sa.Connection, submissions: Sequence[Submission]
    ) -> list[Video | Exception]:
        """Write the submissions that are within the limits; a refused one writes nothing."""
        room, storage = self._room(connection, submissions)
        refused: dict[str, Exception] = {}
        # The same order everywhere, so that two servers do not wait for each other's claims.
        ordered = sorted(submissions, key=_token)
        first = _first_sendings(ordered)
        for submission in ordered:
            video = submission.video
            try:
                self._admit(connection, submission, room, storage, now=video.id not in first)
            except (AlreadyMade, TooManyRequests) as refusal:
                refused[video.id] = refusal
                first.pop(video.id, None)
        if first:
            refused.update(self._idempotency.claim_first(connection, first))
        taken = [one for one in submissions if one.video.id not in refused]
        if taken:
            self._videos.add(connection, *(row for one in taken for row in one.rows()))
            self._transport.enqueue(connection, [video for one in taken for video in one.videos])
            if deliveries := [each for one in taken for each in one.deliveries]:
                self._deliveries.add(connection, deliveries)
        return [refused.get(one.video.id, one.video) for one in submissions]

    def _room(
        self, connection: sa.Connection, submissions: Sequence[Submission]
    ) -> tuple[dict[str, int], dict[str, StorageBudget]]:
        """How many more jobs may wait, and what may be stored, for projects with such limits.

        These projects are locked until the transaction ends, so that the counts stay true.
        """
        room: dict[str, int] = {}
        storage: dict[str, StorageBudget] = {}
        for project in sorted({one.video.project for one in submissions}):
            limits = self._limits_of(project)
            if limits.max_queued is not None or limits.max_stored_bytes is not None:
                lock_project(connection, project)
            if limits.max_queued is not None:
                room[project] = limits.max_queued - self._videos.count_queued(
                    connection, project, at_most=limits.max_queued
                )
            if limits.max_stored_bytes is not None:
                usage = usage_of(connection, project)
                storage[project] = StorageBudget(usage, Quota(max_bytes=limits.max_stored_bytes))
        return room, storage

    def _admit(
        self,
        connection: sa.Connection,
        submission: Submission,
        room: dict[str, int],
        storage: dict[str, StorageBudget],
        *,
        now: bool,
    ) -> None:
        """Check the limits and, if `now`, take the claim, which otherwise follows with others.

        A submission that then proves to be a repetition has used up room: the limit holds anyway.
        """
        video, claim, count = submission.video, submission.claim, len(submission.videos)
        if room.get(video.project, count) < count:
            if claim is not None:  # a repetition needs no room
                self._idempotency.check_within(connection, claim)
            limit = self._limits_of(video.project).max_queued or 0
            raise _too_many(limit, count)
        kept = storage.get(video.project)
        stored = sum(one.stored_bytes for one in submission.videos)
        # A film's size is unknown: one byte, so that nothing is accepted once all is used.
        refusal = None if kept is None else kept.refusal(more=stored + count)
        if refusal is not None:
            if claim is not None:
                self._idempotency.check_within(connection, claim)
            raise refusal
        if claim is not None and now:
            self._idempotency.claim(connection, claim, video.id, now=video.created_at)
        if video.project in room:
            room[video.project] -= count
        if kept is not None:
            kept.add(stored)


def _first_sendings(ordered: Sequence[Submission]) -> dict[str, Claim]:
    """The claims that one statement can take, by video id: not shared, and one of each token."""
    found: dict[str, Claim] = {}
    before: tuple[str, str] | None = None
    for submission in ordered:
        claim, token = submission.claim, _token(submission)
        if claim is not None and not claim.shared and token != before:
            found[submission.video.id] = claim
        before = token
    return found


def _token(submission: Submission) -> tuple[str, str]:
    claim = submission.claim
    return submission.video.project, "" if claim is None else claim.token


def _too_many(limit: int, count: int) -> TooManyRequests:
    reason = (
        f"This project has {limit} videos waiting already, which is the most it may have. Send "
        "the request again once one of them was begun or cancelled."
    )
    if count > 1:
        reason = (
            f"At most {limit} videos of this project may wait, and {count} more would be too many. "
            "Ask for fewer at once, or send the request again once others were begun or cancelled."
        )
    return TooManyRequests(
        reason,
        code="rate_limit_exceeded",
        headers={"retry-after": _RETRY_AFTER},
    )
