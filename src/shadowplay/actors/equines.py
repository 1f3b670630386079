"""Horses, with and without a rider."""

from __future__ import annotations

import math

import numpy as np

from shadowplay import exact
from shadowplay.actors.anatomy import (
    GALLOP,
    WALK,
    Anatomy4,
    Extra,
    Gait,
    Leg,
    Pose4,
    Skin4,
    Tail,
    skinned,
)
from shadowplay.actors.base import Shape
from shadowplay.actors.biped import Costume, dressed
from shadowplay.actors.curves import (
    Tube,
    Vec,
    carried,
    controls,
    stations,
)
from shadowplay.actors.figure import Rhythm
from shadowplay.actors.people import HEAD_HAT, JACKET, SLEEVE, TROUSERS
from shadowplay.actors.postures import Anatomy, Posture
from shadowplay.actors.quadruped import Quadruped
from shadowplay.actors.rig import Foothold, chain, wave
from shadowplay.scene import Action

_TRUNK = (
    "-37,64 -34,70 -27,73.6 -18,72.6 -9,69.4 0,68.2 7,69.6 13,73.6 18,77.4 25,84.5"
    " 32,91 38,94.6 41,95.2! 42.6,101! 45,96! 47.4,92.4 50.4,87.4 54.6,79.6"
    " 57.4,74.2 58.4,71.6 57.2,69 54.6,68.6 53,67.4 50.8,68.4 49.6,71.6 46.6,76"
    " 43.6,78 40.2,78.6 37.4,77.6 34.6,73 33.4,66 33.8,58 31.6,52 26,47.5 18,44"
    " 8,42 -4,42.6 -14,45.6 -20,49 -24,46 -30,46 -35,50 -38,57"
)
_HOOF = "1.9,6.2 3.2,3.4 4.8,0! -2.8,0! -3.2,2.6 -3,5.4"
_NECK: tuple[Vec, Vec] = (0.2, 0.66), (0.75, 0.66)
_HEAD: tuple[Vec, Vec] = (0.41, 0.86), (1.0, -0.25)
_LOINS = (-0.1, 0.62)
_SKIN = skinned(_TRUNK, loins=_LOINS, neck=_NECK, head=_HEAD)
_HIND = Leg(
    "-25,62 -19,49 -31,30 -27.5,10",
    -25,
    "-0.1:9/8 0.4:10/9.5 0.9:9/9.6 1.3:5.2/6.4 1.7:2.9/3.5 1.95:2.3/4.2 2.1:2.2/3"
    " 2.4:1.7/1.7 2.75:1.6/1.7 2.92:2/2.4",
    _HOOF,
    bend=1.0,
)
_FORE = Leg(
    "25,62 19,47 22,27 21,9.6",
    23,
    "-0.1:5/5 0.4:7.6/6 0.8:7/6 1.05:5.4/5 1.4:3.6/3.3 1.8:2.4/2.2 2:2.6/2.2"
    " 2.2:1.7/1.6 2.6:1.5/1.6 2.92:1.9/2.4",
    _HOOF,
    bend=-1.0,
)
_TAIL = Tail(
    root=(-0.33, 0.69),
    angle=3.5,
    curl=(0.34, 0.42, 0.3, 0.1, -0.15),
    sway=0.09,
    link=0.11,
    tube=Tube(6, stations("0:1.5 0.5:2 1:3 1.8:4.2 2.6:5 3.4:4.8 4.2:3.4 4.7:1.6 5:0.2"), 0.45),
)
_ANATOMY = Anatomy4(skin=_SKIN, hind=_HIND, fore=_FORE, tail=_TAIL)


