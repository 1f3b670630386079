"""Waiting jobs are moved, paused and changed, with the real transport on both databases."""

import asyncio
import itertools

import msgspec
import pytest
from dbos import DBOSClient
from job_fixtures import a_spec
from sweeps import for_all

from vitascope.jobs.durable import APPLICATION, DbosTransport
from vitascope.jobs.queue import JobQueue
from vitascope.jobs.waiting import NotWaiting, WrongPlace, renumbered
from vitascope.store.database import sync_url

pytestmark = pytest.mark.anyio


@pytest.fixture
def queue(engine, database_url, make_settings):
    opened = JobQueue(engine, make_settings(models={"mine": {}}), DbosTransport())
    yield opened
    opened.close()


@pytest.fixture
def submit(queue):
    async def submit_one(project="studio", **options):
        return await queue.submit(a_spec(model="mine"), project=project, **options)

    return submit_one


@pytest.fixture
async def jobs(database_url):
    """The jobs as the durable engine has them, in the order in which it would start them."""
    client = DBOSClient(
        system_database_url=sync_url(database_url).render_as_string(hide_password=False),
        application_name=APPLICATION,
    )

    async def found(queue="shadowplay", project="studio"):
        listed = await asyncio.to_thread(client.list_workflows, queue_name=queue)
        mine = [job for job in listed if job.queue_partition_key == project]
        return [job.workflow_id for job in sorted(mine, key=lambda job: job.priority)]

    yield found
    client.destroy()


async def place_of(videos, video):
    """How many of its project's jobs start before it."""
    return (await videos.get_with_position(video.id, project=video.project))[1]


async def test_a_job_is_moved_among_those_of_its_project(queue, submit, videos, jobs):
    a, b, c, d = [await submit() for _ in range(4)]
    other = await submit("another")

    async def order():
        placed = {await place_of(videos, one): one.id for one in (a, b, c, d)}
        return [placed[number] for number in range(4)]

    await queue.waiting.move(d, before=b.id)
    assert await order() == await jobs() == [each.id for each in (a, d, b, c)]
    await queue.waiting.move(a, position=3)
    assert await order() == await jobs() == [each.id for each in (d, b, a, c)]
    await queue.waiting.move(d, position=99)
    assert await order() == await jobs() == [each.id for each in (b, a, c, d)]
    new = await submit()
    assert await place_of(videos, new) == 4
    assert await place_of(videos, other) == 0
    with pytest.raises(WrongPlace):
        await queue.waiting.move(a, before=other.id)


async def test_a_paused_job_is_in_no_workers_queue_and_goes_back_to_its_place(
    queue, submit, videos, jobs
):
    a, b = await submit(), await submit()
    await queue.waiting.pause(a, paused=True)
    assert await jobs() == [b.id]
    assert await jobs("shadowplay/paused") == [a.id]
    assert (await videos.find(a.id)).paused
    assert await place_of(videos, b) == 0
    assert (await videos.queued_by_project())["shadowplay"] == {"studio": 1}
    await queue.waiting.pause(a, paused=True)
    await queue.waiting.pause(a, paused=False)
    assert not (await videos.find(a.id)).paused
    assert [await place_of(videos, one) for one in (a, b)] == [0, 1]
    assert sorted(await jobs()) == [a.id, b.id]


async def test_a_paused_job_that_is_cancelled_is_left_to_a_worker_to_end(queue, submit, jobs):
    video = await submit()
    await queue.waiting.pause(video, paused=True)
    assert (await queue.cancel(video.id)).error_code == "cancelled"
    assert await jobs("shadowplay/paused") == []
    assert await jobs() == [video.id]


async def test_a_job_that_a_worker_has_taken_stays_where_it_is(queue, submit, videos, taken):
    video = await submit()
    await taken(video.id)
    for change in (
        queue.waiting.pause(video, paused=True),
        queue.waiting.move(video, position=1),
    ):
        with pytest.raises(NotWaiting):
            await change
    assert await videos.find(video.id) == video
    await videos.begin_attempt(video.id, now=1.0)
    with pytest.raises(NotWaiting):
        await queue.waiting.pause(video, paused=True)


@pytest.fixture
def taken(engine):
    """Does to a job's record what a worker does first, before the video's row says so."""

    async def take(video_id):
        schema = "" if engine.dialect.name == "sqlite" else "dbos."
        async with engine.begin() as connection:
            await connection.exec_driver_sql(
                f"UPDATE {schema}workflow_status SET status = 'PENDING' "
                f"WHERE workflow_uuid = '{video_id}'"
            )

    return take


async def test_a_change_sees_the_video_as_it_is_and_leaves_it_if_it_fails(queue, submit, videos):
    video = await submit()

    def tagged(now, tag):
        return msgspec.structs.replace(now, tags=(*now.tags, tag))

    await asyncio.gather(
        *(queue.waiting.change(video, lambda now, tag=tag: tagged(now, tag)) for tag in "abc")
    )
    assert sorted((await videos.get(video.id, project="studio")).tags) == ["a", "b", "c"]

    def fail(_now):
        raise LookupError

    with pytest.raises(LookupError):
        await queue.waiting.change(video, fail)
    assert len((await videos.find(video.id)).tags) == 3


@for_all("order", list(itertools.permutations("abcd")))
def test_every_order_is_reached_by_moves(order):
    """Also with priorities that differ, and each move changes no other pair."""
    waiting = [("a", 50), ("b", 50), ("c", 10), ("d", 50)]
    for index, target in enumerate(order):
        line = sorted(waiting, key=lambda each: (each[1], each[0]))
        before = [each for each, _ in line]
        line.insert(index, line.pop(before.index(target)))
        changed = renumbered(line, index)
        waiting = [(each, changed.get(each, number)) for each, number in waiting]
        after = [each for each, _ in sorted(waiting, key=lambda each: (each[1], each[0]))]
        assert after == [each for each, _ in line]
    assert after == list(order)
