"""Sound that runs slower or faster at the same pitch (WSOLA, Verhelst and Roelands, 1993)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from shadowplay import exact
from shadowplay.shot import SAMPLE_RATE, Block

_HOP = SAMPLE_RATE // 50
"""Samples between two grains of the new sound; a grain is twice as long."""

_SEARCH = SAMPLE_RATE // 100
"""Samples by which a grain may be moved so that it fits its predecessor."""

_COARSE = 4
"""Only every fourth sample is looked at while searching."""


def stretched(sound: Iterable[Block], speed: float) -> Iterator[Block]:
    """Blocks of a sound that runs so many times as fast; about `1 / speed` as many samples.

    Args:
        sound: blocks of shape (2, n).
        speed: above 0; 0.5 is half as fast.
    """
    window = (0.5 - 0.5 * exact.cos(np.arange(2 * _HOP) * (np.pi / _HOP))).astype(np.float32)
    store = _Store(sound)
    tail = np.zeros((2, _HOP), np.float32)
    place, number = 0, 0
    while True:
        wanted = round(number * _HOP * speed)
        store.forget(min(wanted, place + _HOP) - _SEARCH - 1)
        if number:
            place = wanted + _fit(store, place + _HOP, wanted)
        if store.ended(place):
            return
        grain = store.read(place, 2 * _HOP) * window
        if number == 0:
            grain[:, :_HOP] = store.read(place, _HOP)
        yield tail + grain[:, :_HOP]
        tail = grain[:, _HOP:]
        number += 1


def _fit(store: _Store, follows: int, wanted: int) -> int:
    """How far from where it is wanted a grain goes on best from its predecessor."""
    model = _mono(store.read(follows, 2 * _HOP))
    near = _mono(store.read(wanted - _SEARCH, 2 * _HOP + 2 * _SEARCH))
    likeness = cv2.matchTemplate(near[None], model[None], cv2.TM_CCORR_NORMED)[0]
    return int(np.argmax(likeness)) * _COARSE - _SEARCH if likeness.max() > 0 else 0


def _mono(block: Block) -> np.ndarray:
    return np.ascontiguousarray(block.mean(axis=0)[::_COARSE], np.float32)


class _Store:
    """The part of a sound that is looked at just now."""

    def __init__(self, sound: Iterable[Block]) -> None:
        self._blocks = iter(sound)
        self._kept = np.zeros((2, 0), np.float32)
        self._first = 0
        self._total: int | None = None

    def ended(self, place: int) -> bool:
        """Whether there is nothing more from a place on."""
        self._reach(place + 1)
        return self._total is not None and place >= self._total

    def read(self, first: int, count: int) -> Block:
        """So many samples from a place on; what lies outside the sound is silent."""
        self._reach(first + count)
        found = np.zeros((2, count), np.float32)
        start = max(first, self._first)
        part = self._kept[:, start - self._first : max(0, first + count - self._first)]
        found[:, start - first : start - first + part.shape[1]] = part
        return found

    def forget(self, before: int) -> None:
        """Let go of what lies before a place."""
        count = min(before - self._first, self._kept.shape[1])
        if count > SAMPLE_RATE // 2:
            self._kept = self._kept[:, count:].copy()
            self._first += count

    def _reach(self, end: int) -> None:
        while self._total is None and self._first + self._kept.shape[1] < end:
            block = next(self._blocks, None)
            if block is None:
                self._total = self._first + self._kept.shape[1]
            else:
                self._kept = np.concatenate((self._kept, block), axis=1)