def mane(roots: str, locks: str, lift: float, swing: float) -> Extra:
    """Locks along a crest: they follow the neck, stream behind it and never all at once.

    Args:
        roots: the crest from the poll down, in hundredths.
        locks: the way from each root to its lock's tip, at rest.
        lift: how far the tips are blown up and back at a gallop, actor units.
        swing: how far they wave.
    """
    crest, ways = np.array(controls(roots)[0]), np.array(controls(locks)[0])
    middles = (crest[:-1] + crest[1:]) / 2 + ways[1:] * 0.35
    rim = np.empty((2 * len(crest) - 1, 2))
    rim[::2], rim[1::2] = crest + ways, middles
    under = crest[::-1] + np.array((0.02, -0.03))
    free = np.zeros((len(rim) + len(under), 1), np.float32)
    free[: len(rim) : 2, 0] = 1.0
    lag = np.zeros_like(free)
    lag[: len(rim), 0] = np.linspace(0, 0.9, len(rim))
    skin = Skin4(np.concatenate([rim, under]).astype(np.float32), _LOINS, _NECK, _HEAD)
    blow = np.array((-lift, lift * 0.45), np.float32)
    wind = np.array((-0.35, 1.0), np.float32) * swing

    def extra(pose: Pose4) -> list[Shape]:
        beat = exact.sin(math.tau * (pose.phase * (1 if pose.action == "run" else 2) - lag))
        stirred = 0.25 + 0.75 * pose.gust
        points = skin.outline(pose.frames) + free * (blow * pose.gust + wind * beat * stirred)
        return [Shape(points.astype(np.float32))]

    return extra


_MANE = mane(
    "43,95 38,94.2 33,91 28,86.6 23.4,82 19,77.6",
    "3,1.4 -3.4,2.4 -4.6,2 -5.4,1.6 -5.6,1 -5,0",
    lift=0.075,
    swing=0.018,
)

RHYTHMS: dict[Action, Rhythm] = {
    "run": Rhythm(0.58, 3.6),
    "walk": Rhythm(1.25, 0.62),
    "stand": Rhythm(12.0),
}
GAITS: dict[Action, Gait] = {"run": GALLOP, "walk": WALK}

_RIDER_SIZE = 0.8
_RIDER_BODY = Anatomy().scaled(_RIDER_SIZE)
_RIDER = Costume(
    trunk=JACKET * _RIDER_SIZE, head=HEAD_HAT * _RIDER_SIZE, leg=TROUSERS, arm=SLEEVE, tinted=True
)
_SADDLE = (0.035, 0.725)
_CAPE = Tube(5, stations("0:1.5 0.4:3.5 1:5.5 2:8 3:9.5 3.6:9 4:6.5"), 0.45)


def _riding(pose: Pose4) -> list[Shape]:
    """The rider's upper body follows the horse; hands at the reins, feet in the stirrups."""
    run = pose.action == "run"
    trunk = pose.frames[0]
    seat = carried(_SADDLE, trunk)
    rise = 0.018 * wave(pose.phase, 1 if run else 2, 0.1)
    stirrup = carried((0.135, 0.36), trunk)
    foot = Foothold(*stirrup, 0.12, planted=False)
    rock = 0.05 * wave(pose.phase, 1 if run else 2, -0.1)
    reach = 0.75 + rock
    posture = Posture(
        (seat[0], seat[1] + rise),
        (0.42 if run else 0.05) + rock,
        -0.2 if run else 0.0,
        (foot, foot),
        ((reach, 0.55), (reach + 0.1, 0.5)),
        pose.gust,
    )
    _, _, leg, trunk_shape, head, arm = dressed(posture, _RIDER_BODY, _RIDER, pose.phase)
    return [_cape(posture, pose), trunk_shape, head, leg._replace(tone=0.12), arm]


def _cape(posture: Posture, pose: Pose4) -> Shape:
    run = pose.action == "run"
    angle = 2.95 if run else 4.3
    x, y = posture.pelvis
    s, c = math.sin(posture.lean), math.cos(posture.lean)
    root = x + s * 0.23 - 0.02, y + c * 0.23
    swing = 0.16 if run else 0.04
    bends = tuple(swing * wave(pose.phase, 2 if run else 1, -0.2 * i) + 0.03 for i in range(4))
    return Shape(_CAPE.outline(chain(root, angle, bends, 0.1)), tint=True)


horse = Quadruped("horse", 2.05, RHYTHMS, _ANATOMY, GAITS, behind=(_MANE,))
rider = Quadruped("rider", 2.05, RHYTHMS, _ANATOMY, GAITS, behind=(_MANE,), before=(_riding,))
