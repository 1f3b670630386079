"""The intake: writes new jobs, as many as came at once, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from vitascope.config import Settings
from vitascope.errors import TooManyRequests
from vitascope.store.idempotency import AlreadyMade, Claim, Idempotency
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
        room = self._room(connection, submissions)
        refused: dict[str, Exception] = {}
        # In one order everywhere, lest two servers wait for each other's claims.
        ordered = sorted(submissions, key=_token)
        first = _first_sendings(ordered)
        for submission in ordered:
            video = submission.video
            try:
                self._admit(connection, submission, room, claims_now=video.id not in first)
            except (AlreadyMade, TooManyRequests) as refusal:
                refused[video.id] = refusal
                first.pop(video.id, None)
        if first:
            refused.update(self._idempotency.take_first(connection, first))
        taken = [one for one in submissions if one.video.id not in refused]
        if taken:
            self._videos.add(connection, *((one.video, one.parents) for one in taken))
        for one in taken:
            self._transport.enqueue(connection, one.video, one.video.queue)
        return [refused.get(one.video.id, one.video) for one in submissions]

    def _room(self, connection: sa.Connection, submissions: Sequence[Submission]) -> dict[str, int]:
        """How many more jobs may wait, for each project that has a limit.

        Whoever counts holds the project until the transaction ends: what was counted stays true.
        """
        room: dict[str, int] = {}
        for project in sorted({one.video.project for one in submissions}):
            limit = self._settings.limits_of(project).max_queued
            if limit is not None:
                _hold(connection, project)
                room[project] = limit - self._videos.count_queued(
                    connection, project, at_most=limit
                )
        return room

    def _admit(
        self,
        connection: sa.Connection,
        submission: Submission,
        room: dict[str, int],
        *,
        claims_now: bool,
    ) -> None:
        """See that there is room, and take the claim unless it is taken with others afterwards.

        One that will turn out to be made already has room kept for it: too much, never too little.
        """
        video, claim = submission.video, submission.claim
        if room.get(video.project, 1) <= 0:
            if claim is not None:  # a repetition asks for no room
                self._idempotency.look_inside(connection, claim)
            raise _too_many(self._settings.limits_of(video.project).max_queued or 0)
        if claim is not None and claims_now:
            self._idempotency.take(connection, claim, video.id, now=video.created_at)
        if video.project in room:
            room[video.project] -= 1


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


def _hold(connection: sa.Connection, project: str) -> None:
    """Keep every other server from counting the project's jobs until this transaction ends.

    SQLite needs none of it: there, one transaction writes at a time.
    """
    if connection.dialect.name == "postgresql":
        digest = hashlib.sha256(f"queued jobs of {project}".encode()).digest()
        key = int.from_bytes(digest[:8], signed=True)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def _too_many(limit: int) -> TooManyRequests:
    return TooManyRequests(
        f"This project has {limit} videos waiting already, which is the most it may have. Send "
        "the request again once one of them was begun or cancelled.",
        code="rate_limit_exceeded",
        headers={"retry-after": _RETRY_AFTER},
    )
