"""Creating: the latency of `POST /v1/videos` during a render."""

from __future__ import annotations

import time
from statistics import median

from bench import process, report
from bench.client import Api, as_json, as_multipart, connected
from bench.plan import Plan

_P50_MS = 30
_LONG = {"prompt": "A train crosses a desert at night", "size": "1920x1080", "seconds": "20"}
_FORMS = {"JSON": as_json, "multipart": as_multipart}


def measure(plan: Plan) -> list[report.Row]:
    """Create in both forms, in turns, while a long film renders; none of the videos is kept."""
    with (
        process.vitascope(plan.scratch / "creating", workers=1) as server,
        connected(server) as api,
    ):
        long = api.create(**_LONG)
        api.wait_for(long, "in_progress")
        found = _create(api, plan, long)
        api.remove(long)
    return [
        report.below(f"POST ({form}) during a render, p50", median(times), _P50_MS, "ms")
        for form, times in found.items()
    ]


def _create(api: Api, plan: Plan, long: str) -> dict[str, list[float]]:
    """The milliseconds of every request, by form."""
    found: dict[str, list[float]] = {form: [] for form in _FORMS}
    made: list[str] = []
    for number in range(plan.creates):
        for form, written in _FORMS.items():
            body, headers = written({"prompt": f"Fox number {number}", "seconds": "4"})
            began = time.perf_counter()
            video = api.ask("POST", "/v1/videos", body, headers)
            found[form].append((time.perf_counter() - began) * 1000)
            made.append(video["id"])
    if api.ask("GET", f"/v1/videos/{long}")["status"] != "in_progress":
        raise process.BenchError("The long film was finished before all requests were made.")
    for video_id in made:
        api.remove(video_id)
    return found
