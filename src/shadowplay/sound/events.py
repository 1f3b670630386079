"""Sounds of single moments, set down when they happen in the picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shadowplay.dice import dice
from shadowplay.shot import SAMPLE_RATE
from shadowplay.sound.recipes import KINDS
from shadowplay.sound.strokes import REACH, Stroke, Wave


class SoundEvent(NamedTuple):
    """Something audible that happens in the picture.

    Attributes:
        at: the moment on the scene's clock, in seconds.
        kind: a name in `recipes.KINDS`.
        strength: 0 (not heard) to 1 (near and strong).
        pan: -1 (left edge of the frame) to 1 (right edge).
    """

    at: float
    kind: str
    strength: float
    pan: float


_VARIANTS = 4


class Foley:
    """Turns events into strokes, with a few variants of each sound kept at hand."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._waves: dict[tuple[str, int], Wave] = {}

    def strokes(self, events: Iterable[SoundEvent], second: int) -> Iterator[Stroke]:
        """The strokes of those events that may sound in this second."""
        for event in events:
            if second - REACH <= event.at < second + 1 and event.strength > 0:
                yield self._place(event)

    def _place(self, event: SoundEvent) -> Stroke:
        at = round(event.at * SAMPLE_RATE)
        # The moment picks the variant, so that a list cut elsewhere sounds the same.
        rng = dice(self._seed, event.kind, at)
        wave = self._wave(event.kind, int(rng.integers(_VARIANTS)))
        return Stroke(at, wave, event.strength * rng.uniform(0.85, 1.0), event.pan * 0.8)

    def _wave(self, kind: str, variant: int) -> Wave:
        if (kind, variant) not in self._waves:
            sound = KINDS[kind]
            wave = _soften(sound.make(dice(self._seed, "foley", kind, variant)))
            self._waves[kind, variant] = wave * np.float32(sound.level / np.max(np.abs(wave)))
        return self._waves[kind, variant]


def check(events: Iterable[SoundEvent]) -> None:
    """Refuse events that nobody can make a sound for.

    Raises:
        ValueError: an event's kind is not in the table.
    """
    unheard = sorted({event.kind for event in events} - KINDS.keys())
    if unheard:
        raise ValueError(f"no sound for {', '.join(unheard)}; there are {', '.join(KINDS)}")


def _soften(wave: NDArray[np.floating]) -> Wave:
    """The wave with a millisecond's ramp at both ends, so that none begins or ends in a click."""
    n = SAMPLE_RATE // 1000
    ramp = np.linspace(0, 1, n)
    soft = np.array(wave, dtype=np.float64)
    soft[:n] *= ramp
    soft[-n:] *= ramp[::-1]
    return soft.astype(np.float32)
