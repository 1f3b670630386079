"""Swimmers: fish, whale, dolphin, turtle and jellyfish."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from shadowplay import exact
from shadowplay.actors.base import Points, Shape
from shadowplay.actors.curves import Tube, about, moved, outline, stations, turned
from shadowplay.actors.figure import Figure, Rhythm
from shadowplay.actors.rig import Build, chain, wave
from shadowplay.scene import Action


class Bending:
    """An outline along which a wave runs from head to tail, growing on its way.

    Args:
        drawing: the outline at rest, in hundredths.
        reach: how far the tail goes up and down.
        length: of the wave, in body lengths.
        stiff: the body bends only behind this x.
    """

    def __init__(self, drawing: str, reach: float, length: float, stiff: float) -> None:
        self.rest = outline(drawing)
        x = self.rest[:, 0]
        back = np.clip((stiff - x) / (stiff + 0.5), 0, None)
        self._reach = (reach * exact.power(back, 1.6)).astype(np.float32)
        self._lag = (math.tau * (stiff - x) / length).astype(np.float32)

    def at(self, phase: float) -> Points:
        """The outline at a phase of the beat."""
        points = self.rest.copy()
        points[:, 1] += self._reach * exact.sin(np.float32(math.tau * phase) - self._lag)
        return points


class Swimmer(Figure):
    """A bending body with fins.

    Args:
        body: the bending outline; further ones (fins) bend with it.
        near, far: a paddling flipper and the point it turns about, and how far it goes.
        leap: an action `jump` goes this high out of the water and back.
    """

    def __init__(
        self,
        name: str,
        height: float,
        rhythms: Mapping[Action, Rhythm],
        *,
        body: Bending,
        flipper: str | None = None,
        pivot: tuple[float, float] = (0.0, 0.0),
        paddle: float = 0.25,
        leap: float = 0.0,
        marks: tuple[Shape, ...] = (),
    ) -> None:
        super().__init__(name, height, "water", rhythms)
        self.body = body
        self.flipper = None if flipper is None else outline(flipper)
        self.pivot, self.paddle, self.leap, self.marks = pivot, paddle, leap, marks

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Body, near flipper; in a leap all of it follows an arc."""
        strokes = 2 if action == "jump" else 1
        turn = phase * strokes
        shapes = [Shape(self.body.at(turn)), *self.marks]
        if self.flipper is not None:
            angle = self.paddle * wave(turn, 1, 0.1)
            shapes.insert(
                0, Shape(moved(about(self.flipper, angle - 0.1, self.pivot), 0.05, 0.02), 0.18)
            )
            shapes.append(Shape(about(self.flipper, angle, self.pivot)))
        if action == "jump":
            return self._arc(shapes, phase)
        rise = 0.02 * wave(phase, 1, 0.2)
        return [
            s._replace(points=moved(turned(s.points, 0.03 * wave(phase)), 0.0, rise))
            for s in shapes
        ]

    def _arc(self, shapes: list[Shape], phase: float) -> list[Shape]:
        """Out of the water nose up, in again nose down; the origin is on the water line."""
        high = self.leap * -math.cos(math.tau * phase)
        tilt = 0.95 * math.sin(math.tau * phase)
        return [s._replace(points=turned(s.points, tilt, 0.0, high - 0.12)) for s in shapes]


def _eye(x: float, y: float, r: float) -> Shape:
    a = np.linspace(0, math.tau, 10, endpoint=False)
    return Shape(np.stack([x + r * exact.cos(a), y + r * exact.sin(a)], 1).astype(np.float32), 0.55)


