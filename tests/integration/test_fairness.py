"""Which job is next: fair shares of projects, on both databases, with real workers."""

import shutil
from collections import Counter

import pytest
import sqlalchemy as sa
from durable_worker import DurableWorker
from job_fixtures import a_video
from waiting import wait_for

from vitascope.jobs import durable
from vitascope.jobs.durable import DbosTransport
from vitascope.store.database import prepare_sqlite, sync_url


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "v.db"
    durable.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_database")
    shutil.copy(request.getfixturevalue("template"), tmp_path / "v.db")
    return f"sqlite:///{tmp_path}/v.db"


@pytest.fixture
def start(database, tmp_path):
    """Starts workers by name and waits until they take jobs."""
    started = []

    def start_all(*names, limits=None, poll=0.1):
        for name in names:
            started.append(
                DurableWorker(database, name, tmp_path, limits=limits, poll_seconds=poll)
            )
        for worker in started:
            worker.ready()

    yield start_all
    for worker in started:
        worker.kill()


@pytest.fixture
def enqueue(database):
    """Enqueues jobs of a project; their ids in order."""
    transport = DbosTransport()
    engine = sa.create_engine(sync_url(database), poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", prepare_sqlite)

    def enqueue_some(project, count, *, priority=50):
        made = []
        with engine.begin() as connection:
            for _ in range(count):
                video = a_video(project=project, priority=priority)
                transport.enqueue(connection, [video])
                made.append(video.id)
        return made

    yield enqueue_some
    engine.dispose()


@pytest.fixture
def begun(tmp_path):
    """The ids of the begun jobs, in order."""

    def read():
        path = tmp_path / "events"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [line.split()[2] for line in lines if line.split()[1] == "drawing"]

    return read


@pytest.fixture
def hold(tmp_path):
    """Makes workers render until the file is removed."""

    def hold_all(*names):
        for name in names:
            (tmp_path / f"hold-{name}").touch()

    return hold_all


def test_a_flood_delays_no_other_projects_first_job(start, enqueue, begun):
    flood = enqueue("flood", 60)
    others = {enqueue(project, 1)[0] for project in ("one", "two", "three")}
    start("a")
    wait_for(lambda: others <= set(begun()), "the others' jobs")
    # Each time a project is drawn at random: all sixty first has a probability of 2^-60.
    assert not set(flood) <= set(begun())


def test_of_one_project_the_lower_number_goes_first_then_the_older(start, enqueue, begun):
    late = enqueue("studio", 1, priority=100)
    first, second = enqueue("studio", 1), enqueue("studio", 1)
    urgent = enqueue("studio", 1, priority=1)
    start("a")
    wait_for(lambda: len(begun()) == 4, "four jobs")
    assert begun()[0] == urgent[0]
    assert set(begun()[1:3]) == {*first, *second}
    assert begun()[3] == late[0]


def test_a_project_is_served_by_every_idle_worker_up_to_its_limit(
    start, enqueue, begun, hold, tmp_path
):
    names = ("a", "b", "c")
    hold(*names)
    limited = enqueue("limited", 6)
    start(*names, limits={"limited": 2})
    wait_for(lambda: len(begun()) == 2, "as many as the limit")
    unlimited = enqueue("unlimited", 3)
    wait_for(lambda: len(begun()) == 3, "a job of every worker")
    assert Counter(job in limited for job in begun()) == {True: 2, False: 1}
    for name in names:
        (tmp_path / f"hold-{name}").unlink()
    wait_for(lambda: {*limited, *unlimited} <= set(begun()), "the rest")


class TestTakingUp:
    """An idle worker learns of jobs without polling: its polls are an hour apart."""

    def test_a_new_job_is_taken_at_once(self, start, enqueue, begun):
        start("a", poll=3600)
        first = enqueue("one", 1)
        wait_for(begun, "the first job")
        second = enqueue("one", 1)
        wait_for(lambda: len(begun()) == 2, "the second job")
        assert begun() == first + second

    def test_a_job_beyond_its_projects_limit_is_taken_when_another_ends(
        self, start, enqueue, begun, hold, tmp_path
    ):
        hold("a", "b")
        limited = enqueue("limited", 2)
        start("a", "b", limits={"limited": 1}, poll=3600)
        wait_for(begun, "the first job")
        [other] = enqueue("other", 1)
        wait_for(lambda: len(begun()) == 2, "the other project's job")
        assert other in begun()
        for name in ("a", "b"):
            (tmp_path / f"hold-{name}").unlink()
        wait_for(lambda: len(begun()) == 3, "the second job")
        assert set(begun()) == {*limited, other}

    def test_a_job_that_is_not_announced_is_found_by_polling(
        self, start, enqueue, begun, monkeypatch
    ):
        start("a", poll=0.5)
        monkeypatch.setattr(durable.records, "announce", lambda connection, queues: None)
        jobs = enqueue("one", 1)
        wait_for(begun, "the job")
        assert begun() == jobs
