"""The recipes: how each kind of event sounds, with numpy alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.shot import SAMPLE_RATE
from shadowplay.sound.instruments import cycle, times

Recipe = Callable[[np.random.Generator], NDArray[np.floating]]
"""Makes one wave; dice give each variant its own grain."""


class Sound(NamedTuple):
    """A recipe and its peak level when near and strong."""

    make: Recipe
    level: float


def hiss(rng: np.random.Generator, seconds: float, low: float, high: float) -> NDArray[np.float64]:
    """Noise between two frequencies, shape (n,), with a peak near 1."""
    n = round(seconds * SAMPLE_RATE)
    hertz = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    hertz[0] = hertz[1]
    shape = 1 / (
        np.sqrt(1 + exact.power(low / hertz, 4)) * np.sqrt(1 + exact.power(hertz / high, 4))
    )
    wave = np.fft.irfft(exact.scaled(np.fft.rfft(rng.standard_normal(n)), shape), n)
    return np.asarray(wave / np.max(np.abs(wave)))


def bump(seconds: float, attack: float, decay: float) -> NDArray[np.float64]:
    """An envelope that rises within `attack` and falls to 1/e in `decay` seconds, shape (n,)."""
    t = times(seconds)
    return np.minimum(t / attack, 1) * exact.exp(-np.maximum(t - attack, 0) / decay)


def thud(
    rng: np.random.Generator,
    *,
    tone: float,
    grit: tuple[float, float],
    gritty: float,
    length: float,
) -> NDArray[np.float64]:
    """A blow: a low tone that sags, with the scrape of what it hits."""
    t = times(0.35)
    pitch = tone * rng.uniform(0.92, 1.08)
    body = cycle(t - 0.08 * t * t, pitch) * bump(0.35, 0.004, length)
    scrape = hiss(rng, 0.35, *grit) * bump(0.35, 0.002, length * 0.7)
    return np.asarray(body + gritty * scrape)


def _hoof(rng: np.random.Generator) -> NDArray[np.floating]:
    knock = hiss(rng, 0.35, 700, 1600) * bump(0.35, 0.002, 0.018)
    return thud(rng, tone=95, grit=(250, 1800), gritty=0.5, length=0.05) + 0.7 * knock


def _gallop(rng: np.random.Generator) -> NDArray[np.floating]:
    """One stride of a gallop: three beats close together and the longer pause is the caller's."""
    wave = np.zeros(round(0.62 * SAMPLE_RATE))
    for at, strength in ((0.0, 0.75), (0.11, 0.85), (0.21, 1.0)):
        beat = _hoof(rng)
        first = round(at * SAMPLE_RATE)
        wave[first : first + beat.size] += strength * beat
    return wave


def _step(rng: np.random.Generator) -> NDArray[np.floating]:
    return thud(rng, tone=80, grit=(500, 3500), gritty=0.9, length=0.035)


def _paw(rng: np.random.Generator) -> NDArray[np.floating]:
    return thud(rng, tone=120, grit=(300, 1800), gritty=0.8, length=0.025)


def _stomp(rng: np.random.Generator) -> NDArray[np.floating]:
    return thud(rng, tone=46, grit=(90, 700), gritty=0.35, length=0.12)