fish = Swimmer(
    "fish",
    0.4,
    {"swim": Rhythm(0.6, 0.9), "jump": Rhythm(2.4, 0.0, (0.75, 0.25))},
    body=Bending(
        "50,-1! 47,4 40,10 30,15 22,17.4 16,21 8,26.4! 2,22.4 -6,19 -14,13 -24,7 -31,4"
        " -36,8 -44,16 -51,21! -48,10 -45.4,1 -48,-8 -51,-18! -43,-13.6 -36,-6 -31,-2.6"
        " -24,-5.4 -19,-10 -21,-16! -12,-11.6 -2,-15.4 8,-17 12,-22! 18,-16.6 28,-15"
        " 40,-10.4 46.4,-6",
        0.1,
        1.1,
        0.25,
    ),
    flipper="14,-3 8,-5 0,-9 -3,-13! 5,-12 12,-8",
    pivot=(0.13, -0.04),
    leap=0.75,
    marks=(_eye(0.385, 0.035, 0.014),),
)
dolphin = Swimmer(
    "dolphin",
    2.5,
    {"swim": Rhythm(0.95, 1.1), "jump": Rhythm(2.6, 0.0, (0.75, 0.25))},
    body=Bending(
        "50,-3 49.6,-0.6 43,0.4 40,1.6 38.4,5 34,8.6 26,10.4 16,11.4 10,12 5,15.6"
        " -1,21.4! 0,15 -3,10.6 -12,7.6 -24,4.4 -34,2.4 -41,2.6 -48,6.4 -54,7.4! -50,2"
        " -48,-0.6 -51,-5! -46,-4 -40,-1.4 -34,-1.4 -22,-4.4 -8,-8.4 6,-10 20,-10"
        " 31,-7.4 38,-4 42,-3.4 47,-4.4",
        0.11,
        1.3,
        0.2,
    ),
    flipper="25,-6.6 21,-7.6 14,-12 8,-20! 16,-18 23,-12",
    pivot=(0.23, -0.07),
    leap=0.8,
)
whale = Swimmer(
    "whale",
    14.0,
    {"swim": Rhythm(3.6, 0.22), "jump": Rhythm(5.5, 0.0, (0.75, 0.25))},
    body=Bending(
        "50,1 49,4.4 44,7.4 36,9.6 26,11 12,11.6 -2,10 -13,8 -19,9.4! -22,6 -31,3.4"
        " -39,2 -44,3.4 -51,8.6 -57,10! -53,4.4 -50,0.6 -53.6,-3.6! -47.6,-2.4 -42,0"
        " -36,-1.6 -26,-4.4 -14,-8 0,-11.4 14,-13.4 26,-13.6 36,-12 44,-8.6 48.6,-4.6"
        " 50,-2.4! 44,-1.6 36,-2.4! 44,-0.6",
        0.09,
        1.3,
        0.1,
    ),
    flipper="22,-8 18,-9.6 12,-15 4,-21 -5,-27! 6,-24.4 16,-18.6 22,-12",
    pivot=(0.2, -0.09),
    paddle=0.3,
    leap=0.42,
    marks=(_eye(0.3, -0.045, 0.006),),
)


