"""What shows in the sky besides clouds.

Incidents are the one little thing in a while that nobody asked for, and asked-for meteors; wonders
are what the prompt names: rainbows and northern lights.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour, exact
from shadowplay.art.treads import ease
from shadowplay.colour import rgb
from shadowplay.dice import dice
from shadowplay.picture.flats import Drawn, Element, Flat, Steady, View
from shadowplay.picture.layers import Layer, Picture, fill
from shadowplay.picture.light import KeyLight
from shadowplay.picture.noise import outline, smoothstep
from shadowplay.picture.palette import LitScene
from shadowplay.place.sky import SKY, soft_layer, starlight
from shadowplay.scene import Scene
from shadowplay.tables import load

_Range = tuple[float, float]


class _Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can happen; `incidents.toml` says what its keys are."""

    lasts: float
    across: _Range
    up: _Range
    size: _Range
    sound: str = ""
    aside: float = 0.0
    way: float = 0.0
    slope: float = 0.0
    many: tuple[int, int] = (1, 1)
    outline: list[_Range] = []
    beat: list[float] = []


class _Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cycle: float
    begins: _Range
    kind: dict[str, _Kind]


_TABLES = load("place/incidents.toml", _Tables)

_BOW, _CURTAIN = (
    [(at, rgb(code)) for at, code in SKY["wonders"][name]] for name in ("bow", "curtain")
)

_COMES = (0.2, 2.4)  # the seconds of the scene between which a rainbow comes out
_LEVELS = 16


def possible(scene: Scene, *, open_sky: bool) -> tuple[str, ...]:
    """What little things can happen in the sky of a scene: no birds fly under water."""
    if scene.wonder == "meteor":
        return ("meteor",)
    if scene.setting in ("space", "moon", "planet"):
        return ("star",)
    if not open_sky or scene.sky == "storm":
        return ()
    starry = starlight(scene) > 0.3 and scene.sky == "clear" and scene.falling == "none"
    return ("star",) if starry else ("birds",)


class _One(NamedTuple):
    """One incident as the dice have it; lengths in pixels."""

    kind: _Kind
    begins: float
    x: float
    y: float
    side: float
    sizes: NDArray[np.float64]
    nudges: NDArray[np.float64]


