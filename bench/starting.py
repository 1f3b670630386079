"""Starting: from the start of the process to its word that it is ready."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from bench import process, report
from bench.plan import Plan

_READY_SECONDS = 2


def measure(plan: Plan) -> list[report.Row]:
    """Start on fresh and on used data folders, in turns."""
    fresh, used = [], []
    for number in range(plan.starts):
        folder = plan.scratch / f"starting-{number}"
        fresh.append(_start(folder))
        used.append(_start(folder))
    return [
        report.below("Start to ready, fresh data folder", median(fresh), _READY_SECONDS, "s"),
        report.below("Start to ready, used data folder", median(used), _READY_SECONDS, "s"),
    ]


def _start(folder: Path) -> float:
    with process.vitascope(folder, workers=1) as server:
        return server.start_seconds
