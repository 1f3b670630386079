"""Hot queries on the drivers' own connections: what they see, and what they do after a failure."""

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from vitascope.store.database import open_database
from vitascope.store.statements import GET_VIDEO, Statement

pytestmark = pytest.mark.anyio

SECRET = "a prompt that nobody else should read"
ONE = Statement(sa.text("SELECT 1"))
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
async def postgres(postgres_database):
    opened = open_database(postgres_database, pool_size=3)
    yield opened
    await opened.dispose()


async def test_a_query_sees_what_others_have_committed(engine, videos, add):
    video = await add()
    named = {"id": video.id, "project": "default"}
    assert len(await engine.fetch(GET_VIDEO, named)) == 1
    await videos.fail(video.id, code="x", message="X.", now=1.0)
    assert (await videos.get(video.id, project="default")).status == "failed"
    await videos.delete(video.id, project="default")
    assert await engine.fetch(GET_VIDEO, named) == []


async def test_an_error_is_reported_without_values_and_ends_with_the_query(engine):
    wrong = Statement(sa.text("SELECT * FROM nothing WHERE name = :name"))
    for _ in range(2):
        with pytest.raises(DBAPIError, match=r"FROM nothing") as failed:
            await engine.fetch(wrong, {"name": SECRET})
        assert SECRET not in str(failed.value)
    assert await engine.fetch(ONE, {}) == [(1,)]


async def test_queries_at_once_share_few_connections(postgres):
    slow = Statement(sa.text("SELECT 1 FROM pg_sleep(0.05)"))
    assert await asyncio.gather(*(postgres.fetch(slow, {}) for _ in range(9))) == [[(1,)]] * 9
    [(number,)] = await postgres.fetch(Statement(sa.text(f"SELECT count(*) {OTHERS}")), {})
    assert number == 2  # and the one that asks


async def test_connections_that_the_server_closed_are_replaced(postgres):
    slow = Statement(sa.text("SELECT 1 FROM pg_sleep(0.05)"))
    await asyncio.gather(*(postgres.fetch(slow, {}) for _ in range(3)))
    async with postgres.connect() as connection:
        await connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) {OTHERS}")
    assert await postgres.fetch(ONE, {}) == [(1,)]


async def test_a_cancelled_query_spoils_no_later_one(postgres):
    for _ in range(4):  # more than there are connections
        running = asyncio.create_task(postgres.fetch(Statement(sa.text("SELECT pg_sleep(60)")), {}))
        await asyncio.sleep(0.1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert await postgres.fetch(ONE, {}) == [(1,)]


async def test_a_query_that_ends_after_closing_leaves_no_connection(postgres):
    own = Statement(sa.text("SELECT pg_backend_pid()"))
    running = asyncio.create_task(postgres.fetch(own, {}))
    await asyncio.sleep(0)  # it has begun and waits for the server
    await postgres.dispose()
    [(pid,)] = await running
    assert await postgres.fetch(own, {}) != [(pid,)]
    open_now = Statement(sa.text("SELECT pid FROM pg_stat_activity"))
    async with asyncio.timeout(10):
        while (pid,) in await postgres.fetch(open_now, {}):  # noqa: ASYNC110 - the server's end
            await asyncio.sleep(0.05)


async def test_a_server_that_is_away_is_an_error_until_it_is_back(postgres_database):
    away = open_database(str(sa.make_url(postgres_database).set(host="127.0.0.1", port=1)))
    with pytest.raises(DBAPIError, match="refused"):
        await away.fetch(ONE, {})
    await away.dispose()