class Turtle(Figure):
    """A shell with four flippers that row: the front pair together, wide."""

    _SHELL = outline(
        "34,1 29,8.4 18,15.4 4,18.6 -10,17 -24,11 -35,3 -42,-4! -34,-6 -20,-9.6 0,-11 16,-9.6 28,-5"
    )
    _HEAD = outline("30,-1 34,5.4 40,8 46,7.4 50,4 51,0.6 48,-1.6 42,-2.6 37,-5 30,-6")
    _FORE = outline("24,-1 22,-6 14,-13 4,-22 -6,-33 -9,-36.4! 1,-32 13,-25 24,-15 29,-6 28,-1")
    _HIND = outline("-29,0 -34,-3 -41,-9 -49,-13.6! -42,-14 -34,-11 -27,-5")
    _SCUTES = (
        outline("22,3 18,10 8,13.4 6,4 12,-2"),
        outline("2,4.4 4,14 -8,13 -12,4 -4,-1.6"),
        outline("-16,3.6 -12,11.6 -22,7.6 -29,1 -20,-2"),
    )

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Far flippers, head, shell with its plates, near flippers."""
        row, kick = 0.62 * wave(phase) + 0.1, 0.25 * wave(phase, 1, 0.4)
        rise = 0.035 * wave(phase, 1, 0.3)
        shapes = [
            Shape(moved(about(self._FORE, row * 0.9 + 0.15, (0.26, -0.02)), 0.05, 0.03), 0.2),
            Shape(moved(about(self._HIND, -kick, (-0.28, -0.02)), 0.04, 0.02), 0.2),
            Shape(about(self._HEAD, 0.08 * wave(phase, 1, 0.15), (0.3, -0.03))),
            Shape(self._SHELL),
            *(Shape(plate, 0.14) for plate in self._SCUTES),
            Shape(about(self._HIND, kick, (-0.28, -0.02))),
            Shape(about(self._FORE, row, (0.26, -0.02))),
        ]
        tilt = 0.05 * wave(phase, 1, 0.05)
        return [s._replace(points=moved(turned(s.points, tilt), 0.0, rise)) for s in shapes]


turtle = Turtle("turtle", 0.9, "water", {"swim": Rhythm(2.2, 0.35)})


class Jellyfish(Figure):
    """A bell that closes and opens, with arms and threads trailing after."""

    _BELL = outline(
        "0,50 12,48.6 23,43 30,34 33,23 33.4,15 30,11.4! 25,14.6 20,10.6! 14,14 8,10!"
        " 0,13.4 -8,10! -14,14 -20,10.6! -25,14.6 -30,11.4! -33.4,15 -33,23 -30,34"
        " -23,43 -12,48.6"
    )
    _INNER = outline("0,43 10,41 18,35 22,26 14,23 6,27 0,22 -6,27 -14,23 -22,26 -18,35 -10,41")
    _ARM = Tube(
        6, stations("0:3.4 0.5:2.4 1:3.6 1.6:2.2 2.2:3 2.8:1.8 3.4:2.2 4.2:1.2 5:0.2"), 0.45
    )
    _THREAD = Tube(
        7,
        stations(
            "0:0.7 0.5:0.7 0.8:0.7 1.2:0.6 1.8:0.6 2.2:0.6 2.8:0.6 3.2:0.5 3.8:0.5 4.2:0.5"
            " 4.8:0.4 5.2:0.4 6:0.2"
        ),
        0.45,
    )

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Threads, arms, bell, and the light within it."""
        squeeze = wave(phase) * 0.5 + 0.25 * wave(phase, 2, 0.1)
        rise = 0.05 * wave(phase, 1, -0.2)
        width, tall = 1 - 0.13 * squeeze, 1 + 0.08 * squeeze
        shine = 0.75 if action == "glow" else 0.0
        shapes = []
        for i, x in enumerate((-0.26, -0.13, 0.14, 0.27)):
            shapes.append(Shape(self._strand(x * width, phase, i, self._THREAD, 0.14, 6), 0.3))
        for i, x in enumerate((-0.1, 0.02, 0.12)):
            shapes.append(Shape(self._strand(x, phase, i + 4, self._ARM, 0.105, 5), 0.08))
        scale = np.array((width, tall), np.float32)
        shapes.append(Shape(self._BELL * scale, light=shine * 0.45, tint=True))
        shapes.append(Shape(self._INNER * scale, 0.2, light=shine))
        return [s._replace(points=moved(s.points, 0.0, rise)) for s in shapes]

    @staticmethod
    def _strand(x: float, phase: float, i: int, tube: Tube, link: float, links: int) -> Points:
        lag = 0.11 * i
        bends = tuple(0.22 * wave(phase, 1, -0.13 * j - lag) + 0.02 for j in range(links))
        return tube.outline(chain((x, 0.17), -math.pi / 2 - 0.1, bends, link))


jellyfish = Jellyfish(
    "jellyfish", 0.7, "water", {"swim": Rhythm(2.6, 0.08), "glow": Rhythm(2.6, 0.08)}
)
