"""How jobs and processes end: cancelled, stopped, killed; and what is the same ever after."""

from __future__ import annotations

import signal

import process_tree
import pytest
from film_checks import assert_whole
from server_process import UNFINISHED, Server
from waiting import wait_for

FATE = 2.0
"""Seconds within which whoever lost its parent, or its job, must be gone."""


@pytest.fixture
def live(server) -> Server:
    """The module's server: started again if a test before has ended it, idle, its engine warm."""
    if not server.running:
        server.start()
    videos = server.http.get("/videos", params={"limit": 100}).json()["data"]
    if unfinished := [video["id"] for video in videos if video["status"] in UNFINISHED]:
        for video_id in unfinished:
            server.cancel(video_id)
        server.rendered("A calm sea")  # a killed engine is replaced when there is work again
    server.warm_child()
    return server


def test_a_job_is_cancelled_while_it_runs_and_while_it_waits(live):
    server = live
    child = server.warm_child()
    running, waiting = server.create_slow()["id"], server.create()["id"]
    wait_for(lambda: server.row(running)["progress"] >= 2, "progress")
    assert server.retrieve(waiting)["status"] == "queued"

    cancelled = [server.cancel(waiting), server.cancel(running)]
    wait_for(lambda: not process_tree.alive(child), "the engine's end", seconds=FATE)
    after = server.rendered("A calm sea")

    assert [(v["status"], v["error"]["code"]) for v in cancelled] == [("failed", "cancelled")] * 2
    assert after["status"] == "completed"
    assert [server.retrieve(job) for job in (waiting, running)] == cancelled
    assert server.row(waiting)["attempt"] == 0
    assert server.stored(waiting) == server.stored(running) == set()
    assert server.scratch() == []


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])
def test_a_stopped_server_leaves_nobody_behind_and_goes_on_later(signum, live):
    server = live
    video_id = server.create("A ship in a storm")["id"]
    wait_for(lambda: server.row(video_id)["progress"] >= 2, "progress")
    family = server.family()
    assert len(family) >= 2

    status = server.stop(signum)

    assert status == 0
    wait_for(lambda: not any(map(process_tree.alive, family)), "the family's end", seconds=FATE)
    assert server.row(video_id)["status"] == "in_progress"
    server.start()
    server.wait_until(video_id, "completed")
    assert_whole(server.download(video_id))


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "drawing"])
def test_a_killed_server_takes_its_family_along(busy, live):
    server = live
    if busy:
        video_id = server.create_slow()["id"]
        wait_for(lambda: server.row(video_id)["progress"] >= 2, "progress")

    family = server.kill()

    assert len(family) >= 2
    wait_for(lambda: not any(map(process_tree.alive, family)), "the family's end", seconds=FATE)


def test_a_killed_worker_takes_its_engine_along_and_is_replaced(live):
    server = live
    child, worker = server.warm_child(), server.workers()[0]

    process_tree.kill(worker)

    wait_for(lambda: not process_tree.alive(child), "the engine's end", seconds=FATE)
    wait_for(lambda: set(server.workers()) - {worker}, "another worker")


def test_the_same_prompt_and_seed_make_the_same_bytes(live):
    server = live
    first = server.download(server.rendered("A fox in the snow", seed=7)["id"])
    process_tree.kill(server.warm_child())  # so that nothing but prompt and seed is shared

    second = server.download(server.rendered("A fox in the snow", seed=7)["id"])
    other = server.download(server.rendered("A fox in the snow", seed=8)["id"])

    assert second.content == first.content
    assert second.headers["etag"] == first.headers["etag"]
    assert other.content != first.content


def test_two_servers_do_not_share_a_data_folder(live):
    rival = Server(live.data_dir)
    try:
        with pytest.raises(AssertionError, match="Another server is using"):
            rival.start()
    finally:
        rival.close()
