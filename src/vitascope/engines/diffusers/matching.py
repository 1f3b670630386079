"""Matching: new frames in the colours of the film that they go on from.

A window draws the known frames again. What its colours are off by there, they are off by in the
first new frames too: a gain and an offset for each channel are fitted, and fade out over a second.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vitascope.engines.native import RgbFrame

_GAIN = (0.8, 1.25)
"""Limits of a gain; beyond them the frames differ in more than colours."""

_OFFSET = 32.0
"""The largest offset, of 255."""

_LEAST_SPREAD = 2.0
"""Standard deviation, of 255, below which a channel is too flat for a gain to be seen."""


class ColourMatch:
    """Corrects the first new frames of a window.

    Args:
        true: the known frames as they are.
        drawn: the same as the window drew them.
        fade: frames until the correction is gone.
    """

    def __init__(self, true: Sequence[RgbFrame], drawn: Sequence[RgbFrame], fade: int) -> None:
        self._fade = fade
        self._gain, self._offset = _fitted(np.stack(true), np.stack(drawn))

    def applied(self, picture: RgbFrame, number: int) -> RgbFrame:
        """The new frame of this number, from 0, in the film's colours."""
        share = max(0.0, 1 - number / self._fade)
        if not share:
            return picture
        gain, offset = 1 + (self._gain - 1) * share, self._offset * share
        return np.asarray(np.rint(picture * gain + offset).clip(0, 255), np.uint8)


def _fitted(
    true: NDArray[np.uint8], drawn: NDArray[np.uint8]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gain and offset by channel that bring `drawn` nearest to `true`, both of shape (n, h, w, 3).

    By means and spreads, not point by point: detail that was drawn elsewhere would lower the gain.
    """
    axes = (0, 1, 2)
    means = [each.mean(axis=axes) for each in (true, drawn)]
    spreads = [each.std(axis=axes) for each in (true, drawn)]
    flat = np.minimum(*spreads) < _LEAST_SPREAD
    gain = np.where(flat, 1.0, spreads[0] / np.maximum(spreads[1], _LEAST_SPREAD)).clip(*_GAIN)
    offset = (means[0] - gain * means[1]).clip(-_OFFSET, _OFFSET)
    return gain, offset
