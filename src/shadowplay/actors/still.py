"""Things that stand and stir: tree, lantern."""

from __future__ import annotations

import math

import numpy as np

from shadowplay import exact
from shadowplay.actors.base import Points, Shape
from shadowplay.actors.curves import (
    moved,
    outline,
    polygon,
    turned,
)
from shadowplay.actors.figure import Figure, Rhythm
from shadowplay.actors.rig import Build, wave
from shadowplay.scene import Action


class Tree(Figure):
    """A broad old tree: forked trunk, and clumps of leaves that sway each in its own time."""

    _TRUNK = outline(
        "-16,0! -9,2.4 -6,8 -5,18 -5.4,28 -9,36 -16,44 -22,49! -20.6,51.4! -13,46.4"
        " -7,41 -4.6,50 -5,60! -2.4,60! -1.4,50 0.6,42 5,49 10,58! 12.4,56.6! 8,46"
        " 6.4,39 13,43 22,48! 23,46! 14,39 7,31 5,24 5.4,14 7,7 10,2.4 18,0! 8,1.4"
        " 0,0.4 -8,1.4"
    )
    _CLUMPS = (
        (-24, 52, 17, 13, 0),
        (23, 51, 18, 13, 1),
        (-30, 62, 14, 11, 2),
        (31, 62, 15, 12, 3),
        (-16, 72, 19, 15, 4),
        (17, 72, 20, 15, 5),
        (1, 60, 20, 13, 6),
        (0, 85, 20, 15, 7),
    )

    def __init__(self) -> None:
        super().__init__("tree", 8.0, "ground", {"stand": Rhythm(6.0)})
        self._leaves = tuple(self._clump(*c) for c in self._CLUMPS)

    @staticmethod
    def _clump(x: float, y: float, rx: float, ry: float, seed: int) -> Points:
        """A leafy outline: an ellipse with lobes and small points of leaves."""
        a = np.linspace(0, math.tau, 56, endpoint=False)
        lobes = 0.07 * np.abs(exact.sin(3.5 * a + seed * 1.7)) + 0.05 * exact.sin(
            5 * a + seed * 2.9
        )
        leaf = np.where(np.arange(56) % 2 == 0, 0.055, -0.045) * (1 + 0.6 * exact.sin(7 * a + seed))
        r = 0.93 + lobes + leaf
        return np.stack(
            [(x + rx * r * exact.cos(a)) / 100, (y + ry * r * exact.sin(a)) / 100], 1
        ).astype(np.float32)

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Leaves sway more the higher they are."""
        shapes = [Shape(self._TRUNK)]
        for i, leaves in enumerate(self._leaves):
            _, y, *_ = self._CLUMPS[i]
            reach = 0.00017 * y
            dx = reach * (wave(phase, 1, 0.07 * i) + 0.4 * wave(phase, 3, 0.19 * i))
            dy = 0.4 * reach * wave(phase, 2, 0.23 * i)
            shapes.append(Shape(moved(leaves, dx, dy), tint=True))
        return shapes


tree = Tree()


class Lantern(Figure):
    """A lantern on a bracket of its post, swaying; the flame within it is what shines."""

    _POST = outline(
        "-30,0! -20,0! -21,4 -23.4,6 -23.6,60 -23.8,92! -22,95 -24.6,98 -26.6,95"
        " -26,92! -26.4,60 -26.6,6 -29,4"
    )
    _BRACKET = outline(
        "-24,84! -14,88.6 -4,90 4,88.6 7.6,85! 7,83.6 2,86 -5,87.4 -13,86 -20,80"
        " -23.6,72! -24.6,72!"
    )
    _CROWN = outline(
        "0,0! 1.2,-3 3,-5 4,-8 9.6,-13! 9.6,-15! -9.6,-15! -9.6,-13! -4,-8 -3,-5 -1.2,-3"
    )
    _GLASS = polygon("-7.4,-15 -9,-38 9,-38 7.4,-15")
    _CAGE = (
        polygon("-8.2,-15 -9.8,-38 -8.4,-38 -7,-15"),
        polygon("8.2,-15 9.8,-38 8.4,-38 7,-15"),
        polygon("-0.5,-15 -0.6,-38 0.6,-38 0.5,-15"),
    )
    _FOOT = outline(
        "-10.6,-37.6! 10.6,-37.6! 10.6,-40! 5,-41 3,-44 0,-45.4 -3,-44 -5,-41 -10.6,-40!"
    )
    _HOOK = (0.06, 0.85)

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Post and bracket stand, the lantern hangs."""
        swing = 0.09 * wave(phase) + 0.02 * wave(phase, 3, 0.2)
        glow = 0.72 + 0.06 * wave(phase, 5) + 0.04 * wave(phase, 9, 0.3)
        u = 1 + 0.1 * wave(phase, 7)
        flame = outline_flame(u)
        hung = [
            Shape(self._GLASS, 0.2, glow * 0.72),
            Shape(flame, 0.0, 1.0),
            *(Shape(c) for c in self._CAGE),
            Shape(self._CROWN),
            Shape(self._FOOT),
        ]
        return [
            Shape(self._POST),
            Shape(self._BRACKET),
            *(s._replace(points=turned(s.points, swing, *self._HOOK)) for s in hung),
        ]


_FLAME = outline("0,-37! -2.6,-34.4 -2.8,-31 -1,-27 0.2,-22.4! 1.4,-27 2.8,-31 2.6,-34.4")


def outline_flame(tall: float) -> Points:
    """The lantern's flame, `tall` times its usual height."""
    flame = _FLAME.copy()
    flame[:, 1] = -0.37 + (flame[:, 1] + 0.37) * tall
    return flame


lantern = Lantern("lantern", 2.6, "ground", {"glow": Rhythm(4.0)})
