"""Sounds of single moments, set down when they happen in the picture."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from shadowplay.dice import dice, throw
from shadowplay.shot import SAMPLE_RATE, Block
from shadowplay.sound.noise import Wave
from shadowplay.sound.synth import REACH, make, recipes


class SoundEvent(NamedTuple):
    """Something audible that happens in the picture, or a note of the music."""

    at: float  # the moment on the scene's clock, in seconds
    kind: str  # the name of a recipe
    strength: float  # 0 (not heard) to 1 (near and strong); of a note, the RMS over a second
    pan: float  # -1 (left edge of the frame) to 1 (right edge); the power stays the same between
    pitch: float = 0.0  # of a note, its frequency in Hz
    length: float = 0.0  # of a note, for how many seconds it is held


class Foley:
    """Makes the sounds of events, with a few variants of each kept at hand."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._waves: dict[tuple[str, int, float, float], Wave] = {}

    def lay(
        self, block: Block, second: int, events: Iterable[SoundEvent], gain: float = 1.0
    ) -> None:
        """Add to a block what falls into its second of the sounds of these events."""
        for event in events:
            if not (second - REACH <= event.at < second + 1 and event.strength > 0):
                continue
            at = round(event.at * SAMPLE_RATE) - second * SAMPLE_RATE
            wave, level = self._wave(event), gain * event.strength
            begin, end = max(at, 0), min(at + wave.size, SAMPLE_RATE)
            if begin < end:
                angle = (max(-1.0, min(1.0, event.pan)) + 1) * math.pi / 4
                for side, share in zip(block, (math.cos(angle), math.sin(angle)), strict=True):
                    side[begin:end] += wave[begin - at : end - at] * np.float32(level * share)

    def _wave(self, event: SoundEvent) -> Wave:
        if event.pitch:
            return self._made(event.kind, 0, event.pitch, event.length)
        # The moment picks the variant, so that a list cut elsewhere sounds the same.
        pick = throw(self._seed, event.kind, round(event.at * SAMPLE_RATE))
        many = 4 if self._made(event.kind, 0).size < SAMPLE_RATE else 2
        return self._made(event.kind, int(pick * many))

    def _made(self, kind: str, variant: int, pitch: float = 0.0, length: float = 0.0) -> Wave:
        key = (kind, variant, pitch, length)
        if key not in self._waves:
            wave = make(kind, dice(self._seed, "foley", kind, variant), pitch, length)
            # Notes have one energy, so that their levels can be summed; what happens has a peak.
            energy = float(np.sum(np.square(wave, dtype=np.float64)))
            level = math.sqrt(SAMPLE_RATE / energy) if pitch else recipes()[kind].level
            self._waves[key] = wave * np.float32(level)
        return self._waves[key]
