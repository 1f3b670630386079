"""The soundtrack of films whose model is silent.

The rule: a new film gets the ambience that shadowplay hears in its prompt; an edited one keeps its
own sound; where a film is extended, its last second rings out, played backwards, into the ambience
of what comes, which goes on from that point of the same scene's clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vitascope.engines.shadowplay import staging
from vitascope.engines.shadowplay.sound import soundtrack
from vitascope.media.sound import samples
from vitascope.shot import SAMPLE_RATE, Shot, Step

Block = NDArray[np.float32]

_ECHO = SAMPLE_RATE


def house_sound(shot: Shot) -> Iterator[Block]:
    """Blocks of 48 kHz stereo, exactly as many samples as the shot has."""
    if shot.task == "edit" and shot.source is not None:
        return samples(shot.source, shot.sample_count)
    sound = _ambience(shot)
    if shot.task == "extend" and shot.source is not None:
        sound = _ringing_out(shot.source, sound)
    return _exactly(sound, shot.sample_count)


def _ambience(shot: Shot) -> Iterator[Block]:
    names = [character.name for character in shot.characters]
    script = (Step("create", shot.prompt),)
    scenes = staging.unfold(script, shot.seed, shot.size, shot.negative_prompt or "", names)
    seconds = -(-shot.sample_count // SAMPLE_RATE)
    return soundtrack(scenes[-1][1], (), shot.start, seconds)


def _ringing_out(source: Path, sound: Iterator[Block]) -> Iterator[Block]:
    """Backwards, because that goes on from the film's very last sample without a jump."""
    fade = np.linspace(0, 1, _ECHO, dtype=np.float32)
    first = next(sound).copy()
    first[:, :_ECHO] = first[:, :_ECHO] * fade + last_samples(source, _ECHO)[:, ::-1] * fade[::-1]
    yield np.clip(first, -1, 1)
    yield from sound


def last_samples(source: Path, count: int) -> Block:
    """The last so many samples of a film's sound; silence before it, where it is shorter."""
    kept = np.zeros((2, count), np.float32)
    for block in samples(source):
        kept = np.concatenate((kept, block), axis=1)[:, -count:]
    return kept


def _exactly(sound: Iterator[Block], count: int) -> Iterator[Block]:
    for block in sound:
        if count:
            yield block[:, :count]
        count -= min(count, block.shape[1])
