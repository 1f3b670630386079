"""What we rely on in the durable engine, with real processes on a real database."""

import base64
import inspect
import re
import sqlite3
import time
from contextlib import closing

import dbos._dbos
import pytest
import sqlalchemy as sa
from dbos import DBOS, DBOSClient
from dbos._core import ActiveWorkflowById, execute_dequeued_workflow
from dbos._queue import _INTERNAL_QUEUE_CONSTRUCTION as _QUEUE_TOKEN
from dbos._queue import Queue
from dbos._sys_db import SystemDatabase
from durable_worker import DurableWorker
from job_fixtures import a_video
from waiting import wait_for

from vitascope.jobs import durable
from vitascope.jobs.durable import WORKFLOW_VERSION, DbosTransport
from vitascope.jobs.durable.engine import UNUSED_THREADS
from vitascope.store.database import prepare_sqlite, sync_url
from vitascope.video import new_id


def pause(worker, folder):
    """Stop the process, but not while it holds the database's lock."""
    while True:
        worker.pause()
        time.sleep(0.02)
        if database_is_free(folder / "v.db"):
            return
        worker.resume()


def database_is_free(path):
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    with closing(connection):
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        connection.execute("ROLLBACK")
        return True


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "v.db"
    durable.upgrade(f"sqlite:///{path}")
    return path.read_bytes()


@pytest.fixture
def folder(tmp_path, template):
    (tmp_path / "v.db").write_bytes(template)
    return tmp_path


@pytest.fixture
def start(folder):
    started = []

    def start_one(name, version=WORKFLOW_VERSION):
        started.append(DurableWorker(f"sqlite:///{folder}/v.db", name, folder, version=version))
        return started[-1]

    yield start_one
    for worker in started:
        worker.kill()


@pytest.fixture
def enqueue(folder):
    """Enqueues a job in a transaction, which may be rolled back."""
    database = f"sqlite:///{folder}/v.db"
    transport = DbosTransport()
    engine = sa.create_engine(database, poolclass=sa.NullPool)
    sa.event.listen(engine, "connect", prepare_sqlite)

    def enqueue_one(*, commit=True):
        video = a_video()
        with engine.connect() as connection, connection.begin() as transaction:
            transport.enqueue(connection, [video])
            if not commit:
                transaction.rollback()
        return video.id

    yield enqueue_one


@pytest.fixture
def events(folder):
    path = folder / "events"
    return lambda: path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def test_the_private_functions_take_the_arguments_that_we_give_them():
    queue = Queue("q", worker_concurrency=1, partition_concurrency=2, token=_QUEUE_TOKEN)
    claim = (object(), queue, "worker", "2", "project")
    inspect.signature(SystemDatabase.start_queued_workflows).bind(
        *claim, owner_xid="token", is_latest_version=False
    )
    inspect.signature(SystemDatabase.get_queue_partitions).bind(object(), "q")
    inspect.signature(SystemDatabase.get_workflow_statuses).bind(object(), ["id"])
    inspect.signature(SystemDatabase.is_lock_conflict).bind(object(), object())
    inspect.signature(SystemDatabase.is_serialization_conflict).bind(object(), object())
    inspect.signature(SystemDatabase._begin).bind(object(), None)
    inspect.signature(execute_dequeued_workflow).bind(object(), {}, "token")
    inspect.signature(DBOS._recover_pending_workflows).bind(["worker"])
    assert ActiveWorkflowById().activeList() == []


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_jobs_that_are_enqueued_together_have_the_rows_that_dbos_makes(backend, folder, request):
    sqlite = backend == "sqlite"
    url = f"sqlite:///{folder}/v.db" if sqlite else request.getfixturevalue("postgres_database")
    video, theirs = a_video(), a_video()
    options = {
        "workflow_name": durable.WORKFLOW,
        "queue_name": theirs.queue,
        "workflow_id": theirs.id,
        "queue_partition_key": theirs.project,
        "priority": theirs.priority,
        "app_version": WORKFLOW_VERSION,
    }
    address = sync_url(url)
    engine = sa.create_engine(address, poolclass=sa.NullPool)
    transport = DbosTransport()
    client = DBOSClient(
        system_database_url=address.render_as_string(hide_password=False),
        application_name=durable.APPLICATION,
        lazy=True,
    )
    with engine.begin() as connection:
        transport.enqueue(connection, [a_video(queue="other", project="p"), video, a_video()])
        client.enqueue_in_transaction(connection, options, theirs.id)
        with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
            transport.enqueue(connection, [video])
    schema = "" if sqlite else "dbos."
    with engine.connect() as connection:
        for table in ("workflow_status", "workflow_input"):
            rows = connection.execute(sa.text(f"SELECT * FROM {schema}{table}")).mappings().all()
            assert len(rows) == 4
            ours, made = (
                {name: _without_own(name, value, one.id) for name, value in row.items()}
                for one in (video, theirs)
                for row in rows
                if row["workflow_uuid"] == one.id
            )
            assert ours == made
    client.destroy()


def _without_own(column, value, video_id):
    """A column's value without what differs from job to job: ids, times, the creation's token."""
    text = base64.b64decode(value).decode("latin-1") if column == "inputs" and value else str(value)
    text = text.replace(video_id, "VIDEO")
    text = re.sub(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}$", "TOKEN", text)
    return re.sub(r"^1[0-9]{12}$", "TIME", text)


@pytest.mark.parametrize("name", UNUSED_THREADS)
def test_launching_starts_its_own_threads_by_names_that_we_replace(name):
    assert callable(getattr(dbos._dbos, name))
    assert re.search(rf"\b{name}\b", inspect.getsource(DBOS._launch))


