"""How many jobs a project may have waiting, however many ask at once and on how many servers."""

import asyncio
import time

import pytest
from job_fixtures import a_spec

from vitascope.errors import QuotaReached, TooManyRequests
from vitascope.jobs.durable import DbosTransport
from vitascope.jobs.queue import JobQueue
from vitascope.spec import Asset, Input
from vitascope.store.idempotency import AlreadyMade, Claim

pytestmark = pytest.mark.anyio


def a_claim(token, *, shared=False):
    return Claim(
        project="studio",
        token=token,
        fingerprint=token,
        repeated=shared,
        shared=shared,
        since=time.time() - (60 if shared else 0),
    )


def an_edit_of(size):
    """An edit of an upload of so many bytes."""
    upload = Asset("videos/x/source/0-uploaded_video", size, "ab", "video/mp4")
    return a_spec(task="edit", inputs=(Input("uploaded_video", upload),))


@pytest.fixture
async def open_queue(engine, database_url, make_settings):
    """Opens queues as so many servers on one database would."""
    opened = []

    def open_one(**limits):
        opened.append(JobQueue(engine, make_settings(**limits), DbosTransport()))
        return opened[-1]

    yield open_one
    for queue in opened:
        await asyncio.to_thread(queue.close)


async def submitted(*jobs):
    """How many were taken; the others must have been refused for want of room."""
    ends = await asyncio.gather(*jobs, return_exceptions=True)
    refused = [end for end in ends if isinstance(end, Exception)]
    assert all(isinstance(end, TooManyRequests) for end in refused), refused
    return len(ends) - len(refused)


async def test_the_limit_holds_over_servers_that_create_at_once(open_queue, videos):
    servers = [open_queue(max_queued_per_project=7) for _ in range(3)]
    jobs = [
        server.submit(a_spec(), project=project)
        for _ in range(5)
        for server in servers
        for project in ("studio", "other")
    ]
    assert await submitted(*jobs) == 14
    assert await videos.queued_by_project() == {"shadowplay": {"studio": 7, "other": 7}}


async def test_a_refusal_says_why_and_when_to_come_back(open_queue):
    queue = open_queue(max_queued_per_project=1)
    await queue.submit(a_spec(), project="studio")
    with pytest.raises(TooManyRequests) as refusal:
        await queue.submit(a_spec(), project="studio")
    assert refusal.value.code == "rate_limit_exceeded"
    assert int(refusal.value.headers["retry-after"]) > 0
    assert "1 videos waiting" in refusal.value.message


async def test_a_job_that_was_begun_or_cancelled_makes_room(open_queue, videos):
    queue = open_queue(max_queued_per_project=2)
    first = await queue.submit(a_spec(), project="studio")
    second = await queue.submit(a_spec(), project="studio")
    assert await submitted(queue.submit(a_spec(), project="studio")) == 0
    await videos.begin_attempt(first.id, now=1.0)
    assert await submitted(queue.submit(a_spec(), project="studio")) == 1
    await queue.cancel(second.id)
    assert await submitted(queue.submit(a_spec(), project="studio")) == 1
    assert await submitted(queue.submit(a_spec(), project="studio")) == 0


async def test_a_projects_own_limit_takes_the_common_ones_place(open_queue):
    queue = open_queue(max_queued_per_project=1, projects={"studio": {"max_queued": 3}})
    for project, most in (("studio", 3), ("other", 1)):
        jobs = [queue.submit(a_spec(), project=project) for _ in range(5)]
        assert await submitted(*jobs) == most


async def test_a_repetition_of_a_request_needs_no_room(open_queue):
    queue = open_queue(max_queued_per_project=1)
    made = await queue.submit(a_spec(), project="studio", claim=a_claim("body f"))
    with pytest.raises(AlreadyMade) as found:
        await queue.submit(a_spec(), project="studio", claim=a_claim("body f", shared=True))
    assert found.value.video_id == made.id


async def test_a_refused_request_leaves_no_claim(open_queue, videos):
    queue = open_queue(max_queued_per_project=1)
    first = await queue.submit(a_spec(), project="studio", claim=a_claim("key a", shared=True))
    job = queue.submit(a_spec(), project="studio", claim=a_claim("key b", shared=True))
    assert await submitted(job) == 0
    await videos.begin_attempt(first.id, now=1.0)
    await queue.submit(a_spec(), project="studio", claim=a_claim("key b", shared=True))


async def test_equal_first_sendings_in_one_group_make_a_job_each(open_queue, videos):
    queue = open_queue()
    jobs = (queue.submit(a_spec(), project="studio", claim=a_claim("body f")) for _ in range(6))
    assert await submitted(*jobs) == 6
    assert await videos.queued_by_project() == {"shadowplay": {"studio": 6}}


async def test_first_sendings_in_one_group_are_all_remembered(open_queue):
    queue = open_queue()
    jobs = (
        queue.submit(a_spec(), project="studio", claim=a_claim(f"body {number}"))
        for number in range(6)
    )
    made = await asyncio.gather(*jobs)
    for number, video in enumerate(made):
        with pytest.raises(AlreadyMade) as found:
            retry = a_claim(f"body {number}", shared=True)
            await queue.submit(a_spec(), project="studio", claim=retry)
        assert found.value.video_id == video.id


async def test_first_sendings_that_retries_overtook_find_the_retries_jobs(open_queue, videos):
    queue = open_queue()
    claims = [a_claim(f"body {number}") for number in range(3)]
    retries = [a_claim(f"body {number}", shared=True) for number in range(3)]
    made = [await queue.submit(a_spec(), project="studio", claim=retry) for retry in retries[:2]]
    jobs = (queue.submit(a_spec(), project="studio", claim=claim) for claim in claims)
    ends = await asyncio.gather(*jobs, return_exceptions=True)
    assert [end.video_id for end in ends[:2]] == [video.id for video in made]
    assert await videos.queued_by_project() == {"shadowplay": {"studio": 3}}


async def test_of_equal_requests_in_one_group_one_makes_the_job(open_queue, videos):
    queue = open_queue()
    jobs = (
        queue.submit(a_spec(), project="studio", claim=a_claim("key a", shared=True))
        for _ in range(6)
    )
    ends = await asyncio.gather(*jobs, return_exceptions=True)
    [made] = [end for end in ends if not isinstance(end, AlreadyMade)]
    assert {end.video_id for end in ends if isinstance(end, AlreadyMade)} == {made.id}
    assert await videos.queued_by_project() == {"shadowplay": {"studio": 1}}


async def test_a_project_that_used_up_its_bytes_gets_no_more_jobs(open_queue):
    server = open_queue(max_stored_bytes_per_project=100)
    edit = an_edit_of(60)
    jobs = [server.submit(edit, project="studio") for _ in range(4)]
    assert await submitted(*jobs) == 1  # also of those that one transaction takes
    assert await submitted(server.submit(a_spec(), project="studio")) == 1
    assert await submitted(server.submit(edit, project="other")) == 1


async def test_a_repetition_asks_for_no_bytes(open_queue):
    server = open_queue(max_stored_bytes_per_project=60)
    claim = a_claim("key one", shared=True)
    await server.submit(an_edit_of(59), project="studio", claim=claim)
    with pytest.raises(AlreadyMade):
        await server.submit(an_edit_of(60), project="studio", claim=claim)
    with pytest.raises(QuotaReached):
        await server.submit(an_edit_of(60), project="studio")
