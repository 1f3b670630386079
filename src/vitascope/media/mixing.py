"""Mixing: sound of any number of channels becomes two, by the coefficients of ITU-R BS.775.

What is in front of the listener's left or right stays there, the centre goes to both sides 3 dB
lower, what is beside and behind goes to its own side 3 dB lower, low-frequency effects are left
out. All is divided by the largest sum of a side's coefficients, so that channels that are all at
full scale do not go beyond it.
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
"""How much of a channel goes to the left and to the right; `_MIDDLE` of those not named here."""

_USUAL = {2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""What is meant by so many channels whose places are not told."""

_FULL = {"u1": 2.0**7, "i2": 2.0**15, "i4": 2.0**31}
"""Full scale of the formats that hold whole numbers, of which u1 has its zero there too."""


def stereo(frame: av.AudioFrame) -> NDArray[np.float32]:
    """The sound of a frame as float32 samples of shape (2, n); one channel is heard on both sides.

    Raises:
        ValueError: its samples are of a format that can't be read.
    """
    names = _places(frame.layout)
    data = frame.to_ndarray()
    if not frame.format.is_planar:
        data = data.reshape(-1, len(names)).T
    kind = data.dtype.str[1:]
    full = _FULL.get(kind, 1.0)
    levels = data.astype(np.float64) / full - (kind == "u1")
    # Numbers that are none are silence: mixed with others, they would spoil those.
    return np.asarray(_shares(names) @ np.nan_to_num(levels, posinf=0, neginf=0), np.float32)


def _places(layout: av.AudioLayout) -> tuple[str, ...]:
    """The names of the channels' places."""
    names = tuple(channel.name for channel in layout.channels)
    if names[0] in _SHARES or len(names) not in _USUAL:
        return names
    return tuple(channel.name for channel in av.AudioLayout(_USUAL[len(names)]).channels)


@lru_cache
def _shares(names: tuple[str, ...]) -> NDArray[np.float64]:
    """What each channel gives to the left and to the right, shape (2, channels)."""
    if len(names) == 1:
        return np.ones((2, 1))
    shares = np.array([_SHARES.get(name, _MIDDLE) for name in names]).T
    return np.asarray(shares / max(1.0, shares.sum(axis=1).max()))
