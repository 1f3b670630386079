"""Polling: `GET /v1/videos/{id}` beside a bare route on the same row, and the server's memory."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import median

from bench import process, report
from bench.client import connected
from bench.load import Load, put_on
from bench.machine import MEGABYTE, resident_bytes
from bench.plan import Plan

_AT_LEAST = 2 / 3
_P99_MS = 10
_MEMORY_MB = 150
_PACED_PAUSE = 0.1
_BARE = "bare route"


def measure(plan: Plan) -> list[report.Row]:
    """Put load on both servers in turns."""
    folder = plan.scratch / "polling"
    completed = _completed(folder, plan.prompts[0])
    with process.vitascope(folder, workers=0) as ours, connected(ours) as api:
        queued = f"/v1/videos/{api.create(prompt='A fox')}"
        with process.bare(folder / "vitascope.db") as bare:
            turns = {
                "bare": (bare.port, completed, 0.0),
                "completed": (ours.port, completed, 0.0),
                "queued": (ours.port, queued, 0.0),
                "paced": (ours.port, queued, _PACED_PAUSE),
            }
            found = _in_turns(turns, plan)
        memory = resident_bytes(ours.pid) / MEGABYTE
    return [
        *(_beside_bare(found, status) for status in ("completed", "queued")),
        report.below("GET, p99, 16 connections at once", _p99(found["queued"]), _P99_MS, "ms"),
        report.Row(
            "GET, p99, the same beside the bare route",
            f"{_p99(found['queued']):.3g} ms",
            f"{_BARE}: {_p99(found['bare']):.3g} ms",
            _p99(found["queued"]) / _p99(found["bare"]),
            None,
        ),
        report.below("GET, p99, 16 connections paced", _p99(found["paced"]), _P99_MS, "ms"),
        report.below("API process, memory after this load", memory, _MEMORY_MB, "MB"),
    ]


def _in_turns(turns: dict[str, tuple[int, str, float]], plan: Plan) -> dict[str, list[Load]]:
    """Load the servers in turns, after one short turn of each as a warm-up."""
    found: defaultdict[str, list[Load]] = defaultdict(list)
    for number in range(plan.rounds + 1):
        seconds = plan.load_seconds if number else plan.load_seconds / 4
        for name, (port, path, pause) in turns.items():
            load = put_on(port, path, seconds=seconds, pause=pause)
            if number:
                found[name].append(load)
    return found


def _beside_bare(found: dict[str, list[Load]], status: str) -> report.Row:
    return report.beside(
        f"GET of a {status} video, 16 connections",
        median(load.per_second for load in found[status]),
        _BARE,
        median(load.per_second for load in found["bare"]),
        "requests/s",
        at_least=_AT_LEAST,
    )


def _p99(loads: list[Load]) -> float:
    return median(load.p99 for load in loads)


def _completed(folder: Path, prompt: str) -> str:
    """The path of a completed video in the folder, whose worker has ended."""
    with process.vitascope(folder, workers=1) as server, connected(server) as api:
        video_id = api.create(prompt=prompt)
        api.wait_for(video_id, "completed")
    return f"/v1/videos/{video_id}"
