"""Seams: the sound of the windows cut to the frames they are shown with, and joined."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from vitascope.engines.diffusers.request import Sound
from vitascope.engines.diffusers.timeline import Window, film_count
from vitascope.spec import SAMPLE_RATE, samples_in

_FADE = SAMPLE_RATE // 50
"""Samples, 20 ms, over which one window's sound gives way to the next's."""

_MEMORY = 4 * SAMPLE_RATE
"""Samples of what was heard that are kept for windows to go on from."""


class Seams:
    """Collects windows' sound, gives out the film's.

    Attributes:
        given: samples given out so far.
    """

    def __init__(self, fps: int, rate: Fraction, before: Sound | None) -> None:
        """Begin a soundtrack.

        Args:
            fps: of the windows' frames.
            rate: frames a second of the film.
            before: what is heard of the film that is carried on; none: of none that matters.
        """
        self._fps, self._rate = fps, rate
        self._heard = np.zeros((2, 0), np.float32) if before is None else before
        self._waiting: list[Sound] = []
        self._beyond = np.zeros((2, 0), np.float32)
        self.given = 0

    def put(self, window: Window, sound: Sound) -> None:
        """Take a window's sound, which begins with that of its known frames."""
        fps, rate = self._fps, self._rate
        first = samples_in(film_count(window.start, fps, rate), rate) if window.start else 0
        end = samples_in(film_count(window.start + window.new, fps, rate), rate)
        skipped = first - round((window.start - window.known) * SAMPLE_RATE / fps)
        length = end - first
        short = skipped + length - sound.shape[1]
        if 0 < short <= SAMPLE_RATE / fps:  # the film's last frame ends after the model's
            sound = np.pad(sound, ((0, 0), (0, short + _FADE)), mode="reflect")
        part = sound[:, skipped : skipped + length].astype(np.float32)
        part = np.pad(part, ((0, 0), (0, length - part.shape[1])))
        fade = min(_FADE, self._beyond.shape[1], length)
        if fade:
            share = np.linspace(0, 1, fade, dtype=np.float32)
            part[:, :fade] = part[:, :fade] * share + self._beyond[:, :fade] * (1 - share)
        self._beyond = sound[:, skipped + length : skipped + length + _FADE].astype(np.float32)
        part = np.clip(part, -1, 1)
        self._waiting.append(part)
        self._heard = np.concatenate((self._heard, part), axis=1)[:, -_MEMORY:]

    def take(self, most: int) -> Sound | None:
        """The next block, so that no more than `most` are given in all; none if none is there."""
        if not self._waiting:
            return None
        block = self._waiting.pop(0)[:, : most - self.given]
        self.given += block.shape[1]
        return block

    def before(self, frames: int) -> Sound | None:
        """What was heard beside the last so many of the model's frames; none if nothing was."""
        length = round(frames * SAMPLE_RATE / self._fps)
        if self._heard.shape[1] < length:
            return None
        return self._heard[:, -length:]
