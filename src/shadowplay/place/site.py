"""The site: what a setting's builder is given, and the tools it lays out planes with."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from shadowplay import colour, exact
from shadowplay.colour import Floats
from shadowplay.dice import dice
from shadowplay.errors import ShadowplayError
from shadowplay.picture import noise
from shadowplay.picture.cels import Cel
from shadowplay.picture.flats import Element, Flat, Later
from shadowplay.picture.layers import Layer
from shadowplay.picture.light import HOURS, KeyLight, glow, of_one_colour
from shadowplay.picture.palette import LitScene, Palette
from shadowplay.scene import Rgb, Scene
from shadowplay.sprites.lighting import lighting

_BEHIND, _BEFORE, _BLUR, _CLOSE = 3.2, 12.0, 6.0, 1.6
"""How many pixels the horizon is out of focus, what is nearer than the stage for each part of the
camera's way more, and anything at most, in a frame of a unit of 960; how much more in a close-up.
"""


@dataclass(slots=True)
class Sheet:
    """A sheet of land that is still being worked on; lengths are in pixels."""

    cel: Cel
    line: Floats  # row of the ground for every column of the sheet
    name: str  # names its dice
    depth: float
    row: float  # where its valleys are
    rise: float  # how far its highest top is above them
    # Those that shine on it: column, row, row of the foot, colour, height.
    lamps: list[tuple[float, float, float, Rgb, float]] = field(default_factory=list)
    paper: Rgb | None = None  # its colour, if that is not the land's at its depth


@dataclass(slots=True)
class Site:
    """The stage while it is built, back to front."""

    scene: Scene
    palette: Palette
    key: KeyLight
    horizon: float  # row where sky and land (or sea) meet at infinity
    stage: float  # row on which the actors' feet stand, on average
    leftward: bool = False  # the subject looks to the left, so the picture leaves room there
    open_sky: bool = True  # the hour's light falls on this place
    spread: float = 1.0  # how much farther apart planes are than from the height of the eyes
    close: float = 1.0  # how much larger what stands near is than where people and houses are
    crew: Executor | None = None  # lights and cuts the planes that are laid out, if there is one
    width: int = field(init=False)  # of the frame, in pixels
    height: int = field(init=False)
    unit: float = field(init=False)  # the side of a square as large: lengths are measured in it
    tall: float = field(init=False)  # how much higher hills and trees are than in a square frame
    raised: float = field(init=False)  # how far what stands on a plane is spread, seen from above
    elements: list[Element] = field(default_factory=list)  # what was built so far
    earth: Rgb | None = None  # the colour of the land by day, if it has one
    # The row of the ground for every column of the stage plane's period, if there is ground.
    ground: Floats | None = None
    paved: bool = False  # the ground is level, as streets and squares are
    water: tuple[float, float] | None = None  # rows between which water shows, if there is some
    afloat: list[Element] = field(default_factory=list)  # to be in front of water still to come
    nearest: list[Element] = field(default_factory=list)  # what stands before the actors

    def __post_init__(self) -> None:
        """Measure the frame."""
        (self.width, self.height), self.unit = self.scene.size, self.scene.size.unit
        self.tall = 1.0 if self.width >= self.height else 1.3
        self.raised = 0.07 * (self.spread - 1) if self.spread > 1.6 else 0.0

    @property
    def light(self) -> LitScene:
        """The scene in its light."""
        return LitScene(self.scene, self.palette, self.key)

    @property
    def lit(self) -> bool:
        """Whether lamps and windows are lit."""
        return self.light.dark

    @property
    def side(self) -> float:
        """1 where the lamp is right of the frame's middle, -1 where it is left of it."""
        return 1.0 if self.key.x > self.width / 2 else -1.0

    @property
    def window_light(self) -> Rgb:
        """The colour of a lit window."""
        if self.scene.palette in ("noir", "neon"):
            return self.palette.key
        return colour.mix(self.palette.key, colour.rgb("#ffb648"), 0.6)

    @property
    def thick(self) -> float:
        """How thick the air over the land is, 0 to 1: thinner by day, but for fog."""
        return max(HOURS[self.scene.time].mist, min(1.0, 1.4 * self.scene.fog))

    def across(self, share: float) -> float:
        """The column at a share of the frame's width from the leading figure's side."""
        return self.width * (1 - share if self.leftward else share)

    def size(self, depth: float) -> float:
        """The unit of what stands at a depth: nearer things become larger when all are closer."""
        return self.unit * (1 + (self.close - 1) * depth if depth <= 1 else 1.0)

    def below(self, base: float) -> float:
        """The row of what is `base` units below the horizon, seen from the usual height."""
        return self.horizon + self.unit * base * (self.spread if base > 0 else 1.0)

    def dice(self, *names: str | int) -> np.random.Generator:
        """The generator of one element of this scene."""
        return dice(self.scene.seed, self.scene.setting, *names)

    def period(self, name: str) -> int:
        """The width of a layer: wider than the frame, and another for each layer."""
        share = 1.45 + 0.5 * self.dice(name, "period").random()
        return max(32, int(self.width * share) // 4 * 4)

    def parallax(self, depth: float) -> float:
        """How much of the camera's way a depth (0 horizon, 1 stage) shows."""
        return float(0.02 + 0.98 * math.pow(depth, 2.2))

    def blur(self, parallax: float) -> int:
        """By how many pixels a plane is out of focus: the camera looks at the stage's plane."""
        scene = self.scene
        waves = self.water is not None and parallax < 1  # one who is afloat is among them
        if scene.far or scene.angle == "aerial" or waves:
            return 0
        away = _BEHIND * math.sqrt(1 - parallax) if parallax < 1 else _BEFORE * (parallax - 1)
        return round(min(_BLUR, away) * self.unit / 960 * (_CLOSE if scene.close else 1.0))

    def cel(
        self,
        name: str,
        depth: float,
        top: float,
        base: float,
        haze: float = 0.35,
        tone: Rgb | None = None,
    ) -> Cel:
        """A sheet in the colours of a depth, hazier toward its base."""
        high = tone or self.palette.land(depth)
        if tone is None:
            lit = HOURS[self.scene.time].earth * min(1.0, 2.0 * depth)
            high = colour.mix(high, self.palette.glow, 0.22 * lit)
        haze *= self.thick
        low = colour.mix(high, self.palette.mist, haze * (1 - depth * 0.7))
        stops = [(top, high), (max(base, top + 4), low)]
        return Cel(self.period(name), self.height, int(top), stops)

    def ridge(
        self, name: str, base: float, rise: float, rough: float, waves: int = 2, valley: float = 0.0
    ) -> Floats:
        """Rows of a hill line: valleys at `base`, the highest top `rise` pixels above.

        `valley` (0 to 1) keeps the land low where the lamp stands.
        """
        line = noise.outline(self.dice(name, "ridge"), self.period(name), rough, waves)
        if valley:
            away = (np.arange(len(line)) - self.key.x) / (0.15 * self.unit + 0.5 * self.key.radius)
            line *= 1 - np.float32(valley) * exact.exp(-(away**2)).astype(np.float32)
        return np.asarray(base - rise * line, np.float32)

    def snowed(self, tone: Rgb) -> Rgb:
        """The colour of land under the snow that falls, if it does."""
        if not self.scene.snowed:
            return tone
        return colour.mix(tone, self.tone("snow"), 0.42)

    def tone(self, text: str) -> Rgb:
        """A colour as settings name it: `land 0.7, 12% haze, 40% #d8b35a`.

        The first is mixed with each of the next in turn. Known are `land` with a depth, `sky 0`
        (zenith) to `sky 4` (horizon), `haze`, `mid`, `ink`, `key`, `glow`, `snow`, the place's
        `earth` and the colour of a thing in daylight, `#rrggbb`.

        Raises:
            ShadowplayError: `invalid_art`; it is no such text.
        """
        first, *others = text.split(",")
        mixed = self._named(first.strip())
        # The lower the sun, the more water has of the sky's colour.
        sunlit = HOURS[self.scene.time].earth if first.startswith("sky") else 1.0
        for part in others:
            share, _, name = part.strip().rpartition("% ")
            strength = float(share or 50) / 100 * (sunlit * sunlit if name.startswith("#") else 1.0)
            mixed = colour.mix(mixed, self._named(name), strength)
        return mixed

    def _named(self, name: str) -> Rgb:
        kind, _, number = name.partition(" ")
        palette = self.palette
        try:
            match kind:
                case "land":
                    return palette.land(float(number))
                case "sky":
                    return palette.sky[int(number)]
                case "snow":
                    return self.tone(f"sky 4, 35% sky 2, {16 if palette.dark else 40}% white")
                case "white":
                    return colour.WHITE
                case "earth" if self.earth:
                    return self.daylight(self.earth)
                case "haze" | "mid" | "ink" | "key" | "glow" | "mist":
                    tone: Rgb = getattr(palette, kind)
                    return tone
            return self.daylight(colour.rgb(kind))
        except (ValueError, IndexError) as error:
            raise ShadowplayError("invalid_art", f"{name!r} is no colour of a setting.") from error

    def daylight(self, own: Rgb) -> Rgb:
        """The colour of a thing in the light of the hour."""
        if not self.open_sky:
            return own
        light = lighting(self.light, self.width * 0.5, self.horizon)
        dim = HOURS[self.scene.time].land * (1 - 0.2 * self.key.veiled)
        grey = colour.saturate(own, light.grey)
        lit = (part * air * dim for part, air in zip(grey, light.air, strict=True))
        return Rgb(*(max(0, min(255, round(level))) for level in lit))

    def later(self, make: Callable[[], Layer]) -> Layer | Later:
        """What the crew is to make; nothing that it is made of may change from now on."""
        return make() if self.crew is None else Later(self.crew, make)

    def light_edges(self, cel: Cel, strength: float, reach: float) -> None:
        """Light the edges of a sheet that face the lamp, so many pixels broad."""
        if self.scene.snowed:
            cel.rim(self.palette.sky[4], 0.0, -3.2 * self.unit / 960, 0.5 * strength + 0.15)
        across, down = (reach * way for way in self.key.toward(self.width * 0.5, self.stage))
        shown = strength * (1 - 0.8 * self.key.veiled)
        shown *= (0.55 if self.scene.time == "day" else 1.0) * (0.6 if self.key.moon else 1.0)
        tone = colour.mix(self.palette.glow, self.palette.key, 0.3)
        cel.rim(tone, across * 3.5, down * 3.5, shown * 0.3)
        cel.rim(tone, across, down, shown * 0.55)

    def mist(
        self, name: str, row: float, thick: float, strength: float, depth: float = 0.4
    ) -> None:
        """A band of drifting fog between the planes that stand already and those to come."""
        strength = min(0.95, strength * (1 + 1.3 * self.scene.fog) * self.thick)
        pick, size = self.dice(name, "mist"), (self.period(name), self.height)
        make = partial(mist_layer, pick, self.palette.mist, size, row, thick, strength)
        speed = (self.scene.wind + 0.1) * self.unit * 0.02
        self.elements.append(Flat(self.later(make), self.parallax(depth), speed))

    def bloom(self, *, strength: float = 1.0) -> None:
        """Let the lamp's light spill over the planes that stand already."""
        level = strength * (1 - 0.8 * self.key.veiled) * (0.22 if self.key.moon else 0.42)
        if level < 0.04 or self.scene.time == "day":
            return
        layer = glow(int(self.unit * 0.36), self.palette.glow, round(level, 3), 2.0)
        self.elements.append(Flat(layer.at(self.key.x, self.key.y), 0.0))


def strip(upper: tuple[Any, Any], lower: tuple[Any, Any]) -> Floats:
    """The outline of what lies between two lines, each columns and rows from left to right."""
    both = [np.stack(upper, 1), np.stack(lower, 1)[::-1]]
    return np.concatenate(both).astype(np.float32)


def mist_layer(
    pick: np.random.Generator,
    tone: Rgb,
    size: tuple[int, int],
    row: float,
    thick: float,
    strength: float,
) -> Layer:
    """A soft band of fog around a row, thinner here and thicker there."""
    width, height = size
    top = max(0, int(row - thick * 2)) // 4 * 4
    bottom = max(top + 8, min(height, int(row + thick * 2))) // 4 * 4
    rows, columns = (bottom - top) // 4, width // 4
    wisps = noise.field(pick, max(8, rows), max(8, columns // 2), power=1.9, stretch=3.0)
    wisps = noise.enlarge(wisps, rows, columns)
    at = (np.arange(rows, dtype=np.float32) * 4 + top - np.float32(row)) / np.float32(thick)
    band = exact.exp(-(at**2) * np.float32(1.6))
    edge = noise.smoothstep(0, 0.25, 1 - np.abs(at) / 2)
    alpha = np.clip(0.62 + 0.3 * wisps, 0.08, 1) * (band * edge)[:, None] * np.float32(strength)
    full = noise.enlarge(alpha.astype(np.float32), bottom - top, width)
    sharp = noise.dither(full * 255, 0.7)
    return of_one_colour(tone, sharp, top=top, wraps=True)
