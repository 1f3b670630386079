"""Joins windows: cross-fades their sound and corrects the colours of their first frames."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from vitascope.engines.diffusers.request import Sound
from vitascope.engines.diffusers.timeline import Window, film_count
from vitascope.engines.native import RgbFrame
from vitascope.spec import SAMPLE_RATE, samples_in

_FADE = SAMPLE_RATE // 50
"""Samples of a cross-fade between windows, 20 ms."""

_MEMORY = 4 * SAMPLE_RATE
"""Samples of earlier sound that are kept to continue from."""


class Seams:
    """Joins the windows' sound to the film's.

    Attributes:
        given: samples returned so far.
    """

    def __init__(self, fps: int, rate: Fraction, before: Sound | None) -> None:
        """Start a soundtrack.

        Args:
            fps: the windows' frame rate.
            rate: the film's frame rate.
            before: the end of the extended film's sound, if any.
        """
        self._fps, self._rate = fps, rate
        self._sound = np.zeros((2, 0), np.float32) if before is None else before
        self._waiting: list[Sound] = []
        self._beyond = np.zeros((2, 0), np.float32)
        self.given = 0

    def put(self, window: Window, sound: Sound) -> None:
        """Add a window's sound, which begins with that of its known frames."""
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
        self._sound = np.concatenate((self._sound, part), axis=1)[:, -_MEMORY:]

    def take(self, most: int) -> Sound | None:
        """The next block; at most `most` samples are returned in all. None if none is left."""
        if not self._waiting:
            return None
        block = self._waiting.pop(0)[:, : most - self.given]
        self.given += block.shape[1]
        return block

    def before(self, frames: int) -> Sound | None:
        """The sound of the last `frames` frames of the model; None if it is shorter."""
        length = round(frames * SAMPLE_RATE / self._fps)
        if self._sound.shape[1] < length:
            return None
        return self._sound[:, -length:]


_GAIN = (0.8, 1.25)
"""Limits of a gain; beyond them the frames differ in more than their colours."""

_OFFSET = 32.0
"""The largest offset, of 255."""

_LEAST_SPREAD = 2.0
"""Standard deviation, of 255, below which a channel is too flat to fit a gain."""


class ColourMatch:
    """Corrects the colours of a window's first new frames.

    A window draws the known frames again. The gain and offset of each channel that map these to the
    known ones also fit the first new frames, and fade out.

    Args:
        true: the known frames.
        drawn: the same frames as the window drew them.
        fade: the number of frames until the correction ends.
    """

    def __init__(self, true: Sequence[RgbFrame], drawn: Sequence[RgbFrame], fade: int) -> None:
        self._fade = fade
        self._gain, self._offset = _fitted(np.stack(true), np.stack(drawn))

    def applied(self, picture: RgbFrame, number: int) -> RgbFrame:
        """New frame `number`, from 0, in the film's colours."""
        share = max(0.0, 1 - number / self._fade)
        if not share:
            return picture
        gain, offset = 1 + (self._gain - 1) * share, self._offset * share
        return np.asarray(np.rint(picture * gain + offset).clip(0, 255), np.uint8)


def _fitted(
    true: NDArray[np.uint8], drawn: NDArray[np.uint8]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gain and offset by channel that map `drawn` to `true`, both of shape (n, h, w, 3).

    Fits means and standard deviations; a regression of pixels would lower the gain where detail
    moved.
    """
    axes = (0, 1, 2)
    means = [each.mean(axis=axes) for each in (true, drawn)]
    spreads = [each.std(axis=axes) for each in (true, drawn)]
    flat = np.minimum(*spreads) < _LEAST_SPREAD
    gain = np.where(flat, 1.0, spreads[0] / np.maximum(spreads[1], _LEAST_SPREAD)).clip(*_GAIN)
    offset = (means[0] - gain * means[1]).clip(-_OFFSET, _OFFSET)
    return gain, offset
