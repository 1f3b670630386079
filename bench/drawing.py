"""Drawing: shadowplay and its encoder beside x264 alone, and whether memory grows with length."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from statistics import mean, median

from bench import report
from bench.engine_process import Cost, engine_process
from bench.plan import Plan
from vitascope.spec import FPS

_SECONDS = 4
_LONG_SECONDS = 20
_WALL_SECONDS = 1.5
_AT_LEAST = 0.6
_START_SECONDS = 1
_FLAT = 1.1


def measure(plan: Plan) -> list[report.Row]:
    """Make the panel's films, each in turns with its encoding alone; then a long one."""
    frames = _SECONDS * FPS
    films, encodings, rows = [], [], []
    with engine_process(plan.scratch) as warm:
        warm.film(plan.prompts[0])
        for prompt in plan.prompts:
            film, encoding = [], []
            for _ in range(min(plan.rounds, 3)):
                film.append(warm.film(prompt, _SECONDS))
                encoding.append(warm.encode(prompt, _SECONDS))
            films.append(_median(film))
            encodings.append(_median(encoding))
            rows.append(
                report.beside(
                    f"Draw and encode “{prompt}”",
                    frames / films[-1].seconds,
                    "x264 alone",
                    frames / encodings[-1].seconds,
                    "frames/s",
                )
            )
    return [*rows, *_together(films, encodings), _start(plan), _memory(plan)]


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(*map(median, zip(*costs, strict=True)))


def _together(films: Sequence[Cost], encodings: Sequence[Cost]) -> list[report.Row]:
    """What the limits hold for: all the films one after the other, and the mean of them.

    One by one the ratio says more of the film than of the engine: the less there is in a picture,
    the sooner x264 alone is done with it, and the more the fixed costs of a film weigh.
    """
    frames = _SECONDS * FPS * len(films)
    return [
        report.beside(
            f"Draw and encode these {len(films)} films",
            frames / sum(film.seconds for film in films),
            "x264 alone",
            frames / sum(encoding.seconds for encoding in encodings),
            "frames/s",
            at_least=_AT_LEAST,
        ),
        report.beside(
            f"Draw and encode these {len(films)} films, in processor time",
            frames / sum(film.processor for film in films),
            "x264 alone",
            frames / sum(encoding.processor for encoding in encodings),
            "frames/s",
        ),
        report.below(
            "4 s of 720x1280, mean of these films",
            mean(film.seconds for film in films),
            _WALL_SECONDS,
            "s",
        ),
        replace(
            report.below(
                "4 s of 720x1280, slowest of them",
                max(film.seconds for film in films),
                _WALL_SECONDS,
                "s",
            ),
            holds=None,
        ),
    ]


def _start(plan: Plan) -> report.Row:
    """How long the drawing engine takes until it can draw, without a server."""
    command, took = [sys.executable, "-m", "shadowplay", "--help"], []
    for _ in range(plan.starts):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - began)
    row = report.below("Start of `python -m shadowplay`", median(took), _START_SECONDS, "s")
    return replace(row, holds=None)


def _memory(plan: Plan) -> report.Row:
    peaks = {}
    for seconds in (_SECONDS, _LONG_SECONDS):
        with engine_process(plan.scratch) as fresh:
            peaks[seconds] = fresh.peak_mebibytes(plan.prompts[0], seconds)
    ratio = peaks[_LONG_SECONDS] / peaks[_SECONDS]
    return report.Row(
        f"Peak memory of a film of {_LONG_SECONDS} s",
        f"{peaks[_LONG_SECONDS]:.0f} MiB",
        f"of {_SECONDS} s: {peaks[_SECONDS]:.0f} MiB, at most {_FLAT:.2f} of it",
        ratio,
        ratio <= _FLAT,
    )
