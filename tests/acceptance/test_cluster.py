"""Workers that start and stop: draining, handing jobs back, models, versions side by side."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing

import process_tree
import pytest
from cluster_processes import Cluster
from film_checks import assert_bars_film
from postgres_server import PASSWORD, Postgres
from s3_server import SECRET
from server_process import Server, run_cli
from waiting import wait_for

from vitascope.jobs import durable

LEASE = 60.0
"""Longer than any test: a job that moves to another worker within it was handed back."""
ELSEWHERE = """
[models.elsewhere]
engine = "upstream"
url = "http://127.0.0.1:9/v1"
flavour = "sglang"
"""
OWN = ("--models", "sora-2, sora-2-pro")
"""Without an engine process for the model of another server."""


@pytest.fixture(scope="module")
def shared(postgres_pool, s3, tmp_path_factory) -> Iterator[tuple[Cluster, Server]]:
    """A cluster with an API server, whose workers each test starts."""
    with pytest.MonkeyPatch.context() as patch, postgres_pool.database() as database:
        for name, value in s3.environment.items():
            patch.setenv(name, value)
        cluster = Cluster(
            tmp_path_factory.mktemp("cluster"),
            database=database,
            storage=f"{s3.new_bucket()}/some/prefix",
            settings={"worker_lease_seconds": LEASE},
            bars=True,
        )
        with cluster.config.open("a") as config:
            config.write(ELSEWHERE)
        with closing(cluster):
            yield cluster, cluster.add_server()


@pytest.fixture
def cluster(shared) -> Iterator[Cluster]:
    """The cluster, without workers and unfinished jobs before and after the test."""
    cluster, api = shared
    yield cluster
    api.cancel_unfinished()
    for worker in cluster.workers:
        if worker.running:
            worker.stop()
    assert cluster.registered_workers() == set()


@pytest.fixture
def api(shared) -> Server:
    return shared[1]


def test_a_stopped_worker_finishes_its_job_unless_it_gets_a_second_signal(cluster, api):
    worker = cluster.add_worker(*OWN)
    begun = api.create("A calm sea, slow=1")["id"]
    api.wait_until(begun, "in_progress")
    worker.send_signal(signal.SIGTERM)
    wait_for(lambda: "no more jobs are taken" in worker.log, "the worker to drain")
    other = api.create("A fox")["id"]
    assert worker.wait() == 0
    assert api.retrieve(begun)["status"] == "completed"
    assert cluster.row(begun)["attempt"] == 1
    assert_bars_film(api.download(begun))
    assert api.retrieve(other)["status"] == "queued"
    assert cluster.registered_workers() == set()

    worker = cluster.add_worker(*OWN)
    api.wait_until(other, "completed")
    # A second signal does not wait for the job.
    job = api.create_slow()["id"]
    wait_for(lambda: cluster.row(job)["progress"] >= 5, "some progress")
    worker.send_signal(signal.SIGTERM)
    wait_for(lambda: "no more jobs are taken" in worker.log, "the worker to drain")
    assert worker.stop(signal.SIGINT, seconds=10) == 0
    assert cluster.row(job)["status"] == "in_progress"
    query = "SELECT status FROM dbos.workflow_status WHERE workflow_uuid = :id"
    assert cluster.query(query, id=job) == [{"status": "ENQUEUED"}]
    assert cluster.registered_workers() == set()


def test_a_job_that_takes_too_long_is_handed_back_at_once(cluster, api):
    worker = cluster.add_worker(*OWN, "--drain-seconds", "0.2")
    job = api.create_slow()["id"]
    wait_for(lambda: cluster.row(job)["progress"] >= 5, "some progress")
    second = cluster.add_worker(*OWN)
    children = worker.engine_processes()
    assert worker.stop() == 0
    assert not any(map(process_tree.alive, children))
    wait_for(lambda: cluster.row(job)["attempt"] == 2, "the other worker to begin")
    assert cluster.row(job)["crashes"] == 0
    assert cluster.registered_workers() == {second.id}
    # No process logs a crash.
    assert "ended with" not in worker.log


def test_jobs_go_only_to_workers_that_serve_their_model(cluster, api):
    worker = cluster.add_worker(*OWN)
    foreign = api.create("A fox", model="elsewhere")["id"]
    own = api.rendered("A calm sea", model="sora-2-pro")
    assert own["model"] == "sora-2-pro"
    assert api.retrieve(foreign)["status"] == "queued"
    [row] = cluster.query("SELECT models FROM workers WHERE id = :id", id=worker.id)
    assert row["models"] == ["sora-2", "sora-2-pro"]


def test_jobs_of_an_older_program_wait_for_its_workers_while_there_are_any(cluster, api):
    cluster.query("INSERT INTO workers VALUES ('old', 1e12, 1e12, '[]', '0')")
    jobs = [api.create("A calm sea", seed=seed)["id"] for seed in (1, 2)]
    for job in jobs:
        query = (
            "UPDATE dbos.workflow_status SET application_version = '0' WHERE workflow_uuid = :id"
        )
        cluster.query(query, id=job)
    young = cluster.add_worker(*OWN)
    own = api.rendered("A fox")
    assert own["status"] == "completed"
    assert {api.retrieve(job)["status"] for job in jobs} == {"queued"}

    cluster.query("DELETE FROM workers WHERE id = 'old'")
    young.stop()
    young.start()
    for job in jobs:
        api.wait_until(job, "completed")
    assert "Took over 2 jobs of workflow version 0" in young.log


@pytest.fixture
def own_postgres():
    server = Postgres()
    server.start()
    yield server
    server.close()


def test_no_secret_is_logged_answered_or_in_a_processs_arguments(
    own_postgres, make_cluster, s3_storage
):
    durable.upgrade(own_postgres.url)
    cluster = make_cluster(
        database=own_postgres.url,
        storage=s3_storage,
        settings={"worker_lease_seconds": 1},
        bars=True,
    )
    api, worker = cluster.add_server(), cluster.add_worker()
    own_postgres.stop("immediate")
    answer = api.http.get("/videos")
    assert answer.is_server_error
    wait_for(lambda: "The database can't be reached" in worker.log, "the worker to notice")
    too_late = run_cli("worker", "--config", str(cluster.config))
    own_postgres.start()
    wait_for(lambda: api.http.get("/videos").status_code == 200, "the API to recover")
    api.rendered("A calm sea")
    family = [pid for one in (api, worker) for pid in (one.pid, *process_tree.descendants(one.pid))]
    commands = " ".join(map(process_tree.command_of, family))
    assert "vitascope" in commands
    output = api.log + worker.log + answer.text + too_late.stderr + commands
    assert PASSWORD not in output
    assert SECRET not in output
