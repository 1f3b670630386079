"""Endless coloured noise whose every second can be made alone, in any order."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.dice import dice
from shadowplay.shot import SAMPLE_RATE

Block = NDArray[np.float32]
"""One second of sound, shape (2, 48000)."""

Spectrum = NDArray[np.float32]
"""Amplitude per frequency bin of a grain; scaled to the loudness of an RMS of 1 at 200 Hz."""

GRAIN = 2 * SAMPLE_RATE
"""Samples of one grain: it swells over one second and fades over the next."""

_RISE = exact.sin(np.linspace(0, np.pi / 2, SAMPLE_RATE, endpoint=False, dtype=np.float32))
_FALL = exact.cos(np.linspace(0, np.pi / 2, SAMPLE_RATE, endpoint=False, dtype=np.float32))


@lru_cache(maxsize=64)
def band(low: float, high: float, tilt: float = 0.0) -> Spectrum:
    """The spectrum of noise between two corner frequencies, with soft slopes of 12 dB an octave.

    Args:
        low: lower corner in Hz.
        high: upper corner in Hz.
        tilt: slope between them in dB an octave; below 0 is darker.
    """
    hertz = np.fft.rfftfreq(GRAIN, 1 / SAMPLE_RATE)
    hertz[0] = hertz[1]
    shape = exact.power(hertz / np.sqrt(low * high), tilt / 6.02)
    shape /= np.sqrt(1 + exact.power(low / hertz, 4)) * np.sqrt(1 + exact.power(hertz / high, 4))
    shape[0] = shape[-1] = 0
    # Real and imaginary parts are uniform in [-1, 1): each bin carries 2/3 of its shape squared.
    loudness = np.sqrt(2 * (2 / 3) * np.sum(shape**2 * _heard(hertz))) / GRAIN
    spectrum: Spectrum = (shape / loudness).astype(np.float32)
    spectrum.flags.writeable = False
    return spectrum


def _heard(hertz: NDArray[np.floating]) -> NDArray[np.floating]:
    """How strongly power counts at each frequency, about as in ITU-R BS.1770: lows less."""
    low, high = exact.power(hertz / 38, 4), (hertz / 1500) ** 2
    return np.asarray(low / (1 + low) * (1 + 2.51 * high) / (1 + high))


class Noise:
    """A stereo stream of noise of loudness 1, reproducible from any second."""

    def __init__(self, seed: int, name: str, spectrum: Spectrum) -> None:
        self._seed = seed
        self._name = name
        self._spectrum = spectrum
        self._last: tuple[int, Block] | None = None

    def block(self, second: int) -> Block:
        """The noise of one second of the scene's clock."""
        # Equal-power windows: neighbouring grains are independent, so their powers add to 1.
        before = self._grain(second - 1)[:, SAMPLE_RATE:]
        now = self._grain(second)
        self._last = (second, now)
        block: Block = before * _FALL + now[:, :SAMPLE_RATE] * _RISE
        return block

    def _grain(self, second: int) -> Block:
        if self._last is not None and self._last[0] == second:
            return self._last[1]
        parts = dice(self._seed, "noise", self._name, second).random(
            (2, self._spectrum.size, 2), dtype=np.float32
        )
        parts -= np.float32(0.5)
        bins = exact.scaled(parts.view(np.complex64)[..., 0], 2 * self._spectrum)
        return np.fft.irfft(bins, GRAIN).astype(np.float32, copy=False)


def swell(
    seed: int, name: str, second: int, period: float, low: float, high: float
) -> NDArray[np.float32]:
    """A slow random curve between `low` and `high`, shape (48000,), continuous between seconds.

    It passes through a new random height every `period` seconds, with level tangents there.
    """
    t = second + np.linspace(0, 1, 65)
    knot = np.floor(t / period).astype(int)
    part = t / period - knot
    heights = {k: dice(seed, "swell", name, int(k)).random() for k in {*knot, *(knot + 1)}}
    left = np.array([heights[k] for k in knot])
    right = np.array([heights[k + 1] for k in knot])
    smooth = left + (right - left) * part * part * (3 - 2 * part)
    return straight((low + (high - low) * smooth).astype(np.float32))


def straight(knots: NDArray[np.float32]) -> NDArray[np.float32]:
    """A second of straight lines between knots that are evenly spaced, shape (48000,)."""
    pieces = knots.size - 1
    way = np.arange(SAMPLE_RATE // pieces, dtype=np.float32) * np.float32(pieces / SAMPLE_RATE)
    return (knots[:-1, None] + np.diff(knots)[:, None] * way).ravel()
