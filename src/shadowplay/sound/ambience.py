"""The ambience: what a place sounds like by itself, from its setting, its hour and its weather."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.art import library
from shadowplay.dice import dice
from shadowplay.errors import ShadowplayError
from shadowplay.scene import Scene
from shadowplay.shot import SAMPLE_RATE
from shadowplay.sound.events import Foley, SoundEvent
from shadowplay.sound.noise import Block, Noise, band, straight, swell
from shadowplay.sound.strokes import REACH, Stroke

SURF_PERIOD = 6.0
"""Seconds between waves at a shore; picture and sound agree on it, crests fall on multiples."""


class Layer(NamedTuple):
    """One stream of noise in the bed.

    Attributes:
        name: its dice.
        corners: two frequencies in Hz and the slope between them in dB an octave: its colour.
        level: its loudness against the bed's other layers.
        period: seconds between one swell and the next.
        depth: 0 stays level, 1 dies down altogether between swells.
    """

    name: str
    corners: tuple[float, float, float]
    level: float
    period: float = 3.0
    depth: float = 0.5


class Visitor(NamedTuple):
    """A sound that comes by on its own: a bird, a drop, a cricket.

    Attributes:
        kind: a name in the table of sounds.
        every: mean seconds between two.
        strength: of the loudest.
        steady: it keeps its rhythm while it is there, as crickets do.
    """

    kind: str
    every: float
    strength: float
    steady: bool = False


INDOORS = frozenset({"room", "hall", "cafe", "works"})
"""Habitats with walls and a roof: wind and rain stay outside and are muffled."""


BEDS: dict[str, tuple[Layer, ...]] = {
    "woods": (Layer("canopy", (700, 2600, -5), 0.4, 2.6, 0.7),),
    "shore": (
        Layer("surf", (90, 1900, -4), 1.0, 0, 0),
        Layer("foam", (1800, 8500, -3), 0.35, 0, 0),
    ),
    "water": (
        Layer("lap", (260, 1300, -3), 0.55, 1.3, 0.75),
        Layer("ripple", (1200, 4200, -3), 0.2, 0.9, 0.8),
    ),
    "town": (
        Layer("hum", (45, 240, -5), 1.0, 4.0, 0.3),
        Layer("traffic", (240, 1100, -4), 0.5, 3.4, 0.75),
    ),
    "deep": (
        Layer("rumble", (28, 150, -4), 1.0, 5.0, 0.4),
        Layer("current", (150, 480, -6), 0.35, 3.0, 0.7),
    ),
    "space": (
        Layer("drone", (38, 90, -6), 1.0, 6.0, 0.4),
        Layer("ether", (480, 720, 0), 0.12, 5.0, 0.9),
    ),
    "dry": (Layer("sand", (2200, 7000, -3), 0.2, 2.0, 0.8),),
    "high": (Layer("cold", (420, 1500, -4), 0.5, 3.0, 0.6),),
    "meadow": (Layer("grass", (1200, 3600, -6), 0.3, 2.2, 0.75),),
    "room": (
        Layer("tone", (60, 260, -6), 1.0, 6.0, 0.15),
        Layer("air", (300, 1400, -9), 0.2, 5.0, 0.3),
    ),
    "hall": (
        Layer("tone", (50, 320, -5), 1.0, 5.0, 0.25),
        Layer("voices", (260, 900, -4), 0.55, 2.6, 0.6),
    ),
    "cafe": (
        Layer("tone", (70, 300, -6), 0.6, 5.0, 0.2),
        Layer("voices", (240, 1100, -4), 1.0, 1.7, 0.65),
        Layer("chatter", (900, 2600, -6), 0.3, 0.8, 0.8),
    ),
    "works": (
        Layer("tone", (50, 200, -4), 1.0, 4.0, 0.2),
        Layer("tools", (700, 2400, -4), 0.3, 1.9, 0.95),
    ),
}
"""The noises of every habitat."""


def habitat(setting: str) -> str:
    """The habitat of a setting, by its name.

    Raises:
        ShadowplayError: `invalid_art`; the setting's TOML names none that there is.
    """
    card = library.settings().get(setting)
    if card is None:
        return "meadow"
    name = card.said.get("sound", "room" if "floor" in card.said else "meadow")
    if name not in BEDS:
        known = ", ".join(BEDS)
        message = f"{setting}.toml has the sound {name!r}; there are {known}."
        raise ShadowplayError("invalid_art", message)
    return str(name)


_DAY: dict[str, tuple[Visitor, ...]] = {
    "woods": (Visitor("bird", 1.4, 0.8), Visitor("bird", 3.5, 0.4)),
    "meadow": (Visitor("bird", 2.2, 0.6),),
    "water": (Visitor("bird", 4.0, 0.4), Visitor("drop", 2.0, 0.3)),
    "shore": (Visitor("gull", 3.6, 0.5),),
    "town": (Visitor("horn", 14.0, 0.18),),
    "high": (),
}
_NIGHT: dict[str, tuple[Visitor, ...]] = {
    "woods": (
        Visitor("cricket", 0.52, 0.8, steady=True),
        Visitor("cricket", 0.71, 0.5, steady=True),
        Visitor("owl", 9.0, 0.7),
    ),
    "meadow": (
        Visitor("cricket", 0.47, 0.9, steady=True),
        Visitor("cricket", 0.63, 0.5, steady=True),
        Visitor("owl", 16.0, 0.5),
    ),
    "water": (Visitor("cricket", 0.58, 0.6, steady=True), Visitor("frog", 1.7, 0.6)),
    "town": (Visitor("horn", 20.0, 0.14),),
    "dry": (Visitor("cricket", 0.8, 0.35, steady=True),),
}
_ALWAYS: dict[str, tuple[Visitor, ...]] = {
    "deep": (Visitor("bubble", 2.2, 0.7), Visitor("whale", 11.0, 0.6)),
    "space": (Visitor("sparkle", 5.0, 0.4),),
    "room": (Visitor("creak", 8.0, 0.2),),
    "hall": (Visitor("step", 1.3, 0.3), Visitor("chime", 12.0, 0.4)),
    "cafe": (Visitor("chime", 2.4, 0.25),),
    "works": (Visitor("metal_step", 1.6, 0.4), Visitor("creak", 4.0, 0.4)),
}


class Ambience:
    """The bed of noises and the visitors of one scene."""

    def __init__(self, scene: Scene) -> None:
        self._seed = scene.seed
        self._place = habitat(scene.setting)
        self._layers = tuple(
            (layer, Noise(scene.seed, layer.name, band(*layer.corners)))
            for layer in _layers(scene, self._place)
        )
        self._visitors = _visitors(scene, self._place)
        self._foley = Foley(scene.seed)
        power = sum(layer.level**2 * (1 - layer.depth / 2) ** 2 for layer, _ in self._layers)
        self._gain = 1 / np.sqrt(power)

    def block(self, second: int, level: float) -> Block:
        """The bed of one second at a loudness of about `level`."""
        block = np.zeros((2, SAMPLE_RATE), np.float32)
        for layer, noise in self._layers:
            block += noise.block(second) * (
                self._curve(layer, second) * np.float32(layer.level * self._gain * level)
            )
        return block

    def strokes(self, second: int) -> Iterator[Stroke]:
        """The visitors that may sound in this second."""
        events = (
            event
            for past in range(max(0, second - REACH), second + 1)
            for number, visitor in enumerate(self._visitors)
            for event in self._visit(visitor, number, past)
        )
        return self._foley.strokes(events, second)

    def _curve(self, layer: Layer, second: int) -> NDArray[np.float32]:
        if layer.name in ("surf", "foam"):
            return _surf(self._seed, second, foam=layer.name == "foam")
        return swell(self._seed, layer.name, second, layer.period, 1 - layer.depth, 1.0)

    def _visit(self, visitor: Visitor, number: int, second: int) -> Iterator[SoundEvent]:
        """Those of one visitor's sounds that begin in this second."""
        if visitor.steady:
            yield from self._chirp(visitor, number, second)
            return
        rng = dice(self._seed, "visitor", visitor.kind, number, second)
        if rng.random() < 1 / visitor.every:
            at = second + rng.random()
            yield SoundEvent(
                at, visitor.kind, visitor.strength * rng.uniform(0.4, 1), rng.uniform(-1, 1)
            )

    def _chirp(self, visitor: Visitor, number: int, second: int) -> Iterator[SoundEvent]:
        pan = dice(self._seed, "visitor", visitor.kind, number).uniform(-1, 1)
        first = int(np.ceil(second / visitor.every))
        for k in range(first, int(np.ceil((second + 1) / visitor.every))):
            # They sing in phrases of eight, and leave one phrase in four out.
            if dice(self._seed, "phrase", number, k // 8).random() < 0.75:
                yield SoundEvent(k * visitor.every, visitor.kind, visitor.strength, pan)


def _layers(scene: Scene, place: str) -> tuple[Layer, ...]:
    layers = list(BEDS[place])
    if place in ("deep", "space"):
        return tuple(layers)
    if place in INDOORS:
        return (*layers, *_outside(scene))
    gale = abs(scene.wind)
    storm = scene.sky == "storm"
    layers.append(Layer("wind", (110, 620, -4), 0.25 + 1.2 * gale + 0.5 * storm, 2.8, 0.65))
    if gale > 0.45 or storm:
        layers.append(Layer("howl", (560, 820, 0), 0.35, 2.1, 0.95))
    if scene.falling == "rain":
        wet = 1.5 if storm else 1.0
        layers.append(Layer("rain", (1100, 9000, -2.5), 0.9 * wet, 2.0, 0.2))
        layers.append(Layer("patter", (380, 1500, -2), 0.5 * wet, 0.7, 0.35))
    if scene.falling in ("leaves", "petals"):
        layers.append(Layer("rustle", (2400, 8000, -2), 0.3, 0.8, 0.9))
    if scene.falling == "snow":
        layers = [layer._replace(level=layer.level * 0.6) for layer in layers]
        layers.append(Layer("hush", (2600, 6000, -5), 0.12, 3.0, 0.4))
    return tuple(layers)


def _outside(scene: Scene) -> list[Layer]:
    """The weather as it is heard through a wall."""
    layers = []
    if scene.falling == "rain":
        layers.append(Layer("rain", (180, 1400, -5), 0.7, 2.0, 0.2))
    if abs(scene.wind) > 0.45 or scene.sky == "storm":
        layers.append(Layer("wind", (90, 420, -5), 0.6, 2.8, 0.7))
    return layers


def _visitors(scene: Scene, place: str) -> tuple[Visitor, ...]:
    always = _ALWAYS.get(place, ())
    if place in INDOORS:
        return always
    if scene.falling == "rain" and place not in ("deep", "space"):
        return (*always, Visitor("drop", 1.2, 0.5))
    if scene.sky == "storm" or scene.falling == "snow":
        return always
    return always + (_NIGHT if scene.time in ("dusk", "night") else _DAY).get(place, ())


def _surf(seed: int, second: int, *, foam: bool) -> NDArray[np.float32]:
    """How loud the waves are, shape (48000,): each swells to its crest and runs out in foam."""
    t = second + np.arange(0, SAMPLE_RATE + 1, 240) / SAMPLE_RATE
    curve = np.full(t.size, 0.16)
    for k in range(int(second // SURF_PERIOD) - 1, int((second + 1) // SURF_PERIOD) + 2):
        height = dice(seed, "wave", k).uniform(0.9, 1.5)
        later = t - k * SURF_PERIOD - (0.7 if foam else 0)
        rise = exact.exp(-((np.minimum(later, 0) / 1.1) ** 2))
        curve += height * rise * exact.exp(-np.maximum(later, 0) / (1.5 if foam else 1.0))
    return straight(curve.astype(np.float32))
