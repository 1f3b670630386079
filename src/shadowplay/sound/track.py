"""The soundtrack of a scene: ambience, events and theme in one room, second by second.

A room is convolution with synthesised decaying noise. Its echo has little above 6 kHz, so that it
is worked out at a quarter of the sample rate.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import count

import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.dice import dice, throw
from shadowplay.scene import Scene
from shadowplay.shot import SAMPLE_RATE, Block
from shadowplay.sound.ambience import PLACES, Ambience, RoomKind, habitat
from shadowplay.sound.synth import REACH, SoundEvent, Wave, make, noise, recipes, straight
from shadowplay.sound.theme import theme

_LEVEL = 0.16  # loudness aimed at, as an RMS: bed, theme and events come to about -16 LUFS
_NEAR = 1.4  # how much louder what the picture shows is than what is only around it
TAIL = 2  # seconds that a sound may ring on: after so many silent blocks the room is silent too

_COARSE = 4
_RATE = SAMPLE_RATE // _COARSE
_SIZE = _RATE * (1 + TAIL)


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
        seconds: how many blocks of one second to make: float32 in [-1, 1], shape (2, 48000).
        lead: the instrument that somebody plays in the picture.

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
    place, begin = PLACES[habitat(scene.setting)], max(0, first - TAIL)
    ambience, notes, foley = Ambience(scene), theme(scene, lead), Foley(scene.seed)
    # Weather may drown the music, calm lets it speak.
    loud = 0.4 * scene.wind**2 + 0.2 * (scene.falling == "rain") + 0.2 * (scene.sky == "storm")
    share = min(place.share + loud, 0.75)
    bed, music = _LEVEL * math.sqrt(share), _LEVEL * math.sqrt(1 - share)

    def dry(second: int) -> Block:
        block = np.zeros((2, SAMPLE_RATE), np.float32)
        foley.lay(block, second, notes(second, music))
        foley.lay(block, second, ambience.events(second))
        foley.lay(block, second, events, _NEAR)
        return block

    wet = _reverberant(map(dry, count(begin)), place.room)
    for second, block in enumerate(wet, begin):
        if second >= first:  # what comes before only fills the room
            block += ambience.block(second, bed)
            if second == 0:
                block[:, :480] *= np.linspace(0, 1, 480, dtype=np.float32)
            yield bent(block)  # nothing exceeds -1 dBFS


def bent(block: Block, knee: float = 0.6, ceiling: float = 0.88) -> Block:
    """The block with all above a knee bent over below a ceiling, each sample by itself."""
    over = np.abs(block) - np.float32(knee)
    peaks = over > 0
    if peaks.any():
        room = np.float32(ceiling - knee)
        block[peaks] = np.copysign(knee + room * exact.tanh(over[peaks] / room), block[peaks])
    return block


class Foley:
    """Makes the sounds of events, with a few variants of each kept at hand."""

    def __init__(self, seed: int) -> None:
        self._seed, self._made = seed, cache(self._make)

    def lay(
        self, block: Block, second: int, events: Iterable[SoundEvent], gain: float = 1.0
    ) -> None:
        """Add to a block what falls into its second of the sounds of these events."""
        for event in events:
            if not (second - REACH <= event.at < second + 1 and event.strength > 0):
                continue
            at, wave = round(event.at * SAMPLE_RATE) - second * SAMPLE_RATE, self._wave(event)
            begin, end = max(at, 0), min(at + wave.size, SAMPLE_RATE)
            if begin < end:
                angle = (max(-1.0, min(1.0, event.pan)) + 1) * math.pi / 4
                for side, share in zip(block, (math.cos(angle), math.sin(angle)), strict=True):
                    level = np.float32(gain * event.strength * share)
                    side[begin:end] += wave[begin - at : end - at] * level

    def _wave(self, event: SoundEvent) -> Wave:
        if event.pitch:
            return self._made(event.kind, 0, event.pitch, event.length)
        # The moment picks the variant, so that a list cut elsewhere sounds the same.
        pick = throw(self._seed, event.kind, round(event.at * SAMPLE_RATE))
        many = 4 if self._made(event.kind, 0, 0.0, 0.0).size < SAMPLE_RATE else 2
        return self._made(event.kind, int(pick * many), 0.0, 0.0)

    def _make(self, kind: str, variant: int, pitch: float, length: float) -> Wave:
        wave = make(kind, dice(self._seed, "foley", kind, variant), pitch, length)
        # Notes have one energy, so that their levels can be summed; what happens has a peak.
        energy = float(np.sum(np.square(wave, dtype=np.float64)))
        level = math.sqrt(SAMPLE_RATE / energy) if pitch else recipes()[kind].level
        return wave * np.float32(level)


def _reverberant(blocks: Iterator[Block], kind: RoomKind) -> Iterator[Block]:
    """Seconds in their order as they are heard in a room; each one's echo reaches into the next.

    The echo comes a twelve-thousandth of a second late.
    """
    ringing, last = np.zeros((2, TAIL * _RATE), np.float32), np.zeros((2, 1), np.float32)
    for dry in blocks:
        spectrum = np.fft.rfft(dry.reshape(2, _RATE, _COARSE).mean(axis=2), _SIZE)
        echo = np.fft.irfft(exact.times(spectrum, _response(kind)), _SIZE).astype(np.float32)
        echo[:, : TAIL * _RATE] += ringing
        heard = straight(np.concatenate((last, echo[:, :_RATE]), axis=1), _COARSE)
        ringing, last = echo[:, _RATE:], echo[:, _RATE - 1 : _RATE]
        yield heard if kind.muffle else heard + dry


@lru_cache(maxsize=16)
def _response(kind: RoomKind) -> NDArray[np.complexfloating]:
    """The spectrum of a room's answer, the same in every film."""
    length = min(int(kind.decay * 1.1 * _RATE), TAIL * _RATE - 1)
    t, rng = np.arange(length) / _RATE, dice(0, "room")
    # Corners are four times as high, as the samples are four times as long.
    low, high = kind.bright / 4 * _COARSE, kind.bright * _COARSE
    dark, bright = (
        noise(rng, 2, length, band)[:, :length] for band in ((50.0, low), (low / 2, high))
    )
    fade = math.log(1000) / kind.decay
    echo = dark * exact.exp(-fade * t) + bright * exact.exp(-2.2 * fade * t)
    echo *= np.minimum(t / 0.02, 1) ** 2  # a short build-up keeps attacks soft and clear
    echo *= np.minimum((t[-1] - t) / 0.05, 1)
    # Music has its weight between 80 and 600 Hz: there the echo is as loud as `wet` says.
    spectrum = np.fft.rfft(echo, _SIZE)[:, 80 * _SIZE // _RATE : 600 * _SIZE // _RATE]
    echo *= kind.wet / np.sqrt(np.mean(spectrum.real**2 + spectrum.imag**2))
    if kind.muffle:
        echo[:, :3] += (0.25, 0.5, 0.25)
    return np.fft.rfft(echo.astype(np.float32), _SIZE)
