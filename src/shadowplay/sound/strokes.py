"""Strokes: short waves set down at exact moments, whichever seconds they reach into."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shadowplay.shot import SAMPLE_RATE
from shadowplay.sound.noise import Block

Wave = NDArray[np.float32]
"""A mono sound, shape (n,)."""

REACH = 6
"""No wave is longer than this many seconds: all that sounds now began at most so long ago."""


class Stroke(NamedTuple):
    """One wave in its place.

    Attributes:
        at: its first sample on the scene's clock.
        gain: factor on the wave.
        pan: -1 is left, 1 is right; the power stays the same between.
    """

    at: int
    wave: Wave
    gain: float
    pan: float


def lay(block: Block, second: int, strokes: Iterable[Stroke]) -> None:
    """Add to a block what of the strokes falls into its second."""
    first = second * SAMPLE_RATE
    for at, wave, gain, pan in strokes:
        begin = max(at, first)
        end = min(at + wave.size, first + SAMPLE_RATE)
        if begin >= end:
            continue
        part = wave[begin - at : end - at]
        angle = (np.clip(pan, -1, 1) + 1) * np.pi / 4
        block[0, begin - first : end - first] += part * np.float32(gain * math.cos(angle))
        block[1, begin - first : end - first] += part * np.float32(gain * math.sin(angle))
