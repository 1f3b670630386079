"""The curves of high dynamic range, against values from the standards."""

import numpy as np
import pytest

from vitascope.media.colour import (
    PRIMARIES,
    WHITE,
    hlg_to_nits,
    matrix,
    nits_to_pq,
    pq_to_nits,
    roll_off,
    to_bt709,
)

WIDE = matrix(PRIMARIES[9])


@pytest.mark.parametrize(("nits", "signal"), [(0, 0), (100, 0.508), (203, 0.581), (1000, 0.752)])
def test_pq_is_that_of_st_2084(nits, signal):
    assert nits_to_pq(np.array(float(nits))) == pytest.approx(signal, abs=1e-3)
    assert pq_to_nits(nits_to_pq(np.array(float(nits)))) == pytest.approx(nits, abs=1e-3)


@pytest.mark.parametrize(("signal", "nits"), [(0, 0), (0.75, 203), (1, 1000)])
def test_hlg_is_that_of_bt_2100(signal, nits):
    assert hlg_to_nits(np.full(3, float(signal))) == pytest.approx(nits, rel=5e-3, abs=1e-3)


def test_the_curve_is_straight_in_the_darks_and_ends_at_white():
    light = np.array([0.1, 1.0, 10.0, 50.0])
    assert roll_off(light) == pytest.approx(light, rel=1e-3)
    assert roll_off(np.array([1000.0, 4000.0])) == pytest.approx(WHITE, rel=1e-3)
    assert (np.diff(roll_off(np.linspace(0, 1000, 500))) > 0).all()


def test_grey_stays_grey_and_colours_stay_within():
    grey = to_bt709(np.full((5, 3), [[1.0], [10], [100], [500], [1000]]), WIDE)
    assert np.ptp(grey, axis=1).max() < 2e-3
    assert to_bt709(np.eye(3) * 1000, WIDE).min() >= 0
    assert to_bt709(np.eye(3) * 1000, WIDE).max() <= 1
    red = to_bt709(np.array([300.0, 0, 0]), WIDE)
    assert red[0] > 3 * max(red[1], red[2])
