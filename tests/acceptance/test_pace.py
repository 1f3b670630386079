"""How often workers look for work and tell of it is the operator's to say."""

from __future__ import annotations

import pytest
from server_process import Server
from waiting import wait_for


@pytest.fixture
def slow(tmp_path):
    pace = {"VITASCOPE_POLL_SECONDS": "0.7", "VITASCOPE_REPORT_SECONDS": "30"}
    server = Server(tmp_path / "data", environment=pace)
    try:
        server.start()
        yield server
    finally:
        server.close()


def test_workers_keep_the_pace_that_is_set(slow):
    video_id = slow.create("A barn owl", seconds="20")["id"]
    wait_for(lambda: slow.row(video_id)["status"] == "in_progress", "the job's begin")
    told = wait_for(lambda: slow.row(video_id)["phase"], "its first report")
    seen = set()
    while (row := slow.row(video_id))["status"] == "in_progress":
        seen.add((row["phase"], row["progress"]))

    assert row["status"] == "completed"
    assert {phase for phase, _ in seen} == {told}
    assert len(seen) <= 2  # what was told first, and the last word of a finished job
    with slow.database() as connection:
        paces = connection.execute("SELECT polling_interval_sec FROM queues").fetchall()
    assert [pace[0] for pace in paces] == [0.7]
