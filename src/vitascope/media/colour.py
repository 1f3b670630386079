"""Converts colours to sRGB: other primaries, other transfer curves, high dynamic range.

BT.709's curve and sRGB's are treated as one, as players do. So are the curves for the same displays
(BT.601, BT.2020 of standard range).

High dynamic range is converted to nits on a 1000-nit display (SMPTE ST 2084; ITU-R BT.2100 for HLG)
and to BT.709's primaries, rolled off to reference white at 203 nits (ITU-R BT.2408) along the
Hermite spline of ITU-R BT.2390, section 5.4.1, and encoded for a BT.1886 display.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Transfer = Literal["pq", "hlg"]

PEAK = 1000.0
"""Nits of the display that a film of high dynamic range is meant for."""

WHITE = 203.0
"""Nits of reference white."""

_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32

_BT709_LIGHT = np.array([0.2126, 0.7152, 0.0722])
_BT2020_LIGHT = np.array([0.2627, 0.6780, 0.0593])

Light = NDArray[np.float64]


class Primaries(NamedTuple):
    """CIE 1931 x and y of red, green, blue and white."""

    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]
    white: tuple[float, float] = (0.3127, 0.3290)


BT709 = Primaries((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))

PRIMARIES = {
    4: Primaries((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), (0.310, 0.316)),  # BT.470 M
    5: Primaries((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),  # BT.601, 625 lines
    6: Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),  # BT.601, 525 lines
    7: Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),  # SMPTE 240M
    8: Primaries((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), (0.310, 0.316)),  # film
    9: Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # BT.2020
    10: Primaries((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (1 / 3, 1 / 3)),  # CIE XYZ
    11: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),  # DCI P3
    12: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # Display P3
    22: Primaries((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),  # EBU Tech. 3213
}
"""Primaries by their number in ITU-T H.273; all other numbers count as BT.709."""

_CURVES: dict[int, float | Transfer] = {4: 2.2, 5: 2.8, 8: 1.0, 16: "pq", 17: 2.6, 18: "hlg"}
"""Transfer curves by their number in ITU-T H.273: an exponent, or a curve of high dynamic range."""

_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

SIDE = 33
"""Entries along each edge of a lookup table; enough for curves that are this smooth."""

Table = NDArray[np.float64]
"""Maps B, G and R in [0, 1] to R, G and B in [0, 1]; shape (SIDE, SIDE, SIDE, 3)."""


class Colours(NamedTuple):
    """The colour space of R, G and B values.

    Attributes:
        primaries: the primaries and the white point.
        curve: an exponent, or a curve of high dynamic range; None for sRGB's.
    """

    primaries: Primaries = BT709
    curve: float | Transfer | None = None


SRGB = Colours()


def colours(primaries: int, transfer: int) -> Colours:
    """A colour space by its numbers in ITU-T H.273; unknown numbers count as sRGB."""
    curve = _CURVES.get(transfer)
    unknown = PRIMARIES[9] if isinstance(curve, str) else BT709
    known = BT709 if primaries == 1 else PRIMARIES.get(primaries, unknown)
    return Colours(known, curve)


def table(source: Colours) -> Table:
    """A lookup table from this colour space to sRGB."""
    axis = np.linspace(0, 1, SIDE)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    signal = np.stack((red, green, blue), axis=-1)
    turn = matrix(source.primaries)
    match source.curve:
        case "pq":
            return to_bt709(pq_to_nits(signal), turn)
        case "hlg":
            return to_bt709(hlg_to_nits(signal), turn)
        case None:
            light = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
        case power:
            light = signal**power
    shown = np.clip(light @ turn.T, 0, 1)
    return np.where(shown <= 0.0031308, shown * 12.92, 1.055 * shown ** (1 / 2.4) - 0.055)


def write_table(path: Path, source: Colours) -> None:
    """Write the lookup table as a .cube file, in which red changes fastest."""
    rows = table(source).reshape(-1, 3).tolist()
    lines = [f"LUT_3D_SIZE {SIDE}", *(f"{r:.5f} {g:.5f} {b:.5f}" for r, g, b in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def spans(primaries: Primaries) -> bool:
    """Whether the primaries are valid: they form a triangle and have a white point."""
    corners = np.array([(x, y, 1 - x - y) for x, y in primaries[:3]])
    return abs(float(np.linalg.det(corners))) > 1e-3 and primaries.white[1] > 1e-3


def matrix(primaries: Primaries) -> NDArray[np.float64]:
    """Converts linear light to BT.709's primaries, shape (3, 3); adapts white by Bradford."""
    cones = [_BRADFORD @ _xyz(white) for white in (primaries.white, BT709.white)]
    adaptation = np.linalg.solve(_BRADFORD, (cones[1] / cones[0])[:, None] * _BRADFORD)
    whole = np.linalg.solve(_to_xyz(BT709), adaptation @ _to_xyz(primaries))
    return np.asarray(whole, np.float64)


def _to_xyz(primaries: Primaries) -> NDArray[np.float64]:
    edges = np.array([(x, y, 1 - x - y) for x, y in primaries[:3]]).T
    return np.asarray(edges * np.linalg.solve(edges, _xyz(primaries.white)), np.float64)


def _xyz(point: tuple[float, float]) -> NDArray[np.float64]:
    x, y = point
    return np.array([x / y, 1, (1 - x - y) / y])


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
    """BT.2390's curve: linear in the shadows, rolled off so that `PEAK` becomes `WHITE`."""
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
    """Convert light of any level to BT.709 signals in [0, 1].

    Args:
        nits: the last axis holds R, G and B.
        matrix: converts to BT.709's primaries, shape (3, 3).
    """
    rgb = nits @ matrix.T
    light = np.maximum(rgb @ _BT709_LIGHT, 0)[..., None]
    # Colours outside BT.709 are desaturated, at constant luminance, until they fit.
    lowest = rgb.min(axis=-1, keepdims=True)
    excess = np.where(lowest < 0, light / np.maximum(light - lowest, 1e-9), 1)
    rgb = np.maximum(light + (rgb - light) * excess, 0)
    strongest = np.maximum(rgb.max(axis=-1, keepdims=True), 1e-9)
    shown = np.clip(rgb * roll_off(strongest) / strongest / WHITE, 0, 1)
    signal: Light = np.power(shown, 1 / 2.4)
    return signal
