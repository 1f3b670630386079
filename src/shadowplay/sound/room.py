"""The room the scene sounds in: convolution, second by second, with synthesised decaying noise.

An echo has little above 6 kHz, so that it is worked out at a quarter of the sample rate.
"""

from __future__ import annotations

import math
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.dice import dice
from shadowplay.shot import SAMPLE_RATE, Block
from shadowplay.sound.noise import noise, straight

TAIL = 2  # seconds that a sound may ring on: after so many silent blocks the room is silent too

_COARSE = 4
_RATE = SAMPLE_RATE // _COARSE
_SIZE = _RATE * (1 + TAIL)


class RoomKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a room answers; `places.toml` says what its keys are."""

    decay: float
    wet: float
    bright: float
    muffle: bool = False


class Reverb:
    """Convolves blocks in their order; each block's echo reaches into the next ones."""

    def __init__(self, kind: RoomKind) -> None:
        self._response = _response(kind)
        self._direct = not kind.muffle
        self._ringing = np.zeros((2, TAIL * _RATE), np.float32)
        self._last = np.zeros((2, 1), np.float32)

    def block(self, dry: Block) -> Block:
        """The next second as it is heard; the echo comes a twelve-thousandth of a second late."""
        spectrum = np.fft.rfft(dry.reshape(2, _RATE, _COARSE).mean(axis=2), _SIZE)
        echo = np.fft.irfft(exact.times(spectrum, self._response), _SIZE).astype(np.float32)
        echo[:, : TAIL * _RATE] += self._ringing
        self._ringing = echo[:, _RATE:]
        heard = straight(np.concatenate((self._last, echo[:, :_RATE]), axis=1), _COARSE)
        self._last = echo[:, _RATE - 1 : _RATE]
        if self._direct:
            heard += dry
        return heard


@lru_cache(maxsize=16)
def _response(kind: RoomKind) -> NDArray[np.complexfloating]:
    """The spectrum of a room's answer, the same in every film."""
    length = min(int(kind.decay * 1.1 * _RATE), TAIL * _RATE - 1)
    t, rng = np.arange(length) / _RATE, dice(0, "room")
    # Corners are four times as high, as the samples are four times as long.
    low, high = kind.bright / 4 * _COARSE, kind.bright * _COARSE
    dark, bright = (
        noise(rng, 2, length, band)[:, :length] for band in ((50.0, low), (low / 2, high))
    )
    fade = math.log(1000) / kind.decay
    echo = dark * exact.exp(-fade * t) + bright * exact.exp(-2.2 * fade * t)
    echo *= np.minimum(t / 0.02, 1) ** 2  # a short build-up keeps attacks soft and clear
    echo *= np.minimum((t[-1] - t) / 0.05, 1)
    # Music has its weight between 80 and 600 Hz: there the echo is as loud as `wet` says.
    spectrum = np.fft.rfft(echo, _SIZE)[:, 80 * _SIZE // _RATE : 600 * _SIZE // _RATE]
    echo *= kind.wet / np.sqrt(np.mean(spectrum.real**2 + spectrum.imag**2))
    if kind.muffle:
        echo[:, :3] += (0.25, 0.5, 0.25)
    return np.fft.rfft(echo.astype(np.float32), _SIZE)
