"""Plane, helicopter, hot-air balloon, rocket and kite."""

from __future__ import annotations

import math

import numpy as np

from shadowplay import exact
from shadowplay.actors.base import Points, Shape
from shadowplay.actors.curves import (
    Tube,
    box,
    disc,
    moved,
    outline,
    polygon,
    stations,
    turned,
)
from shadowplay.actors.figure import Figure, Rhythm
from shadowplay.actors.rig import Build, chain, wave
from shadowplay.scene import Action


def swung(shapes: list[Shape], angle: float, x: float, y: float) -> list[Shape]:
    """All shapes turned about the origin, then moved."""
    return [s._replace(points=turned(s.points, angle, x, y)) for s in shapes]


class Plane(Figure):
    """An airliner seen from the side, a little from below."""

    _BODY = outline(
        "50,-1.4 48.4,1.4 44.6,4.4 38,6.2 28,6.8 0,6.8 -26,6.6 -33,7 -37,10 -45.6,23!"
        " -50.4,23! -47,8 -46.6,5.6 -50,4.2 -45,1.4 -34,-2.4 -22,-5 -8,-6.2 26,-6.2"
        " 40,-5.2 47,-3.6"
    )
    _WING = outline("13,-3.4! -3,-4.6 -28,-17.4! -33.4,-17.6! -20,-5 -9,-2.4!")
    _FAR_WING = outline("11,3.6! -6,8.6 -19,15! -23,15! -14,6 -5,3!")
    _TAIL = outline("-37,3! -47,0.6 -54,-2.4! -57,-2.2! -50,3 -45,4!")
    _ENGINE = outline("6,-8 5.4,-6 0,-5.6 -6,-6.4 -8,-7.6 -6,-9.6 0,-10.6 5,-10.2")
    _FAR_ENGINE = outline("3,8 2,9.8 -4,10 -8,9.2 -4,6.6 2,6.6")
    _CABIN = tuple(
        disc(x / 100, 0.022, 0.0065, 0.0085, 8) for x in (-26, -19, -12, -5, 2, 9, 16, 23)
    )
    _COCKPIT = outline("45.6,3 42,4.6! 39.6,4.6! 40.4,2.4! 45,1.8!")

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """The far wing, the fuselage with its lit windows, the near wing, a blinking lamp."""
        blink = 1.0 if phase % 0.25 < 0.05 else 0.15
        shapes = [
            Shape(self._FAR_ENGINE, 0.2),
            Shape(self._FAR_WING, 0.2),
            Shape(self._BODY, tint=True),
            Shape(self._TAIL),
            *(Shape(w, 0.5, 0.7) for w in self._CABIN),
            Shape(self._COCKPIT, 0.5, 0.5),
            Shape(self._ENGINE),
            Shape(self._WING),
            Shape(disc(-0.31, -0.178, 0.008, n=8), 0.2, blink),
        ]
        return swung(shapes, 0.05 + 0.012 * wave(phase), 0.0, 0.012 * wave(phase, 2, 0.2))


plane = Plane("plane", 35.0, "air", {"fly": Rhythm(5.0, 0.5)})


