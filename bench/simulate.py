"""A year at internet scale, from measured constants: arrivals, workers, queue, database.

Minute by minute: arrivals are Poisson with a daily and a weekly swing, render times are random
with a given mean, workers die and come back, all from one seed. The queue is first come, first
served, so a video's wait is the time between its arrival and the minute in which as many videos had
begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.scale_constants import Constants
from bench.scale_costs import BEAT, BEGIN, CREATE, REPORT, RETRIEVE

MINUTES = 365 * 24 * 60

Series = NDArray[Any]
"""One value for each minute of the year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The assumptions; nothing here was measured.

    Attributes:
        minutes: its length; whole days.
        videos: in a year.
        workers: when none is dead.
        render_seconds: mean time of a render, as of a model on one GPU.
        daily_swing: how far the day's peak is above its mean, as a fraction of the mean.
        weekend: the load of Saturday and Sunday, as a fraction of a working day's.
        worker_days: mean days until a worker dies.
        repair_minutes: mean minutes until it is back.
        poll_seconds: how often a client asks about its unfinished video.
        rush: the load of two hours on one day, as a multiple of the mean.
        outage_minutes: the length of one outage of the database, in which no job begins.
        report_seconds: how often a worker reports progress.
        beat_seconds: between two heartbeats.
        seed: of the random numbers.
    """

    minutes: int = MINUTES
    videos: int = 100_000_000
    workers: int = 10_000
    render_seconds: float = 1_800.0
    daily_swing: float = 0.35
    weekend: float = 0.8
    worker_days: float = 30.0
    repair_minutes: float = 30.0
    poll_seconds: float = 10.0
    rush: float = 4.0
    outage_minutes: int = 10
    report_seconds: float = 0.25
    beat_seconds: float = 5.0
    seed: int = 2026


@dataclass(frozen=True, slots=True)
class Year:
    """One value a minute: arrived, waiting, being rendered, live workers; and the waits."""

    arrived: Series
    waiting: Series
    busy: Series
    alive: Series
    waits: Series


def expected_load(scenario: Scenario) -> Series:
    """Videos asked for in each minute, on average."""
    minute = np.arange(scenario.minutes)
    day = 1 + scenario.daily_swing * np.sin(2 * np.pi * (minute / 1440 - 0.3))
    week = np.where((minute // 1440) % 7 >= 5, scenario.weekend, 1.0)
    load: Series = day * week * (scenario.videos / MINUTES / (day * week).mean())
    rush = scenario.minutes * 200 // 365 + 12 * 60
    load[rush : rush + 120] = scenario.rush * scenario.videos / MINUTES
    return load


def simulate(scenario: Scenario) -> Year:
    """Simulate the year."""
    chance = np.random.default_rng(scenario.seed)
    arrived = chance.poisson(expected_load(scenario))
    ending = 1 - np.exp(-60 / scenario.render_seconds)
    dying = 1 / (scenario.worker_days * 1440)
    mending = 1 / scenario.repair_minutes
    outage = scenario.minutes * 100 // 365
    waiting, busy, alive = 0, 0, scenario.workers
    series = np.zeros((3, scenario.minutes), dtype=np.int64)
    begun = np.zeros(scenario.minutes, dtype=np.int64)
    for minute in range(scenario.minutes):
        dead = chance.binomial(alive, dying)
        back = chance.binomial(scenario.workers - alive, mending)
        # The job of a worker that dies starts again at the head of the queue.
        lost = chance.binomial(dead, busy / alive) if alive else 0
        busy -= lost + chance.binomial(busy - lost, ending)
        alive += back - dead
        waiting += arrived[minute] + lost
        away = outage <= minute < outage + scenario.outage_minutes
        starting = 0 if away else max(0, min(waiting, alive - busy))
        waiting, busy = waiting - starting, busy + starting
        begun[minute] = starting - lost
        series[:, minute] = waiting, busy, alive
    return Year(arrived, series[0], series[1], series[2], _waits(arrived, begun))


def _waits(arrived: Series, begun: Series) -> Series:
    """Minutes that the first video of each minute waited, without those that wait at the end."""
    came, went = np.cumsum(arrived), np.cumsum(begun)
    ahead = came - arrived + 1
    at = np.searchsorted(np.maximum.accumulate(went), ahead)
    waits = np.where(arrived > 0, np.maximum(at - np.arange(len(arrived)), 0), 0)
    return np.asarray(waits[at < len(arrived)])


def statements_per_second(
    scenario: Scenario, year: Year, polls_per_worker: float
) -> dict[str, Series]:
    """Transactions a second in each minute, by their source.

    Args:
        scenario: the assumptions.
        year: the simulated year.
        polls_per_worker: transactions a second of a worker, as measured or as changed.
    """
    unfinished = year.waiting + year.busy
    return {
        "workers that poll": year.alive * polls_per_worker,
        "workers' progress reports": year.busy / scenario.report_seconds,
        "workers' heartbeats": year.alive / scenario.beat_seconds,
        "clients that poll": unfinished / scenario.poll_seconds,
        "creates and attempts": 2 * year.arrived / 60,
    }


def cores(
    scenario: Scenario, year: Year, constants: Constants, polls_per_worker: float
) -> dict[str, Series]:
    """Processor cores that the database needs in each minute, by measured milliseconds."""
    rates = statements_per_second(scenario, year, polls_per_worker)
    each = constants.worker_cpu_ms / constants.worker_statements
    cost = {
        "workers that poll": each,
        "workers' progress reports": constants.cpu_ms[REPORT],
        "workers' heartbeats": constants.cpu_ms[BEAT],
        "clients that poll": constants.cpu_ms[RETRIEVE],
        "creates and attempts": (constants.cpu_ms[CREATE] + constants.cpu_ms[BEGIN]) / 2,
    }
    return {name: rate * cost[name] / 1000 for name, rate in rates.items()}
