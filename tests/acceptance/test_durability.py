"""Jobs survive: real kills of the server, the worker and the engine's process, at many moments."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2
import process_tree
import pytest
from film_checks import assert_whole
from server_process import UNFINISHED, Server
from waiting import wait_for

FILES = {"video.mp4", "thumbnail.webp", "spritesheet.jpg"}
FATE = 2.0
"""Seconds within which whoever lost its parent, or its job, must be gone."""


def row_is(check: Callable[[dict], bool]) -> Callable[[Server, str], bool]:
    return lambda server, video_id: check(server.row(video_id))


MOMENTS: dict[str, Callable[[Server, str], bool]] = {
    "queued": lambda _server, _video_id: True,
    "drawing": row_is(lambda row: row["progress"] >= 30),
    "nearly done": row_is(lambda row: row["progress"] >= 75),
    "storing": lambda server, video_id: bool(server.stored(video_id)),
}
VICTIMS: dict[str, Callable[[Server], int]] = {
    "server": lambda server: server.pid,
    "worker": lambda server: server.workers()[0],
    "engine": lambda server: server.engine_children()[0],
}


@dataclass
class Witness:
    """What somebody saw who kept asking for a video, whatever happened to the server."""

    seen: list[dict] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)

    def watch(self, server: Server, video_id: str, done: threading.Event) -> None:
        with httpx2.Client(trust_env=False, timeout=5) as http:
            while not done.is_set():
                try:
                    response = http.get(f"{server.url}/v1/videos/{video_id}")
                except httpx2.TransportError:  # the server is dead just now
                    continue
                finally:
                    done.wait(0.03)
                if response.status_code == 200:
                    self.seen.append(response.json())
                else:
                    self.refusals.append(response.status_code)


@contextmanager
def witness(server: Server, video_id: str) -> Iterator[Witness]:
    watcher, done = Witness(), threading.Event()
    thread = threading.Thread(target=watcher.watch, args=(server, video_id, done))
    thread.start()
    try:
        yield watcher
    finally:
        done.set()
        thread.join()


def strike(server: Server, victim: str, moment: str) -> str:
    """Kill the victim at that moment of a new job; the job's id.

    The moment may be over before the kill lands, so a few jobs are tried.
    """
    for seed in range(4):
        get_ready(server)
        prey = VICTIMS[victim](server)
        video_id = server.create("A ship in a storm", seed=seed)["id"]
        wait_for(
            lambda job=video_id: MOMENTS[moment](server, job),
            f"the job to be {moment}",
            every=0.002,
        )
        process_tree.kill(prey)
        if server.row(video_id)["status"] in UNFINISHED:
            return video_id
        if victim == "server":
            raise_again(server)
        elif victim == "engine":
            server.rendered("A calm sea")  # a dead engine is replaced when there is work again
    pytest.fail(f"no job could be hit while {moment}")


def get_ready(server: Server) -> None:
    """Wait until somebody is there to be killed."""
    wait_for(server.workers, "a worker")
    server.warm_child()


def raise_again(server: Server) -> None:
    """Start a killed server on what it left."""
    family = server.kill()
    wait_for(lambda: not any(map(process_tree.alive, family)), "the family's end", seconds=FATE)
    server.start()


# The victims change fastest: a worker that has been killed once is replaced at once, one that is
# killed again and again only after a while, and with a new server this begins anew.
@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_job_survives_a_kill(victim, moment, server):
    video_id = strike(server, victim, moment)
    with witness(server, video_id) as watcher:
        if victim == "server":
            raise_again(server)
        video = server.wait_until(video_id, "completed")
        time.sleep(0.1)  # for the witness to see it, too

    assert_whole(server.download(video_id))
    row = server.row(video_id)
    # Once the files are stored, another worker may only have to publish them.
    assert row["attempt"] >= (2 if moment in {"drawing", "nearly done"} else 1)
    assert row["crashes"] <= (1 if victim == "engine" else 0)
    assert_published_once(server, row)
    assert watcher.refusals == []
    progress = [video["progress"] for video in watcher.seen]
    assert progress == sorted(progress)
    assert watcher.seen[-1] == video


def assert_published_once(server: Server, row: dict) -> None:
    """The files are all of the last attempt, and nothing of the others is left anywhere."""
    kept = {f"{row['attempt']}/{name}" for name in FILES}
    wait_for(lambda: server.stored(row["id"]) == kept, f"nothing but {kept}", seconds=5)
    keys = {asset["key"] for asset in json.loads(row["assets"]).values()}
    assert keys == {f"videos/{row['id']}/{path}" for path in kept}
    assert server.scratch() == []


def test_three_kills_of_the_engine_fail_the_job(server):
    killed = 0
    video_id = server.create_slow()["id"]
    for attempt in (1, 2, 3):
        wait_for(
            lambda number=attempt: server.row(video_id)["attempt"] == number, f"attempt {attempt}"
        )
        killed = wait_for(
            lambda old=killed: set(server.engine_children()) - {old}, "an engine"
        ).pop()
        process_tree.kill(killed)
    video = server.wait_until(video_id, "failed", seconds=20)

    assert video["error"]["code"] == "engine_crashed"
    assert video["error"]["message"].startswith("The engine crashed 3 times")
    assert server.row(video_id)["crashes"] == 3
    assert server.stored(video_id) == set()
    assert server.rendered("A calm sea")["status"] == "completed"
    assert server.scratch() == []


def test_what_a_kill_left_of_a_file_goes_with_its_video(server):
    """While a file is stored on disk it has a name of its own, which no listing shows."""
    video_id = server.rendered("A calm sea")["id"]
    leftover = server.data_dir / "files" / "videos" / video_id / "1" / "video.mp4#1"
    leftover.write_bytes(b"half a film")

    assert server.http.delete(f"/videos/{video_id}").status_code == 200

    assert server.stored(video_id) == set()
