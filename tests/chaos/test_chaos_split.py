"""The network splits: one host is cut off from the database and the store, and comes back."""

import os
import time

import pytest
from installation import LEASE, Installation, Worker, postgres_and_s3
from network_namespace import NoNamespaces, other_host
from waiting import wait_for

# Over the slowest of TCP's own tries to get through again after such a cut.
LATE = 20.0


@pytest.fixture(scope="module")
def cable():
    """The other host and the cable to it."""
    try:
        with other_host() as made:
            yield made
    except NoNamespaces as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(reason))


@pytest.fixture(scope="module", params=["postgresql"])
def open_backing(cable):
    """Services that both hosts reach."""
    return lambda home: postgres_and_s3(home, cable.home)


@pytest.fixture(scope="module")
def place(backing, cable):
    """One worker here and one on the other host, which is the first to take a job."""
    installation = Installation(backing, workers=1)
    there = Worker(backing.data_dir, 1, before=cable.before)
    try:
        installation.start()
        there.start()
        there.wait_until_ready()
        installation.workers.append(there)
        yield installation
    finally:
        there.close()
        installation.close()


def test_a_host_that_is_cut_off_publishes_nothing_twice(place, cable, verdict):
    here, there = place.workers
    here.kill()
    job = place.create(f"A ship, slow={3 * LEASE}")
    place.wait_until_drawing(job)
    here.start()
    here.wait_until_ready()
    with cable.cut_off():
        wait_for(lambda: place.row(job)["attempt"] == 2, "the other's attempt", seconds=60)
        time.sleep(LEASE)
    over = time.time()
    counted = verdict("network split between hosts", since=over)

    row = place.row(job)
    assert (counted.completed, row["attempt"], row["crashes"]) == (1, 2, 0)

    # Whoever was cut off is back: it works when it is alone.
    here.kill()
    last = place.create("A calm sea")
    wait_for(lambda: place.row(last)["status"] == "completed", "its next film", seconds=LATE)
    assert there.running
