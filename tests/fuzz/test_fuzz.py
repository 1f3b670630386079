"""Broken films and pictures: each is used or refused with a reason, and none breaks its reader.

`VITASCOPE_FUZZ=FIRST:END` tries the cases of these numbers; a case is the same file on every run.
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

WORKER = Path(__file__).with_name("fuzzworker.py")
CASES = "0:2000"
PATIENCE = 60.0
"""Seconds one case may take, on a machine that does other things too."""


class Tries:
    """A worker at its cases, and what it says."""

    def __init__(self, folder, first, end):
        folder.mkdir(exist_ok=True)
        self._errors = (folder.parent / "errors.txt").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, WORKER, folder, str(first), str(end)],
            stdout=subprocess.PIPE, stderr=self._errors, text=True,
        )  # fmt: skip
        self._lines = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def line(self):
        """The next line; `None` if the process ended."""
        line = self._lines.get(timeout=PATIENCE)
        return None if line is None else json.loads(line)

    def ended(self):
        """How the process ended by itself, or was made to."""
        try:
            code = self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        self._errors.close()
        return signal.Signals(-code).name if code < 0 else code


def results(folder, first, end):
    """The number, the outcome and the traceback of every case."""
    while first < end:
        tries, begun, done = Tries(folder, first, end), None, first - 1
        try:
            while (said := tries.line()) is not None:
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
            yield begun, f"took more than {PATIENCE:g} seconds", ""
        finally:
            tries.ended()
        first = end if done == end - 1 else (begun or first) + 1


def test_broken_files_are_used_or_refused(tmp_path):
    first, end = map(int, os.environ.get("VITASCOPE_FUZZ", CASES).split(":"))
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
    if end - first >= 1000:  # it must not be that all are refused for one silly reason
        assert min(outcomes[kind] for kind in ("whole", "invalid_video", "invalid_image")) > 50