def _metal_step(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(0.35)
    ring = sum(cycle(t, f) * exact.exp(-t * d) for f, d in ((610, 22), (1370, 30), (2240, 42)))
    return thud(rng, tone=70, grit=(200, 2400), gritty=0.4, length=0.06) + 0.22 * ring


def _snow_step(rng: np.random.Generator) -> NDArray[np.floating]:
    crunch = hiss(rng, 0.35, 900, 5200) * bump(0.35, 0.03, 0.07)
    return np.asarray(crunch * (0.5 + 0.5 * np.abs(hiss(rng, 0.35, 30, 90))))


def _wing(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(0.3)
    return np.asarray(hiss(rng, 0.3, 180, 1500) * exact.sin(np.pi * np.minimum(t / 0.24, 1)) ** 2)


def _flutter(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(0.09)
    return np.asarray(hiss(rng, 0.09, 900, 4200) * exact.sin(np.pi * t / 0.09) ** 2)


def _splash(rng: np.random.Generator) -> NDArray[np.floating]:
    spray = hiss(rng, 1.1, 700, 7000) * bump(1.1, 0.02, 0.22)
    body = hiss(rng, 1.1, 120, 700) * bump(1.1, 0.012, 0.13)
    return np.asarray(0.7 * spray + body)


def _swash(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(1.0)
    return np.asarray(hiss(rng, 1.0, 250, 2200) * exact.sin(np.pi * np.minimum(t / 0.95, 1)) ** 2)


def _wave(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(4.0)
    crash = hiss(rng, 4.0, 120, 2600) * np.minimum(t / 1.1, 1) ** 2
    return np.asarray(crash * exact.exp(-np.maximum(t - 1.1, 0) / 0.8))


def _drop(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(0.16)
    pitch = rng.uniform(900, 1500)
    return np.asarray(cycle(t + 2.2 * t * t, pitch) * bump(0.16, 0.003, 0.03))


def _thunder(rng: np.random.Generator) -> NDArray[np.floating]:
    n = 5.0
    t = times(n)
    roll = np.zeros(t.size)
    for at in np.concatenate(([0.0], np.sort(rng.uniform(0.15, 2.2, 5)))):
        later = np.maximum(t - at, 0)
        roll += rng.uniform(0.5, 1.0) * np.minimum(later / 0.06, 1) * exact.exp(-later / 0.7)
    rumble = hiss(rng, n, 26, 130) * roll
    crack = hiss(rng, n, 300, 2200) * bump(n, 0.008, 0.16)
    return np.asarray(rumble + 0.3 * crack)


def _bell(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(5.0)
    hum = 220 * rng.choice((1.0, 1.122))
    partials = ((0.5, 0.5, 2.6), (1, 1, 1.9), (1.19, 0.7, 1.5), (1.5, 0.3, 1.1), (2, 0.6, 0.9))
    wave = sum(level * cycle(t, hum * f) * exact.exp(-t / d) for f, level, d in partials)
    wave += 0.3 * cycle(t, hum * 2.67) * exact.exp(-t / 0.5)
    return np.asarray(wave * np.minimum(t / 0.004, 1))


def _chime(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(2.2)
    pitch = rng.choice((1047.0, 1175.0, 1319.0, 1568.0))
    wave = cycle(t, pitch) * exact.exp(-2.2 * t) + 0.3 * cycle(t, pitch * 2.76) * exact.exp(-5 * t)
    return np.asarray(wave * np.minimum(t / 0.004, 1))


def _wheel(rng: np.random.Generator) -> NDArray[np.floating]:
    rattle = hiss(rng, 0.3, 200, 1200) * bump(0.3, 0.01, 0.06)
    return (
        rattle + 0.5 * thud(rng, tone=70, grit=(150, 900), gritty=0.5, length=0.05)[: rattle.size]
    )


def _rail(rng: np.random.Generator) -> NDArray[np.floating]:
    first = thud(rng, tone=88, grit=(300, 1900), gritty=0.7, length=0.045)
    gap = round(0.13 * SAMPLE_RATE)
    both = np.zeros(first.size + gap)
    both[: first.size] += first
    both[gap:] += 0.8 * thud(rng, tone=80, grit=(300, 1700), gritty=0.7, length=0.05)
    return both


def _puff(rng: np.random.Generator) -> NDArray[np.floating]:
    return np.asarray(hiss(rng, 0.4, 250, 1900) * bump(0.4, 0.03, 0.08))


def _whistle(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(1.8)
    chord = sum(cycle(t, f) for f in (466.2, 554.4, 698.5)) + 0.4 * hiss(rng, 1.8, 800, 3000)
    return np.asarray(chord * np.minimum(t / 0.12, 1) * np.minimum((1.8 - t) / 0.5, 1))


def _horn(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(2.4)
    pitch = rng.uniform(88, 104)
    wave = sum(cycle(t, pitch * h) / math.pow(h, 1.3) for h in range(1, 7))
    return np.asarray(wave * np.minimum(t / 0.35, 1) * np.minimum((2.4 - t) / 0.7, 1))


def _engine(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(2.0)
    motor = sum(cycle(t, 57 * h) / h for h in (1, 2, 3, 5)) + hiss(rng, 2.0, 80, 700)
    return np.asarray(motor * exact.sin(np.pi * t / 2.0))


def _propeller(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(2.0)
    buzz = sum(cycle(t, 84 * h) / h for h in range(1, 9))
    return np.asarray(buzz * exact.sin(np.pi * t / 2.0))


def _rocket(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(2.0)
    return np.asarray(hiss(rng, 2.0, 40, 900) * exact.sin(np.pi * t / 2.0))


def _jet(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(2.0)
    whine = 0.12 * cycle(t, 1150) + 0.06 * cycle(t, 1725)
    return np.asarray((hiss(rng, 2.0, 160, 1500) + whine) * exact.sin(np.pi * t / 2.0))


def _burner(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(1.8)
    roar = hiss(rng, 1.8, 120, 900) + 0.4 * hiss(rng, 1.8, 900, 4000)
    return np.asarray(roar * np.minimum(t / 0.15, 1) * np.minimum((1.8 - t) / 0.4, 1))


def _oar(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(0.9)
    pull = hiss(rng, 0.9, 250, 2400) * exact.sin(np.pi * np.minimum(t / 0.7, 1)) ** 2
    creak = cycle(t + 0.06 * t * t, 300) * (0.5 + 0.5 * cycle(t, 31)) * bump(0.9, 0.05, 0.12)
    return np.asarray(pull + 0.12 * creak)


def _creak(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(0.8)
    glide = t + 0.09 * exact.sin(2 * np.pi * t * rng.uniform(0.8, 1.2)) * t
    grate = exact.power(0.5 + 0.5 * cycle(glide, 43), 3)
    return np.asarray((cycle(glide, 330) + 0.5 * cycle(glide, 790)) * grate * bump(0.8, 0.2, 0.25))


def _flame(rng: np.random.Generator) -> NDArray[np.floating]:
    wave = np.zeros(round(0.5 * SAMPLE_RATE))
    for _ in range(int(rng.integers(2, 6))):
        snap = hiss(rng, 0.03, 900, 6000) * bump(0.03, 0.0008, 0.005)
        at = int(rng.integers(wave.size - snap.size))
        wave[at : at + snap.size] += snap * rng.uniform(0.3, 1)
    return wave


def _bird(rng: np.random.Generator) -> NDArray[np.floating]:
    wave = np.zeros(round(1.1 * SAMPLE_RATE))
    at, pitch = 0.0, rng.uniform(2600, 3900)
    for _ in range(int(rng.integers(2, 6))):
        length = rng.uniform(0.06, 0.14)
        t = times(length)
        sweep = rng.uniform(-2200, 2600)
        note = cycle(t + sweep / (2 * pitch) * t * t, pitch) * exact.sin(np.pi * t / length) ** 2
        first = round(at * SAMPLE_RATE)
        wave[first : first + note.size] += note[: wave.size - first]
        at += length + rng.uniform(0.02, 0.09)
        pitch *= rng.choice((0.84, 1.0, 1.0, 1.12))
    return wave


def _gull(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(0.55)
    arch = t + 0.1 * exact.sin(np.pi * t / 0.55)
    cry = sum(cycle(arch, 980 * h) / math.pow(h, 1.1) for h in (1, 2, 3, 4))
    return np.asarray(cry * exact.power(exact.sin(np.pi * t / 0.55), 1.3))


def _owl(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(2.3)
    wave = np.zeros(t.size)
    for at, length in ((0.0, 0.45), (0.8, 0.14), (1.05, 0.14), (1.35, 0.8)):
        part = np.clip((t - at) / length, 0, 1)
        wave += cycle(t - 0.01 * part, 392) * exact.sin(np.pi * part) ** 2
    return np.asarray(wave + 0.02 * wave * hiss(rng, 2.3, 200, 900))


def _cricket(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(0.19)
    pulses = exact.sin(np.pi * np.minimum(t * 3 / 0.15, 3)) ** 2
    return np.asarray(cycle(t, rng.uniform(4100, 4700)) * pulses * (t < 0.15))


def _frog(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(0.3)
    pulses = np.maximum(0, cycle(t, 46)) ** 2
    pitch = rng.uniform(520, 720)
    return np.asarray(
        (cycle(t, pitch) + 0.5 * cycle(t, pitch * 2.1)) * pulses * bump(0.3, 0.1, 0.09)
    )


def _whale(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(3.6)
    glide = t + 0.16 * exact.sin(2 * np.pi * t / 3.6 * rng.uniform(0.8, 1.3))
    song = cycle(glide, 170) + 0.4 * cycle(glide, 340) + 0.15 * cycle(glide, 510)
    return np.asarray(song * exact.power(exact.sin(np.pi * t / 3.6), 1.5))


def _bubble(rng: np.random.Generator) -> NDArray[np.floating]:
    wave = np.zeros(round(0.7 * SAMPLE_RATE))
    for at in np.sort(rng.uniform(0, 0.5, 4)):
        t = times(0.12)
        blip = cycle(t + 2.5 * t * t, rng.uniform(280, 620)) * bump(0.12, 0.01, 0.03)
        first = round(at * SAMPLE_RATE)
        wave[first : first + blip.size] += blip * rng.uniform(0.4, 1)
    return wave


def _howl(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(3.0)
    glide = t + 0.12 * (1 - exact.exp(-t / 0.4)) - 0.03 * np.maximum(t - 2, 0) ** 2
    song = sum(cycle(glide, 330 * h) / math.pow(h, 1.6) for h in (1, 2, 3))
    return np.asarray(song * np.minimum(t / 0.35, 1) * np.minimum((3.0 - t) / 1.0, 1))


def _whoosh(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(1.2)
    return np.asarray(hiss(rng, 1.2, 200, 1800) * exact.power(exact.sin(np.pi * t / 1.2), 3))


def _sparkle(rng: np.random.Generator) -> NDArray[np.floating]:
    t = times(1.4)
    wave = np.zeros(t.size)
    for at in rng.uniform(0, 0.5, 5):
        later = np.maximum(t - at, 0)
        pitch = rng.choice((2093.0, 2349.0, 2637.0, 3136.0, 3520.0))
        wave += cycle(later, pitch) * exact.exp(-later * 6) * np.minimum(later / 0.004, 1)
    return wave


def _burst(rng: np.random.Generator) -> NDArray[np.floating]:
    boom = hiss(rng, 1.6, 40, 260) * bump(1.6, 0.006, 0.22)
    crackle = hiss(rng, 1.6, 1500, 7000) * np.maximum(0, hiss(rng, 1.6, 20, 80)) ** 2
    return np.asarray(boom + 1.2 * crackle * bump(1.6, 0.25, 0.4))


KINDS: Mapping[str, Sound] = {
    "hoof": Sound(_hoof, 0.34),
    "gallop": Sound(_gallop, 0.34),
    "step": Sound(_step, 0.2),
    "paw": Sound(_paw, 0.12),
    "stomp": Sound(_stomp, 0.45),
    "metal_step": Sound(_metal_step, 0.3),
    "snow_step": Sound(_snow_step, 0.2),
    "wing": Sound(_wing, 0.2),
    "flutter": Sound(_flutter, 0.1),
    "splash": Sound(_splash, 0.34),
    "swash": Sound(_swash, 0.2),
    "wave": Sound(_wave, 0.3),
    "drop": Sound(_drop, 0.14),
    "thunder": Sound(_thunder, 0.6),
    "bell": Sound(_bell, 0.28),
    "chime": Sound(_chime, 0.15),
    "wheel": Sound(_wheel, 0.2),
    "rail": Sound(_rail, 0.28),
    "puff": Sound(_puff, 0.26),
    "whistle": Sound(_whistle, 0.2),
    "horn": Sound(_horn, 0.26),
    "engine": Sound(_engine, 0.2),
    "propeller": Sound(_propeller, 0.14),
    "rocket": Sound(_rocket, 0.34),
    "jet": Sound(_jet, 0.16),
    "burner": Sound(_burner, 0.2),
    "oar": Sound(_oar, 0.22),
    "creak": Sound(_creak, 0.12),
    "flame": Sound(_flame, 0.2),
    "bird": Sound(_bird, 0.2),
    "gull": Sound(_gull, 0.16),
    "owl": Sound(_owl, 0.2),
    "cricket": Sound(_cricket, 0.11),
    "frog": Sound(_frog, 0.1),
    "whale": Sound(_whale, 0.22),
    "bubble": Sound(_bubble, 0.14),
    "howl": Sound(_howl, 0.16),
    "whoosh": Sound(_whoosh, 0.22),
    "sparkle": Sound(_sparkle, 0.1),
    "burst": Sound(_burst, 0.5),
}
"""Every kind of event that can be heard.

`engine`, `propeller`, `jet` and `rocket` last two seconds and swell and fade: one a second drones
on evenly. `gallop` is a whole stride.
"""
