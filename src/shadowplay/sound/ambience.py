"""The ambience: what a place sounds like by itself, from its setting, its hour and its weather."""

import math
from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from shadowplay import exact, tables
from shadowplay.art import library
from shadowplay.dice import dice, throw
from shadowplay.errors import ShadowplayError
from shadowplay.scene import Scene
from shadowplay.shot import SAMPLE_RATE, Block
from shadowplay.sound.synth import REACH, SoundEvent, noise, straight

Visits = list[tuple[str, float, float]]
"""Recipes, each with the mean seconds between two and its strength."""


class NoiseKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stream of noise in the bed; `places.toml` says what its keys are."""

    band: tuple[float, float]
    tilt: float
    level: float
    period: float
    depth: float
    gale: float = 0.0
    storm: float = 0.0
    gusty: bool = False
    falls: tuple[str, ...] = ()


class RoomKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a room answers; `places.toml` says what its keys are."""

    decay: float
    wet: float
    bright: float
    muffle: bool = False


class PlaceSound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a place sounds like; `places.toml` says what its keys are."""

    share: float
    room: RoomKind
    weather: str
    noises: dict[str, NoiseKind]
    always: Visits = []
    day: Visits = []
    night: Visits = []


class _Tables(msgspec.Struct, forbid_unknown_fields=True):
    place: dict[str, PlaceSound]
    weather: dict[str, dict[str, NoiseKind]]


_LOOP = 1 << 16  # samples of the loop that all seconds of a stream are cut from
_FADE = np.linspace(0, np.pi / 2, SAMPLE_RATE, endpoint=False, dtype=np.float32)
_RISE, _FALL = exact.sin(_FADE), exact.cos(_FADE)

_TABLES = tables.load("sound/places.toml", _Tables)
PLACES = _TABLES.place  # what each kind of place sounds like


def habitat(setting: str) -> str:
    """The kind of place that a setting is, by its name.

    Raises:
        ShadowplayError: `invalid_art`; the setting's TOML names none that there is.
    """
    name = library.place(setting).sound
    if name not in PLACES:
        message = f"{setting}.toml has the sound {name!r}; there are {', '.join(PLACES)}."
        raise ShadowplayError("invalid_art", message)
    return name


class Ambience:
    """The bed of noises of one scene, and what comes by."""

    def __init__(self, scene: Scene) -> None:
        self._seed = scene.seed
        place, gale, storm = PLACES[habitat(scene.setting)], abs(scene.wind), scene.sky == "storm"
        others = place.night if scene.time in ("dusk", "night") else place.day
        if place.weather == "open" and scene.falling == "rain":
            others = [("drop", 1.2, 0.5)]
        elif place.weather == "open" and (storm or scene.falling == "snow"):
            others = []
        self._layers, self._visits = [], place.always + others  # what comes by now and then
        for name, layer in (place.noises | _TABLES.weather[place.weather]).items():
            falls = not layer.falls or scene.falling in layer.falls
            if falls and (not layer.gusty or gale > 0.45 or storm):
                level = layer.level + gale * layer.gale + storm * layer.storm
                stream = _stream(scene.seed, name, layer.band, layer.tilt)
                self._layers.append((msgspec.structs.replace(layer, level=level), stream))
        power = sum((layer.level * (1 - layer.depth / 2)) ** 2 for layer, _ in self._layers)
        self._gain = 1 / math.sqrt(2 * power)  # there are two channels of it

    def block(self, second: int, level: float) -> Block:
        """The bed of one second at a loudness of about `level`."""
        block = np.zeros((2, SAMPLE_RATE), np.float32)
        for layer, stream in self._layers:
            gain = np.float32(layer.level * self._gain * level)
            block += stream(second, layer.period, 1 - layer.depth) * gain
        return block

    def events(self, second: int) -> Iterator[SoundEvent]:
        """What comes by and may sound in this second."""
        for past in range(max(0, second - REACH), second + 1):
            for number, (kind, every, strength) in enumerate(self._visits):
                here = (self._seed, "visitor", kind, number, past)
                if throw(*here) < 1 / every:
                    late, loud, side = (throw(*here, k) for k in range(3))
                    loud = strength * (0.4 + 0.6 * loud)
                    yield SoundEvent(past + late, kind, loud, 2 * side - 1)


def _stream(
    seed: int, name: str, band: tuple[float, float], tilt: float
) -> Callable[[int, float, float], Block]:
    """Stereo noise that swells and dies down: parts of one loop that fade into one another.

    Called with a second, a period and a level, it gives that second, with a random loudness from
    the level to 1 once in a period.
    """
    key = (seed, "noise", name)
    # As far as two seconds from anywhere in the first.
    loop = np.tile(noise(dice(*key), 2, _LOOP, band, tilt), 3)

    def block(second: int, period: float, low: float) -> Block:
        knots = range(int(second / period), int((second + 1) / period) + 2)
        heights = [low + (1 - low) * throw(*key, "swell", k) for k in knots]
        t = np.linspace(second / period, (second + 1) / period, 65)
        curve = straight(np.interp(t, knots, heights).astype(np.float32), SAMPLE_RATE // 64)
        # Equal-power fades: parts from places far apart are independent, so their powers add to 1.
        begin, before = (int(throw(*key, second - k) * _LOOP) for k in (0, 1))
        before += SAMPLE_RATE
        made: Block = loop[:, begin : begin + SAMPLE_RATE] * (_RISE * curve)
        made += loop[:, before : before + SAMPLE_RATE] * (_FALL * curve)
        return made

    return block
