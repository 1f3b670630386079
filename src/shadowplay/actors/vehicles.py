"""Car, bus, truck and bicycle."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from shadowplay.actors.base import Points, Shape
from shadowplay.actors.biped import dressed
from shadowplay.actors.curves import (
    Tube,
    disc,
    outline,
    polygon,
    ring,
    stations,
    turned,
)
from shadowplay.actors.figure import Figure, Rhythm
from shadowplay.actors.people import YOUTH
from shadowplay.actors.postures import Anatomy, Posture
from shadowplay.actors.rig import Build, Foothold, wave
from shadowplay.scene import Action


def spokes(radius: float, arms: int, hub: float, wide: float) -> Points:
    """A star of straight spokes about the origin, as one outline; `wide` is the half-width."""
    points = []
    for i in range(arms):
        a = math.tau * i / arms
        c, s = math.cos(a), math.sin(a)
        points += [
            (hub * math.cos(a - 0.5 * math.tau / arms), hub * math.sin(a - 0.5 * math.tau / arms))
        ]
        points += [
            (radius * c + wide * s, radius * s - wide * c),
            (radius * c - wide * s, radius * s + wide * c),
        ]
    return np.array(points, np.float32)


@dataclass(frozen=True)
class Wheel:
    """A wheel: where its hub is, its radius, and how many spokes show.

    The body's outline holds no wheels; the tyre is the silhouette, the spokes are lighter.
    """

    x: float
    radius: float
    arms: int = 5

    def shapes(self, turn: float) -> list[Shape]:
        """Tyre and spokes after rolling on; `turn` in radians, forward."""
        r = self.radius
        star = turned(spokes(r * 0.66, self.arms, r * 0.2, r * 0.13), -turn, self.x, r)
        return [Shape(disc(self.x, r, r, n=32)), Shape(star, 0.34)]


class Vehicle(Figure):
    """Something on wheels: the body rocks a little on its springs, wheels roll.

    Args:
        shapes: body, windows and lamps, back to front, at rest.
        wheels: how they roll follows from the speed.
        rolls: whole turns of the spokes' pattern in a cycle, which sets the speed.
    """

    def __init__(
        self,
        name: str,
        height: float,
        shapes: tuple[Shape, ...],
        wheels: tuple[Wheel, ...],
        cycle: float = 2.0,
        turns: int = 3,
    ) -> None:
        speed = turns * math.tau * wheels[0].radius / cycle
        super().__init__(
            name, height, "ground", {"drive": Rhythm(cycle, speed), "stand": Rhythm(cycle)}
        )
        self.shapes, self.wheels, self.turns = shapes, wheels, turns

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Body on its springs, then the wheels."""
        going = action == "drive"
        bounce = (
            0.006 * wave(phase, 3) + 0.004 * wave(phase, 5, 0.3)
            if going
            else 0.0015 * wave(phase, 8)
        )
        tilt = 0.004 * wave(phase, 2, 0.2) if going else 0.0
        made = [s._replace(points=turned(s.points, tilt, 0.0, bounce)) for s in self.shapes]
        lead = self.wheels[0].radius
        for wheel in self.wheels:
            # All wheels cover the same ground; a smaller one has to close its pattern too.
            pattern = math.tau / wheel.arms
            whole = round(self.turns * math.tau * lead / wheel.radius / pattern) * pattern
            made += wheel.shapes(phase * whole if going else 0.3)
        return made


def _glass(drawing: str, light: float = 0.5) -> Shape:
    return Shape(outline(drawing), 0.45, light)


car = Vehicle(
    "car",
    1.45,
    (
        Shape(
            outline(
                "-137,28! -141,34 -142,46 -140,58 -133,63 -118,66 -100,70 -82,82 -64,93"
                " -44,98.6 -20,100 4,98 22,92 40,80 54,69 84,65 112,59 130,51 138,43 140,34"
                " 139,27! 118,24! 114,38 104,47 90,50 76,47 66,38 62,24! -60,24! -64,38 -74,47"
                " -88,50 -102,47 -112,38 -116,24!"
            ),
            tint=True,
        ),
        _glass("-72,69! -58,84 -40,91.4 -22,92.6! -22,68.6!"),
        _glass("-14,68.6! -14,92.8! 2,91.4 16,86 34,73 38,68.6!"),
        Shape(outline("139,44! 133,48.6 125,51.4 128,43 134,40"), 0.1, 0.95),
        Shape(outline("-141.6,50! -135,50.6 -134,57 -138.6,58.6"), 0.1, 0.7),
    ),
    (Wheel(-0.88, 0.23), Wheel(0.9, 0.23)),
    cycle=2.0,
    turns=3,
)

_BUS = (
    Shape(
        outline(
            "-146,14! -149,20 -149,84 -146,92 -138,97 -110,99.6 100,99.6 132,97.6 141,92"
            " 145,80 148,52 149,34 148,14! 117,14! 114,24 106,31 97,33.4 88,31 80,24 77,14!"
            " -72,14! -75,24 -83,31 -92,33.4 -101,31 -109,24 -112,14!"
        ),
        tint=True,
    ),
    *(
        _glass(f"{x},56! {x},82 {x + 3},86! {x + 29},86! {x + 32},82 {x + 32},56!", 0.75)
        for x in (-138, -101, -64, -27, 10, 47)
    ),
    _glass("86,30! 86,86! 106,86! 106,30!", 0.6),
    _glass("112,50! 112,86! 131,85 136,78 139.6,60 140.6,50!", 0.55),
    Shape(outline("148,24! 148.6,33! 140,33 138,28.4 140,24!"), 0.1, 0.95),
)
bus = Vehicle("bus", 3.1, _BUS, (Wheel(-0.92, 0.155, 6), Wheel(0.97, 0.155, 6)), cycle=2.0, turns=3)

