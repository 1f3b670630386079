"""The soundtrack of a scene: ambience, events and theme in one room, second by second."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from shadowplay import exact
from shadowplay.scene import Scene
from shadowplay.shot import SAMPLE_RATE, Block
from shadowplay.sound.ambience import PLACES, Ambience, habitat
from shadowplay.sound.events import Foley, SoundEvent
from shadowplay.sound.room import TAIL, Reverb
from shadowplay.sound.theme import Theme

_LEVEL = 0.16  # loudness aimed at, as an RMS: bed, theme and events come to about -16 LUFS
_NEAR = 1.4  # how much louder what the picture shows is than what is only around it


def soundtrack(
    scene: Scene, events: Sequence[SoundEvent], start: float, seconds: int, lead: str = ""
) -> Iterator[Block]:
    """Make the sound of a stretch of the scene's clock.

    What is heard at a moment depends on the scene, the events and the moment alone, so that
    stretches made apart join without a seam. There is a fade of 10 ms at the clock's zero only.

    Args:
        scene: what is seen.
        events: what happens; those of the six seconds before `start` still ring on in it.
        start: where to begin, in seconds on the scene's clock.
        seconds: how many blocks to make.
        lead: the instrument that somebody plays in the picture.

    Yields:
        Blocks of one second: float32 in [-1, 1], shape (2, 48000).

    Raises:
        ShadowplayError: `invalid_art`; an event is of a kind that there is no recipe for.
    """
    first, offset = divmod(round(start * SAMPLE_RATE), SAMPLE_RATE)
    blocks = _blocks(scene, events, first, lead)
    rest = next(blocks)[:, offset:] if offset else np.zeros((2, 0), np.float32)
    for _ in range(seconds):
        both = np.concatenate((rest, next(blocks)), axis=1)
        yield both[:, :SAMPLE_RATE]
        rest = both[:, SAMPLE_RATE:]


def _blocks(scene: Scene, events: Sequence[SoundEvent], first: int, lead: str) -> Iterator[Block]:
    """Whole seconds of the scene's clock, from `first` on, without end."""
    place = PLACES[habitat(scene.setting)]
    ambience, theme, foley = Ambience(scene), Theme(scene, lead), Foley(scene.seed)
    room = Reverb(place.room)
    # Weather may drown the music, calm lets it speak.
    loud = 0.4 * scene.wind**2 + 0.2 * (scene.falling == "rain") + 0.2 * (scene.sky == "storm")
    share = min(place.share + loud, 0.75)
    bed, music = _LEVEL * math.sqrt(share), _LEVEL * math.sqrt(1 - share)
    second = max(0, first - TAIL)
    while True:
        dry = np.zeros((2, SAMPLE_RATE), np.float32)
        foley.lay(dry, second, theme.events(second, music))
        foley.lay(dry, second, ambience.events(second))
        foley.lay(dry, second, events, _NEAR)
        block = room.block(dry)
        if second >= first:  # what comes before only fills the room
            block += ambience.block(second, bed)
            if second == 0:
                block[:, :480] *= np.linspace(0, 1, 480, dtype=np.float32)
            yield bent(block)  # nothing exceeds -1 dBFS
        second += 1


def bent(block: Block, knee: float = 0.6, ceiling: float = 0.88) -> Block:
    """The block with all above a knee bent over below a ceiling, each sample by itself."""
    over = np.abs(block) - np.float32(knee)
    peaks = over > 0
    if peaks.any():
        room = np.float32(ceiling - knee)
        block[peaks] = np.copysign(knee + room * exact.tanh(over[peaks] / room), block[peaks])
    return block
