"""A worker sleeps past its lease while it works, and wakes when another has done its job."""

import signal
import sqlite3
import time
from contextlib import closing

import pytest
from installation import LEASE
from waiting import wait_for


@pytest.fixture
def put_to_sleep(place):
    """Stops a worker, but not while it holds the lock of a SQLite file: all others would wait."""
    file = place.backing.data_dir / "vitascope.db"

    def free():
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
            except sqlite3.OperationalError:
                return False
            return True

    def stop(worker):
        worker.signal(signal.SIGSTOP)
        while file.exists() and not free():
            worker.signal(signal.SIGCONT)
            time.sleep(0.01)
            worker.signal(signal.SIGSTOP)

    return stop


# Its engine goes on while the worker sleeps. In the first case it is done by the time the worker
# wakes, which then has a film to store that nobody wants; in the second it still draws.
@pytest.mark.parametrize("seconds", [1.0, 3 * LEASE], ids=["done", "drawing"])
def test_a_worker_that_wakes_too_late_publishes_nothing(place, verdict, put_to_sleep, seconds):
    job = place.create(f"A ship, slow={seconds}")
    place.wait_until_drawing(job)
    zombie = place.worker_of(job)
    asleep = time.time()
    put_to_sleep(zombie)
    state = "done" if seconds < LEASE else "drawing"
    wait_for(lambda: place.row(job)["attempt"] == 2, "the other worker's attempt", seconds=60)
    if state == "done":
        wait_for(lambda: place.row(job)["status"] == "completed", "its film", seconds=60)
    zombie.signal(signal.SIGCONT)
    counted = verdict(f"worker asleep past its lease, engine {state}", since=asleep)

    row = place.row(job)
    assert (counted.completed, row["attempt"], row["crashes"]) == (1, 2, 0)
    assert zombie.running
