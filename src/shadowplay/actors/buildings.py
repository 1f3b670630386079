"""House, lighthouse, windmill, castle and tower."""

from __future__ import annotations

import math

import numpy as np

from shadowplay import exact
from shadowplay.actors.base import Points, Shape
from shadowplay.actors.curves import Tube, disc, outline, polygon, stations, turned
from shadowplay.actors.figure import Figure, Rhythm
from shadowplay.actors.rig import Build, chain, wave
from shadowplay.scene import Action

_FLAG = Tube(6, stations("0:2.6 1:2.5 2:2.3 3:2 4:1.5 5:0.2"), 0.45)


def flag(
    x: float, y: float, phase: float, *, size: float = 1.0, cycles: int = 4, tint: bool = True
) -> Shape:
    """A pennant streaming ahead from a mast, in waves that run to its tip."""
    bends = tuple(0.34 * wave(phase, cycles, -0.2 * i) * (1 if i else 0.3) for i in range(5))
    points = _FLAG.outline(chain((0.0, 0.0), 0.0, bends, 0.045))
    return Shape(points * np.float32(size) + np.array((x, y), np.float32), tint=tint)


def arched(x: float, y: float, wide: float, high: float, light: float = 0.85) -> Shape:
    """A lit window with a round head; x is its middle, y its sill, in hundredths."""
    h = wide / 2
    return Shape(
        outline(
            f"{x - h},{y}! {x - h},{y + high - h}! {x - h * 0.7},{y + high - h * 0.3}"
            f" {x},{y + high} {x + h * 0.7},{y + high - h * 0.3}"
            f" {x + h},{y + high - h}! {x + h},{y}!",
            most=16,
        ),
        0.3,
        light,
    )


def pane(x: float, y: float, wide: float, high: float, light: float = 0.85) -> Shape:
    """A lit window; x, y is its lower left corner, in hundredths."""
    return Shape(
        polygon(f"{x},{y} {x},{y + high} {x + wide},{y + high} {x + wide},{y}"), 0.3, light
    )


def bars(x: float, y: float, wide: float, high: float) -> Shape:
    """The glazing bars of a `pane`: a cross."""
    b, mx, my = min(wide, high) * 0.06, x + wide / 2, y + high * 0.54
    return Shape(
        polygon(
            f"{mx - b},{y} {mx - b},{my - b} {x},{my - b} {x},{my + b} {mx - b},{my + b}"
            f" {mx - b},{y + high} {mx + b},{y + high} {mx + b},{my + b} {x + wide},{my + b}"
            f" {x + wide},{my - b} {mx + b},{my - b} {mx + b},{y}"
        )
    )


def candle(shape: Shape, phase: float, i: int) -> Shape:
    """A window whose light breathes like a flame's."""
    flicker = 0.05 * wave(phase, 5 + 2 * i, 0.17 * i) + 0.03 * wave(phase, 11 + i)
    return shape._replace(light=min(max(shape.light + flicker, 0.0), 1.0))


class Smoke:
    """A thread of smoke from a chimney, that widens, sways and thins as it rises."""

    def __init__(self, x: float, y: float, high: float) -> None:
        self._u = np.linspace(0, 1, 16)
        self._x, self._y, self._high = x, y, high

    def at(self, phase: float) -> Shape:
        """The plume at a phase."""
        u = self._u
        middle = (
            self._x
            + 0.1 * exact.power(u, 1.3)
            + 0.045 * u * exact.sin(math.tau * (phase * 2 - 1.3 * u))
        )
        width = (
            (0.012 + 0.05 * u)
            * np.sqrt(np.maximum(1 - (u * u * u), 0))
            * (1 + 0.25 * exact.sin(math.tau * (phase * 3 - 2.6 * u)))
        )
        y = self._y + self._high * u
        left, right = np.stack([middle - width, y], 1), np.stack([middle + width, y], 1)
        return Shape(np.concatenate([left, right[::-1]]).astype(np.float32), 0.62)


