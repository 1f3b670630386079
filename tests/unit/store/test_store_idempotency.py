"""Which of several requests for the same job makes it, on a real database."""

import asyncio

import pytest
import sqlalchemy as sa
from job_fixtures import a_video

from vitascope.store.idempotency import LONGEST_MEMORY, AlreadyMade, Claim, Idempotency
from vitascope.store.tables import idempotency as table
from vitascope.store.tables import videos as videos_table
from vitascope.video import new_id

pytestmark = pytest.mark.anyio


@pytest.fixture
def idempotency(engine):
    return Idempotency(engine)


@pytest.fixture
def make(engine, videos, idempotency):
    """Does what a request does: claims, and writes its row in the same transaction; its id."""

    async def make_one(claim, *, now):
        video = a_video(project=claim.project, now=now)

        def write(connection):
            idempotency.claim(connection, claim, video.id, now=now)
            videos.add(connection, (video, ()))

        async with engine.begin() as connection:
            await connection.run_sync(write)
        return video.id

    return make_one


@pytest.fixture
def rows(engine):
    async def count():
        async with engine.connect() as connection:
            query = sa.select(sa.func.count()).select_from(videos_table)
            return (await connection.execute(query)).scalar_one()

    return count


def a_claim(**changes):
    fields = {
        "project": "default",
        "token": "body f",
        "fingerprint": "f",
        "repeated": False,
        "shared": False,
        "since": 100.0,
    }
    return Claim(**{**fields, **changes})


def a_retry(**changes):
    return a_claim(repeated=True, shared=True, **changes)


def keyed(**changes):
    return a_claim(**{"token": "key k", "shared": True, **changes})


async def already(awaitable):
    with pytest.raises(AlreadyMade) as found:
        await awaitable
    return found.value


async def test_a_retry_finds_what_the_first_sending_made(make, rows):
    made = await make(a_claim(), now=100.0)
    found = await already(make(a_retry(since=99.0), now=110.0))
    assert (found.video_id, found.same) == (made, True)
    assert await rows() == 1


async def test_a_look_finds_it_before_anything_is_done(idempotency, make):
    await idempotency.check(a_retry())
    made = await make(a_claim(), now=100.0)
    assert (await already(idempotency.check(a_retry()))).video_id == made


async def test_a_retry_finds_the_newest_of_equal_jobs(make):
    await make(a_claim(since=100.0), now=100.0)
    newest = await make(a_claim(since=101.0), now=101.0)
    assert (await already(make(a_retry(since=0.0), now=110.0))).video_id == newest


async def test_a_retry_whose_first_sending_is_too_long_ago_makes_a_job(make, rows):
    await make(a_claim(), now=100.0)
    made = await make(a_retry(since=101.0), now=401.0)
    assert await rows() == 2
    assert (await already(make(a_retry(since=101.0), now=402.0))).video_id == made


async def test_equal_first_sendings_make_a_job_each(make, rows):
    for second in range(3):
        await make(a_claim(since=100.0 + second), now=100.0 + second)
    assert await rows() == 3


async def test_a_first_sending_that_its_retry_overtook_finds_the_retrys_job(make, rows):
    made = await make(a_retry(since=-200.0), now=105.0)
    found = await already(make(a_claim(since=100.0), now=110.0))
    assert (found.video_id, await rows()) == (made, 1)


async def test_a_first_sending_after_a_retry_makes_a_job(make, rows):
    await make(a_retry(since=-200.0), now=105.0)
    await make(a_claim(since=106.0), now=106.0)
    assert await rows() == 2


async def test_a_key_stands_for_one_job_from_any_sender(make, rows):
    made = await make(keyed(), now=100.0)
    for claim in (keyed(), keyed(repeated=True)):
        found = await already(make(claim, now=200.0))
        assert (found.video_id, found.same) == (made, True)
    assert await rows() == 1


async def test_a_key_with_another_request_is_distinguished(make):
    made = await make(keyed(), now=100.0)
    found = await already(make(keyed(fingerprint="g"), now=200.0))
    assert (found.video_id, found.same) == (made, False)


async def test_projects_know_nothing_of_each_other(make, rows):
    await make(keyed(), now=100.0)
    await make(keyed(project="studio"), now=100.0)
    assert await rows() == 2


async def test_a_deleted_job_does_not_count(make, videos):
    made = await make(keyed(), now=100.0)
    await videos.fail(made, code="cancelled", message="It was cancelled.", now=101.0)
    assert await videos.delete(made, project="default")
    assert await make(keyed(), now=102.0) != made


@pytest.mark.parametrize("claim", [keyed(), a_retry()], ids=["key", "retry"])
async def test_of_many_at_once_one_makes_the_job(make, rows, claim):
    ends = await asyncio.gather(*(make(claim, now=100.0) for _ in range(8)), return_exceptions=True)
    made = [end for end in ends if isinstance(end, str)]
    assert len(made) == 1
    assert {end.video_id for end in ends if isinstance(end, AlreadyMade)} == set(made)
    assert await rows() == 1


async def test_a_job_that_was_not_made_leaves_no_claim(engine, idempotency, make):
    with pytest.raises(ConnectionError):
        async with engine.begin() as connection:
            await connection.run_sync(idempotency.claim, keyed(), new_id("video"), now=100.0)
            raise ConnectionError
    await make(keyed(), now=101.0)


async def test_what_is_of_no_use_any_more_is_forgotten(engine, make, monkeypatch):
    await make(keyed(), now=100.0)
    await make(keyed(token="key young"), now=200.0)
    monkeypatch.setattr("time.time", lambda: LONGEST_MEMORY + 150.0)
    await Idempotency(engine).delete_old()
    async with engine.connect() as connection:
        tokens = (await connection.execute(sa.select(table.c.token))).scalars().all()
    assert tokens == ["key young"]
