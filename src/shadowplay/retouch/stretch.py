"""Sound that runs slower or faster at the same pitch, by libavfilter's atempo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
import av.filter
import numpy as np

from shadowplay.retouch.graph import ready
from shadowplay.shot import SAMPLE_RATE, Block


def stretched(sound: Iterable[Block], speed: float) -> Iterator[Block]:
    """Blocks of a sound that runs so many times as fast; about `1 / speed` as many samples.

    Args:
        sound: blocks of shape (2, n).
        speed: above 0; 0.5 is half as fast.
    """
    made = av.filter.Graph()
    rate = Fraction(1, SAMPLE_RATE)
    chain = [
        made.add_abuffer(sample_rate=SAMPLE_RATE, format="flt", layout="stereo", time_base=rate)
    ]
    chain += [made.add("atempo", f"{tempo:.6f}") for tempo in _steps(speed)]
    chain += [made.add("aformat", "sample_fmts=fltp"), made.add("abuffersink")]
    made.link_nodes(*chain).configure()
    first = 0
    for block in sound:
        if not block.shape[1]:
            continue
        packed = np.ascontiguousarray(block.T, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, "flt", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, first, rate
        first += block.shape[1]
        made.push(frame)
        yield from _blocks(made)
    made.push(None)
    yield from _blocks(made)


def _blocks(made: av.filter.Graph) -> Iterator[Block]:
    return (np.asarray(frame.to_ndarray(), np.float32) for frame in ready(made))


def _steps(speed: float) -> list[float]:
    """Tempos of 0.5 to 2 that make up one: beyond them atempo leaves samples out."""
    steps = []
    while not 0.5 <= speed <= 2:
        steps.append(2.0 if speed > 1 else 0.5)
        speed /= steps[-1]
    return [*steps, speed]
