"""The heartbeat is sent while a process computes, and not while it waits."""

import time

from vitascope.engines.heartbeat import heartbeat
from vitascope.errors import JobStopped


def _compute(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_it_beats_while_the_process_computes():
    beats = []
    with heartbeat(lambda: beats.append(1), every=0.05):
        _compute(0.4)
    assert len(beats) >= 2


def test_a_process_that_hangs_has_none():
    beats = []
    with heartbeat(lambda: beats.append(1), every=0.2):
        time.sleep(0.7)
    assert beats == []


def test_it_ends_when_the_job_is_stopped():
    beats = []

    def stopped():
        beats.append(1)
        raise JobStopped("Stopped.")

    with heartbeat(stopped, every=0.05):
        _compute(0.4)
    assert len(beats) == 1
