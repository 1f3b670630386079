"""Orphaned jobs are handed to living workers, and no others."""

import logging

import pytest
import sqlalchemy as sa

from vitascope.jobs.durable import WORKFLOW_VERSION as OWN
from vitascope.jobs.durable import DbosTransport
from vitascope.jobs.heartbeat import OrphanedJobs
from vitascope.store.workers import Workers

pytestmark = pytest.mark.anyio


@pytest.fixture
def jobs(engine):
    """The durable engine's table of jobs."""
    columns = ("workflow_uuid", "status", "executor_id", "application_version", "owner_xid")
    schema = None if engine.dialect.name == "sqlite" else "dbos"
    return sa.table("workflow_status", *map(sa.column, columns), schema=schema)


@pytest.fixture
def hold(engine, jobs, add, database_url):
    """Enqueues a job and lets somebody of a version hold it, or wait for it."""
    transport = DbosTransport()

    async def hold_one(version, executor=None):
        video = await add()
        values = {"application_version": version}
        if executor is not None:
            values |= {"status": "PENDING", "executor_id": executor, "owner_xid": "x"}
        async with engine.begin() as connection:
            await connection.run_sync(transport.enqueue, [video])
            await connection.execute(
                sa.update(jobs).where(jobs.c.workflow_uuid == video.id).values(values)
            )
        return video.id

    yield hold_one


@pytest.fixture
def state(engine, jobs):
    async def state_of(video_id):
        async with engine.connect() as connection:
            row = (
                await connection.execute(
                    sa.select(jobs.c.status, jobs.c.application_version, jobs.c.owner_xid).where(
                        jobs.c.workflow_uuid == video_id
                    )
                )
            ).one()
        return tuple(row)

    return state_of


@pytest.fixture
def recovered():
    return []


@pytest.fixture
async def orphans(engine, recovered):
    """Worker `a`'s search; the worker is in the table."""
    await Workers(engine).beat("a", [], version=OWN)
    return OrphanedJobs(engine, "a", lease=20.0, recover=recovered.append)


async def test_what_an_unknown_worker_holds_is_recovered(engine, orphans, hold, recovered):
    await Workers(engine).beat("b", [], version=OWN)
    for executor in ("a", "b", "gone", "gone", None):
        await hold(OWN, executor)
    await orphans.take_over()
    assert recovered == [["gone"]]


async def test_one_worker_looks_for_all(engine, orphans, hold, recovered):
    await Workers(engine).beat("A", [], version=OWN)
    await hold(OWN, "gone")
    await orphans.take_over()
    assert recovered == []
    await Workers(engine).leave("A")
    await orphans.take_over()
    assert recovered == [["gone"]]


async def test_older_jobs_wait_while_a_worker_of_theirs_may_live(engine, orphans, hold, state):
    await Workers(engine).beat("old", [], version="1")
    waiting, held = await hold("1"), await hold("1", "old")
    await orphans.take_over()
    assert await state(waiting) == ("ENQUEUED", "1", None)
    assert await state(held) == ("PENDING", "1", "x")


async def test_older_jobs_begin_afresh_once_their_workers_are_gone(engine, orphans, hold, state):
    waiting, held, own = await hold("1"), await hold("1", "old"), await hold(OWN, "a")
    steps = sa.table(
        "operation_outputs",
        *map(sa.column, ("workflow_uuid", "function_id", "function_name")),
        schema=None if engine.dialect.name == "sqlite" else "dbos",
    )
    async with engine.begin() as connection:
        for job in (held, own):
            await connection.execute(
                sa.insert(steps).values(workflow_uuid=job, function_id=1, function_name="draw")
            )
    await orphans.take_over()
    assert await state(waiting) == ("ENQUEUED", OWN, None)
    assert await state(held) == ("ENQUEUED", OWN, None)
    assert await state(own) == ("PENDING", OWN, "x")
    async with engine.connect() as connection:
        left = (await connection.execute(sa.select(steps.c.workflow_uuid))).scalars()
        assert list(left) == [own]


async def test_jobs_of_other_applications_are_none_of_ours(engine, orphans, hold, state, recovered):
    foreign, held = await hold("1"), await hold(OWN, "gone")
    async with engine.begin() as connection:
        schema = "" if engine.dialect.name == "sqlite" else "dbos."
        await connection.execute(
            sa.text(f"UPDATE {schema}workflow_status SET application_name = 'another'")
        )
    await orphans.take_over()
    assert recovered == []
    assert await state(foreign) == ("ENQUEUED", "1", None)
    assert await state(held) == ("PENDING", OWN, "x")


async def test_finished_jobs_of_older_versions_stay_as_they_are(engine, jobs, orphans, hold, state):
    done = await hold("1")
    async with engine.begin() as connection:
        await connection.execute(sa.update(jobs).values(status="SUCCESS"))
    await orphans.take_over()
    assert await state(done) == ("SUCCESS", "1", None)


async def test_newer_jobs_wait_for_newer_workers_and_it_is_said(orphans, hold, state, caplog):
    newer = await hold("10")
    with caplog.at_level(logging.WARNING):
        await orphans.take_over()
    assert await state(newer) == ("ENQUEUED", "10", None)
    assert "wait for a worker of workflow version 10, and none is there" in caplog.text
