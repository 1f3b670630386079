"""The database or the store is unavailable, full or read-only for a while."""

import time

import pytest
from installation import LEASE
from waiting import wait_for

OUTAGE = 2.5 * LEASE
UPLOAD = 200 * 1024
"""Bytes; deleting it makes room on a full disk, which deleting a tiny film hardly does."""


@pytest.fixture
def films(installation):
    """Three films that exist before the fault."""
    made = [installation.create("A calm sea") for _ in range(3)]
    installation.wait_until_idle()
    return made


@pytest.fixture
def ask(installation):
    """Sends a request and returns the status and the error code."""

    def send(method, path, **body):
        answer = installation.server.http.request(method, path, **body)
        error = answer.json().get("error") or {}
        return answer.status_code, error.get("code")

    return send


def wait_until_not_ready(installation, reason):
    """Wait until `/readyz`, which checks every two seconds, reports this reason."""

    def is_reported():
        ready = installation.server.http.get(f"{installation.server.url}/readyz")
        return ready.status_code == 503 and ready.json()["status"] == reason

    wait_for(is_reported, f"/readyz to report: {reason}")


def create(ask):
    return ask("POST", "/videos", json={"prompt": "A calm sea"})


def test_the_database_is_unavailable_for_longer_than_a_lease(installation, backing, check_jobs):
    jobs = [installation.create(f"A ship, slow={1.5 * OUTAGE}") for _ in installation.workers]
    installation.wait_until_drawing(*jobs)
    with backing.database_outage():
        time.sleep(OUTAGE)
    over = time.time()
    jobs.append(installation.create("A calm sea"))
    counted = check_jobs("database unavailable during jobs", since=over)

    assert counted.completed == len(jobs)
    # All heartbeats were old, but no worker was declared dead and no film was rendered again.
    assert [installation.row(job)["attempt"] for job in jobs] == [1] * len(jobs)


def test_the_store_is_unavailable_at_publication(installation, backing, check_jobs):
    jobs = [installation.create("A ship, slow=1") for _ in installation.workers]
    installation.wait_until_drawing(*jobs)
    with backing.store_outage():
        for job in jobs:
            wait_for(lambda job=job: installation.row(job)["phase"] == "publish", "a rendered film")
        time.sleep(LEASE)
    counted = check_jobs("store unavailable at publication", since=time.time())

    assert counted.completed == len(jobs)
    assert [installation.row(job)["attempt"] for job in jobs] == [1] * len(jobs)


def test_the_disk_is_full_for_a_while(installation, check_jobs):
    jobs = [installation.create("A ship, slow=1") for _ in installation.workers]
    installation.wait_until_drawing(*jobs)
    lengths = [len(worker.log) for worker in installation.workers]
    with installation.disk_full():
        for worker, length in zip(installation.workers, lengths, strict=True):
            wait_for(lambda w=worker, n=length: "; retrying" in w.log[n:], "the retry in the log")
        time.sleep(LEASE)
    fault = "disk full" if installation.backing.disks else "disk full (stand-in: file size limit)"
    counted = check_jobs(fault, since=time.time())

    assert counted.completed == len(jobs)
    assert [installation.row(job)["crashes"] for job in jobs] == [0] * len(jobs)


def test_a_full_disk_accepts_only_deletes(installation, check_jobs, films, ask):
    assert installation.backing.disks, "a full disk needs root, to mount a small one"
    upload = {"data": {"purpose": "vision"}, "files": {"file": ("a.png", bytes(UPLOAD))}}
    files = [installation.server.http.post("/files", **upload).json()["id"] for _ in range(2)]
    with installation.disk_full():
        time.sleep(0.2)  # a server asks the disk ten times a second at most
        assert create(ask) == (507, "insufficient_storage")
        assert ask("POST", "/files", **upload) == (507, "insufficient_storage")
        assert len(installation.download(films[2])) > 0
        assert ask("DELETE", f"/files/{files[0]}") == (200, None)
        assert installation.delete(films[0]).status_code == 200
        assert ask("GET", f"/videos/{films[0]}") == (404, None)
    over = time.time()
    assert ask("DELETE", f"/files/{files[1]}") == (200, None)
    assert installation.delete(films[1]).status_code == 200
    installation.create("A calm sea")
    counted = check_jobs("disk full, deletes", since=over)

    assert counted.completed == counted.jobs == 2


def test_a_read_only_database_refuses_deletes_and_keeps_the_videos(
    installation, check_jobs, films, ask
):
    with installation.read_only():
        assert create(ask) == (503, "storage_unavailable")
        refused = installation.delete(films[0])
        assert refused.status_code == 503, refused.text
        assert refused.json()["error"]["code"] == "storage_unavailable"
        assert refused.headers.get("x-should-retry") != "false"
        wait_until_not_ready(installation, "the database can't be written to")
        assert len(installation.download(films[0])) > 0
        time.sleep(LEASE)
    over = time.time()
    wait_for(lambda: installation.delete(films[0]).status_code == 200, "a delete")
    installation.create("A calm sea")
    counted = check_jobs("database read-only, deletes", since=over)

    assert counted.completed == counted.jobs == 3


def test_files_that_the_store_cannot_remove_are_removed_later(
    installation, backing, check_jobs, films, ask
):
    with backing.store_refusal():
        if backing.storage.startswith("file:"):  # a bucket is checked once a minute
            wait_until_not_ready(installation, "the store can't be written to")
        assert installation.delete(films[0]).status_code == 200
        assert ask("GET", f"/videos/{films[0]}") == (404, None)
    assert any(films[0] in key for key in installation.stored())
    counted = check_jobs("store read-only or unavailable, deletes", since=time.time())

    assert counted.completed == counted.jobs == 2
