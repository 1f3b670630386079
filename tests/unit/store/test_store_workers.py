"""Heartbeats by the database's own clock."""

import time

import pytest
import sqlalchemy as sa

from vitascope.store.tables import workers as table
from vitascope.store.workers import Workers

pytestmark = pytest.mark.anyio


@pytest.fixture
def workers(engine):
    return Workers(engine)


@pytest.fixture
def seen(engine):
    """Moves a worker's last heartbeat into the past."""

    async def move(worker_id, seconds_ago):
        async with engine.begin() as connection:
            await connection.execute(
                sa.update(table)
                .where(table.c.id == worker_id)
                .values(seen_at=table.c.seen_at - seconds_ago)
            )

    return move


async def silent(workers, engine, **options):
    async with engine.connect() as connection:
        return sorted(await workers.silent(connection, **options))


async def test_a_beat_is_the_present_in_unix_seconds(workers, engine):
    await workers.beat("a", ["sora-2"], version="1")
    async with engine.connect() as connection:
        row = (await connection.execute(sa.select(table))).one()
    assert row.seen_at == pytest.approx(time.time(), abs=2)
    assert row.started_at == pytest.approx(row.seen_at, abs=0.1)
    assert row.models == ["sora-2"]


async def test_the_next_beat_renews_and_keeps_the_start(workers, engine, seen):
    await workers.beat("a", ["sora-2"], version="1")
    await seen("a", 100)
    async with engine.connect() as connection:
        before = (await connection.execute(sa.select(table))).one()
    await workers.beat("a", ["sora-2", "mine"], version="1")
    async with engine.connect() as connection:
        after = (await connection.execute(sa.select(table))).one()
    assert after.seen_at - before.seen_at == pytest.approx(100, abs=2)
    assert after.started_at == before.started_at
    assert after.models == ["sora-2", "mine"]


async def test_alive_and_silent_are_divided_by_the_lease(workers, engine, seen):
    for worker in ("fresh", "late", "dead"):
        await workers.beat(worker, [], version="1")
    await seen("late", 15)
    await seen("dead", 25)
    assert sorted(await workers.alive(lease=20)) == ["fresh", "late"]
    assert await silent(workers, engine, lease=20, besides="fresh") == ["dead"]
    assert await silent(workers, engine, lease=10, besides="fresh") == ["dead", "late"]


async def test_a_worker_is_never_silent_to_itself(workers, engine, seen):
    await workers.beat("a", [], version="1")
    await seen("a", 1000)
    assert await silent(workers, engine, lease=20, besides="a") == []


async def test_only_those_still_silent_are_forgotten(workers, engine, seen):
    for worker in ("dead", "back", "other"):
        await workers.beat(worker, [], version="1")
        await seen(worker, 100)
    await workers.beat("back", [], version="1")
    async with engine.begin() as connection:
        await workers.forget_silent(connection, ["dead", "back"], lease=20)
    async with engine.connect() as connection:
        left = set((await connection.execute(sa.select(table.c.id))).scalars())
    assert left == {"back", "other"}


async def test_the_first_of_the_living_leads(workers, seen):
    assert not await workers.leads("b", lease=20)
    for worker in ("b", "a", "c"):
        await workers.beat(worker, [], version="1")
    assert [await workers.leads(worker, lease=20) for worker in ("a", "b", "c")] == [
        True, False, False,
    ]  # fmt: skip
    await seen("a", 25)
    assert [await workers.leads(worker, lease=20) for worker in ("a", "b", "c")] == [
        False, True, False,
    ]  # fmt: skip
