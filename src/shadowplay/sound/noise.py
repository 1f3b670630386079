"""Coloured noise: loops of it, and endless streams whose every second can be made alone."""

import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.dice import dice, throw
from shadowplay.shot import SAMPLE_RATE, Block

Wave = NDArray[np.float32]  # a mono sound, shape (n,)
_LOOP = 1 << 16  # samples of the loop that all seconds of a stream are cut from

_FADE = np.linspace(0, np.pi / 2, SAMPLE_RATE, endpoint=False, dtype=np.float32)
_RISE, _FALL = exact.sin(_FADE), exact.cos(_FADE)


def noise(
    rng: np.random.Generator, count: int, size: int, band: tuple[float, float], tilt: float = 0.0
) -> NDArray[np.float32]:
    """Loops of noise, each as loud as an RMS of 1 at 200 Hz, shape (count, n).

    Args:
        rng: makes them.
        count: how many.
        size: samples that each has at least.
        band: corners in Hz; beyond, the slopes have 12 dB an octave.
        tilt: slope between the corners in dB an octave; below 0 is darker.
    """
    low, high = band
    n = 1 << max(12, (size - 1).bit_length())
    hertz = np.fft.rfftfreq(n, 1 / SAMPLE_RATE).astype(np.float32)[1:-1]
    shape = 1 / np.sqrt((1 + np.square(low / hertz) ** 2) * (1 + np.square(hertz / high) ** 2))
    if tilt:
        shape *= exact.power(hertz * np.float32(1 / np.sqrt(low * high)), tilt / 6.02)
    bins = np.zeros((count, n // 2 + 1, 2), np.float32)
    bins[:, 1:-1] = (rng.random((count, hertz.size, 2), dtype=np.float32) - 0.5) * shape[:, None]
    loops = np.fft.irfft(bins.view(np.complex64)[..., 0], n).astype(np.float32, copy=False)
    # Power counts about as in ITU-R BS.1770: lows less, highs more.
    deep, keen = np.square(hertz / 38) ** 2, (hertz / 1500) ** 2
    heard = deep / (1 + deep) * (1 + 2.51 * keen) / (1 + keen)
    # Both parts of a bin are uniform in [-0.5, 0.5): it has a sixth of its shape squared.
    loops *= np.float32(n / np.sqrt(np.sum(shape**2 * heard) / 3))
    return loops


class Stream:
    """Stereo noise that swells and dies down: parts of one loop that fade into one another."""

    def __init__(self, seed: int, name: str, band: tuple[float, float], tilt: float) -> None:
        self._key = (seed, "noise", name)
        loop = noise(dice(*self._key), 2, _LOOP, band, tilt)
        self._loop = np.tile(loop, 3)  # as far as two seconds from anywhere in the first

    def block(self, second: int, period: float, low: float) -> Block:
        """One second of it, with a random loudness from `low` to 1 every `period` seconds."""
        knots = range(int(second / period), int((second + 1) / period) + 2)
        heights = [low + (1 - low) * throw(*self._key, "swell", k) for k in knots]
        t = np.linspace(second / period, (second + 1) / period, 65)
        curve = straight(np.interp(t, knots, heights).astype(np.float32), SAMPLE_RATE // 64)
        # Equal-power fades: parts from places far apart are independent, so their powers add to 1.
        begin, before = (int(throw(*self._key, second - k) * _LOOP) for k in (0, 1))
        before += SAMPLE_RATE
        block: Block = self._loop[:, begin : begin + SAMPLE_RATE] * (_RISE * curve)
        block += self._loop[:, before : before + SAMPLE_RATE] * (_FALL * curve)
        return block


def straight(knots: NDArray[np.float32], step: int) -> Wave:
    """Straight lines between knots that are so many samples apart, shape (..., n)."""
    way = np.arange(step, dtype=np.float32) * np.float32(1 / step)
    lines: Wave = knots[..., :-1, None] + np.diff(knots)[..., None] * way
    return lines.reshape(*knots.shape[:-1], -1)
