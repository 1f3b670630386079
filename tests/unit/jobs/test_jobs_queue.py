"""The row and its job are written together or not at all, with the real transport."""

import asyncio

import pytest
from dbos import DBOSClient
from job_fixtures import a_spec

from vitascope.jobs.durable import APPLICATION, WORKFLOW, WORKFLOW_VERSION, DbosTransport
from vitascope.jobs.queue import JobQueue
from vitascope.store.database import sync_url
from vitascope.video import new_id

pytestmark = pytest.mark.anyio


@pytest.fixture
def queue(engine, database_url, make_settings):
    opened = JobQueue(engine, make_settings(models={"mine": {}}), DbosTransport())
    yield opened
    opened.close()


@pytest.fixture
async def workflows(database_url):
    """Lists the jobs as the durable engine has them."""
    client = DBOSClient(
        system_database_url=sync_url(database_url).render_as_string(hide_password=False),
        application_name=APPLICATION,
    )
    yield lambda: asyncio.to_thread(client.list_workflows)
    client.destroy()


async def test_a_job_is_enqueued_under_the_videos_id(queue, videos, workflows):
    video = await queue.submit(a_spec(model="mine-2025-10-06"), project="studio", priority=7)
    assert await videos.find(video.id) == video
    [job] = await workflows()
    assert job.workflow_id == video.id
    assert (job.status, job.name, job.queue_name) == ("ENQUEUED", WORKFLOW, "shadowplay")
    assert job.app_version == WORKFLOW_VERSION
    assert (job.queue_partition_key, job.priority) == ("studio", 7)
    assert job.input["args"] == (video.id,)


async def test_a_transport_that_fails_leaves_no_row(engine, make_settings, videos):
    class BrokenTransport:
        def enqueue(self, connection, videos):
            raise ConnectionError("no way")

    queue = JobQueue(engine, make_settings(), BrokenTransport())
    video_id = new_id("video")
    with pytest.raises(ConnectionError):
        await queue.submit(a_spec(), project="default", video_id=video_id)
    queue.close()
    assert await videos.find(video_id) is None


async def test_a_failure_after_the_enqueueing_leaves_no_job(
    engine, make_settings, database_url, videos, workflows
):
    class FailsAfterwards(DbosTransport):
        def enqueue(self, connection, videos):
            super().enqueue(connection, videos)
            raise ConnectionError("cut off before the commit")

    queue = JobQueue(engine, make_settings(), FailsAfterwards())
    video_id = new_id("video")
    with pytest.raises(ConnectionError):
        await queue.submit(a_spec(), project="default", video_id=video_id)
    queue.close()
    assert await videos.find(video_id) is None
    assert await workflows() == []


async def test_an_unknown_model_is_refused_before_anything_is_written(queue, workflows):
    with pytest.raises(LookupError, match="sora-3"):
        await queue.submit(a_spec(model="sora-3"), project="default")
    assert await workflows() == []


async def test_many_at_once_are_all_taken(queue, workflows):
    submitted = await asyncio.gather(
        *(queue.submit(a_spec(), project="default") for _ in range(20))
    )
    assert {job.workflow_id for job in await workflows()} == {video.id for video in submitted}


async def test_cancelling_ends_an_unfinished_video_once(queue, videos):
    video = await queue.submit(a_spec(), project="default")
    cancelled = await queue.cancel(video.id)
    assert (cancelled.status, cancelled.error_code) == ("failed", "cancelled")
    assert cancelled.error_message == "The video was cancelled before it was finished."
    assert await queue.cancel(video.id) is None
    assert await queue.cancel("video_none") is None
    assert await videos.begin_attempt(video.id, now=1.0) is None
