"""A worker is stopped for longer than its lease and continues after another has done its job."""

import signal
import sqlite3
import time
from contextlib import closing

import pytest
from installation import LEASE
from waiting import wait_for


@pytest.fixture
def pause(installation):
    """Stops a worker, but not while it holds the lock of a SQLite file: all others would wait."""
    file = installation.backing.data_dir / "vitascope.db"

    def is_unlocked():
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
            except sqlite3.OperationalError:
                return False
            return True

    def stop(worker):
        worker.signal(signal.SIGSTOP)
        while file.exists() and not is_unlocked():
            worker.signal(signal.SIGCONT)
            time.sleep(0.01)
            worker.signal(signal.SIGSTOP)

    return stop


# The engine process continues while its worker is stopped. In the first case it has finished when
# the worker continues, which then holds a film that must not be stored; in the second it still
# renders.
@pytest.mark.parametrize("seconds", [1.0, 3 * LEASE], ids=["finished", "rendering"])
def test_a_worker_that_continues_after_its_lease_publishes_nothing(
    installation, check_jobs, pause, seconds
):
    job = installation.create(f"A ship, slow={seconds}")
    installation.wait_until_drawing(job)
    paused = installation.worker_of(job)
    since = time.time()
    pause(paused)
    state = "finished" if seconds < LEASE else "rendering"
    row = installation.row
    wait_for(lambda: row(job)["attempt"] == 2, "the other worker's attempt", seconds=60)
    if state == "finished":
        wait_for(lambda: row(job)["status"] == "completed", "its film", seconds=60)
    paused.signal(signal.SIGCONT)
    counted = check_jobs(f"worker stopped past its lease, engine {state}", since=since)

    assert (counted.completed, row(job)["attempt"], row(job)["crashes"]) == (1, 2, 0)
    assert paused.running
