"""A steam locomotive with its tender and carriages, rods turning and smoke trailing."""

from __future__ import annotations

import math

import numpy as np

from shadowplay import exact
from shadowplay.actors.base import Points, Shape
from shadowplay.actors.curves import disc, outline, polygon, turned
from shadowplay.actors.figure import Figure, Rhythm
from shadowplay.actors.rig import Build, wave
from shadowplay.actors.vehicles import spokes
from shadowplay.scene import Action

_ENGINE = outline(
    "38,18! 38,40! 40,84! 34,86! 34,91! 50,94 66,93 74,90! 74,85! 70,84! 70,72!"
    " 84,72! 84,80 87,84.6 92,84.6 95,80 95,72! 108,72! 108,78 111,81.6 114,81.6"
    " 117,78 117,72! 130,72! 130,84! 127.6,96! 125.6,100! 144.6,100! 142.6,96!"
    " 140,84! 140,72! 147,70 151,64 152,54 151,44 149,38! 153,38! 154,28! 170,6!"
    " 152,6! 146,18!"
)
_TENDER = polygon("-24,18 -26,52 -22,56 -18,60 -8,64 8,65 20,61 26,56 34,56 34,18")
_CARRIAGE = polygon(
    "-146,16 -146,74 -150,76 -146,80 -130,83 -46,83 -30,80 -28,76 -31,74 -31,24"
    " 40,24 40,20 -31,20 -31,16"
)
_WINDOWS = tuple(
    outline(f"{x},44! {x},62 {x + 2},65! {x + 12},65! {x + 14},62 {x + 14},44!")
    for x in (-140, -120, -100, -80, -60)
)


def _bogie(x: float, half: float, r: float = 0.085) -> Points:
    """Two wheels and the beam between them, as one outline."""
    a = np.linspace(0.35, math.tau - 0.35, 14)
    wheel = np.stack([r * exact.cos(a), r * exact.sin(a) + r], 1)
    left, right = np.array((x - half, 0)), np.array((x + half, 2 * r))
    return np.concatenate([left + wheel, right - wheel]).astype(np.float32)


_BOGIES = (_bogie(-1.2, 0.1), _bogie(-0.58, 0.1), _bogie(0.04, 0.14))
_CAB = outline("46,58! 46,78! 63,78! 63,66 58,58!")
_LAMP = outline("150,74 155,72! 155.6,80! 150,79")
_DRIVERS = ((0.6, 0.18), (0.94, 0.18), (1.28, 0.1))


class Train(Figure):
    """Rolls on; each puff of smoke grows, thins and is left behind."""

    _PUFFS = 4

    def __init__(self) -> None:
        cycle, turns = 1.2, 2
        super().__init__(
            "train",
            4.2,
            "ground",
            {
                "drive": Rhythm(cycle, turns * math.tau * 0.18 / cycle, (0.0, 0.25, 0.5, 0.75)),
                "stand": Rhythm(2.4),
            },
        )
        self._turns = turns

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Smoke, carriage, tender, engine, wheels and their rod."""
        going = action == "drive"
        turn = -phase * math.tau * self._turns if going else 0.4
        shapes = [
            self._puff((phase + i) / self._PUFFS, going) for i in reversed(range(self._PUFFS))
        ]
        shapes += [Shape(_CARRIAGE, tint=True), Shape(_TENDER), Shape(_ENGINE)]
        shapes += [Shape(bogie) for bogie in _BOGIES]
        for x, r in _DRIVERS:
            shapes.append(Shape(disc(x, r, r, n=26)))
            shapes.append(
                Shape(
                    turned(
                        spokes(r * 0.8, 8, r * 0.16, r * 0.07),
                        turn * 0.18 / r if r == 0.18 else turn * 1.75,
                        x,
                        r,
                    ),
                    0.34,
                )
            )
        shapes.append(self._rod(turn))
        glow = 0.8 + 0.06 * wave(phase, 3)
        shapes += [Shape(w, 0.4, 0.8) for w in _WINDOWS]
        shapes += [Shape(_CAB, 0.3, glow), Shape(_LAMP, 0.1, 0.95)]
        return shapes

    @staticmethod
    def _rod(turn: float) -> Shape:
        dx, dy = 0.085 * math.cos(turn), 0.085 * math.sin(turn)
        points = np.array([(0.56, 0.165), (0.98, 0.165), (0.98, 0.195), (0.56, 0.195)], np.float32)
        return Shape(points + np.array((dx, dy), np.float32), 0.2)

    @staticmethod
    def _puff(age: float, going: bool) -> Shape:
        """A cloud of `age` 0 (at the chimney) to 1 (gone)."""
        grown = 0.1 + 0.36 * math.pow(age, 0.8)
        back = 1.9 * age if going else 0.25 * age
        x, y = 1.35 - back, 1.02 + grown * 0.6 + 0.32 * math.pow(age, 0.7)
        fade = 0.5 + 0.5 * age
        thin = grown * min(1.0, (1 - age) * 3.0) + 1e-3
        a = np.linspace(0, math.tau, 40, endpoint=False)
        r = thin * (1 + 0.13 * exact.sin(6 * a + 5 * age) + 0.05 * exact.sin(11 * a))
        return Shape(
            np.stack([x + 1.25 * r * exact.cos(a), y + 0.8 * r * exact.sin(a)], 1).astype(
                np.float32
            ),
            min(fade, 0.94),
        )


train = Train()
