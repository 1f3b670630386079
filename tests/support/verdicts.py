"""What became of the jobs that met a fault, and the table of it at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

PROPERTY = "verdict"
_HEAD = (
    "fault",
    "database",
    "jobs",
    "completed",
    "failed",
    "lost",
    "doubled",
    "orphans",
    "recovery",
)


@dataclass(frozen=True)
class Verdict:
    """The count of one fault.

    Attributes:
        fault: what was done.
        database: to what kind of installation.
        jobs: how many were handed in, and answered with an id.
        completed: of them, with every file whole.
        failed: of them, with a code and a sentence, where that is what should happen.
        lost: all others.
        doubled: published more than once, stored twice, or made twice by one request.
        orphans: stored files, after the sweep, that are no finished video's.
        recovery: seconds from the fault's end until the last of them was finished.
        note: what else was counted.
    """

    fault: str
    database: str
    jobs: int
    completed: int
    failed: int
    lost: int
    doubled: int
    orphans: int
    recovery: float
    note: str = ""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table, if any fault was tried; wherever the tests ran."""
    lines = _ordered([Verdict(**told) for told in _told(terminalreporter)])
    if not lines:
        return
    rows = [_HEAD, *map(_row, lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    terminalreporter.section("faults tried")
    for row, note in zip(rows, ["", *(line.note for line in lines)], strict=True):
        cells = [
            cell.ljust(width) if index < 2 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        terminalreporter.write_line("  ".join([*cells, note]).rstrip())


def _ordered(lines: list[Verdict]) -> list[Verdict]:
    return sorted(lines, key=lambda verdict: (verdict.fault, verdict.database))


def _told(terminalreporter: Any) -> Iterator[dict[str, Any]]:
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == PROPERTY and report.when == "call":
                    yield value


def _row(verdict: Verdict) -> tuple[str, ...]:
    fields = {**asdict(verdict), "recovery": f"{verdict.recovery:.1f} s"}
    return tuple(str(fields[name]) for name in _HEAD)
