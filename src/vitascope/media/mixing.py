"""Mixes sound of any number of channels down to stereo, by the coefficients of ITU-R BS.775.

Front left and right keep their level. The centre goes to both sides at -3 dB, side and back
channels to their own side at -3 dB. Low-frequency effects are left out. The result is divided by
the larger sum of coefficients, so that channels at full scale do not clip.
"""

from __future__ import annotations

from functools import lru_cache

import av
import numpy as np
from numpy.typing import NDArray

_LOWER = 0.5**0.5
_MIDDLE = (_LOWER, _LOWER)

_SHARES = {
    **dict.fromkeys(("FL", "FLC", "DL", "WL"), (1.0, 0.0)),
    **dict.fromkeys(("FR", "FRC", "DR", "WR"), (0.0, 1.0)),
    **dict.fromkeys(("SL", "BL", "SDL", "SSL", "TFL", "TSL", "TBL", "TTL", "BFL"), (_LOWER, 0.0)),
    **dict.fromkeys(("SR", "BR", "SDR", "SSR", "TFR", "TSR", "TBR", "TTR", "BFR"), (0.0, _LOWER)),
    **dict.fromkeys(("BC", "TBC"), (0.5, 0.5)),
    **dict.fromkeys(("LFE", "LFE2"), (0.0, 0.0)),
    "FC": _MIDDLE,
}
"""The coefficients of a channel for left and right; `_MIDDLE` for all others."""

_USUAL = {2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""The layout assumed for a number of channels without a layout."""

_FULL = {"u1": 2.0**7, "i2": 2.0**15, "i4": 2.0**31}
"""Full scale of the integer formats; it is also the zero of `u1`."""


def stereo(frame: av.AudioFrame) -> NDArray[np.float32]:
    """The sound of a frame as float32 samples of shape (2, n); mono goes to both sides.

    Raises:
        ValueError: the sample format is not supported.
    """
    names = _places(frame.layout)
    data = frame.to_ndarray()
    if not frame.format.is_planar:
        data = data.reshape(-1, len(names)).T
    kind = data.dtype.str[1:]
    full = _FULL.get(kind, 1.0)
    levels = data.astype(np.float64) / full - (kind == "u1")
    # Samples that are not finite become silence, because they would spoil the other channels.
    return np.asarray(_shares(names) @ np.nan_to_num(levels, posinf=0, neginf=0), np.float32)


def _places(layout: av.AudioLayout) -> tuple[str, ...]:
    """The names of the channels' positions."""
    names = tuple(channel.name for channel in layout.channels)
    if names[0] in _SHARES or len(names) not in _USUAL:
        return names
    return tuple(channel.name for channel in av.AudioLayout(_USUAL[len(names)]).channels)


@lru_cache
def _shares(names: tuple[str, ...]) -> NDArray[np.float64]:
    """The coefficients of all channels, shape (2, channels)."""
    if len(names) == 1:
        return np.ones((2, 1))
    shares = np.array([_SHARES.get(name, _MIDDLE) for name in names]).T
    return np.asarray(shares / max(1.0, shares.sum(axis=1).max()))
