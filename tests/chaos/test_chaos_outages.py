"""The database or the store goes away for longer than a lease, or is full, and comes back."""

import time

from vschaos import LEASE
from vspatience import wait_for

OUTAGE = 2.5 * LEASE


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
