"""The whole way: from `POST /v1/videos` to `completed`, beside engine and encoder alone."""

from __future__ import annotations

import time
from statistics import median

from bench import process, report
from bench.client import connected
from bench.engine_process import SEED, engine_process
from bench.plan import Plan


def measure(plan: Plan) -> list[report.Row]:
    """The same film through the API and without it, in turns."""
    prompt = plan.prompts[0]
    whole, alone = [], []
    with (
        process.vitascope(plan.scratch / "journey", workers=1) as server,
        engine_process(plan.scratch) as warm,
    ):
        for number in range(plan.rounds + 1):
            times = _whole(server, prompt), warm.film(prompt).seconds
            if number:  # the first warms both up
                whole.append(times[0])
                alone.append(times[1])
    return [
        report.Row(
            "Create to completed, 4 s of 720x1280",
            f"{median(whole):.2f} s",
            f"engine and encoder alone: {median(alone):.2f} s",
            median(whole) / median(alone),
            None,
        )
    ]


def _whole(server: process.Running, prompt: str) -> float:
    began = time.perf_counter()
    with connected(server) as api:
        api.wait_for(api.create(prompt=prompt, seed=str(SEED)), "completed")
    return time.perf_counter() - began
