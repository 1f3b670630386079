"""Drawing: shadowplay and its encoder beside x264 alone, and whether memory grows with length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import mean, median

from bench import report
from bench.plan import Plan
from bench.studio import studio
from vitascope.spec import FPS

_SECONDS = 4
_LONG_SECONDS = 20
_WALL_SECONDS = 1.5
_AT_LEAST = 0.6
_FLAT = 1.1


def measure(plan: Plan) -> list[report.Row]:
    """Make the panel's films, each in turns with its encoding alone; then a long one."""
    frames = _SECONDS * FPS
    films, encodings, rows = [], [], []
    with studio(plan.scratch) as warm:
        warm.film(plan.prompts[0])
        for prompt in plan.prompts:
            film, encoding = [], []
            for _ in range(min(plan.rounds, 3)):
                film.append(warm.film(prompt, _SECONDS))
                encoding.append(warm.encode(prompt, _SECONDS))
            films.append(median(film))
            encodings.append(median(encoding))
            rows.append(
                report.beside(
                    f"Draw and encode “{prompt}”",
                    frames / median(film),
                    "x264 alone",
                    frames / median(encoding),
                    "frames/s",
                )
            )
    return [*rows, *_together(films, encodings), _memory(plan)]


def _together(films: Sequence[float], encodings: Sequence[float]) -> list[report.Row]:
    """What the limits hold for: all the films one after the other, and the mean of them.

    One by one the ratio says more of the film than of the engine: the less there is in a picture,
    the sooner x264 alone is done with it, and the more the fixed costs of a film weigh.
    """
    frames = _SECONDS * FPS * len(films)
    return [
        report.beside(
            f"Draw and encode these {len(films)} films",
            frames / sum(films),
            "x264 alone",
            frames / sum(encodings),
            "frames/s",
            at_least=_AT_LEAST,
        ),
        report.below("4 s of 720x1280, mean of these films", mean(films), _WALL_SECONDS, "s"),
        replace(
            report.below("4 s of 720x1280, slowest of them", max(films), _WALL_SECONDS, "s"),
            holds=None,
        ),
    ]


def _memory(plan: Plan) -> report.Row:
    peaks = {}
    for seconds in (_SECONDS, _LONG_SECONDS):
        with studio(plan.scratch) as fresh:
            peaks[seconds] = fresh.peak_mebibytes(plan.prompts[0], seconds)
    ratio = peaks[_LONG_SECONDS] / peaks[_SECONDS]
    return report.Row(
        f"Peak memory of a film of {_LONG_SECONDS} s",
        f"{peaks[_LONG_SECONDS]:.0f} MiB",
        f"of {_SECONDS} s: {peaks[_SECONDS]:.0f} MiB, at most {_FLAT:.2f} of it",
        ratio,
        ratio <= _FLAT,
    )
