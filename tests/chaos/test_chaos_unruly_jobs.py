"""Jobs that kill their engine, are called off, or take too long, and the next job after them."""

import time

import pytest

DEADLINE = 6.0


@pytest.fixture(scope="module")
def settings():
    return {"job_timeout_seconds": DEADLINE}


def test_a_job_that_kills_its_engine_is_given_up(place, verdict):
    jobs = [place.create("poison"), place.create("A calm sea"), place.create("poison")]
    begun = time.time()
    counted = verdict("poison job", since=begun, may_fail=["engine_crashed"])

    assert (counted.completed, counted.failed) == (1, 2)
    assert [place.row(job)["crashes"] for job in jobs] == [3, 0, 3]


def test_a_job_is_cancelled_while_it_is_drawn(place, verdict):
    jobs = [place.create("A ship, slow=20") for _ in place.workers]
    place.wait_until_drawing(*jobs)
    engines = {worker.engine() for worker in place.workers}
    waiting = [place.create("A ship, slow=20"), place.create("A calm sea")]
    cancelled = time.time()
    for job in [*jobs, waiting[0]]:
        place.cancel(job)
    counted = verdict("cancelled while it runs", since=cancelled, may_fail=["cancelled"])

    assert (counted.completed, counted.failed) == (1, 3)
    assert place.row(waiting[0])["attempt"] == 0
    # What nobody wants any more is not drawn any further.
    assert not engines & {worker.engine() for worker in place.workers}


def test_a_job_is_over_its_deadline(place, verdict):
    jobs = [place.create("A ship, slow=20"), place.create("A calm sea")]
    begun = time.time()
    counted = verdict("over its deadline", since=begun, may_fail=["timed_out"])

    assert (counted.completed, counted.failed) == (1, 1)
    row = place.row(jobs[0])
    assert (row["error_code"], row["attempt"]) == ("timed_out", 1)
