"""The job queue: writes new videos with their jobs, in one transaction, and cancels them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
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


@dataclass(frozen=True, slots=True)
class Submission:
    """What a request writes: its videos, its idempotency claim, and its webhooks.

    Attributes:
        video: the first of its videos.
        rows: all of its videos, each with its parents. All are accepted, or none is.
        order: its project and its claim's token. Submissions are written in this order.
    """

    video: Video
    rows: tuple[tuple[Video, tuple[Parent, ...]], ...]
    claim: Claim | None
    deliveries: tuple[Delivery, ...]
    order: tuple[str, str]


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
        earlier_prompts: tuple[str, ...] = (),
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
            earlier_prompts: those of what the video edits or extends, oldest first.
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
                other_prompts=earlier_prompts + tuple(step.prompt for step in own.following),
            )
            for each, own in ((video_id or new_id("video"), spec), *variants)
        )
        of_others = (*parents, Parent(video.id, "variant"))
        rows = ((video, parents), *((each, of_others) for each in others))
        order = project, "" if claim is None else claim.token
        return await self._committer.submit(Submission(video, rows, claim, deliveries, order))

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
        """Close the database's connections."""
        self._committer.close()


@dataclass(slots=True)
class _Room:
    """What a project with limits may still add.

    Attributes:
        max_queued: how many of its jobs may wait.
        queued: how many do; unknown if any number may.
        storage: None if it may store any amount.
    """

    max_queued: int | None
    queued: int
    storage: StorageBudget | None

    def refusal(self, submission: Submission) -> TooManyRequests | None:
        """Why the submission can't be accepted; None if it can."""
        count = len(submission.rows)
        if self.max_queued is not None and self.queued + count > self.max_queued:
            return _too_many(self.max_queued, count)
        # A film's size is unknown: one byte, so that nothing is accepted once all is used.
        more = _stored_bytes(submission) + count
        return None if self.storage is None else self.storage.refusal(more=more)

    def take(self, submission: Submission) -> None:
        """Count an accepted submission."""
        self.queued += len(submission.rows)
        if self.storage is not None:
            self.storage.add(_stored_bytes(submission))


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
        rooms = self._rooms(connection, submissions)
        refused: dict[str, Exception] = {}
        together: dict[str, Claim] = {}  # not shared, and one of each token: one statement's
        before: tuple[str, str] | None = None
        # The same order everywhere, so that two servers do not wait for each other's claims.
        for submission in sorted(submissions, key=attrgetter("order")):
            video, claim, room = submission.video, submission.claim, rooms.get(submission.order[0])
            if claim is not None and not claim.shared and submission.order != before:
                together[video.id] = claim
                claim = None
            before = submission.order
            try:
                if claim is not None or room is not None:
                    self._admit(connection, submission, room, claim)
            except (AlreadyMade, TooManyRequests) as refusal:
                refused[video.id] = refusal
                together.pop(video.id, None)
        if together:
            refused.update(self._idempotency.claim_first(connection, together))
        taken = [one for one in submissions if one.video.id not in refused]
        if taken:
            rows = [row for one in taken for row in one.rows]
            self._videos.add(connection, *rows)
            self._transport.enqueue(connection, [video for video, _parents in rows])
            if deliveries := [each for one in taken for each in one.deliveries]:
                self._deliveries.add(connection, deliveries)
        return [refused.get(one.video.id, one.video) for one in submissions]

    def _rooms(
        self, connection: sa.Connection, submissions: Sequence[Submission]
    ) -> dict[str, _Room]:
        """What projects with limits may still add.

        These projects are locked until the transaction ends, so that the counts stay true.
        """
        rooms: dict[str, _Room] = {}
        for project in sorted({one.video.project for one in submissions}):
            limits = self._limits_of(project)
            most, size = limits.max_queued, limits.max_stored_bytes
            if most is None and size is None:
                continue
            lock_project(connection, project)
            queued, storage = 0, None
            if most is not None:
                queued = self._videos.count_queued(connection, project, at_most=most)
            if size is not None:
                storage = StorageBudget(usage_of(connection, project), Quota(max_bytes=size))
            rooms[project] = _Room(most, queued, storage)
        return rooms

    def _admit(
        self,
        connection: sa.Connection,
        submission: Submission,
        room: _Room | None,
        claim: Claim | None,
    ) -> None:
        """Check the project's limits, and take a claim that can't be taken with others.

        A submission whose claim fails later has used up room: the limit holds anyway.

        Raises:
            AlreadyMade: the submission is a repetition, which needs no room.
            TooManyRequests: there is no room for it.
        """
        refusal = None if room is None else room.refusal(submission)
        if refusal is not None:
            if submission.claim is not None:
                self._idempotency.check_within(connection, submission.claim)
            raise refusal
        if claim is not None:
            video = submission.video
            self._idempotency.claim(connection, claim, video.id, now=video.created_at)
        if room is not None:
            room.take(submission)


def _stored_bytes(submission: Submission) -> int:
    return sum(video.stored_bytes for video, _parents in submission.rows)


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
