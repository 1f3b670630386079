"""Sailboat, three-masted ship and rowboat."""

from __future__ import annotations

import math

import numpy as np

from shadowplay import exact
from shadowplay.actors.aircraft import swung
from shadowplay.actors.base import Points, Shape
from shadowplay.actors.biped import dressed, solved
from shadowplay.actors.curves import (
    Tube,
    Vec,
    box,
    outline,
    polygon,
    stations,
)
from shadowplay.actors.figure import Figure, Rhythm
from shadowplay.actors.people import MAN
from shadowplay.actors.postures import Anatomy, Posture
from shadowplay.actors.rig import Build, Foothold, chain, wave
from shadowplay.scene import Action

_FLAG = Tube(6, stations("0:2.6 1:2.5 2:2.3 3:2 4:1.5 5:0.2"), 0.45)


def flag(
    x: float, y: float, phase: float, *, size: float = 1.0, cycles: int = 4, tint: bool = True
) -> Shape:
    """A pennant streaming ahead from a mast, in waves that run to its tip."""
    bends = tuple(0.34 * wave(phase, cycles, -0.2 * i) * (1 if i else 0.3) for i in range(5))
    points = _FLAG.outline(chain((0.0, 0.0), 0.0, bends, 0.045))
    return Shape(points * np.float32(size) + np.array((x, y), np.float32), tint=tint)


class Sail:
    """A sail whose belly fills and slackens: an outline blended between two."""

    def __init__(self, slack: str, full: str) -> None:
        per = outline(slack, most=200), outline(full, most=200)
        self._slack, self._full = (_even(p, 44) for p in per)

    def at(self, fill: float) -> Points:
        """The sail at `fill`, 0 slack to 1 full."""
        return self._slack + np.float32(fill) * (self._full - self._slack)


def _even(points: Points, n: int) -> Points:
    """The outline again with `n` points at even distances from its first."""
    closed = np.concatenate([points, points[:1]])
    length = np.concatenate([[0.0], np.cumsum(exact.lengths(np.diff(closed, axis=0)))])
    at = np.linspace(0, length[-1], n, endpoint=False)
    return np.stack([np.interp(at, length, closed[:, k]) for k in (0, 1)], 1).astype(np.float32)


def afloat(
    shapes: list[Shape], phase: float, *, heel: float = 0.0, pitch: float = 0.03, bob: float = 0.012
) -> list[Shape]:
    """Shapes on the swell: they rise, and pitch a quarter later."""
    return swung(shapes, heel + pitch * wave(phase, 1, 0.25), 0.0, bob * wave(phase))


class Sailboat(Figure):
    """A sloop: mainsail, jib, one at the helm."""

    _HULL = outline("-35,6.4! -33,-1 -30,-5! 24,-5! 33,0 44,10.4! 30,7.6 8,6.2 -14,5.8")
    _MAST = polygon("-1,5 -0.7,97 0.5,97 1,5")
    _BOOM = polygon("-32,13 -32,14.4 1,13.6 1,12.4")
    _MAIN = Sail(
        "-1.4,95! -6,74 -14,48 -24,26 -32,15! -16,14.6 -1.4,14.6! -1.4,50",
        "-1.4,95! -11,75 -22,50 -31,28 -33,15! -16,13.6 -1.4,14.6! 0.4,50",
    )
    _JIB = Sail(
        "1.6,86! 12,60 27,30 42,10.8! 24,13 4,15! 4,40 3,64",
        "1.6,86! 16,62 31,33 42,10.8! 25,10.4 3,14! 10,40 9,64",
    )
    _HELM = outline(
        "-29,5! -28.6,11 -27,14.4 -27.6,17 -26,19.2 -23.8,19 -23,16.8 -24,14.6"
        " -21.6,11.6 -17.6,9.6 -17.8,8.6 -21.6,9.2 -22,5!"
    )

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Heeling before the wind, the sails filling with each gust."""
        gust = 0.5 + 0.35 * wave(phase, 1, 0.1) + 0.15 * wave(phase, 2)
        shapes = [
            Shape(self._MAST),
            Shape(self._JIB.at(gust), 0.1, tint=True),
            Shape(self._MAIN.at(gust), tint=True),
            Shape(self._BOOM),
            Shape(self._HELM),
            Shape(self._HULL),
            flag(0.0, 0.965, phase, size=0.7),
        ]
        return afloat(shapes, phase, heel=-0.045 - 0.02 * gust)


sailboat = Sailboat("sailboat", 9.0, "water", {"sail": Rhythm(4.4, 0.22), "stand": Rhythm(5.0)})


class Ship(Figure):
    """A three-master under full sail, stern windows lit."""

    _HULL = outline(
        "-62,29! -61,22! -56,21! -55,16! -58,6 -55,-5! 44,-5! 52,3 60,14! 80,23.4!"
        " 81,25! 57,18.4! 30,16.4! 8,14.6 -14,14.6 -32,16! -32,21! -46,22! -47,28!"
    )
    _MASTS = tuple(
        polygon(f"{x - 0.8},14 {x - 0.3},{h} {x + 0.3},{h} {x + 0.8},14")
        for x, h in ((-38, 84), (-4, 100), (30, 90))
    )
    _YARDS = (
        (-38, ((26, 15), (45, 12.4), (62, 9))),
        (-4, ((26, 18), (49, 15), (70, 11))),
        (30, ((26, 16), (47, 13), (66, 10))),
    )
    _GALLERY = tuple(box(x / 100, 0.225, (x + 2.6) / 100, 0.262) for x in (-58.6, -54.4, -50.2))

    def __init__(self, name: str, height: float) -> None:
        super().__init__(name, height, "water", {"sail": Rhythm(6.4, 0.12), "stand": Rhythm(6.4)})
        self._sails = tuple(
            self._square(x, low, half, high)
            for x, tiers in self._YARDS
            for (low, half), high in zip(tiers, self._tops(tiers), strict=True)
        )
        self._rolls = tuple(self._furled(x, *tier) for x, tiers in self._YARDS for tier in tiers)
        self._jib = Sail(
            "33,60! 50,42 76,24.6! 52,26 36,30! 36,46", "33,60! 55,43 76,24.6! 52,23 35,29! 41,46"
        )
        self._spanker = Sail(
            "-39,54! -52,48! -62,29.6! -48,28 -39,27!", "-39,54! -52,49! -67,30! -48,26 -39,27!"
        )

    @staticmethod
    def _tops(tiers: tuple[tuple[int, float], ...]) -> list[tuple[float, float]]:
        lows = [low for low, _ in tiers]
        halves = [half for _, half in tiers]
        return list(
            zip(
                [*(low - 2 for low in lows[1:]), lows[-1] + 14],
                [*halves[1:], halves[-1] * 0.75],
                strict=True,
            )
        )

    @staticmethod
    def _square(x: float, low: float, half: float, high: tuple[float, float]) -> Sail:
        """A square sail seen from abaft the beam, its belly forward."""
        top, narrow = high
        middle = (low + top) / 2

        def drawing(belly: float) -> str:
            return (
                f"{x - narrow * 0.62},{top}! {x},{top + 0.6} {x + narrow * 0.72},{top}!"
                f" {x + narrow * 0.72 + belly},{middle} {x + half * 0.8 + belly * 0.25},{low}!"
                f" {x + belly * 0.6},{low + 2.4} {x - half * 0.66},{low}!"
                f" {x - half * 0.5 + belly * 0.8},{middle}"
            )

        return Sail(drawing(3.0), drawing(6.5))

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Masts, sails in three tiers, hull."""
        gust = 0.5 + 0.4 * wave(phase, 1, 0.1)
        shapes = [Shape(m) for m in self._MASTS]
        if action == "sail":
            shapes += [
                Shape(self._jib.at(gust), 0.1, tint=True),
                Shape(self._spanker.at(gust), 0.1, tint=True),
            ]
            shapes += [
                Shape(s.at(gust + 0.2 * wave(phase, 2, 0.11 * i)), 0.0, tint=True)
                for i, s in enumerate(self._sails)
            ]
        else:
            shapes += [Shape(roll) for roll in self._rolls]
        shapes += [
            Shape(self._HULL),
            *(Shape(w, 0.3, 0.8) for w in self._GALLERY),
            flag(-0.04, 0.985, phase, size=0.9),
        ]
        return afloat(shapes, phase, pitch=0.02, bob=0.01)

    @staticmethod
    def _furled(x: float, low: float, half: float) -> Points:
        y = low + 13
        return outline(
            f"{x - half * 0.66},{y}! {x},{y + 0.9} {x + half * 0.8},{y}!"
            f" {x + half * 0.4},{y - 1.8} {x},{y - 1} {x - half * 0.4},{y - 1.8}",
            most=20,
        )


