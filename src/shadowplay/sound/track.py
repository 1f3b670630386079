"""The soundtrack of a scene: ambience, events and theme in one room, second by second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.scene import Scene
from shadowplay.shot import SAMPLE_RATE
from shadowplay.sound.ambience import Ambience, habitat
from shadowplay.sound.events import Foley, SoundEvent, check
from shadowplay.sound.noise import Block
from shadowplay.sound.room import TAIL, Room, RoomKind
from shadowplay.sound.strokes import lay
from shadowplay.sound.theme import Theme

LEVEL = 0.145
"""Loudness aimed at, as an RMS: bed, theme and events come to about -16 LUFS."""

_OPEN = RoomKind(decay=1.4, wet=0.3, bright=5200)
_ROOMS: dict[str, RoomKind] = {
    "woods": RoomKind(decay=1.5, wet=0.35, bright=3800),
    "town": RoomKind(decay=1.3, wet=0.35, bright=5000),
    "deep": RoomKind(decay=1.8, wet=0.6, bright=1600, muffle=2600),
    "space": RoomKind(decay=1.8, wet=0.8, bright=4500),
    "high": RoomKind(decay=1.8, wet=0.45, bright=4200),
    "room": RoomKind(decay=0.5, wet=0.3, bright=4200),
    "cafe": RoomKind(decay=0.7, wet=0.35, bright=4000),
    "works": RoomKind(decay=1.0, wet=0.45, bright=5200),
    "hall": RoomKind(decay=1.8, wet=0.65, bright=4400),
}
_BED = {"shore": 0.4, "water": 0.2, "town": 0.3, "deep": 0.35, "space": 0.3}
"""How much of the sound's power is ambience in still weather; less elsewhere."""

_KNEE = 0.6
_CEILING = 0.88
_FADE = SAMPLE_RATE // 100


def soundtrack(
    scene: Scene, events: Sequence[SoundEvent], start: float, seconds: int
) -> Iterator[NDArray[np.float32]]:
    """Make the sound of a stretch of the scene's clock.

    What is heard at a moment depends on the scene, the events and the moment alone, so that
    stretches made apart join without a seam. There is a fade of 10 ms at the clock's zero only.

    Args:
        scene: what is seen.
        events: what happens; those of the six seconds before `start` still ring on in it.
        start: where to begin, in seconds on the scene's clock.
        seconds: how many blocks to make.

    Yields:
        Blocks of one second: float32 in [-1, 1], shape (2, 48000).

    Raises:
        ValueError: an event is of a kind that is not in the table of sounds.
    """
    check(events)
    first, offset = divmod(round(start * SAMPLE_RATE), SAMPLE_RATE)
    blocks = _blocks(scene, events, first)
    if not offset:
        for _ in range(seconds):
            yield next(blocks)
        return
    before = next(blocks)
    for _ in range(seconds):
        after = next(blocks)
        yield np.concatenate((before[:, offset:], after[:, :offset]), axis=1)
        before = after


def _blocks(scene: Scene, events: Sequence[SoundEvent], first: int) -> Iterator[Block]:
    """Whole seconds of the scene's clock, from `first` on, without end."""
    place = habitat(scene.setting)
    ambience, theme, foley = Ambience(scene), Theme(scene), Foley(scene.seed)
    room = Room(_ROOMS.get(place, _OPEN))
    bed, music = _balance(scene, place)
    second = max(0, first - TAIL)
    while True:
        dry = np.zeros((2, SAMPLE_RATE), np.float32)
        lay(dry, second, theme.strokes(second, music))
        lay(dry, second, ambience.strokes(second))
        lay(dry, second, foley.strokes(events, second))
        wet = room.block(dry)
        if second >= first:  # what comes before only fills the room
            yield _limit(_fade_in(wet + ambience.block(second, bed), second))
        second += 1


def _balance(scene: Scene, place: str) -> tuple[float, float]:
    """Loudness of the bed and of the theme: weather may drown the music, calm lets it speak."""
    share = _BED.get(place, 0.12) + 0.4 * scene.wind**2
    share += 0.2 * (scene.falling == "rain") + 0.2 * (scene.sky == "storm")
    share = min(share, 0.75)
    return LEVEL * float(np.sqrt(share)), LEVEL * float(np.sqrt(1 - share))


def _fade_in(block: Block, second: int) -> Block:
    if second == 0:
        block[:, :_FADE] *= np.linspace(0, 1, _FADE, dtype=np.float32)
    return block


def _limit(block: Block) -> Block:
    """Bend what is above the knee so that nothing exceeds -1 dBFS, each sample by itself."""
    over = np.abs(block) - np.float32(_KNEE)
    peaks = over > 0
    if peaks.any():
        room = np.float32(_CEILING - _KNEE)
        bent = _KNEE + room * exact.tanh(over[peaks] / room)
        block[peaks] = np.copysign(bent, block[peaks])
    return block