class House(Figure):
    """A gabled cottage with a smoking chimney and lit windows."""

    _BODY = polygon(
        "-58,0 -58,44 -66,42 -68,46 -50,72 -44,78 -34,78 -34,94 -37,94 -37,98 -19,98"
        " -19,94 -22,94 -22,78 10,78 34,100 70,52 76,46 73,42 64,46 64,0"
    )
    _EAVES = polygon("-68,46 -66,42 8,42 34,86 73,42 76,46 34,98 6,52 2,46")
    _DOOR = outline("-12,0! -12,22 -9,28 -4,30 1,28 4,22 4,0!")
    _WINDOWS = (pane(-48, 15, 20, 19), pane(20, 15, 28, 19), arched(34, 56, 14, 18))
    _BARS = (bars(-48, 15, 20, 19), bars(20, 15, 28, 19), bars(27, 56, 14, 18))

    def __init__(self) -> None:
        super().__init__("house", 6.5, "ground", {"stand": Rhythm(8.0), "glow": Rhythm(8.0)})
        self._smoke = Smoke(-0.28, 0.98, 0.62)

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Smoke, walls, eaves, door, windows."""
        return [
            self._smoke.at(phase),
            Shape(self._BODY),
            Shape(self._EAVES, 0.12, tint=True),
            Shape(self._DOOR, 0.14),
            *(candle(w, phase, i) for i, w in enumerate(self._WINDOWS)),
            *self._BARS,
        ]


house = House()


class Windmill(Figure):
    """A Dutch tower mill; four latticed sails turn before it."""

    _TOWER = outline("-21,0! -18.6,16 -14.4,40 -11,62! 11,62! 14.4,40 18.6,16 21,0!")
    _CAP = outline("-13,60.6! -12.6,66 -9,71.6 -2,75 5,74 11,69.6 14,62! 13,60.6!")
    _STAGE = polygon(
        "-25,22 -25,28 -24.2,28 -24.2,24 24.2,24 24.2,28 25,28 25,22 17,22 22,14 20,14"
        " 15,22 -15,22 -20,14 -22,14 -17,22"
    )
    _SAIL = polygon(
        "-0.7,0 -0.7,50 0.7,50 0.7,47.4 10,47.4 10,46.2 0.7,46.2 0.7,38.4 10,38.4"
        " 10,37.2 0.7,37.2 0.7,29.4 10,29.4 10,28.2 0.7,28.2 0.7,20.4 10,20.4 10,19.2"
        " 0.7,19.2 0.7,13.4 10,13.4 10,12.2 0.7,12.2 0.7,0"
    )
    _CLOTH = polygon("1.4,12.8 1.4,46.8 5.6,46.8 5.6,12.8")
    _EDGE = polygon("9.2,12.2 9.2,47.4 10.2,47.4 10.2,12.2")
    _HUB = (0.02, 0.665)
    _WINDOWS = (arched(-3, 40, 5, 7.6, 0.8), arched(4, 27, 5.6, 8, 0.8))
    _DOOR = outline("-5,0! -5,11 0,15 5,11 5,0!", most=14)

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """The tower, then the four sails, one turn in a cycle."""
        turn = -phase * math.tau
        shapes = [
            Shape(self._TOWER),
            Shape(self._STAGE),
            Shape(self._CAP),
            *self._WINDOWS,
            Shape(self._DOOR, 0.16),
        ]
        frame = np.concatenate([turned(self._SAIL, turn + k * math.pi / 2) for k in range(4)])
        for k in range(4):
            a = turn + k * math.pi / 2
            shapes.append(Shape(turned(self._CLOTH, a, *self._HUB), 0.1, tint=True))
            shapes.append(Shape(turned(self._EDGE, a, *self._HUB)))
        half = len(frame) // 2
        shapes += [
            Shape(frame[:half] + np.array(self._HUB, np.float32)),
            Shape(frame[half:] + np.array(self._HUB, np.float32)),
        ]
        shapes.append(Shape(disc(*self._HUB, 0.022, n=14)))
        return shapes


windmill = Windmill("windmill", 17.0, "ground", {"stand": Rhythm(9.6)})


def _battlements(x0: float, x1: float, y: float, n: int, high: float = 4.0) -> str:
    """Merlons from x0 to x1, as control points."""
    step = (x1 - x0) / (2 * n - 1)
    words = []
    for i in range(n):
        a = x0 + 2 * i * step
        words += [
            f"{a:.2f},{y}",
            f"{a:.2f},{y + high}",
            f"{a + step:.2f},{y + high}",
            f"{a + step:.2f},{y}",
        ]
    return " ".join(words)


def _spire(x: float, half: float, foot: float, tip: float) -> Points:
    """A pointed roof with a slight flare at its eaves."""
    high = tip - foot
    return outline(
        f"{x - half * 1.25},{foot}! {x - half * 0.8},{foot + high * 0.2}"
        f" {x - half * 0.34},{foot + high * 0.6} {x},{tip}! {x + half * 0.34},{foot + high * 0.6}"
        f" {x + half * 0.8},{foot + high * 0.2} {x + half * 1.25},{foot}!",
        most=24,
    )


class Castle(Figure):
    """Walls, four towers of different height, spires, pennants, a gate, lit windows."""

    _CURTAIN = polygon(
        f"-70,0 {_battlements(-70, -52, 40, 4)} -50,34 {_battlements(-48, -22, 32, 5, 3.4)}"
        f" {_battlements(14, 44, 32, 6, 3.4)} 44,0"
    )
    _KEEP = polygon(f"-20,0 -20,52 {_battlements(-22, 14, 56, 6)} 12,52 12,0")
    _TOWERS = (
        polygon("-38,30 -38,64 -40,66 -40,70 -24,70 -24,66 -26,64 -26,30"),
        polygon("-6,40 -6,76 -8.4,78.6 -8.4,82 10.4,82 10.4,78.6 8,76 8,40"),
        polygon("42,0 42,50 39.6,53 39.6,57 62.4,57 62.4,53 60,50 60,0"),
        polygon("20,28 20,58 18.4,60 18.4,63 31.6,63 31.6,60 30,58 30,28"),
    )
    _ROOFS = (
        _spire(-32, 8, 69, 92),
        _spire(1, 9.4, 81, 108),
        _spire(51, 11.4, 56, 80),
        _spire(25, 6.6, 62, 80),
    )
    _GATE = outline("-14,0! -14,14 -11,20 -4,23 3,20 6,14 6,0!")
    _BARS = polygon(
        "-12,0 -12,16 -11,16 -11,12 -4.6,12 -4.6,21 -3.6,21 -3.6,12 3,12 3,16 4,16 4,0"
        " 3,0 3,11 -3.6,11 -3.6,0 -4.6,0 -4.6,11 -11,11 -11,0"
    )
    _WINDOWS = (
        arched(-32, 52, 4, 8),
        arched(1, 62, 4.6, 9),
        arched(51, 34, 5, 9),
        arched(25, 46, 3.4, 7),
        arched(-61, 22, 4, 8),
        arched(-12, 40, 4, 7),
    )

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Far tower first, pennants above, windows last."""
        return [
            flag(0.01, 1.07, phase, size=0.62, cycles=5),
            flag(-0.32, 0.91, phase + 0.3, size=0.5, cycles=5),
            flag(0.51, 0.79, phase + 0.6, size=0.5, cycles=5),
            *(Shape(p) for p in self._TOWERS),
            *(Shape(p, 0.08, tint=True) for p in self._ROOFS),
            Shape(self._CURTAIN),
            Shape(self._KEEP),
            Shape(self._GATE, 0.2, 0.45),
            Shape(self._BARS),
            *(candle(w, phase, i) for i, w in enumerate(self._WINDOWS)),
        ]


