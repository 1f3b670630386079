"""How many jobs a worker takes, with a fake source of jobs."""

import time

import pytest
from waiting import wait_for

from vitascope.jobs.taking import JobTaker, TakenJob

DATABASES = ["sqlite"]


class FakeSource:
    """Has as many jobs as anyone takes; the test says which prepare and which have ended."""

    def __init__(self):
        self.taken = []
        self.preparing = set()
        self.ended = set()
        self.faults = 0

    def is_any_waiting(self, _connection):
        return True

    def take(self):
        if self.faults:
            self.faults -= 1
            raise KeyError("a fault that nobody foresaw")
        self.taken.append(f"job {len(self.taken)}")
        return TakenJob(self.taken[-1], "queue", "project", time.monotonic())

    def is_preparing(self, job):
        return job.job_id in self.preparing

    def has_ended(self, job):
        return job.job_id in self.ended

    def let_others_take(self, job):
        pass

    def release_connections(self):
        pass


@pytest.fixture
def source(database_url):
    fake = FakeSource()
    taker = JobTaker(fake, database_url, ["queue"], poll_seconds=0.05)
    taker.start()
    yield fake
    taker.stop()


def taken_by_now(source, number):
    wait_for(lambda: len(source.taken) >= number, f"{number} jobs taken", seconds=10)
    time.sleep(0.3)  # several times the pause between two looks
    return len(source.taken)


def test_one_job_is_taken_at_a_time(source):
    assert taken_by_now(source, 1) == 1
    source.ended.add("job 0")
    assert taken_by_now(source, 2) == 2


def test_others_are_taken_while_the_uploads_of_some_are_decoded(source):
    source.preparing.update(["job 0", "job 1", "job 2"])
    assert taken_by_now(source, 3) == 3
    source.preparing.discard("job 0")
    source.ended.add("job 1")
    assert taken_by_now(source, 3) == 3
    source.ended.add("job 0")
    assert taken_by_now(source, 4) == 4


def test_a_fault_does_not_end_the_taking(source):
    taken_by_now(source, 1)
    source.faults = 2
    source.ended.add("job 0")
    assert taken_by_now(source, 2) == 2
    assert source.faults == 0


def test_a_stopped_taker_claims_nothing(database_url):
    source = FakeSource()
    taker = JobTaker(source, database_url, ["queue"], poll_seconds=0.05)
    taker.start()
    wait_for(lambda: source.taken, "the first job taken")
    taker.stop()
    source.ended.add("job 0")
    assert taken_by_now(source, 1) == 1
