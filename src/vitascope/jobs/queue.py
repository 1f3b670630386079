"""The front door: hand a job in, in the same transaction that writes its row; or call it off."""

from __future__ import annotations

import time

import sqlalchemy as sa

from vitascope.config import Settings
from vitascope.jobs.intake import Intake, Submission, Transport
from vitascope.spec import RenderSpec
from vitascope.store.database import Database, sync_url
from vitascope.store.group_commit import GroupCommitter
from vitascope.store.idempotency import Claim, Idempotency
from vitascope.store.videos import Videos
from vitascope.video import DEFAULT_PRIORITY, Parent, Video, new_id

APPLICATION = "vitascope"
WORKFLOW = "render"
WORKFLOW_VERSION = "2"
"""A whole number that grows only with a change of the workflow's steps: workers take up jobs of
their own version alone, and begin older ones afresh once no worker of theirs is left (`strays`)."""


class DbosTransport:
    """The transport on DBOS, whose tables share the database with ours."""

    def __init__(self, database: str) -> None:
        from dbos import DBOSClient  # slow to import, and only the front door needs it

        self._client = DBOSClient(
            system_database_url=sync_url(database).render_as_string(hide_password=False),
            application_name=APPLICATION,
            system_database_pool_size=1,
            lazy=True,
        )

    def enqueue(self, connection: sa.Connection, video: Video, queue: str) -> None:
        """Enqueue the render workflow under the video's id, so that it can exist only once."""
        self._client.enqueue_in_transaction(
            connection,
            {
                "workflow_name": WORKFLOW,
                "queue_name": queue,
                "workflow_id": video.id,
                "queue_partition_key": video.project,
                "priority": video.priority,
                "app_version": WORKFLOW_VERSION,
            },
            video.id,
        )

    def close(self) -> None:
        """Close the client's connections."""
        self._client.destroy()


class JobQueue:
    """Takes jobs in and calls them off."""

    def __init__(self, database: Database, settings: Settings, transport: Transport) -> None:
        self._settings = settings
        self._transport = transport
        self._videos = Videos(database)
        intake = Intake(settings, self._videos, Idempotency(database), transport)
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
    ) -> Video:
        """Write the row and enqueue its job, both or neither; both are durable on return.

        Args:
            spec: what to render; its inputs are stored.
            project: whose video it will be.
            video_id: the id it will have; a new one by default.
            priority: a lower number goes before the project's other waiting jobs.
            claim: the request's claim to make this job.
            parents: what the video comes from.
            remixed_from: the id of the video that it remixes or edits.

        Raises:
            AlreadyMade: another request has made the job that is claimed.
            TooManyRequests: as many of the project's jobs wait as may.
        """
        model = self._settings.resolve_model(spec.model)
        if model is None:
            raise LookupError(f"no model named {spec.model!r}")
        video = Video(
            id=video_id or new_id("video"),
            project=project,
            spec=spec,
            created_at=time.time(),
            queue=model.queue,
            priority=priority,
            remixed_from_video_id=remixed_from,
        )
        return await self._committer.submit(Submission(video, parents, claim))

    async def cancel(self, video_id: str) -> Video | None:
        """End an unfinished job; None if it was finished or gone already.

        The row is the record: the worker sees at its next report that the job is not its own any
        more, and kills the child. A job still queued ends as soon as a worker takes it up.
        """
        return await self._videos.fail(
            video_id,
            code="cancelled",
            message="The video was cancelled before it was finished.",
            now=time.time(),
        )

    def close(self) -> None:
        """Let go of the database and the transport."""
        self._committer.close()
        self._transport.close()
