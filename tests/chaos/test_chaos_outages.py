"""The database or the store goes away, is full or can only be read, and comes back."""

import time

import pytest
from installation import LEASE
from waiting import wait_for

OUTAGE = 2.5 * LEASE
UPLOAD = 200 * 1024
"""Bytes; to delete it makes room on a full disk, where a tiny film makes next to none."""


@pytest.fixture
def films(place):
    """Three films that are there when the fault strikes."""
    made = [place.create("A calm sea") for _ in range(3)]
    place.settle()
    return made


@pytest.fixture
def ask(place):
    """Asks the API, and returns status and the error's code."""

    def send(method, path, **body):
        answer = place.server.http.request(method, path, **body)
        error = answer.json().get("error") or {}
        return answer.status_code, error.get("code")

    return send


def wait_until_told(place, trouble):
    """Wait until the server, which tries every two seconds, is not ready for that reason."""

    def told():
        ready = place.server.http.get(f"{place.server.url}/readyz")
        return ready.status_code == 503 and ready.json()["status"] == trouble

    wait_for(told, f"the server to say that {trouble}")


def create(ask):
    return ask("POST", "/videos", json={"prompt": "A calm sea"})


def test_the_database_is_away_for_longer_than_a_lease(place, backing, verdict):
    jobs = [place.create(f"A ship, slow={1.5 * OUTAGE}") for _ in place.workers]
    place.wait_until_drawing(*jobs)
    with backing.database_outage():
        time.sleep(OUTAGE)
    over = time.time()
    jobs.append(place.create("A calm sea"))
    counted = verdict("database away in mid-job", since=over)

    assert counted.completed == len(jobs)
    # All heartbeats were old: but nobody healthy was declared dead, and no film drawn again.
    assert [place.row(job)["attempt"] for job in jobs] == [1] * len(jobs)


def test_the_store_is_away_when_files_are_to_be_stored(place, backing, verdict):
    jobs = [place.create("A ship, slow=1") for _ in place.workers]
    place.wait_until_drawing(*jobs)
    with backing.store_outage():
        for job in jobs:
            wait_for(lambda job=job: place.row(job)["phase"] == "publish", "a drawn film")
        time.sleep(LEASE)
    counted = verdict("store away at publication", since=time.time())

    assert counted.completed == len(jobs)
    assert [place.row(job)["attempt"] for job in jobs] == [1] * len(jobs)


def test_the_disk_is_full_for_a_while(place, verdict):
    jobs = [place.create("A ship, slow=1") for _ in place.workers]
    place.wait_until_drawing(*jobs)
    told = [len(worker.log) for worker in place.workers]
    with place.disk_full():
        for worker, length in zip(place.workers, told, strict=True):
            wait_for(lambda w=worker, n=length: "again soon" in w.log[n:], "trouble in the log")
        time.sleep(LEASE)
    fault = "disk full" if place.backing.disks else "disk full (stand-in: file size limit)"
    counted = verdict(fault, since=time.time())

    assert counted.completed == len(jobs)
    assert [place.row(job)["crashes"] for job in jobs] == [0] * len(jobs)


def test_a_full_disk_takes_deletes_alone(place, verdict, films, ask):
    assert place.backing.disks, "to fill a disk needs root, who may mount a small one"
    upload = {"data": {"purpose": "vision"}, "files": {"file": ("a.png", bytes(UPLOAD))}}
    files = [place.server.http.post("/files", **upload).json()["id"] for _ in range(2)]
    with place.disk_full():
        assert create(ask) == (507, "insufficient_storage")
        assert ask("POST", "/files", **upload) == (507, "insufficient_storage")
        assert len(place.download(films[2])) > 0
        assert ask("DELETE", f"/files/{files[0]}") == (200, None)
        assert place.delete(films[0]).status_code == 200
        assert ask("GET", f"/videos/{films[0]}") == (404, None)
    over = time.time()
    assert ask("DELETE", f"/files/{files[1]}") == (200, None)
    assert place.delete(films[1]).status_code == 200
    place.create("A calm sea")
    counted = verdict("disk full, deletes", since=over)

    assert counted.completed == counted.jobs == 2


def test_a_database_that_can_only_be_read_keeps_what_it_cannot_delete(place, verdict, films, ask):
    with place.read_only():
        assert create(ask) == (503, "storage_unavailable")
        refused = place.delete(films[0])
        assert refused.status_code == 503, refused.text
        assert refused.json()["error"]["code"] == "storage_unavailable"
        assert refused.headers.get("x-should-retry") != "false"
        wait_until_told(place, "the database can't be written to")
        assert len(place.download(films[0])) > 0
        time.sleep(LEASE)
    over = time.time()
    wait_for(lambda: place.delete(films[0]).status_code == 200, "a delete")
    place.create("A calm sea")
    counted = verdict("database read-only, deletes", since=over)

    assert counted.completed == counted.jobs == 3


def test_what_a_store_cannot_remove_goes_later(place, backing, verdict, films, ask):
    with backing.store_refusal():
        if backing.storage.startswith("file:"):  # a bucket is tried once a minute
            wait_until_told(place, "the store can't be written to")
        assert place.delete(films[0]).status_code == 200
        assert ask("GET", f"/videos/{films[0]}") == (404, None)
    assert any(films[0] in key for key in place.stored())
    counted = verdict("store read-only or away, deletes", since=time.time())

    assert counted.completed == counted.jobs == 2
