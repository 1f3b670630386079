"""Workers that start and stop: draining, handing jobs back, models, versions side by side."""

from __future__ import annotations

import signal

import process_tree
import pytest
from cluster_processes import Cluster
from film_checks import assert_bars_film
from postgres_server import PASSWORD, Postgres, new_database
from s3_server import SECRET
from server_process import run_cli
from waiting import wait_for

from vitascope.jobs import durable

LEASE = 60.0
"""Longer than any test: a job that moves to another worker within it was handed back."""


@pytest.fixture
def cluster(make_cluster, postgres_database, s3_storage) -> Cluster:
    return make_cluster(
        database=postgres_database,
        storage=f"{s3_storage}/some/prefix",
        settings={"worker_lease_seconds": LEASE},
        bars=True,
    )


def test_a_stopped_worker_finishes_its_job_unless_it_gets_a_second_signal(cluster):
    api, worker = cluster.add_server(), cluster.add_worker()
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

    worker = cluster.add_worker()
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


def test_a_job_that_takes_too_long_is_handed_back_at_once(cluster):
    api, worker = cluster.add_server(), cluster.add_worker("--drain-seconds", "0.2")
    job = api.create_slow()["id"]
    wait_for(lambda: cluster.row(job)["progress"] >= 5, "some progress")
    second = cluster.add_worker()
    children = worker.engine_processes()
    assert worker.stop() == 0
    assert not any(map(process_tree.alive, children))
    wait_for(lambda: cluster.row(job)["attempt"] == 2, "the other worker to begin")
    assert cluster.row(job)["crashes"] == 0
    assert cluster.registered_workers() == {second.id}
    # No process logs a crash.
    assert "ended with" not in worker.log


def test_jobs_go_only_to_workers_that_serve_their_model(cluster):
    with cluster.config.open("a") as config:
        config.write('[models.elsewhere]\nengine = "upstream"\nurl = "http://127.0.0.1:9/v1"\n')
        config.write('flavour = "sglang"\n')
    api, worker = cluster.add_server(), cluster.add_worker("--models", "sora-2, sora-2-pro")
    foreign = api.create("A fox", model="elsewhere")["id"]
    own = api.rendered("A calm sea", model="sora-2-pro")
    assert own["model"] == "sora-2-pro"
    assert api.retrieve(foreign)["status"] == "queued"
    [row] = cluster.query("SELECT models FROM workers")
    assert row["models"] == ["sora-2", "sora-2-pro"]

    worker.stop()
    refused = run_cli("worker", "--config", str(cluster.config), "--models", "sora-2,sora-9")
    assert refused.returncode == 1
    assert "serve_models names sora-9, which no [models.NAME] table" in refused.stderr


def test_jobs_of_an_older_program_wait_for_its_workers_while_there_are_any(cluster):
    cluster.query("INSERT INTO workers VALUES ('old', 1e12, 1e12, '[]', '0')")
    api = cluster.add_server()
    jobs = [api.create("A calm sea", seed=seed)["id"] for seed in (1, 2)]
    cluster.query("UPDATE dbos.workflow_status SET application_version = '0'")
    young = cluster.add_worker()
    own = api.rendered("A fox")
    assert own["status"] == "completed"
    assert {api.retrieve(job)["status"] for job in jobs} == {"queued"}

    cluster.query("DELETE FROM workers WHERE id = 'old'")
    young.stop()
    young.start()
    for job in jobs:
        api.wait_until(job, "completed")
    assert "Took over 2 jobs of workflow version 0" in young.log


def test_another_schema_is_refused_with_the_upgrade_command(make_cluster, postgres_url, tmp_path):
    with new_database(postgres_url) as empty:
        cluster = make_cluster(database=empty, storage=str(tmp_path / "files"))
        for command in ("serve", "worker"):
            refused = run_cli(command, "--config", str(cluster.config))
            assert refused.returncode == 1
            assert "Run `vitascope db upgrade` with the same configuration." in refused.stderr
            assert PASSWORD not in refused.stderr
        cluster.upgrade()
        assert cluster.add_server().http.get("/models").status_code == 200
        cluster.close()


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
