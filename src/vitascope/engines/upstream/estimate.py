"""The estimate: how far a job is whose server does not say, from how long others took."""

from __future__ import annotations

import time
from collections import deque
from statistics import median

_REMEMBERED = 9
_GUESS = 60.0
_ALMOST = 0.95


class Estimate:
    """Remembers how long jobs took, for their size."""

    def __init__(self) -> None:
        self._seconds_per_pixel: deque[float] = deque(maxlen=_REMEMBERED)
        self._begun = 0.0
        self._pixels = 1

    def begin(self, pixels: int) -> None:
        """A job of so many pixels, in all its frames together, begins."""
        self._begun = time.monotonic()
        self._pixels = pixels

    def end(self) -> None:
        """The job is done."""
        self._seconds_per_pixel.append((time.monotonic() - self._begun) / self._pixels)

    def share(self) -> float:
        """How much of the job is done, 0 to 0.95; it creeps where no job is known yet."""
        passed = time.monotonic() - self._begun
        if not self._seconds_per_pixel:
            return _ALMOST * passed / (passed + _GUESS)
        expected = max(1e-3, median(self._seconds_per_pixel) * self._pixels)
        return min(_ALMOST, passed / expected)
