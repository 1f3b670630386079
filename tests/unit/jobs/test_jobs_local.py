"""Local workers are started again when they die, and go when they are asked to."""

import asyncio
import os
import subprocess
import sys
import time

import pytest

from vitascope.config import Settings
from vitascope.jobs import local as module
from vitascope.jobs.local import keep_worker

pytestmark = pytest.mark.anyio
DATABASES = ["sqlite"]

# Stands for Python: notes how it was started and what it read, then does as its number says.
IMPOSTOR = """#!{python}
import os, signal, sys, time
read = sys.stdin.buffer.readline()
with open({log!r}, "ab") as log:
    log.write(f"{{os.getpid()}} {{sys.argv[1:]}} ".encode() + read)
match sys.argv[-1]:
    case "1":
        sys.exit(3)
    case "2":
        time.sleep(60)
    case "3":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
"""


@pytest.fixture
def log(tmp_path, monkeypatch):
    """Puts an impostor in the worker's place and returns its log."""
    path, program = tmp_path / "log", tmp_path / "impostor"
    program.write_text(IMPOSTOR.format(python=sys.executable, log=str(path)), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(module.sys, "executable", str(program))
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(module, "_STOP_TIMEOUT", 0.2)
    path.touch()
    return path


async def starts(log, number):
    deadline = time.monotonic() + 10
    while len(lines := log.read_text(encoding="utf-8").splitlines()) < number:
        assert time.monotonic() < deadline, lines
        await asyncio.sleep(0.01)
    return lines


async def stop(task):
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def exists(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_worker_that_dies_is_started_again_with_its_number(log, make_settings, caplog):
    settings = make_settings()
    keeping = asyncio.create_task(keep_worker(settings, 1))
    first, second, *_ = await starts(log, 2)
    await stop(keeping)
    pid, rest = first.split(" ", 1)
    assert rest.startswith("['-m', 'vitascope.jobs.local', '1'] ")
    assert second.split(" ", 1)[0] != pid
    read = rest.partition("] ")[2]
    assert Settings.model_validate_json(read).model_dump() == settings.model_dump()
    assert "Worker 1 ended with status 3; it is started again" in caplog.text


@pytest.mark.parametrize("number", [2, 3])
async def test_a_worker_is_stopped_in_peace_and_then_killed(log, make_settings, number):
    keeping = asyncio.create_task(keep_worker(make_settings(), number))
    [line] = await starts(log, 1)
    await stop(keeping)
    assert keeping.cancelled()
    assert not exists(int(line.split()[0]))


WORKER = """
import sys, time
from vitascope.jobs import local, worker

def run(settings, *, number):
    print(number, settings.port, flush=True)
    if number == 7:
        raise RuntimeError("the lock is held")
    time.sleep(60)

worker.run = run
local.main()
"""


def start_worker(settings, number):
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(number)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdin.write(settings.model_dump_json() + "\n")
    process.stdin.flush()
    return process


@pytest.mark.thorough
def test_a_worker_has_its_parents_settings_and_leaves_with_it(make_settings):
    with start_worker(make_settings(port=4321), 5) as process:
        assert process.stdout.readline() == "5 4321\n"
        process.stdin.close()
        assert process.wait(20) == 0


@pytest.mark.thorough
def test_a_worker_that_fails_ends_in_order_and_says_why(make_settings):
    with start_worker(make_settings(), 7) as process:
        assert process.wait(20) == 1
        assert "the lock is held" in process.stderr.read()
