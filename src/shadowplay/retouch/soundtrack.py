"""The soundtrack of an edited film: its own, as it was but for what the edit says of it."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import av.filter
import numpy as np

from shadowplay.files import exactly, samples
from shadowplay.retouch.edit import Edit
from shadowplay.retouch.graph import through
from shadowplay.shot import SAMPLE_RATE, Block
from shadowplay.sound.track import bent

_DECIBELS = 7.0
"""How much louder "louder" is."""


def soundtrack(film: Path, edit: Edit, frames: int, count: int, fps: Fraction) -> Iterator[Block]:
    """The sound beside so many pictures of a film that has `frames`, `fps` a second."""
    total = int(count * SAMPLE_RATE / fps)
    if edit.mute:
        yield from exactly((), total)
        return
    own = int(frames * SAMPLE_RATE / fps)
    sound: Iterable[Block] = samples(film, own)
    if edit.backwards:
        sound = _backwards(sound)
    if edit.boomerang:
        again = samples(film, own)
        sound = chain(sound, again if edit.backwards else _backwards(again))
    if edit.speed != 1:
        sound = stretched(sound, edit.speed)
    sound = exactly(sound, total)
    if much := edit.strength("volume"):
        # Peaks are bent over softly where they would be cut.
        factor = np.float32(math.pow(10, _DECIBELS * much / 20))
        sound = (bent(block * factor, 0.7, 1.0) for block in sound)
    if edit.sound_fade_in or edit.sound_fade_out:
        sound = _faded(sound, edit, total)
    yield from sound


def _backwards(sound: Iterable[Block]) -> Iterator[Block]:
    """The sound from its end, by way of a file: only one block is ever in memory."""
    with tempfile.TemporaryFile() as file:
        for block in sound:
            file.write(np.ascontiguousarray(block.T).tobytes())
        end = file.tell()
        size = SAMPLE_RATE * 8
        while end > 0:
            start = max(0, end - size)
            file.seek(start)
            block = np.frombuffer(file.read(end - start), np.float32).reshape(-1, 2)
            yield np.ascontiguousarray(block[::-1].T)
            end = start


def _faded(sound: Iterable[Block], edit: Edit, total: int) -> Iterator[Block]:
    """From silence, into it, or both."""
    length = min(SAMPLE_RATE * 2, total // 2)
    first = 0
    for block in sound:
        at = np.arange(first, first + block.shape[1], dtype=np.float32)
        share = np.ones_like(at)
        if edit.sound_fade_in:
            share *= np.clip(at / length, 0, 1)
        if edit.sound_fade_out:
            share *= np.clip((total - 1 - at) / length, 0, 1)
        first += block.shape[1]
        yield (block * share * share).astype(np.float32)


def stretched(sound: Iterable[Block], speed: float) -> Iterator[Block]:
    """Blocks of a sound that runs so many times as fast at the same pitch, by atempo.

    Args:
        sound: blocks of shape (2, n).
        speed: above 0; 0.5 is half as fast.
    """
    made = av.filter.Graph()
    rate = Fraction(1, SAMPLE_RATE)
    made.link_nodes(
        made.add_abuffer(sample_rate=SAMPLE_RATE, format="flt", layout="stereo", time_base=rate),
        *(made.add("atempo", f"{tempo:.6f}") for tempo in _steps(speed)),
        made.add("aformat", "sample_fmts=fltp"),
        made.add("abuffersink"),
    ).configure()

    def packed() -> Iterator[av.AudioFrame]:
        first = 0
        for block in sound:
            if block.shape[1]:
                row = np.ascontiguousarray(block.T, np.float32).reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(row, "flt", "stereo")
                frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, first, rate
                first += block.shape[1]
                yield frame

    return (np.asarray(part.to_ndarray(), np.float32) for part in through(made, packed()))


def _steps(speed: float) -> list[float]:
    """Tempos of 0.5 to 2 that make up one: beyond them atempo leaves samples out."""
    steps = []
    while not 0.5 <= speed <= 2:
        steps.append(2.0 if speed > 1 else 0.5)
        speed /= steps[-1]
    return [*steps, speed]
