"""Broken films and pictures: each is used or refused with a reason, and none crashes its reader.

A case is the same file on every run; `VITASCOPE_FUZZ=FIRST:END` tries the cases of these numbers.
"""

import collections
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

CHOSEN = os.environ.get("VITASCOPE_FUZZ")  # before `bare_environment` removes it
WORKER = Path(__file__).with_name("fuzzworker.py")
CASES = ["0:400", pytest.param("400:4000", marks=pytest.mark.nightly)]
CASE_SECONDS = 60.0
"""Within which a case must end, on a busy machine."""


class Tries:
    """A worker process and its output."""

    def __init__(self, worker, folder, first, end):
        folder.mkdir(exist_ok=True)
        self._errors = (folder.parent / "errors.txt").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, worker, folder, str(first), str(end)],
            stdout=subprocess.PIPE, stderr=self._errors, text=True,
        )  # fmt: skip
        self._lines = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def line(self, seconds):
        """The next line; `None` if the process ended."""
        line = self._lines.get(timeout=seconds)
        return None if line is None else json.loads(line)

    def ended(self):
        """The exit status, or the name of the signal that ended it; kills it if needed."""
        try:
            code = self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        self._errors.close()
        return signal.Signals(-code).name if code < 0 else code


def results(folder, first, end, worker=WORKER, seconds=CASE_SECONDS):
    """The number, the outcome and the traceback of every case."""
    while first < end:
        tries, begun, done = Tries(worker, folder, first, end), None, first - 1
        try:
            while (said := tries.line(seconds)) is not None:
                begun = said["case"]
                if "outcome" in said:
                    done = begun
                    yield said["case"], said["outcome"], said["where"]
            how = tries.ended()
            if done < end - 1:
                assert begun is not None, f"the worker ended before its first case: {how}"
                yield begun, f"ended with {how}", ""
        except queue.Empty:
            tries.ended()
            yield begun, f"took more than {seconds:g} seconds", ""
        finally:
            tries.ended()
        first = end if done == end - 1 else (begun or first) + 1


@pytest.mark.parametrize("cases", [CHOSEN] if CHOSEN else CASES)
def test_broken_files_are_used_or_refused(cases, tmp_path):
    first, end = map(int, cases.split(":"))
    outcomes = collections.Counter()
    faults = {}
    for number, outcome, where in results(tmp_path / "work", first, end):
        outcomes[outcome] += 1
        if outcome not in ("whole", "invalid_video", "invalid_image"):
            faults.setdefault((outcome, *where.splitlines()[-4:]), []).append((number, where))

    report = [
        f"cases {', '.join(str(n) for n, _ in found[:8])} ({len(found)} in all): {key[0]}\n"
        f"{found[0][1]}"
        for key, found in faults.items()
    ]
    assert not faults, "\n".join(report)
    assert outcomes.total() == end - first
    if end - first >= 400:  # all outcomes occur, so that not all are refused for one reason
        assert min(outcomes[kind] for kind in ("whole", "invalid_video", "invalid_image")) > 10


def test_a_worker_that_crashes_or_hangs_is_reported(tmp_path):
    """It crashes at case 1 of 6, hangs at 3 and exits at 4; the others are tried."""
    worker = tmp_path / "worker.py"
    worker.write_text(
        "import json, os, signal, sys, time\n"
        "for number in range(int(sys.argv[2]), int(sys.argv[3])):\n"
        "    print(json.dumps({'case': number}), flush=True)\n"
        "    if number == 1: os.kill(os.getpid(), signal.SIGSEGV)\n"
        "    if number == 3: time.sleep(600)\n"
        "    if number == 4: sys.exit(5)\n"
        "    print(json.dumps({'case': number, 'outcome': 'whole', 'where': ''}), flush=True)\n"
    )
    seen = list(results(tmp_path / "work", 0, 6, worker, seconds=2.0))

    assert [(number, outcome) for number, outcome, _ in seen] == [
        (0, "whole"),
        (1, "ended with SIGSEGV"),
        (2, "whole"),
        (3, "took more than 2 seconds"),
        (4, "ended with 5"),
        (5, "whole"),
    ]
