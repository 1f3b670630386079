"""One process at a time holds a worker lock, which is free once that process is gone."""

import socket
import subprocess
import sys
import time

import pytest

from vitascope.errors import ConfigError
from vitascope.jobs import worker as module

HOLDER = """
import sys, time
from pathlib import Path
from vitascope.jobs.worker import WorkerLock
lock = WorkerLock.acquire(Path(sys.argv[1]), 0)
print(lock.worker_id, flush=True)
time.sleep(60)
"""


@pytest.fixture
def acquire():
    """`WorkerLock.acquire`, whose locks are released after the test."""
    held = []

    def acquire_one(*args, **options):
        held.append(module.WorkerLock.acquire(*args, **options))
        return held[-1]

    yield acquire_one
    for lock in held:
        lock.release()


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    worker_id = process.stdout.readline().strip()
    yield process, worker_id
    process.kill()
    process.communicate()


def test_the_first_free_lock_is_acquired(acquire, tmp_path):
    folder = tmp_path / "workers"
    held = [acquire(folder), acquire(folder), acquire(folder)]
    assert [lock.number for lock in held] == [0, 1, 2]
    assert len({lock.worker_id for lock in held}) == 3


@pytest.mark.thorough
def test_a_lock_held_by_another_process_is_waited_for_and_then_refused(acquire, tmp_path, holder):
    began = time.monotonic()
    with pytest.raises(ConfigError, match=r"^Worker lock 0 of .* is held by another process\.$"):
        acquire(tmp_path, 0, timeout=0.2)
    assert 0.2 <= time.monotonic() - began < 5
    assert acquire(tmp_path, timeout=0.2).number == 1


def test_a_killed_process_releases_its_lock_and_its_successor_has_the_same_name(
    acquire, tmp_path, holder
):
    process, worker_id = holder
    process.kill()
    assert acquire(tmp_path, 0).worker_id == worker_id


def test_two_folders_of_one_machine_have_workers_of_different_names(acquire, tmp_path):
    first, second = acquire(tmp_path / "a"), acquire(tmp_path / "b")
    assert first.number == second.number == 0
    assert first.worker_id != second.worker_id
    assert socket.gethostname() in first.worker_id
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["place", "slot-0.lock"]


def test_no_free_lock_is_an_error(acquire, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_MAX_LOCKS", 2)
    held = [acquire(tmp_path), acquire(tmp_path)]
    with pytest.raises(ConfigError, match=r"^All 2 worker locks"):
        acquire(tmp_path, timeout=0.0)
    assert [lock.number for lock in held] == [0, 1]


def test_a_released_lock_can_be_acquired_again(acquire, tmp_path):
    acquire(tmp_path, 0).release()
    assert acquire(tmp_path, 0, timeout=0.0).number == 0
