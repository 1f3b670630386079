"""A waiting video's place: fair turns between projects, and how busy the workers are."""

import pytest
from job_fixtures import a_video

from vitascope.api.services import estimates as module
from vitascope.api.services.estimates import QueuePositions

pytestmark = pytest.mark.anyio


class Clock:
    now = 100.0

    def monotonic(self):
        return self.now


class FakeDatabase:
    """Stands for the repositories: what waits, runs and lives is set by the test."""

    def __init__(self, clock):
        self.clock = clock
        self.queued = {}
        self.running = {}
        self.served = [["sora-2"]]
        self.looks = 0
        self.takes = 0.0

    async def queued_by_project(self):
        self.looks += 1
        self.clock.now += self.takes
        return {"shadowplay": self.queued}

    async def running_by_queue(self):
        return self.running

    async def models_served(self, *, lease):
        assert lease == 20
        return self.served


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def database(clock):
    return FakeDatabase(clock)


@pytest.fixture
def line(make_settings, database):
    return QueuePositions(make_settings(worker_lease_seconds=20), database, database)


def video(project="mine", queue="shadowplay"):
    return a_video(project=project, queue=queue)


async def test_alone_only_its_own_projects_go_first(line, database):
    database.queued = {"mine": 5}
    assert await line.jobs_before(video(), 0) == 0
    assert await line.jobs_before(video(), 4) == 4


async def test_each_other_project_has_a_turn_for_each_of_ours(line, database):
    database.queued = {"mine": 3, "flood": 500, "small": 1}
    assert await line.jobs_before(video(), 0) == 2
    assert await line.jobs_before(video(), 1) == 1 + 2 + 1
    assert await line.jobs_before(video(), 2) == 2 + 3 + 1


async def test_what_waits_elsewhere_is_of_no_account(line, database):
    database.queued = {"flood": 500}
    assert await line.jobs_before(video(queue="diffusers:ltx"), 2) == 2


@pytest.mark.parametrize(
    ("before", "running", "workers", "rounds"),
    [
        (0, 0, 1, 0),  # a worker is idle
        (0, 1, 1, 1),  # it is busy with one
        (3, 1, 1, 4),
        (3, 2, 2, 2),
        (0, 1, 2, 0),
    ],
)
async def test_rounds_are_shared_by_the_workers(line, database, before, running, workers, rounds):
    database.running = {"shadowplay": running}
    database.served = [["sora-2", "sora-2-pro", "forgotten"]] * workers
    assert await line.rounds_before(video(), before) == rounds


async def test_without_a_worker_for_it_nobody_can_tell(line, database):
    database.served = [["forgotten"]]
    assert await line.rounds_before(video(), 0) is None


async def test_many_questions_are_one_look_a_second(line, database, clock):
    for _ in range(5):
        await line.jobs_before(video(), 0)
    assert database.looks == 1
    clock.now += 1.0
    await line.jobs_before(video(), 0)
    assert database.looks == 2


async def test_a_look_that_takes_long_is_repeated_seldom(line, database, clock):
    database.takes = 0.5
    await line.jobs_before(video(), 0)
    clock.now += 24.0
    await line.jobs_before(video(), 0)
    assert database.looks == 1
    clock.now += 1.0
    await line.jobs_before(video(), 0)
    assert database.looks == 2
