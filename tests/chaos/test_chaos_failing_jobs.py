"""Jobs that crash their engine, are cancelled, or exceed the deadline; and the jobs after them."""

import time

import pytest

DEADLINE = 6.0


@pytest.fixture(scope="module")
def settings():
    return {"job_timeout_seconds": DEADLINE}


def test_a_job_that_crashes_its_engine_fails_after_three_attempts(installation, check_jobs):
    prompts = ("crash", "A calm sea", "crash")
    jobs = [installation.create(prompt) for prompt in prompts]
    since = time.time()
    counted = check_jobs("job that crashes its engine", since=since, may_fail=["engine_crashed"])

    assert (counted.completed, counted.failed) == (1, 2)
    assert [installation.row(job)["crashes"] for job in jobs] == [3, 0, 3]


def test_a_running_job_is_cancelled(installation, check_jobs):
    jobs = [installation.create("A ship, slow=20") for _ in installation.workers]
    installation.wait_until_drawing(*jobs)
    engines = {worker.engine() for worker in installation.workers}
    waiting = [installation.create("A ship, slow=20"), installation.create("A calm sea")]
    since = time.time()
    for job in [*jobs, waiting[0]]:
        installation.cancel(job)
    counted = check_jobs("cancelled while it runs", since=since, may_fail=["cancelled"])

    assert (counted.completed, counted.failed) == (1, 3)
    assert installation.row(waiting[0])["attempt"] == 0
    # The engines stopped at their next report and stay loaded.
    assert engines == {worker.engine() for worker in installation.workers}


def test_a_job_exceeds_its_deadline(installation, check_jobs):
    jobs = [installation.create("A ship, slow=20"), installation.create("A calm sea")]
    since = time.time()
    counted = check_jobs("deadline exceeded", since=since, may_fail=["timed_out"])

    assert (counted.completed, counted.failed) == (1, 1)
    row = installation.row(jobs[0])
    assert (row["error_code"], row["attempt"]) == ("timed_out", 1)
