"""Who is silent loses its jobs, but only to a worker that knows what it sees."""

import asyncio
import logging
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from vitascope.jobs import heartbeat as module
from vitascope.jobs.heartbeat import Heartbeat
from vitascope.store.tables import workers as table
from vitascope.store.workers import Workers

pytestmark = pytest.mark.anyio

LEASE = 20.0


class Clock:
    """The process's own clock, moved by hand."""

    def __init__(self):
        self.now = 5000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def recovered():
    return []


@pytest.fixture
def heartbeat(engine, clock, recovered):
    return Heartbeat(
        engine,
        "me",
        ["sora-2"],
        lease=LEASE,
        recover=recovered.append,
        clock=clock,
    )


@pytest.fixture
def other(engine):
    """Puts another worker's last heartbeat some seconds into the past."""

    async def beat(worker_id, seconds_ago):
        await Workers(engine).beat(worker_id, [], version="1")
        async with engine.begin() as connection:
            await connection.execute(
                sa.update(table)
                .where(table.c.id == worker_id)
                .values(seen_at=table.c.seen_at - seconds_ago)
            )

    return beat


async def known(engine):
    async with engine.connect() as connection:
        return sorted((await connection.execute(sa.select(table.c.id))).scalars())


async def test_a_beat_makes_the_worker_known(engine, heartbeat):
    await heartbeat.beat_and_reap()
    assert await Workers(engine).alive(lease=LEASE) == ["me"]


async def test_nobody_is_declared_dead_within_the_first_lease(
    engine, heartbeat, clock, other, recovered
):
    await other("silent", 1000)
    for _ in range(3):
        await heartbeat.beat_and_reap()
        clock.now += LEASE / 4
    assert recovered == []
    assert await known(engine) == ["me", "silent"]


async def test_after_a_lease_the_silent_are_recovered_and_forgotten(
    engine, heartbeat, clock, other, recovered
):
    await other("silent", LEASE + 1)
    await other("late", LEASE - 5)
    clock.now += LEASE
    await heartbeat.beat_and_reap()
    assert recovered == [["silent"]]
    assert await known(engine) == ["late", "me"]
    await heartbeat.beat_and_reap()
    assert recovered == [["silent"]]


async def test_a_worker_that_comes_back_during_recovery_is_kept(engine, clock, other):
    def recover(ids):
        asyncio.run_coroutine_threadsafe(
            Workers(engine).beat("back", [], version="1"), loop
        ).result(5)

    loop = asyncio.get_running_loop()
    heartbeat = Heartbeat(engine, "me", [], lease=LEASE, recover=recover, clock=clock)
    await other("back", 100)
    clock.now += LEASE
    await heartbeat.beat_and_reap()
    assert await known(engine) == ["back", "me"]


async def test_recovery_that_fails_is_tried_again(engine, clock, other):
    tries = []

    def recover(ids):
        tries.append(ids)
        if len(tries) == 1:
            raise OperationalError("UPDATE", {}, Exception("gone"))

    heartbeat = Heartbeat(engine, "me", [], lease=LEASE, recover=recover, clock=clock)
    await other("silent", 100)
    clock.now += LEASE
    await heartbeat.beat_and_reap()
    assert await known(engine) == ["me", "silent"]
    clock.now += LEASE
    await heartbeat.beat_and_reap()
    assert tries == [["silent"], ["silent"]]
    assert await known(engine) == ["me"]


async def test_after_an_outage_nobody_is_declared_dead_for_a_lease(
    engine, heartbeat, clock, other, recovered, monkeypatch, caplog
):
    async def unreachable(*_, **__):
        raise OperationalError("UPDATE", {}, Exception("password=secret"))

    clock.now += 10 * LEASE
    with monkeypatch.context() as outage, caplog.at_level(logging.WARNING):
        outage.setattr(Workers, "beat", unreachable)
        await heartbeat.beat_and_reap()
    assert "can't be reached" in caplog.text
    assert "secret" not in caplog.text
    # All heartbeats are as old as the outage was long, also those of the healthy.
    await other("healthy", 10 * LEASE)
    await heartbeat.beat_and_reap()
    clock.now += LEASE - 0.1
    await heartbeat.beat_and_reap()
    assert recovered == []
    clock.now += 0.1
    await heartbeat.beat_and_reap()
    assert recovered == [["healthy"]]


@pytest.fixture
def run_rounds(heartbeat, clock, monkeypatch):
    """Runs the loop; each of its sleeps takes as long as the test says, or does what it says."""

    async def run(*sleeps):
        left = list(sleeps)

        async def sleep(_seconds):
            if not left:
                raise asyncio.CancelledError
            planned = left.pop(0)
            if callable(planned):
                await planned()
            else:
                clock.now += planned

        with monkeypatch.context() as patch, pytest.raises(asyncio.CancelledError):
            patch.setattr(module.asyncio, "sleep", sleep)
            await heartbeat.run()

    return run


async def test_rounds_on_time_add_up_to_the_lease(run_rounds, other, recovered):
    await other("silent", 1000)
    await run_rounds(*[LEASE / 4] * 3)
    assert recovered == []
    await run_rounds(LEASE / 4)
    assert recovered == [["silent"]]


async def test_after_a_pause_of_this_process_nobody_is_declared_dead_for_a_lease(
    run_rounds, clock, other, recovered
):
    async def sleep_with_the_whole_machine():
        clock.now += 1000
        await other("asleep as well", 1000)

    clock.now += LEASE
    await run_rounds(LEASE / 4, sleep_with_the_whole_machine, *[LEASE / 4] * 3)
    assert recovered == []
    await run_rounds(LEASE / 4)
    assert recovered == [["asleep as well"]]


def test_the_clock_goes_on_while_the_machine_sleeps():
    assert module.steady_seconds() == pytest.approx(
        time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)), abs=1
    )
