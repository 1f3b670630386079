"""The simulated year: the same from the same seed, nothing lost, and waits that add up."""

from dataclasses import replace

import numpy as np
from bench.simulate import MINUTES, Scenario, simulate

SMALL = Scenario(minutes=30 * 1440, videos=400_000, workers=40)


def test_the_same_seed_gives_the_same_year():
    one, other = simulate(SMALL), simulate(SMALL)
    assert np.array_equal(one.waiting, other.waiting)
    assert not np.array_equal(one.waiting, simulate(replace(SMALL, seed=1)).waiting)


def test_no_more_are_rendered_than_there_are_workers():
    year = simulate(SMALL)
    assert (year.busy <= year.alive).all()
    assert (year.alive <= SMALL.workers).all()
    assert (year.waiting >= 0).all()


def test_workers_are_as_busy_as_the_work_makes_them():
    year = simulate(replace(SMALL, workers=200, worker_days=1e6))
    expected = SMALL.videos / MINUTES * SMALL.render_seconds / 60
    assert abs(year.busy.mean() / expected - 1) < 0.02


def test_waits_are_as_long_as_the_line_is_by_littles_law():
    """The line's mean length is the rate of arrival times the mean wait."""
    year = simulate(replace(SMALL, workers=28, worker_days=1e6))
    waits = np.average(year.waits, weights=year.arrived[: len(year.waits)])
    rate = year.arrived.mean()
    assert abs(rate * waits / year.waiting.mean() - 1) < 0.05


def test_an_outage_makes_everyone_wait():
    begins = SMALL.minutes * 100 // 365
    during = slice(begins, begins + 60)
    calm = simulate(replace(SMALL, workers=200, outage_minutes=0))
    away = simulate(replace(SMALL, workers=200, outage_minutes=60))
    assert calm.waits[during].max() == 0
    assert (away.waits[during] == np.where(away.arrived[during] > 0, 60 - np.arange(60), 0)).all()
