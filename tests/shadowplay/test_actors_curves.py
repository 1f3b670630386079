"""Outlines: through their control points, sharp where said, never with too many points."""

import math

import numpy as np
import pytest

from shadowplay.actors.curves import (
    MOST_POINTS,
    Tube,
    disc,
    outline,
    polygon,
    smooth,
    stations,
    turned,
)

SQUARE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]


def test_a_smooth_curve_goes_through_its_controls_and_swells_between() -> None:
    curve = smooth(SQUARE, [False] * 4, per=8)
    assert curve[::8] == pytest.approx(np.array(SQUARE))
    assert curve[:, 1].min() < -0.05


def test_corners_keep_straight_lines() -> None:
    curve = smooth(SQUARE, [True] * 4)
    assert curve.min() == pytest.approx(0.0, abs=1e-6)
    assert curve.max() == pytest.approx(1.0, abs=1e-6)


def test_outlines_are_written_in_hundredths_and_thinned() -> None:
    wavy = " ".join(f"{i * 5},{(i % 2) * 9}" for i in range(70)) + " 175,-90"
    assert len(outline(wavy)) <= MOST_POINTS
    assert polygon("0,0 50,0 50,25!").tolist() == [[0, 0], [0.5, 0], [0.5, 0.25]]


def test_a_tube_is_as_wide_as_its_stations() -> None:
    tube = Tube(2, stations("0:10/5 1:10/5"))
    points = tube.outline(((0.0, 0.0), (1.0, 0.0)))
    assert points[:, 1].max() == pytest.approx(0.1)
    assert points[:, 1].min() == pytest.approx(-0.05)


def test_a_tube_rounds_its_joints_and_keeps_its_ends() -> None:
    tube = Tube(3, stations("0:0 0.5:0 1:0 1.5:0 2:0"))
    spine = tube.sides(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))[0]
    assert spine[0] == pytest.approx((0, 0))
    assert spine[1] == pytest.approx((0.5, 0))
    assert 0 < math.dist(spine[2], (1.0, 0.0)) < 0.2
    assert spine[-1] == pytest.approx((1, 1))


def test_turning_is_anticlockwise() -> None:
    assert turned(polygon("100,0"), math.pi / 2, 1.0, 2.0)[0] == pytest.approx((1, 3), abs=1e-6)


def test_a_disc_is_round() -> None:
    radii = np.linalg.norm(disc(1.0, 2.0, 0.5) - (1, 2), axis=1)
    assert radii == pytest.approx(0.5, abs=1e-6)