ship = Ship("ship", 36.0)


class Rowboat(Figure):
    """One at the oars, back to the bow, who leans and pulls."""

    _HULL = outline(
        "-100,31! -95,14 -86,0 -74,-8! 66,-8! 84,4 98,24 105,37! 90,28 58,20 20,16.6"
        " -20,16.6 -64,21 -90,27.4"
    )
    _RAIL = outline(
        "-100,31! -90,27.4 -64,21 -20,16.6 20,16.6 58,20 90,28 105,37! 104,34! 88,25 58,17 20,13.6"
        " -20,13.6 -64,18 -90,24.4 -99,28!"
    )
    _BODY = Anatomy().scaled(1.02)
    _OAR = Tube(4, stations("0:1.5 0.4:1.2 1:1.1 2:1.1 2.3:1.2 2.42:4.4 2.95:4.8 3:3.4"), 0.05)
    _LOCK = (-0.12, 0.17)

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """The stroke: forward to the catch, the pull, the blade out and back."""
        rowing = action == "sail"
        pull = 0.5 - 0.5 * math.cos(math.tau * phase) if rowing else 0.35 + 0.02 * wave(phase)
        out = max(0.0, -math.sin(math.tau * phase)) if rowing else 0.55
        foot = Foothold(0.42, 0.12, 0.5, False)
        arm = 1.16 - 1.25 * pull, 0.12 + 1.45 * pull
        posture = Posture((0.0, 0.2), 0.4 - 0.72 * pull, -0.12, (foot, foot), (arm, arm), 0.1)
        mirror = np.array((-1, 1), np.float32)
        rower = [
            s._replace(points=s.points * mirror) for s in dressed(posture, self._BODY, MAN, phase)
        ]
        x, y = solved(posture, self._BODY, phase).hands[0]
        hand = -x, y + 0.01
        shapes = [*rower, Shape(self._HULL, tint=True), Shape(self._RAIL, 0.16)]
        return afloat([*shapes, self._oar(hand, out)], phase, pitch=0.02, bob=0.012)

    def _oar(self, hand: Vec, out: float) -> Shape:
        """The near oar: it comes toward the eye, so its blade lies lower than the boat's foot."""
        lock = self._LOCK
        blade = lock[0] + (lock[0] - hand[0]) * 1.9, -0.17 + 0.2 * out
        middle = (lock[0] + blade[0]) / 2, (lock[1] + blade[1]) / 2
        return Shape(self._OAR.outline((hand, lock, middle, blade)), 0.24)


rowboat = Rowboat(
    "rowboat", 1.45, "water", {"sail": Rhythm(2.6, 0.55, (0.05,)), "stand": Rhythm(5.0)}
)
