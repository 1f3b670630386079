"""The whole way: from `POST /v1/videos` to `completed`, beside engine and encoder alone."""

from __future__ import annotations

import time
from statistics import median

from bench import process, report
from bench.client import Api, connected
from bench.plan import Plan
from bench.studio import SEED, studio


def measure(plan: Plan) -> list[report.Row]:
    """The same film through the API and without it, in turns."""
    prompt = plan.prompts[0]
    whole, alone = [], []
    with (
        process.vitascope(plan.scratch / "journey", workers=1) as server,
        connected(server) as api,
        studio(plan.scratch) as warm,
    ):
        for number in range(plan.rounds + 1):
            times = _whole(api, prompt), warm.film(prompt)
            if number:  # the first warms both up
                whole.append(times[0])
                alone.append(times[1])
    return [
        report.beside(
            "4 s of 720x1280 through the API, in films a minute",
            60 / median(whole),
            "engine and encoder alone",
            60 / median(alone),
            "/min",
        ),
        report.Row(
            "What the API adds to it",
            f"{median(whole) - median(alone):.2f} s",
            f"engine and encoder alone: {median(alone):.2f} s",
            (median(whole) - median(alone)) / median(alone),
            None,
        ),
    ]


def _whole(api: Api, prompt: str) -> float:
    began = time.perf_counter()
    video_id = api.create(prompt=prompt, seed=str(SEED))
    api.wait_for(video_id, "completed")
    return time.perf_counter() - began
