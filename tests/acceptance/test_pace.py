"""The operator sets how often workers report."""

from __future__ import annotations

import time

import pytest
from server_process import Server
from waiting import wait_for


@pytest.fixture
def slow(tmp_path):
    settings = {"VITASCOPE_REPORT_SECONDS": "30"}
    server = Server(tmp_path / "data", environment=settings, bars=True)
    try:
        server.start()
        yield server
    finally:
        server.close()


def test_workers_report_as_often_as_configured(slow):
    video_id = slow.create("A barn owl, slow=2")["id"]
    wait_for(lambda: slow.row(video_id)["status"] == "in_progress", "the job's begin")
    reported = wait_for(lambda: slow.row(video_id)["phase"], "its first report")
    seen = set()
    while (row := slow.row(video_id))["status"] == "in_progress":
        seen.add((row["phase"], row["progress"]))
        time.sleep(0.01)

    assert row["status"] == "completed"
    assert {phase for phase, _ in seen} == {reported}
    assert len(seen) <= 2  # the first report and that of the end
