"""The room the scene sounds in: convolution, second by second, with synthesised decaying noise."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.dice import dice
from shadowplay.shot import SAMPLE_RATE
from shadowplay.sound.noise import Block

TAIL = 2
"""Seconds that a sound may ring on: after so many silent blocks the room is silent too."""

_SIZE = 144_000  # one second of sound and at most two of echo; 2^7 * 3^2 * 5^3 suits the FFT


class RoomKind(NamedTuple):
    """How a room answers.

    Attributes:
        decay: seconds until the echo has fallen by 60 dB.
        wet: level of the echo against the direct sound.
        bright: cut-off of the echo's first moment in Hz; highs die sooner than lows.
        muffle: cut-off in Hz of everything that is heard, or 0 for open air.
    """

    decay: float
    wet: float
    bright: float
    muffle: float = 0.0


class Room:
    """Convolves blocks in their order; each block's echo reaches into the next ones."""

    def __init__(self, kind: RoomKind) -> None:
        self._response = _response(kind)
        self._ringing = np.zeros((2, TAIL * SAMPLE_RATE), np.float32)

    def block(self, dry: Block) -> Block:
        """The next second as it is heard."""
        heard = np.fft.irfft(exact.times(np.fft.rfft(dry, _SIZE), self._response), _SIZE)
        heard[:, : TAIL * SAMPLE_RATE] += self._ringing
        self._ringing = heard[:, SAMPLE_RATE:].astype(np.float32)
        return heard[:, :SAMPLE_RATE].astype(np.float32, copy=False)


@lru_cache(maxsize=16)
def _response(kind: RoomKind) -> NDArray[np.complexfloating]:
    """The spectrum of a room's answer, the same in every film."""
    return np.fft.rfft(_impulse(kind), _SIZE)


def _impulse(kind: RoomKind) -> NDArray[np.float32]:
    """Direct sound and echo, shape (2, n) with n at most two seconds."""
    length = min(int(kind.decay * 1.1 * SAMPLE_RATE), TAIL * SAMPLE_RATE - 1)
    t = np.arange(length) / SAMPLE_RATE
    noise = dice(0, "room").standard_normal((2, length))
    dark = _lowpass(noise, kind.bright / 4)
    bright = _lowpass(noise, kind.bright) - dark
    fade = math.log(1000) / kind.decay
    echo = dark * exact.exp(-fade * t) + bright * exact.exp(-2.2 * fade * t)
    echo *= np.minimum(t / 0.02, 1) ** 2  # a short build-up keeps attacks soft and clear
    echo *= np.minimum((length - np.arange(length)) / 2400, 1)
    echo *= kind.wet / _gain(echo)
    echo[:, 0] += 1
    return (_lowpass(echo, kind.muffle) if kind.muffle else echo).astype(np.float32)


def _gain(echo: NDArray[np.float64]) -> float:
    """How much louder it makes what lies between 80 and 600 Hz, where music has its weight."""
    spectrum = np.fft.rfft(echo, _SIZE)
    power = spectrum.real**2 + spectrum.imag**2
    hertz = np.fft.rfftfreq(_SIZE, 1 / SAMPLE_RATE)
    return float(np.sqrt(np.mean(power[:, (hertz > 80) & (hertz < 600)])))


def _lowpass(wave: NDArray[np.float64], cutoff: float) -> NDArray[np.float64]:
    size = wave.shape[1]
    hertz = np.fft.rfftfreq(size * 2, 1 / SAMPLE_RATE)
    # Zero phase would sound before the cause; a causal one-pole pair costs nothing extra here.
    x = hertz / cutoff
    below = np.square(1 + x * x)
    response = np.empty(x.size, np.complex128)
    response.real = (1 - x * x) / below
    response.imag = -2 * x / below
    return np.fft.irfft(exact.times(np.fft.rfft(wave, size * 2), response), size * 2)[:, :size]
