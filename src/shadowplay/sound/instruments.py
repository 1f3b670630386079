"""Instruments: one note each, as a mono wave of unit energy, made with numpy alone."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.shot import SAMPLE_RATE
from shadowplay.sound.strokes import REACH, Wave

Instrument = Callable[[float, float, np.random.Generator], Wave]
"""Plays one note: frequency in Hz, length in seconds, dice for its small irregularities."""


def unit(wave: NDArray[np.floating]) -> Wave:
    """The wave scaled to the energy of one second at an RMS of 1, so that levels can be summed."""
    energy = float(np.sum(np.square(wave, dtype=np.float64)))
    scaled: Wave = (wave * np.sqrt(SAMPLE_RATE / energy)).astype(np.float32)
    return scaled


def hertz(note: int) -> float:
    """The frequency of a MIDI note number."""
    return float(440 * math.pow(2, (note - 69) / 12))


def times(seconds: float) -> NDArray[np.float64]:
    """The moments of the samples of a wave, shape (n,)."""
    return np.arange(round(min(seconds, REACH) * SAMPLE_RATE)) / SAMPLE_RATE


def cycle(t: NDArray[np.float64], frequency: float | NDArray[np.float64]) -> NDArray[np.float32]:
    """Sine at these moments, its phase folded first so that single precision is enough."""
    phase = np.asarray(frequency * t)
    return exact.sin(((phase - np.floor(phase)) * (2 * np.pi)).astype(np.float32))


def harp(frequency: float, length: float, rng: np.random.Generator) -> Wave:
    """A soft plucked string: Karplus and Strong's loop (1983), solved per harmonic.

    Their delay line is periodic, so after k rounds harmonic m has passed the loop's averaging
    filter k times: its spectrum is the pluck's times the filter's response to the power k.
    """
    period = max(8, round(SAMPLE_RATE / frequency))
    rounds = int(2.6 * SAMPLE_RATE / period)
    m = np.arange(period // 2 + 1)
    pluck = exact.sin(np.pi * m * 0.29) / exact.power(np.maximum(m, 1.0), 1.35)
    spectrum = exact.polar(pluck, 2 * np.pi * rng.random(m.size) * 0.08).astype(np.complex64)
    spectrum[0] = 0
    loop = exact.log(exact.cos(np.pi * m / period * 0.55)) - 1.9 * period / SAMPLE_RATE
    passed = np.arange(rounds, dtype=np.float32)[:, None] * loop.astype(np.float32)
    string = np.fft.irfft(exact.scaled(spectrum, exact.exp(passed)), period).ravel()
    # The line holds a whole number of samples; reading it at the right speed tunes it.
    speed = frequency * period / SAMPLE_RATE
    wave = np.interp(np.arange(0, string.size - 1, speed), np.arange(string.size), string)
    return unit(_edges(wave, attack=0.004, release=0.4))


def kalimba(frequency: float, length: float, rng: np.random.Generator) -> Wave:
    """A plucked tongue: a clear tone, a quick high partial, the thumb's knock."""
    t = times(1.8)
    wave = cycle(t, frequency) * exact.exp(-3.2 * t)
    wave += 0.22 * cycle(t, frequency * 2.01) * exact.exp(-5 * t)
    wave += 0.16 * cycle(t, frequency * 5.43) * exact.exp(-17 * t)
    return unit(_edges(wave, attack=0.005, release=0.2))


def music_box(frequency: float, length: float, rng: np.random.Generator) -> Wave:
    """A steel comb's tooth: the partials of a bar clamped at one end."""
    t = times(2.2)
    f = frequency
    wave = cycle(t, f) * exact.exp(-2.4 * t)
    wave += 0.5 * cycle(t, f * 1.003) * exact.exp(-2.8 * t)
    wave += 0.12 * cycle(t, f * 3.14) * exact.exp(-8 * t)
    wave += 0.05 * cycle(t, f * 6.27) * exact.exp(-20 * t)
    return unit(_edges(wave, attack=0.003, release=0.3))


def flute(frequency: float, length: float, rng: np.random.Generator) -> Wave:
    """A wooden flute: few harmonics, a breath in the attack, vibrato that comes late."""
    t = times(length + 0.25)
    vibrato = 0.0035 * np.minimum(t / 0.6, 1) ** 2 * exact.sin(2 * np.pi * 5.1 * t + rng.random())
    bend = t + np.cumsum(vibrato) / SAMPLE_RATE
    wave = cycle(bend, frequency) + 0.28 * cycle(bend, frequency * 2)
    wave += 0.1 * cycle(bend, frequency * 3)
    breath = exact.running_mean(rng.standard_normal(t.size, dtype=np.float32), 9)
    wave += 0.05 * breath * (0.35 + exact.exp(-t / 0.09))
    return unit(_edges(wave, attack=0.09, release=0.25))


def pad(frequency: float, length: float, rng: np.random.Generator) -> Wave:
    """A soft choir of two detuned voices that swells slowly and leaves slowly."""
    t = times(length + 1.2)
    turn = np.arange(2048) * (2 * np.pi / 2048)
    table = np.zeros(2048)
    for h in range(1, 8):
        table += exact.sin(turn * h) / math.pow(h, 2.1)
    wave = np.zeros(t.size, np.float32)
    for detune in (0.9985, 1.0017):
        phase = (t * (frequency * detune * 2048) + rng.integers(2048)).astype(np.int64) & 2047
        wave += table.astype(np.float32)[phase]
    return unit(_edges(wave, attack=0.8, release=1.3))


def _edges(wave: NDArray[np.floating], *, attack: float, release: float) -> NDArray[np.floating]:
    """The wave with a raised-cosine attack and release, in seconds."""
    for seconds, side in ((attack, slice(None)), (release, slice(None, None, -1))):
        n = min(round(seconds * SAMPLE_RATE), wave.size)
        wave[side][:n] *= 0.5 - 0.5 * exact.cos(np.pi * np.arange(n, dtype=np.float32) / n)
    return wave


INSTRUMENTS: dict[str, Instrument] = {
    "harp": harp,
    "kalimba": kalimba,
    "music_box": music_box,
    "flute": flute,
    "pad": pad,
}
"""Every instrument by its name."""