castle = Castle("castle", 30.0, "ground", {"stand": Rhythm(5.0), "glow": Rhythm(5.0)})


class Tower(Figure):
    """A lone round tower with an oriel, a tall spire and one high lit window."""

    _BODY = outline(
        "-17,0! -14,10 -12,24 -11,46 -11.4,56 -14.6,61! -14.6,66.4! 14.6,66.4! 14.6,61!"
        " 11.4,56 11,46 12,24 14,10 17,0!"
    )
    _ROOF = outline("-17.6,65! -12,72 -6,84 -1.4,97 0,102! 1.4,97 6,84 12,72 17.6,65!")
    _ORIEL = outline("10.6,34! 13,37 17,39 17,49! 19,49! 14,56 12.6,60! 10,49!")
    _IVY = outline(
        "-15,0! -13.6,12 -13,22 -14,27 -11.6,31 -12.4,37 -10,40 -9,33 -10,28 -8,22"
        " -9.6,14 -7,8 -8,0!"
    )
    _DOOR = outline("-4.6,0! -4.6,9 0,13.4 4.6,9 4.6,0!", most=14)
    _WINDOWS = (
        arched(0, 50, 6, 9.6, 0.95),
        arched(-3, 30, 3, 6, 0.7),
        arched(15, 42, 2.6, 5, 0.85),
    )

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Roof, walls, ivy, windows, a pennant."""
        return [
            flag(0.0, 1.01, phase, size=0.6, cycles=5),
            Shape(self._BODY),
            Shape(self._ORIEL),
            Shape(self._ROOF, 0.08, tint=True),
            Shape(self._IVY, 0.14),
            Shape(self._DOOR, 0.18),
            *(candle(w, phase, i) for i, w in enumerate(self._WINDOWS)),
        ]


tower = Tower("tower", 24.0, "ground", {"stand": Rhythm(5.0), "glow": Rhythm(5.0)})
