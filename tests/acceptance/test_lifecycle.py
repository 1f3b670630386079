"""How jobs and processes end: cancelled, stopped, killed."""

from __future__ import annotations

import signal

import process_tree
import pytest
from film_checks import assert_bars_film
from server_process import Server
from waiting import wait_for

EXIT_SECONDS = 2.0
"""Within which a process must end that has lost its parent or its job."""


@pytest.fixture(scope="module")
def server(make_server) -> Server:
    """The module's server, whose films are cheap."""
    return make_server(bars=True)


def wait_for_end(pids: list[int]) -> None:
    wait_for(
        lambda: not any(map(process_tree.alive, pids)), f"the end of {pids}", seconds=EXIT_SECONDS
    )


@pytest.fixture
def live(server) -> Server:
    """The module's server, running and idle, with a started engine process."""
    if not server.running:
        server.start()
    server.cancel_unfinished()
    if not server.engine_processes():
        server.rendered("A calm sea")  # the next job starts a new engine process
    return server


def test_a_job_is_cancelled_while_it_runs_and_while_it_waits(live):
    server = live
    child = server.engine_process()
    running, waiting = server.create_slow()["id"], server.create()["id"]
    wait_for(lambda: server.row(running)["progress"] >= 2, "progress")
    assert server.retrieve(waiting)["status"] == "queued"

    cancelled = [server.cancel(waiting), server.cancel(running)]
    after = server.rendered("A calm sea")

    assert [(v["status"], v["error"]["code"]) for v in cancelled] == [("failed", "cancelled")] * 2
    assert after["status"] == "completed"
    assert [server.retrieve(job) for job in (waiting, running)] == cancelled
    assert server.row(waiting)["attempt"] == 0
    assert server.engine_processes() == [child], "the engine stops and stays loaded"
    assert server.stored(waiting) == server.stored(running) == set()
    assert server.scratch() == []


def test_a_stopped_server_leaves_no_process_and_continues_its_job_later(live):
    server = live
    video_id = server.create("A ship in a storm, slow=6")["id"]
    wait_for(lambda: server.row(video_id)["progress"] >= 2, "progress")
    descendants = server.descendants()
    assert len(descendants) >= 2

    status = server.stop(signal.SIGINT)

    assert status == 0
    wait_for_end(descendants)
    assert (server.row(video_id)["status"], server.row(video_id)["crashes"]) == ("in_progress", 0)
    with server.database() as database:
        query = "SELECT status FROM workflow_status WHERE workflow_uuid = ?"
        assert database.execute(query, (video_id,)).fetchone()["status"] == "ENQUEUED"
        assert database.execute("SELECT * FROM workers").fetchall() == []
    server.start()
    server.wait_until(video_id, "completed")
    assert_bars_film(server.download(video_id))


def test_a_killed_worker_is_replaced_and_its_engine_ends(live):
    server = live
    child, worker = server.engine_process(), server.workers()[0]

    process_tree.kill(worker)

    wait_for_end([child])
    assert wait_for(lambda: set(server.workers()) - {worker}, "another worker")


def test_two_servers_do_not_share_a_data_folder(live):
    second = Server(live.data_dir)
    try:
        with pytest.raises(AssertionError, match="Another server is using"):
            second.start()
    finally:
        second.close()


# Last, because no server is left.
def test_the_other_processes_end_when_the_server_is_killed_while_drawing(live):
    """tests/acceptance/test_durability.py does it while the server is idle."""
    server = live
    video_id = server.create_slow()["id"]
    wait_for(lambda: server.row(video_id)["progress"] >= 2, "progress")

    descendants = server.kill()

    assert len(descendants) >= 2
    wait_for_end(descendants)
