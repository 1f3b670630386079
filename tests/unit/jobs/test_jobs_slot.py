"""A slot belongs to one process at a time and is free the moment that process is gone."""

import socket
import subprocess
import sys
import time

import pytest

from vitascope.errors import ConfigError
from vitascope.jobs import slot as module

HOLDER = """
import sys, time
from pathlib import Path
from vitascope.jobs.slot import take
slot = take(Path(sys.argv[1]), 0)
print(slot.worker_id, flush=True)
time.sleep(60)
"""


@pytest.fixture
def take():
    """`slot.take`, whose slots are given back after the test."""
    held = []

    def take_one(*args, **wish):
        held.append(module.take(*args, **wish))
        return held[-1]

    yield take_one
    for slot in held:
        slot.release()


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    worker_id = process.stdout.readline().strip()
    yield process, worker_id
    process.kill()
    process.communicate()


def test_the_first_free_slot_is_taken(take, tmp_path):
    folder = tmp_path / "workers"
    held = [take(folder), take(folder), take(folder)]
    assert [slot.number for slot in held] == [0, 1, 2]
    assert len({slot.worker_id for slot in held}) == 3


def test_a_slot_held_by_another_process_is_waited_for_and_then_refused(take, tmp_path, holder):
    began = time.monotonic()
    with pytest.raises(ConfigError, match=r"^Worker slot 0 of .* is held by another process\.$"):
        take(tmp_path, 0, patience=0.2)
    assert 0.2 <= time.monotonic() - began < 5
    assert take(tmp_path, patience=0.2).number == 1


def test_a_killed_process_lets_go_and_its_successor_has_the_same_name(take, tmp_path, holder):
    process, worker_id = holder
    process.kill()
    assert take(tmp_path, 0).worker_id == worker_id


def test_two_folders_of_one_machine_have_workers_of_different_names(take, tmp_path):
    first, second = take(tmp_path / "a"), take(tmp_path / "b")
    assert first.number == second.number == 0
    assert first.worker_id != second.worker_id
    assert socket.gethostname() in first.worker_id
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["place", "slot-0.lock"]


def test_all_slots_taken_is_told(take, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_MAX_SLOTS", 2)
    held = [take(tmp_path), take(tmp_path)]
    with pytest.raises(ConfigError, match=r"^All 2 worker slots"):
        take(tmp_path, patience=0.0)
    assert [slot.number for slot in held] == [0, 1]


def test_a_slot_given_back_can_be_taken_again(take, tmp_path):
    take(tmp_path, 0).release()
    assert take(tmp_path, 0, patience=0.0).number == 0