truck = Vehicle(
    "truck",
    3.4,
    (
        Shape(polygon("-150,24 -150,97 45,97 45,24"), tint=True),
        Shape(
            outline(
                "-152,17! -152,25! 60,25! 60,33 62,62! 66,80 70,88 78,91 108,91! 116,86 124,62!"
                " 136,57 146,50 150,40 151,17! 140,14! 136,26 128,32 119,33.4 110,32 102,26"
                " 98,14! 60,17!"
            )
        ),
        Shape(outline("47,25! 47,95 50,104! 54,104! 56,95 56,25!")),
        _glass("84,63! 84,83! 106,83! 111,79 117,63!", 0.55),
        Shape(outline("150.6,34! 144,36 140,42 144,46 149.6,42!"), 0.1, 0.95),
        Shape(polygon("-149,88 -149,92 44,92 44,88"), 0.16),
    ),
    (Wheel(1.19, 0.155, 6), Wheel(-1.3, 0.155, 6), Wheel(-0.95, 0.155, 6), Wheel(0.3, 0.155, 6)),
    cycle=2.0,
    turns=3,
)


class Bicycle(Figure):
    """A bicycle, ridden (`drive`) or leaning still (`stand`).

    The rider's height sets the unit: 1.0 is to the top of the rider's head.
    """

    _R = 0.2
    _HUBS = (-0.3, 0.31)
    _CRANK = (-0.03, 0.17)
    _BODY = Anatomy().scaled(0.92)
    _TUBES = (
        Tube(4, stations("0:0.9 1:1 2:1.1 3:0.9"), 0.05).outline(
            ((-0.3, 0.2), (-0.1, 0.405), (0.205, 0.42), (0.235, 0.5))
        ),
        Tube(3, stations("0:1.2 0.6:1.1 1:1.1 2:1.1"), 0.05).outline(
            ((-0.14, 0.46), (-0.03, 0.17), (0.215, 0.4))
        ),
        Tube(3, stations("0:0.9 1:0.9 1.4:1 2:0.8"), 0.05).outline(
            ((-0.3, 0.2), (-0.03, 0.17), (-0.025, 0.172))
        ),
        Tube(3, stations("0:1.2 0.5:1 1:1 2:0.8"), 0.3).outline(
            ((0.2, 0.43), (0.25, 0.28), (0.31, 0.2))
        ),
        polygon("-20,47.4 -19.6,45.6 -15,45.6 -9,46.6 -4.4,46.4 -3.6,47.4 -5,48.4 -13,48.2"),
        polygon("22.6,49 24.6,49 27,51.6 31,51.4 32.6,49 34,49.6 32.2,52.8 26.4,53.2"),
    )

    def __init__(self) -> None:
        cycle = 1.1
        self._rolls = 2
        speed = self._rolls * math.tau * self._R / cycle
        super().__init__(
            "bicycle", 1.75, "ground", {"drive": Rhythm(cycle, speed), "stand": Rhythm(4.0)}
        )

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Wheels, frame, and the rider pedalling."""
        turn = phase * math.tau * self._rolls if action == "drive" else 0.2
        wheels = []
        for x in self._HUBS:
            wheels.append(Shape(ring(x, self._R, self._R, self._R * 0.9, 28)))
            wheels.append(
                Shape(turned(spokes(self._R * 0.92, 9, 0.014, 0.0022), -turn, x, self._R), 0.12)
            )
        frame = [Shape(tube, tint=True) for tube in self._TUBES]
        if action == "stand":
            return [*wheels, *frame, self._arm(0.4)]
        crank = -phase * math.tau
        near, far = self._pedal(crank), self._pedal(crank + math.pi)
        sway = 0.012 * wave(phase, 2)
        posture = Posture(
            (-0.1, 0.495), 0.56 + sway, -0.22, (near, far), ((0.66, 0.2), (0.7, 0.2)), 0.5
        )
        back = dressed(posture, self._BODY, _CYCLIST, phase)
        far_arm, far_leg, *rest = back
        return [far_arm, far_leg, *wheels, *frame, self._arm(crank), *rest]

    def _pedal(self, angle: float) -> Foothold:
        x, y = self._CRANK
        return Foothold(
            x + 0.085 * math.cos(angle) + 0.015,
            y + 0.085 * math.sin(angle),
            -0.18 + 0.16 * math.sin(angle),
            False,
        )

    def _arm(self, angle: float) -> Shape:
        bar = np.array(
            [(-0.085, -0.008), (0.085, -0.008), (0.085, 0.008), (-0.085, 0.008)], np.float32
        )
        return Shape(turned(bar, angle, *self._CRANK))


_CYCLIST = YOUTH
bicycle = Bicycle()
