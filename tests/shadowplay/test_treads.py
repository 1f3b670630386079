"""Treads go at the speed of the ground; builds and easing."""

from itertools import pairwise

import numpy as np
import pytest

from shadowplay.art.treads import Tread, armed, build_of, ease, keyed

WALK = Tread(duty=0.6, sweep=0.42, lift=0.08, fold=0.8)


def test_stance_goes_straight_back_at_an_even_speed() -> None:
    phases = np.linspace(0, 0.599, 20)
    feet = [WALK.at(phase) for phase in phases]
    assert all(foot.planted and foot.y == 0 for foot in feet)
    steps = np.diff([foot.x for foot in feet]) / np.diff(phases)
    assert steps == pytest.approx(-0.42 / 0.6)


def test_swing_is_lifted_and_meets_the_stance_smoothly() -> None:
    assert max(WALK.at(p).y for p in np.linspace(0.6, 1, 50)) == pytest.approx(0.08, abs=1e-3)
    for seam in (0.6, 1.0):
        before, after = WALK.at(seam - 1e-5), WALK.at(seam + 1e-5)
        assert before.x == pytest.approx(after.x, abs=1e-3)
        assert before.y == pytest.approx(after.y, abs=1e-3)
        assert before.pitch == pytest.approx(after.pitch, abs=1e-2)


def test_easing_starts_and_ends_still() -> None:
    assert [ease(u) for u in (-1, 0, 0.5, 1, 2)] == [0, 0, 0.5, 1, 1]
    assert keyed(0.5, ((0, 1.0), (1, 3.0))) == 2.0
    assert keyed(2.0, ((0, 1.0), (1, 3.0))) == 3.0


def test_arms_go_from_key_to_key_and_begin_again() -> None:
    arms = {"hip": 5, "keys": {"knee": [[0, 10], [1, 40], [3, 10]]}}
    knees = [armed({"knee": 99.0}, arms, {}, 6.0, t / 6)["knee"] for t in (0, 0.5, 1, 2, 4)]
    assert knees == pytest.approx([10, 25, 40, 25, 40])
    assert armed({}, arms, {}, 6.0, 0.0)["hip"] == 5


def test_the_body_goes_along_with_arms_at_work():
    arms = {"chest": -20, "upper.n": 40, "idle": {"upper.n": [30, 2.0]}}
    along = {"hips": (-0.2, 0.1, 0.0), "n.x": (0.0, 0.0, -10.0)}
    up = armed({"hips": 1.0}, arms, {}, 4.0, 0.125, along)
    assert (up["hips"], up["upper.n"], up["n.x"]) == pytest.approx((1 - 4 + 1.5, 70, 0))
    assert armed({}, {"mouth.h": 1.0, "chest": -20}, {}, 4.0, 0.125, along).keys() == {
        "mouth.h",
        "chest",
    }


def test_a_blow_is_raised_slowly_and_falls_fast():
    arms = {"upper.n": 0.0, "blow": 0.6, "idle": {"upper.n": [30, 4.0]}}
    along = {"n.x": (0.0, 0.0, -10.0)}
    poses = [armed({}, arms, {}, 4.0, k / 400, along) for k in range(400)]
    rising = sum(b["upper.n"] > a["upper.n"] for a, b in pairwise(poses))
    assert rising > 250
    assert max(pose["upper.n"] for pose in poses) == pytest.approx(30, abs=0.1)
    assert {round(pose["n.x"], 6) for pose in poses} == {-6}


def test_builds_differ_little_and_the_first_is_the_usual_one() -> None:
    assert build_of(0).size == 1.0
    assert build_of(0).phase == 0.0
    builds = [build_of(v) for v in range(12)]
    assert len({b.phase for b in builds}) == 12
    assert all(0.88 < b.size <= 1.0 for b in builds)