def test_a_workers_engine_has_no_thread_of_its_own_that_polls(start):
    threads = start("a").ready().call("threads")
    assert "job-taker" in threads
    assert not [name for name in threads if re.search(r"queue|schedul|background-jobs", name)]


def test_a_worker_that_restarts_under_its_name_resumes_its_job(start, enqueue, events, folder):
    (folder / "hold-a").touch()
    dropped = enqueue(commit=False)
    job = enqueue()
    first = start("a").ready()
    wait_for(lambda: f"a drawing {job}" in events(), "the first drawing")
    first.kill()
    (folder / "hold-a").unlink()
    second = start("a").ready()
    wait_for(lambda: f"a published {job} a" in events(), "the publication")
    assert events() == [
        f"a drawing {job}",
        f"a drawing {job}",
        f"a drawn {job}",
        f"a published {job} a",
    ]
    wait_for(lambda: not second.call("alive_among", [job, dropped]), "the job's end")


def test_the_job_of_a_silent_worker_moves_to_another_when_it_is_recovered(
    start, enqueue, events, folder
):
    (folder / "hold-a").touch()
    silent, other = start("a"), start("b")
    silent.ready()
    pause(other.ready(), folder)
    job = enqueue()
    wait_for(lambda: f"a drawing {job}" in events(), "the first drawing")
    other.resume()
    pause(silent, folder)
    queued = [enqueue(), enqueue()]
    wait_for(lambda: f"b published {queued[1]} b" in events(), "the other jobs")
    assert f"b drawing {job}" not in events()
    # A silent worker's job counts as alive; finished and unknown ones do not. Any number of ids.
    unknown = [f"video_{number}" for number in range(40_000)]
    wait_for(
        lambda: other.call("alive_among", [*unknown, *queued, job, new_id("video")]) == [job],
        "the end of the other jobs",
    )

    other.call("recover", ["a"])
    wait_for(lambda: f"b published {job} b" in events(), "the recovered job")
    # The silent worker resumes and finishes its rendering, which is not published.
    (folder / "hold-a").unlink()
    silent.resume()
    time.sleep(1.0)
    assert [line for line in events() if "published" in line and job in line] == [
        f"b published {job} b"
    ]
    other.call("recover", ["a", "unknown"])
    wait_for(lambda: not other.call("alive_among", [job]), "the job's end")


def test_a_draining_worker_takes_no_job_and_finishes_or_hands_back_its_own(
    start, enqueue, events, folder
):
    (folder / "hold-a").touch()
    leaving, other = start("a"), start("b")
    leaving.ready()
    pause(other.ready(), folder)
    first = enqueue()
    wait_for(lambda: f"a drawing {first}" in events(), "the first drawing")
    leaving.call("stop_taking")
    second = enqueue()
    (folder / "hold-a").unlink()
    wait_for(lambda: f"a published {first} a" in events(), "the publication")
    wait_for(lambda: leaving.call("alive_among", [first, second]) == [second], "the first's end")
    time.sleep(0.5)
    assert f"a drawing {second}" not in events()
    other.resume()
    wait_for(lambda: f"b published {second} b" in events(), "the other worker")

    (folder / "hold-b").touch()
    third = enqueue()
    wait_for(lambda: f"b drawing {third}" in events(), "the third drawing")
    other.call("stop_taking")
    other.call("recover", ["b"])
    start("c").ready()
    wait_for(lambda: f"c published {third} c" in events(), "the third worker")
    (folder / "hold-b").unlink()
    time.sleep(1.0)
    assert f"b published {third} b" not in events()


def test_a_job_waits_for_a_worker_of_its_own_version(start, enqueue, events, folder):
    foreign, own = start("new", version="999"), start("own")
    foreign.ready()
    pause(own.ready(), folder)
    job = enqueue()
    time.sleep(1.0)
    foreign.call("recover", ["own", "new"])
    assert events() == []
    assert foreign.call("alive_among", [job]) == [job]
    own.resume()
    wait_for(lambda: f"own published {job} own" in events(), "the publication")


def test_only_jobs_finished_a_day_ago_are_deleted(start, enqueue, events, folder):
    worker = start("a").ready()
    old, young = enqueue(), enqueue()
    wait_for(lambda: not worker.call("alive_among", [old, young]), "the jobs' end")
    (folder / "hold-a").touch()
    running = enqueue()
    wait_for(lambda: f"a drawing {running}" in events(), "the drawing")
    yesterday = int((time.time() - 25 * 3600) * 1000)
    with closing(sqlite3.connect(folder / "v.db", timeout=10)) as database, database:
        database.execute(
            "UPDATE workflow_status SET completed_at = ?, created_at = ? "
            "WHERE workflow_uuid IN (?, ?)",
            (yesterday, yesterday, old, running),
        )
        database.execute(
            "UPDATE workflow_status SET completed_at = NULL WHERE workflow_uuid = ?", (running,)
        )
    worker.call("forget_finished")
    with closing(sqlite3.connect(folder / "v.db", timeout=10)) as database:
        kept = {row[0] for row in database.execute("SELECT workflow_uuid FROM workflow_status")}
        steps = {row[0] for row in database.execute("SELECT workflow_uuid FROM operation_outputs")}
    assert old not in kept | steps
    assert {young, running} <= kept
    (folder / "hold-a").unlink()
    wait_for(lambda: f"a published {running} a" in events(), "the publication")
