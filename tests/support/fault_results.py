"""What became of the jobs that met a fault, and the table that ends a chaos run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

PROPERTY = "fault_result"
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
class FaultResult:
    """The counts of one fault.

    Attributes:
        fault: what was done.
        database: the kind of installation.
        jobs: how many were created.
        completed: of them, with all files intact.
        failed: of them, with an error that this fault may cause.
        lost: all others.
        doubled: published more than once, stored twice, or created twice by one request.
        orphans: files that garbage collection left although no finished video owns them.
        recovery: seconds from the end of the fault to the end of the last job.
        note: more figures.
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
    """Print the table of all faults of the run, also of those in xdist's processes."""
    results = [FaultResult(**fields) for fields in _reported(terminalreporter)]
    if not results:
        return
    results.sort(key=lambda result: (result.fault, result.database))
    rows = [_HEAD, *map(_row, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    terminalreporter.section("faults tried")
    for row, note in zip(rows, ["", *(result.note for result in results)], strict=True):
        cells = [
            cell.ljust(width) if index < 2 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        terminalreporter.write_line("  ".join([*cells, note]).rstrip())


def _reported(terminalreporter: Any) -> Iterator[dict[str, Any]]:
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == PROPERTY and report.when == "call":
                    yield value


def _row(result: FaultResult) -> tuple[str, ...]:
    fields = {**asdict(result), "recovery": f"{result.recovery:.1f} s"}
    return tuple(str(fields[name]) for name in _HEAD)
