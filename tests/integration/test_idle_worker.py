"""A real worker on PostgreSQL that has nothing to do costs next to nothing, and notices work."""

import asyncio
import time

import pytest
import sqlalchemy as sa
from cluster_processes import Worker
from job_fixtures import a_spec
from waiting import wait_for

from vitascope import config
from vitascope.jobs.durable import DbosTransport
from vitascope.jobs.queue import JobQueue
from vitascope.store.database import open_database, sync_url

WATCHED_SECONDS = 8.0
LEASE_SECONDS = 20.0
"""The search for orphaned jobs, once in a lease, makes eight transactions at a time. A look of one
lease may see two searches, one of two leases three."""


@pytest.fixture
def statistics(postgres_url, postgres_database):
    """Queries the server's statistics, from another database than the worker's."""
    name = sa.make_url(postgres_database).database
    engine = sa.create_engine(sync_url(postgres_url), isolation_level="AUTOCOMMIT")

    def query(statement):
        with engine.connect() as connection:
            return connection.execute(sa.text(statement), {"name": name}).scalar_one()

    yield query
    engine.dispose()


@pytest.fixture
def connections(statistics):
    return lambda: statistics("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")


@pytest.fixture
def transactions(statistics):
    return lambda: statistics(
        "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = :name"
    )


@pytest.fixture
def worker(tmp_path, postgres_database):
    # Of all polls only the heartbeat's is left: what is taken was announced.
    environment = {"VITASCOPE_DATABASE": postgres_database, "VITASCOPE_POLL_SECONDS": "60"}
    started = Worker(tmp_path / "data", environment=environment)
    try:
        started.start()
        wait_for(started.engine_processes, "the engine")
        yield started
    finally:
        started.close()


def test_an_idle_worker_holds_two_connections_and_a_job_wakes_it(
    worker, postgres_database, tmp_path, connections, transactions
):
    wait_for(lambda: connections() <= 2, "the worker to become idle")
    time.sleep(1.5)  # statistics of finished transactions are a second late
    before, since = transactions(), time.monotonic()
    seen = []
    rate = 2.0
    while (passed := time.monotonic() - since) < WATCHED_SECONDS or (
        rate >= 2 and passed < 2 * LEASE_SECONDS
    ):
        seen.append(connections())
        time.sleep(0.05)
        rate = (transactions() - before) / (time.monotonic() - since)
    # For moments, what looks after the whole system opens a third.
    assert sorted(seen)[int(len(seen) * 0.95)] <= 2
    assert rate < 2

    engine = sa.create_engine(sync_url(postgres_database), poolclass=sa.NullPool)
    video_id = asyncio.run(submit(postgres_database, tmp_path / "api"))
    with engine.connect() as connection:
        query = sa.text("SELECT count(*) FROM videos WHERE id = :id AND status <> 'queued'")
        wait_for(lambda: connection.execute(query, {"id": video_id}).scalar(), "the job's start")


async def submit(url, folder):
    database = open_database(url)
    queue = JobQueue(database, config.load(database=url, data_dir=folder), DbosTransport())
    video = await queue.submit(a_spec(), project="default")
    await asyncio.to_thread(queue.close)
    await database.dispose()
    return video.id
