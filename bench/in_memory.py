"""The API beside an in-memory server: retrieve, multipart create and a list of 20, in turns."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from bench import process, report
from bench.client import as_multipart, connected
from bench.load import put_on
from bench.plan import Plan

_LISTED = 20
_FORM = as_multipart({"prompt": "A fox #"})[0].decode()
_AT_LEAST = {"retrieve": 0.8, "list of 20": 1.0, "multipart create": 0.5}


def measure(plan: Plan) -> list[report.Row]:
    """Load both servers in turns. Creates come last, because they make the tables grow."""
    folder = plan.scratch / "memory"
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    with process.vitascope(folder, workers=0) as ours, process.in_memory(folder) as bare:
        servers = {"ours": ours, "bare": bare}
        paths: dict[str, str] = {}
        for name, server in servers.items():
            with connected(server) as api:
                made = [api.create_by_form(prompt=f"A fox {number}") for number in range(_LISTED)]
                paths[name] = f"/v1/videos/{made[0]}"
        for load in _AT_LEAST:
            for number in range(plan.rounds + 1):
                for name, server in servers.items():
                    path = paths[name] if load == "retrieve" else "/v1/videos"
                    took = put_on(
                        server.port,
                        f"{path}?limit={_LISTED}" if load == "list of 20" else path,
                        seconds=plan.load_seconds if number else plan.load_seconds / 4,
                        body=_FORM if load == "multipart create" else "",
                    )
                    if number:  # the first round warms up
                        found[load, name].append(took.per_second)
    return [
        report.beside(
            f"{load.capitalize()}, 16 connections, beside an in-memory server",
            median(found[load, "ours"]),
            "in-memory server",
            median(found[load, "bare"]),
            "requests/s",
            at_least=at_least,
        )
        for load, at_least in _AT_LEAST.items()
    ]