class Helicopter(Figure):
    """Rotors are drawn as the eye sees them: a blade that sweeps to and fro over a faint disc."""

    _BODY = outline(
        "46,-6 45,0 40,7 32,12.6 22,15.6 10,16.4 2,15 -4,11 -10,8 -24,6 -40,5.4 -46,6"
        " -51,15! -55.6,15! -53,5 -52,0.6! -46,0.6 -30,-1 -12,-4 -4,-9 6,-14 20,-15.6"
        " 34,-14.4 43,-10.6"
    )
    _GLASS = outline("43.6,-3 40,4 33,9.4 25,12! 24,-2.6!")
    _MAST = polygon("8,15 9.6,21.6 14.4,21.6 16,15")
    _SKIDS = outline("38,-20! 39.4,-18! 34,-21! -6,-21! -8,-20 -6,-22.6! 35,-22.6! 40,-20.6")
    _STRUTS = polygon("2,-12 -1,-21.4 0.4,-21.4 4.4,-13 22,-14 26,-21.4 27.6,-21.4 25,-13")
    _DISC = disc(0.12, 0.222, 0.56, 0.018)

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Fuselage, skids, main rotor and tail rotor."""
        sweep = math.cos(math.tau * 9 * phase)
        tail = math.cos(math.tau * 13 * phase)
        blade = np.array([(-0.56, 0.226), (0.56, 0.218), (0.56, 0.226), (-0.56, 0.234)], np.float32)
        blade[:, 0] = blade[:, 0] * (0.35 + 0.65 * abs(sweep)) + 0.12
        rotor = turned(box(-0.085, -0.008, 0.085, 0.008), math.pi * 0.5 * tail, -0.525, 0.1)
        shapes = [
            Shape(self._DISC, 0.62),
            Shape(self._STRUTS),
            Shape(self._SKIDS),
            Shape(self._MAST),
            Shape(self._BODY, tint=True),
            Shape(self._GLASS, 0.45, 0.45),
            Shape(blade),
            Shape(disc(-0.525, 0.1, 0.085, n=18), 0.6),
            Shape(rotor),
            Shape(disc(0.38, -0.135, 0.013, n=8), 0.1, 1.0 if phase % 0.5 < 0.1 else 0.2),
        ]
        lean = -0.09 if self.rhythms[action].speed else 0.0
        return swung(shapes, lean + 0.02 * wave(phase), 0.0, 0.015 * wave(phase, 2, 0.1))


helicopter = Helicopter(
    "helicopter", 11.0, "air", {"fly": Rhythm(2.4, 0.9, tuple(i / 12 for i in range(12)))}
)


class Balloon(Figure):
    """A hot-air balloon: gores, ropes, basket with two travellers, now and then the burner."""

    _ENVELOPE = outline(
        "0,50 12,48.6 23,43.6 31,35 34.6,25 34.4,15 31,5 24,-6 15,-16.4 8,-23.4!"
        " -8,-23.4! -15,-16.4 -24,-6 -31,5 -34.4,15 -34.6,25 -31,35 -23,43.6 -12,48.6"
    )
    _GORES = tuple(
        outline(
            f"{a * 3},49.6 {a * 14},43 {a * 20.6},32 {a * 21.6},20 {a * 19},6"
            f" {a * 12},-10 {a * 5},-23! {b * 5},-23! {b * 12},-10"
            f" {b * 19},6 {b * 21.6},20 {b * 20.6},32 {b * 14},43 {b * 3},49.6"
        )
        for a, b in ((-1.25, -0.75), (-0.25, 0.25), (0.75, 1.25))
    )
    _SKIRT = polygon("-8,-23 -5,-27.6 5,-27.6 8,-23")
    _ROPES = polygon(
        "-5,-27.6 -4.8,-38 -4.3,-38 -4.3,-27.6 4.3,-27.6 4.3,-38 4.8,-38 5,-27.6 4.6,-27 -4.6,-27"
    )
    _BASKET = outline(
        "-6.6,-38! -6,-38.6! -5.6,-46 -4,-48.6! 4,-48.6! 5.6,-46 6,-38.6! 6.6,-38!"
        " 6.6,-37! -6.6,-37!"
    )
    _PEOPLE = outline(
        "-3.6,-38! -3.8,-35 -2.8,-34 -3.4,-32.6 -2.4,-31 -1,-31 -0.4,-32.4 -1,-34"
        " 0.2,-36 1,-36.4 1.8,-34.8 1.4,-33.4 2.4,-32 3.6,-32.2 4.2,-33.6 3.6,-35"
        " 4.4,-38!"
    )
    _FLAME = outline("-1,-27.6! -1.6,-25 0,-20! 1.6,-25 1,-27.6!")

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Swaying like a slow pendulum."""
        burn = max(0.0, wave(phase, 1, -0.1) - 0.4) / 0.6
        shapes = [Shape(self._ENVELOPE, light=0.3 * burn, tint=True)]
        shapes += [Shape(g, 0.16, 0.3 * burn) for g in self._GORES]
        shapes += [Shape(self._SKIRT), Shape(self._ROPES), Shape(self._PEOPLE), Shape(self._BASKET)]
        flame = self._FLAME.copy()
        flame[:, 1] = -0.276 + (flame[:, 1] + 0.276) * (0.03 + 1.17 * burn)
        shapes.append(Shape(flame, 0.0, 0.95))
        return swung(
            shapes, 0.025 * wave(phase), 0.008 * wave(phase, 1, 0.25), 0.014 * wave(phase, 1, 0.4)
        )


balloon = Balloon("balloon", 22.0, "air", {"fly": Rhythm(9.0, 0.03)})


