"""High dynamic range to the house's BT.709.

Light is brought to nits on a 1000-nit display (SMPTE ST 2084; ITU-R BT.2100 for HLG), to BT.709's
primaries, rolled off to reference white at 203 nits (ITU-R BT.2408) along the Hermite spline of
ITU-R BT.2390, section 5.4.1, and coded for a BT.1886 display.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Transfer = Literal["pq", "hlg"]

PEAK = 1000.0
WHITE = 203.0

_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32

_BT709_LIGHT = np.array([0.2126, 0.7152, 0.0722])
_BT2020_LIGHT = np.array([0.2627, 0.6780, 0.0593])

Light = NDArray[np.float64]


def pq_to_nits(signal: Light) -> Light:
    """ST 2084's EOTF."""
    power = np.power(np.clip(signal, 0, 1), 1 / _M2)
    nits: Light = 10_000 * (np.maximum(power - _C1, 0) / (_C2 - _C3 * power)) ** (1 / _M1)
    return nits


def nits_to_pq(nits: Light) -> Light:
    """ST 2084's inverse EOTF."""
    power = np.power(np.clip(nits, 0, 10_000) / 10_000, _M1)
    signal: Light = ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2
    return signal


def hlg_to_nits(signal: Light) -> Light:
    """BT.2100's HLG EOTF for a 1000-nit display; the last axis holds R, G and B."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    light = (scene @ _BT2020_LIGHT)[..., None]
    nits: Light = PEAK * np.power(np.maximum(light, 1e-9), 0.2) * scene
    return nits


def roll_off(nits: Light) -> Light:
    """BT.2390's curve: linear in the darks, bending so that `PEAK` becomes `WHITE`."""
    peak = nits_to_pq(np.array(PEAK))
    signal = np.minimum(nits_to_pq(nits) / peak, 1)
    top = nits_to_pq(np.array(WHITE)) / peak
    knee = 1.5 * top - 0.5
    t = np.maximum(signal - knee, 0) / (1 - knee)
    bent = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * top
    )
    return pq_to_nits(np.where(signal < knee, signal, bent) * peak)


def to_bt709(nits: Light, matrix: NDArray[np.float64]) -> Light:
    """Light of any strength to BT.709 signals in [0, 1].

    Args:
        nits: the last axis holds R, G and B.
        matrix: to light of BT.709's primaries, shape (3, 3).
    """
    rgb = nits @ matrix.T
    light = np.maximum(rgb @ _BT709_LIGHT, 0)[..., None]
    # Colours outside BT.709 are paled toward grey of the same light until they fit.
    lowest = rgb.min(axis=-1, keepdims=True)
    excess = np.where(lowest < 0, light / np.maximum(light - lowest, 1e-9), 1)
    rgb = np.maximum(light + (rgb - light) * excess, 0)
    strongest = np.maximum(rgb.max(axis=-1, keepdims=True), 1e-9)
    shown = np.clip(rgb * roll_off(strongest) / strongest / WHITE, 0, 1)
    signal: Light = np.power(shown, 1 / 2.4)
    return signal
