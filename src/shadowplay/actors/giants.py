"""Elephant and bear."""

from __future__ import annotations

from shadowplay.actors.anatomy import (
    GALLOP,
    WALK,
    Anatomy4,
    Leg,
    Pose4,
    Tail,
    skinned,
)
from shadowplay.actors.base import Shape
from shadowplay.actors.curves import (
    Tube,
    about,
    carried,
    carried_all,
    outline,
    stations,
)
from shadowplay.actors.grazers import rhythms
from shadowplay.actors.quadruped import Quadruped
from shadowplay.actors.rig import chain, wave

_COLUMN = "5,6 6.6,3.4 7,0.6 6.4,0 -5.6,0 -6.4,0.8 -6,3.6 -5,6"
_ELEPHANT = Anatomy4(
    skin=skinned(
        "-49,66 -47,76 -41,85 -31,91 -18,94.6 -4,95.4 8,92.6 17,88.4 23,86.6 28,91"
        " 34,96 41,98 48,95.4 53,89.6 56,82 58.4,74 60,66 60,60 55,56.4! 52.6,52.6!"
        " 48,51.4 44,53.6 40,55.6 34,50 28,43 20,37.6 8,33.4 -8,32 -22,34 -32,38 -42,40"
        " -48,50",
        loins=(-0.15, 0.7),
        neck=((0.24, 0.7), (1.0, 0.2)),
        head=((0.46, 0.8), (1.0, -0.1)),
    ),
    hind=Leg(
        "-35,66 -29,44 -37,24 -35,8",
        -34,
        "-0.1:12/12 0.5:13.4/13 0.9:11/11.6 1.3:8.6/9 1.8:6.6/7 2.2:6/6.2 2.6:5.6/5.8 2.92:5.6/5.6",
        _COLUMN,
        bend=1.0,
    ),
    fore=Leg(
        "24,64 20,44 23,24 22,8",
        22,
        "-0.1:9/9 0.5:10/10 0.9:9/9 1.3:7.6/7.6 1.8:6.4/6.6 2.2:5.8/6 2.6:5.4/5.6 2.92:5.4/5.4",
        _COLUMN,
        bend=-1.0,
    ),
    tail=Tail(
        root=(-0.475, 0.76),
        angle=4.1,
        curl=(0.0, 0.35, 0.12, 0.0),
        sway=0.1,
        link=0.1,
        tube=Tube(5, stations("0:2 1:1.2 2:0.9 3:0.8 3.4:1.8 3.7:1.7 4:0.3"), 0.45),
    ),
    aside=0.07,
)
_TRUNK = Tube(
    7,
    stations("0:8/7 0.6:6.6/6 1.3:5/5 2:4.2/4.2 3:3.4/3.4 4:2.8/2.8 5:2.3/2.3 5.7:2/2 6:1/1"),
    0.45,
)
_TUSK = outline("54,58.6! 57.4,52 62.6,47.6 69,46.6! 64.6,50 61.6,54.6 59.6,60!")
_EAR = outline("38,87 31,89.6 24,86 20,77 20.4,66 24.4,56 29,51 32.6,53.6 37,61 40.6,68 41.6,78")


def _head(pose: Pose4) -> list[Shape]:
    """Trunk, tusk and ear, each with its own sway."""
    bone = pose.frames[2]
    cycles = 1 if pose.action == "walk" else 2
    curl = (-0.06, -0.05, 0.0, 0.12, 0.3, 0.5)
    bends = tuple(
        bend + (0.03 + 0.022 * i) * wave(pose.phase, cycles, -0.09 * i)
        for i, bend in enumerate(curl)
    )
    trunk = chain(carried((0.535, 0.655), bone), -1.25, bends, 0.098)
    flap = about(_EAR, 0.1 * wave(pose.phase, cycles, 0.1) + 0.03, (0.39, 0.83))
    return [
        Shape(_TRUNK.outline(trunk)),
        Shape(carried_all(_TUSK, bone), 0.55),
        Shape(carried_all(flap, bone), 0.13),
    ]


elephant = Quadruped(
    "elephant",
    3.1,
    rhythms(1.75, 0.46),
    _ELEPHANT,
    {"walk": WALK._replace(lift=0.06, fold=0.45, nod=0.025, duty=0.66)},
    before=(_head,),
    graze=-0.06,
)

_PLANTIGRADE = "3.4,6.6 8,5.4 11,3.4 11.6,1 10.6,0 -6,0 -7.4,2.4 -6,6.4"
_BEAR = Anatomy4(
    skin=skinned(
        "-63,56 -62,67 -56,77 -45,83 -31,85.6 -15,85 -2,87 8,93.4 17,97.6 26,96.4 34,92"
        " 41,90.6 43,96 47.6,98.4 51,96 52,91 56,86.4 60.6,81 66,77 71.4,74.4 73,71.4"
        " 71.6,68 66,66 59,65 52,62 46,57 43,49 38,41.4 30,35.4 16,31 -2,28.4 -20,29"
        " -34,32 -48,34 -60,44",
        loins=(-0.2, 0.65),
        neck=((0.3, 0.68), (1.0, 0.2)),
        head=((0.46, 0.8), (1.0, -0.3)),
    ),
    hind=Leg(
        "-45,58 -36,38 -50,17 -47,7.4",
        -43,
        "-0.1:15/14 0.5:17/15 0.9:14/14 1.3:10/10.6 1.8:7/8 2:6.4/7.6 2.5:5.4/6.4 2.92:5/5.6",
        _PLANTIGRADE,
        bend=1.0,
    ),
    fore=Leg(
        "30,62 23,42 29,19 28,8",
        30,
        "-0.1:11/11 0.5:13/12 0.9:11/11 1.3:8.6/8.8 1.8:7/7.2 2:6.4/6.6 2.5:5.8/6 2.92:5.4/5.6",
        _PLANTIGRADE,
        bend=-1.0,
    ),
    tail=None,
    aside=0.08,
)
bear = Quadruped(
    "bear",
    1.4,
    rhythms(1.35, 0.7, 2.9, 0.56),
    _BEAR,
    {
        "walk": WALK._replace(
            order=(0.0, 0.2, 0.5, 0.7), lift=0.075, fold=0.4, nod=0.06, neck=-0.12
        ),
        "run": GALLOP._replace(flex=0.2, rock=0.09, lift=0.12, fold=0.5, neck=-0.15),
    },
    graze=-0.25,
)
