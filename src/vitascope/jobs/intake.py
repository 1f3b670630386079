"""The intake: writes new jobs, as many as came at once, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from vitascope.config import Settings
from vitascope.errors import TooManyRequests
from vitascope.store.idempotency import AlreadyMade, Claim, Idempotency
from vitascope.store.usage import Quota, StorageBudget, lock_project, usage_of
from vitascope.store.videos import Videos
from vitascope.video import Parent, Video

_RETRY_AFTER = "5"
"""Seconds. Only workers make room, one film at a time, so that to ask sooner is of no use."""


class Transport(Protocol):
    """What carries a job from the database to a worker, and brings it again if the worker dies."""

    def enqueue(self, connection: sa.Connection, video: Video, queue: str) -> None:
        """Enqueue inside the caller's transaction."""

    def close(self) -> None:
        """Let go of the database."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A job to be taken in: its row, what it comes from, and the request's claim to make it."""

    video: Video
    parents: tuple[Parent, ...] = ()
    claim: Claim | None = None


class Intake:
    """Takes jobs in, each with its row and its place in the queue, or neither."""

    def __init__(
        self, settings: Settings, videos: Videos, idempotency: Idempotency, transport: Transport
    ) -> None:
        self._settings = settings
        self._videos = videos
        self._idempotency = idempotency
        self._transport = transport

    def write(
        self, connection: sa.Connection, submissions: Sequence[Submission]
    ) -> list[Video | Exception]:
        """Write those that can be taken; the others' refusals leave nothing behind."""
        room, storage = self._room(connection, submissions)
        refused: dict[str, Exception] = {}
        # In one order everywhere, lest two servers wait for each other's claims.
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
            self._videos.add(connection, *((one.video, one.parents) for one in taken))
        for one in taken:
            self._transport.enqueue(connection, one.video, one.video.queue)
        return [refused.get(one.video.id, one.video) for one in submissions]

    def _room(
        self, connection: sa.Connection, submissions: Sequence[Submission]
    ) -> tuple[dict[str, int], dict[str, StorageBudget]]:
        """How many more jobs may wait, and what may be stored, for projects with such limits.

        Whoever counts holds the project until the transaction ends: what was counted stays true.
        """
        room: dict[str, int] = {}
        storage: dict[str, StorageBudget] = {}
        for project in sorted({one.video.project for one in submissions}):
            limits = self._settings.limits_of(project)
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
        """See that there is room, and take the claim if it is not taken with others afterwards.

        One that will turn out to be made already has room kept for it: too much, never too little.
        """
        video, claim = submission.video, submission.claim
        if room.get(video.project, 1) <= 0:
            if claim is not None:  # a repetition asks for no room
                self._idempotency.check_within(connection, claim)
            raise _too_many(self._settings.limits_of(video.project).max_queued or 0)
        kept = storage.get(video.project)
        # How large its film will be, nobody knows: one byte, so that none comes when all is used.
        refusal = None if kept is None else kept.refusal(more=video.stored_bytes + 1)
        if refusal is not None:
            if claim is not None:  # likewise
                self._idempotency.check_within(connection, claim)
            raise refusal
        if claim is not None and now:
            self._idempotency.claim(connection, claim, video.id, now=video.created_at)
        if video.project in room:
            room[video.project] -= 1
        if kept is not None:
            kept.add(video.stored_bytes)


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


def _too_many(limit: int) -> TooManyRequests:
    return TooManyRequests(
        f"This project has {limit} videos waiting already, which is the most it may have. Send "
        "the request again once one of them was begun or cancelled.",
        code="rate_limit_exceeded",
        headers={"retry-after": _RETRY_AFTER},
    )
