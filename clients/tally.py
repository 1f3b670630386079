"""What came of one client's run, as its own test runner counted it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_CLOSING = re.compile(r" in \d+\.\d+s\b")
_PYTEST = re.compile(r"(\d+) (passed|failed|error|errors|skipped|xfailed|xpassed)\b")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many tests passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


NOTHING = Tally()


def of_pytest(output: str) -> Tally:
    """Read pytest's closing line."""
    closing = next((line for line in reversed(output.splitlines()) if _CLOSING.search(line)), "")
    counts = {word: int(number) for number, word in _PYTEST.findall(closing)}
    failed = sum(counts.get(word, 0) for word in ("failed", "error", "errors", "xpassed"))
    return Tally(counts.get("passed", 0), failed, counts.get("skipped", 0))


def of_go(output: str) -> Tally:
    """Read the events of `go test -json`; a test with subtests counts once."""
    ends = {"pass": 0, "fail": 0, "skip": 0}
    for line in output.splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        test = event.get("Test", "")
        if test and "/" not in test and event.get("Action") in ends:
            ends[event["Action"]] += 1
    return Tally(ends["pass"], ends["fail"], ends["skip"])
