"""Noise that wraps around: outlines of hills and fields of cloud, the same at both ends."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.colour import Floats

_TILE = 256  # rows and columns of the noise against bands, which repeats
_ROWS = 32  # rows that are dithered at a time, which stay in the processor's cache


def outline(dice: np.random.Generator, length: int, rough: float, waves: int = 2) -> Floats:
    """A periodic hill line of `length` samples, from 0 (valleys) to 1 (the highest top).

    It is `rough` from 0 (rolling) to 1 (craggy); `waves` broad hills are in one period.
    """
    count = min(length // 4, 16 + int(rough * 240))
    orders = np.arange(1, count + 1)
    power = 2.6 - 1.35 * rough
    strength = 1 / (1 + exact.power(orders / waves, power))
    strength[: max(0, waves - 1)] *= 0.5
    spectrum = np.zeros(length // 2 + 1, np.complex128)
    angle = 2 * np.pi * dice.random(count)
    spectrum.real[1 : count + 1] = strength * exact.cos(angle)
    spectrum.imag[1 : count + 1] = strength * exact.sin(angle)
    line = np.fft.irfft(spectrum, length)
    line -= line.min()
    return np.asarray(line / max(float(line.max()), 1e-9), np.float32)


def field(
    dice: np.random.Generator, height: int, width: int, *, power: float = 1.8, stretch: float = 2.5
) -> Floats:
    """Cloud-like noise with mean 0 and deviation 1, periodic in both directions.

    `power` is how fast detail fades: 1 is busy, 3 is soft; shapes are `stretch` times as long as
    high.
    """
    rows = np.fft.fftfreq(height)[:, None] * height
    columns = np.fft.rfftfreq(width)[None, :] * height
    radius = np.sqrt(rows**2 + (columns * stretch) ** 2).astype(np.float32)
    radius[0, 0] = 1
    noise = dice.standard_normal((height, width), dtype=np.float32)
    return _shaped(noise, exact.power(radius, -power))


def ripples(dice: np.random.Generator, size: int, length: float) -> Floats:
    """Waves of about one length, in samples, in all directions; periodic, deviation 1."""
    rows = np.fft.fftfreq(size)[:, None]
    columns = np.fft.rfftfreq(size)[None, :]
    radius = np.sqrt(rows**2 + columns**2) * length
    radius[0, 0] = 1e-6
    ring = exact.exp(-((exact.log(radius) / 0.55) ** 2))
    return _shaped(dice.standard_normal((size, size)), ring)


def _shaped(noise: NDArray[np.floating], strength: NDArray[np.floating]) -> Floats:
    """Noise whose frequencies are as strong as is said, with mean 0 and deviation 1."""
    spectrum = np.fft.rfft2(noise)
    spectrum.real *= strength
    spectrum.imag *= strength
    spectrum[0, 0] = 0
    unit: Floats = np.fft.irfft2(spectrum, noise.shape).astype(np.float32)
    unit /= np.float32(max(float(unit.std()), 1e-9))
    return unit


@lru_cache(maxsize=8)
def _grain(columns: int, strength: float) -> Floats:
    """So many tiles side by side, of noise that strong; the sheets of a film share a few sizes."""
    dice, size = np.random.default_rng(20_26), (_TILE, _TILE)
    tile = (dice.random(size) - dice.random(size)).astype(np.float32)
    return np.tile(tile * np.float32(strength), (1, columns))


def dither(plane: Floats, strength: float = 0.9) -> NDArray[np.uint8]:
    """Round to whole levels with triangular noise, so that no band shows in a gradient."""
    height, width = plane.shape
    grain = _grain(-(-width // _TILE), strength)[:, :width]
    made = np.empty((height, width), np.uint8)
    for top in range(0, height, _ROWS):
        some = np.ascontiguousarray(plane[top : top + _ROWS])
        row = top % _TILE
        cv2.add(some, grain[row : row + len(some)], made[top : top + _ROWS], dtype=cv2.CV_8U)
    return made


def smoothstep(low: float, high: float, x: Floats) -> Floats:
    """0 below `low`, 1 above `high`, eased between."""
    t: Floats = np.clip((x - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def enlarge(plane: Floats, height: int, width: int) -> Floats:
    """Resize smoothly to `height` by `width`."""
    return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
