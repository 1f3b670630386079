"""Jobs survive kills of the server, the worker and the engine process at every stage."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2
import process_tree
import pytest
from film_checks import assert_bars_film
from server_process import UNFINISHED, Server
from waiting import wait_for

FILES = {"video.mp4", "thumbnail.webp", "spritesheet.jpg"}
EXIT_SECONDS = 2.0
"""Within which a process must end that has lost its parent or its job."""


def row_is(check: Callable[[dict], bool]) -> Callable[[Server, str], bool]:
    return lambda server, video_id: check(server.row(video_id))


STAGES: dict[str, Callable[[Server, str], bool]] = {
    "queued": lambda _server, _video_id: True,
    "drawing": row_is(lambda row: row["progress"] >= 40),
    "storing": lambda server, video_id: bool(server.stored(video_id)),
}
PROCESSES: dict[str, Callable[[Server], int]] = {
    "server": lambda server: server.pid,
    "worker": lambda server: server.workers()[0],
    "engine": lambda server: server.engine_processes()[0],
}


@pytest.fixture(scope="module")
def server(make_server) -> Server:
    """The module's server, whose films are cheap."""
    return make_server(bars=True)


@dataclass
class Poller:
    """A client that polls a video all the time, also while the server is down."""

    seen: list[dict] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)

    def poll(self, server: Server, video_id: str, done: threading.Event) -> None:
        with httpx2.Client(trust_env=False, timeout=5) as http:
            while not done.is_set():
                try:
                    response = http.get(f"{server.url}/v1/videos/{video_id}")
                except httpx2.TransportError:  # the server is down
                    continue
                finally:
                    done.wait(0.03)
                if response.status_code == 200:
                    self.seen.append(response.json())
                else:
                    self.refusals.append(response.status_code)


@contextmanager
def polled(server: Server, video_id: str) -> Iterator[Poller]:
    poller, done = Poller(), threading.Event()
    thread = threading.Thread(target=poller.poll, args=(server, video_id, done))
    thread.start()
    try:
        yield poller
    finally:
        done.set()
        thread.join()


def kill_during(server: Server, process: str, stage: str) -> str:
    """Kill a process at that stage of a new job; returns the job's id.

    The stage may end before the kill, so up to ten jobs are tried.
    """
    prompt = "A ship in a storm, slow=1" if stage == "drawing" else "A ship in a storm"
    for seed in range(10):
        wait_for_processes(server)
        pid = PROCESSES[process](server)
        video_id = server.create(prompt, seed=seed)["id"]
        wait_for(
            lambda job=video_id: STAGES[stage](server, job),
            f"the job to be {stage}",
            every=0.002,
        )
        process_tree.kill(pid)
        if server.row(video_id)["status"] in UNFINISHED:
            return video_id
        if process == "server":
            restart(server)
        elif process == "engine":
            server.rendered("A calm sea")  # the next job starts a new engine process
    pytest.fail(f"no job was {stage} at the kill")


def wait_for_processes(server: Server) -> None:
    """Wait until worker and engine process run."""
    wait_for(server.workers, "a worker")
    server.engine_process()


def restart(server: Server) -> None:
    """Kill the server, if it runs, and start it on the same data folder."""
    descendants = server.kill()
    wait_for(
        lambda: not any(map(process_tree.alive, descendants)),
        "the end of its workers and engines",
        seconds=EXIT_SECONDS,
    )
    server.start()


# The processes alternate: a worker that was killed once is replaced at once, one that is killed
# repeatedly only after a delay, which a server restart resets.
# Each process and each stage once; the other pairs nightly, and random ones in tests/chaos.
@pytest.mark.parametrize(
    ("stage", "process"),
    [
        pytest.param(stage, process, marks=() if row == column else pytest.mark.nightly)
        for row, stage in enumerate(STAGES)
        for column, process in enumerate(PROCESSES)
    ],
)
def test_a_job_survives_a_kill(process, stage, server):
    video_id = kill_during(server, process, stage)
    with polled(server, video_id) as poller:
        if process == "server":
            restart(server)
        video = server.wait_until(video_id, "completed")
        wait_for(lambda: video in poller.seen, "the poller to see it, too")

    assert_bars_film(server.download(video_id))
    row = server.row(video_id)
    # Once the files are stored, another worker may only have to publish them.
    assert row["attempt"] >= (2 if stage == "drawing" else 1)
    assert row["crashes"] <= (1 if process == "engine" else 0)
    assert_published_once(server, row)
    assert poller.refusals == []
    progress = [video["progress"] for video in poller.seen]
    assert progress == sorted(progress)
    assert poller.seen[-1] == video


def assert_published_once(server: Server, row: dict) -> None:
    """All files are of the last attempt; those of earlier attempts are gone."""
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
            lambda old=killed: set(server.engine_processes()) - {old}, "an engine process"
        ).pop()
        process_tree.kill(killed)
    video = server.wait_until(video_id, "failed", seconds=20)

    assert video["error"]["code"] == "engine_crashed"
    assert video["error"]["message"].startswith("The engine crashed 3 times")
    assert server.row(video_id)["crashes"] == 3
    assert server.stored(video_id) == set()
    assert server.rendered("A calm sea")["status"] == "completed"
    assert server.scratch() == []


def test_deleting_a_video_removes_a_partly_written_file(server):
    """A file has a temporary name while it is written, which no listing shows."""
    video_id = server.rendered("A calm sea")["id"]
    leftover = server.data_dir / "files" / "videos" / video_id / "1" / "video.mp4#1"
    leftover.write_bytes(b"half a film")

    assert server.http.delete(f"/videos/{video_id}").status_code == 200

    assert server.stored(video_id) == set()


# Last, because no server is left.
def test_the_other_processes_end_when_the_server_is_killed_while_idle(server):
    server.cancel_unfinished()
    server.rendered("A calm sea")  # an engine process runs

    descendants = server.kill()

    assert len(descendants) >= 2
    wait_for(
        lambda: not any(map(process_tree.alive, descendants)), "their end", seconds=EXIT_SECONDS
    )