class Incident(Steady):
    """Once in a while, at the seed's moment: birds cross, or a star falls."""

    def __init__(self, lit: LitScene, horizon: float, kinds: tuple[str, ...]) -> None:
        self._scene, self._horizon, self._kinds = lit.scene, horizon, kinds
        self._right = lit.key.x > lit.scene.size.width / 2
        self._ink = colour.yuv(lit.palette.land(0.6))
        self._one = lru_cache(maxsize=16)(self._thrown)

    def _thrown(self, cycle: int) -> _One:
        """What happens in a cycle."""
        pick, size = dice(self._scene.seed, "incident", cycle), self._scene.size
        name = str(pick.choice(self._kinds))
        begins = cycle * _TABLES.cycle + float(pick.uniform(*_TABLES.begins))
        kind, pick = _TABLES.kind[name], dice(self._scene.seed, name, cycle)
        x = size.width * (float(pick.uniform(*kind.across)) - kind.aside * self._right)
        y = self._horizon * float(pick.uniform(*kind.up))
        side = float(pick.choice([-1, 1]))
        many = int(pick.integers(kind.many[0], kind.many[1] + 1))
        sizes = pick.uniform(*kind.size, many) * size.unit
        return _One(kind, begins, x, y, side, sizes, pick.normal(0, 1, many) * sizes)

    def _happening(self, t: float) -> list[tuple[_One, float]]:
        """What is happening, and how long it has gone on."""
        cycle = int(t // _TABLES.cycle)
        both = [self._one(k) for k in range(max(0, cycle - 1), cycle + 1)]
        return [(one, t - one.begins) for one in both if 0 <= t - one.begins < one.kind.lasts]

    def state(self, t: float, view: View) -> object:
        """Nothing while nothing happens."""
        return None if self._happening(t) else ()

    def rows(self, t: float, view: View) -> tuple[float, float]:
        """Where birds are; what else happens is soon over."""
        happening = [one for one, _ in self._happening(t)]
        if not all(one.kind.outline for one in happening):
            return super().rows(t, view)
        tops = [one.y for one in happening] or [0.0]
        tall = 6 * max((one.sizes.max() for one in happening), default=0.0) + 4
        return min(tops) - tall, max(tops) + tall

    def heard(self, begin: float, end: float) -> list[tuple[float, str]]:
        """What can be heard of a stretch of the scene's clock: moments and sounds."""
        cycles = range(int(begin / _TABLES.cycle), int(end / _TABLES.cycle) + 1)
        found = [(one.begins, one.kind.sound) for one in map(self._one, cycles)]
        return [(at, sound) for at, sound in found if sound and begin <= at < end]

    def draw(self, picture: Picture, t: float, view: View, floor: int, top: int = 0) -> None:
        """Draw what is happening, if anything is."""
        for one, age in self._happening(t):
            if one.kind.outline:
                self._flock(picture.above(floor), one, age)
            else:
                self._streak(picture, one, age / one.kind.lasts)

    def _streak(self, picture: Picture, one: _One, share: float) -> None:
        """A star that falls: a line that is brightest at its head."""
        kind = one.kind
        step = np.asarray([one.side, kind.slope]) * kind.way * self._scene.size.unit
        head = np.asarray([one.x, one.y]) + step * share
        tail = head - step * 0.34 * math.sin(math.pi * share)
        level = int(picture.y[min(int(abs(head[1])), picture.height - 1), picture.width // 2])
        shares = np.linspace(0, 1, 7)
        points = np.rint((tail + (head - tail) * shares[:, None]) * 16).astype(int).tolist()
        for k, (start, end) in enumerate(pairwise(points)):
            bright = shares[k + 1] * math.sin(math.pi * min(1, share + 0.1))
            wide = int(kind.size[0]) * (1 if k < 4 else 2)
            tone = round(level + (235 - level) * bright)
            cv2.line(picture.y, start, end, tone, wide, cv2.LINE_AA, 4)

    def _flock(self, picture: Picture, one: _One, age: float) -> None:
        """A few far birds that cross the sky."""
        kind = one.kind
        gone = kind.way * self._scene.size.unit * age / kind.lasts
        start = one.x if one.side > 0 else picture.width - one.x
        wings, beat = np.asarray(kind.outline), np.asarray(kind.beat)
        for k, (size, nudge) in enumerate(zip(one.sizes, one.nudges, strict=True)):
            x = start + one.side * (gone - k * size * 3.2) + nudge
            y = one.y + abs(k - 2) * size * 1.5 + math.sin(age * 1.3 + k) * size * 0.5
            glide = 0.4 + 0.6 * math.sin(age * 0.9 + k) ** 2
            flap = math.sin(age * (8 + k * 0.5) + k * 1.7) * glide
            points = wings + np.stack([0 * beat, beat * flap], axis=1)
            fill(picture, points * size + [x, y], self._ink)


def wonders(scene: Scene, key: KeyLight, horizon: float) -> list[Element]:
    """What the prompt names of the sky, before the clouds."""
    if scene.wonder == "rainbow":
        return [_rainbow(scene, key, horizon)]
    if scene.wonder == "aurora":
        return [_curtain(scene, horizon, k) for k in range(3)]
    return []


def _rainbow(scene: Scene, key: KeyLight, horizon: float) -> Element:
    """A bow that comes out in the first seconds of the scene, opposite the lamp."""
    width, height = scene.size.width, int(horizon * 1.1) // 4 * 4
    side = 0.36 if key.x > width / 2 else 0.64
    radius, band = min(0.9 * horizon, 0.5 * width), 0.085 * min(horizon, width)
    x = np.arange(0, width, 2, dtype=np.float32) - np.float32(width * side)
    y = np.arange(0, height, 2, dtype=np.float32) - np.float32(horizon * 1.02)
    distance = np.sqrt(x[None, :] ** 2 + y[:, None] ** 2)
    across = (distance - np.float32(radius - band)) / np.float32(band)
    edges = smoothstep(0, 0.25, across) * smoothstep(0, 0.25, 1 - across)
    image = colour.ramp(_BOW, across.ravel()).reshape(*across.shape, 3)

    @cache
    def layer(level: int) -> Layer:
        return soft_layer(image, edges * (0.72 * level / _LEVELS), (height, width // 2 * 2))

    def draw(picture: Picture, t: float, view: View, floor: int) -> None:
        share = ease((t - _COMES[0]) / (_COMES[1] - _COMES[0]))
        if level := round(_LEVELS * share):
            layer(level).draw(picture, 0, 0, floor)

    return Drawn(draw)


def _curtain(scene: Scene, horizon: float, number: int) -> Flat:
    """A curtain of light that drifts over the stars."""
    pick = dice(scene.seed, "aurora", number)
    width, height = scene.size.width * 3 // 2 // 4 * 4, int(horizon) // 4 * 4
    columns = width // 2
    foot = 0.38 + 0.16 * number + 0.22 * outline(pick, columns, 0.03, waves=2)
    tall = 0.36 + 0.34 * outline(pick, columns, 0.2, waves=6)
    rays = 0.25 + 0.75 * outline(pick, columns, 0.7, waves=22)
    down = np.linspace(0, 1, height // 2, dtype=np.float32)[:, None]
    along = (down - foot + tall) / tall
    shown = smoothstep(0, 0.95, along) * (1 - smoothstep(0.96, 1.3, along)) * rays
    image = colour.ramp(_CURTAIN, along.ravel()).reshape(*along.shape, 3)
    drift = scene.size.width * (0.006 + 0.007 * number) * (-1.0 if number % 2 else 1.0)
    opacity = (exact.power(shown, 1.3) * 0.8).astype(np.float32)
    layer = soft_layer(image, opacity, (height, width), wraps=True)
    return Flat(layer, 0.01, drift, sway=(scene.size.width * 0.012, 5.0 + 2 * number))