class Rocket(Figure):
    """A rocket of the old kind: cigar, fins, a porthole, and a torn flame when it flies."""

    _BODY = outline(
        "0,100! 5,92 10,80 13,64 13.6,46 11.6,28 9,16! -9,16! -11.6,28 -13.6,46 -13,64 -10,80 -5,92"
    )
    _FINS = outline(
        "12.6,38! 20,30 25,18 26,2! 23,8 17,14 9,16! -9,16! -17,14 -23,8 -26,2! -25,18"
        " -20,30 -12.6,38! 0,30"
    )
    _KEEL = outline("-1.6,34! 1.6,34! 2.2,16 1.6,3! -1.6,3! -2.2,16")
    _NOZZLE = polygon("-6,16 -8,10 8,10 6,16")
    _PORT = disc(0.0, 0.68, 0.048, n=18)

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Standing on its fins, or on its flame, about its middle."""
        body = [
            Shape(self._NOZZLE),
            Shape(self._FINS),
            Shape(self._BODY, tint=True),
            Shape(self._KEEL, 0.16),
            Shape(disc(0.0, 0.68, 0.066, n=20), 0.22),
            Shape(self._PORT, 0.3, 0.85),
        ]
        if action == "stand":
            return body
        shapes = [
            Shape(self._flame(phase, 0.1, 0.62, 0.0), 0.1, 0.75),
            Shape(self._flame(phase, 0.06, 0.36, 0.3), 0.0, 1.0),
            *body,
        ]
        shapes = [s._replace(points=moved(s.points, 0.0, -0.5)) for s in shapes]
        return swung(shapes, -0.42 + 0.012 * wave(phase, 3), 0.0, 0.006 * wave(phase, 5))

    @staticmethod
    def _flame(phase: float, half: float, long: float, shift: float) -> Points:
        u = np.linspace(0, 1, 14)
        licks = 1 + 0.16 * exact.sin(math.tau * (6 * phase + shift) + 9 * u) * u
        width = half * np.sqrt(1 - u) * (0.75 + 0.9 * u * (1 - u)) * licks
        middle = 0.006 * u * exact.sin(math.tau * (4 * phase + shift) - 7 * u)
        length = long * (1 + 0.1 * math.sin(math.tau * (7 * phase + shift)))
        y = 0.1 - length * u
        left, right = np.stack([middle - width, y], 1), np.stack([middle + width, y], 1)
        return np.concatenate([left, right[::-1]]).astype(np.float32)


rocket = Rocket("rocket", 18.0, "air", {"fly": Rhythm(2.0, 0.3), "stand": Rhythm(4.0)})


class Kite(Figure):
    """A diamond on a string, its tail of bows following each pull of the wind."""

    _SAIL = outline("0,50! 12,36 26,20! 16,-2 0,-28! -16,-2 -26,20! -12,36")
    _PANEL = polygon("0,50 0,20 26,20")
    _PANEL_2 = polygon("0,-28 0,20 -26,20")
    _RIBBON = Tube(9, stations("0:0.5 1:0.5 2:0.5 3:0.5 4:0.5 5:0.5 6:0.4 7:0.4 8:0.3"), 0.45)
    _BOW = polygon("0,0 6,3.6 6,-3.6 0,0 -6,-3.6 -6,3.6")
    _STRING = Tube(4, stations("0:0.25 0.7:0.25 1.3:0.25 1.7:0.25 2.3:0.25 3:0.25"), 0.45)

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """String, tail with its bows, sail."""
        tilt = -0.42 + 0.09 * wave(phase) + 0.03 * wave(phase, 3)
        x, y = 0.05 * wave(phase, 1, 0.2), 0.04 * wave(phase, 2, 0.1)
        foot = (x + 0.28 * math.sin(tilt), y - 0.28 * math.cos(tilt))
        bends = tuple(0.11 + 0.3 * wave(phase, 2, -0.13 * i) for i in range(8))
        tail = chain(foot, -2.3 - 0.3, bends, 0.105)
        shapes = [
            Shape(
                self._STRING.outline(
                    ((x, y + 0.1), (x + 0.3, y - 0.55), (x + 0.75, y - 1.15), (x + 1.3, y - 1.6))
                ),
                0.25,
            ),
            Shape(self._RIBBON.outline(tail)),
        ]
        for i in (2, 4, 6):
            way = math.atan2(tail[i + 1][1] - tail[i][1], tail[i + 1][0] - tail[i][0])
            shapes.append(
                Shape(
                    turned(self._BOW * np.float32(1.05 - 0.06 * i), way + math.pi / 2, *tail[i]),
                    tint=True,
                )
            )
        sail = [Shape(self._SAIL, tint=True), Shape(self._PANEL, 0.2), Shape(self._PANEL_2, 0.2)]
        return shapes + swung(sail, tilt, x, y)


kite = Kite("kite", 1.3, "air", {"fly": Rhythm(4.0)})
