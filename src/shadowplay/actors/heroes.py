"""Figures of tales: knight, wizard, astronaut, robot."""

from __future__ import annotations

import math

from shadowplay.actors.base import Shape
from shadowplay.actors.biped import Biped, Costume, Joints, Trim
from shadowplay.actors.curves import (
    Tube,
    carried,
    carried_all,
    disc,
    outline,
    polygon,
    stations,
    turned,
)
from shadowplay.actors.figure import Rhythm
from shadowplay.actors.people import EVERYDAY, hanging
from shadowplay.actors.postures import Anatomy
from shadowplay.actors.rig import Tread, chain, wave


def on_head(drawing: str, *, tone: float = 0.0, light: float = 0.0) -> Trim:
    """An outline in hundredths, fixed to the head."""
    points = outline(drawing)
    return lambda joints: Shape(carried_all(points, joints.head), tone, light)


def on_trunk(drawing: str, *, tone: float = 0.0, light: float = 0.0, tint: bool = False) -> Trim:
    """An outline in hundredths, fixed to the trunk."""
    points = outline(drawing)
    return lambda joints: Shape(carried_all(points, joints.trunk), tone, light, tint)


_CAPE = Tube(5, stations("0:1.5/2 0.4:4/4 1:6.5/6 2:8.5/8 3:10/9.4 3.6:10.4/9 4:9/6.5"), 0.45)


def _cape(joints: Joints) -> Shape:
    gust = joints.posture.gust
    root = carried((-0.045, 0.3), joints.trunk)
    angle = -math.pi / 2 - 0.24 - 0.5 * gust
    bends = tuple(
        (0.05 + 0.09 * gust) * wave(joints.phase, 2, -0.16 * i) - 0.05 * gust for i in range(4)
    )
    return Shape(_CAPE.outline(chain(root, angle, bends, 0.148)), tint=True)


_PLUME = Tube(5, stations("0:0.8 0.5:2.4 1:3.6 2:4 3:3 3.6:1.8 4:0.2"), 0.45)


def _plume(joints: Joints) -> Shape:
    gust = joints.posture.gust
    root = carried((-0.02, 0.185), joints.head)
    bends = (0.0, *(0.62 - 0.16 * gust + 0.12 * wave(joints.phase, 2, -0.14 * i) for i in range(3)))
    return Shape(_PLUME.outline(chain(root, 2.0, bends, 0.06)), 0.08, tint=True)


_SWORD = polygon(
    "-0.9,-6 -1.6,-7.6 0,-8.8 1.6,-7.6 0.9,-6 0.9,1.4 6.4,1.8 6.4,3.2 1.5,3.6"
    " 1.2,46 0,50.5 -1.2,46 -1.5,3.6 -6.4,3.2 -6.4,1.8 -0.9,1.4"
)
_SHIELD = outline("-9,14! 0,15.6! 9,14! 9.4,2 6,-9 0,-16! -6,-9 -9.4,2")


def _sword(joints: Joints) -> Shape:
    return Shape(turned(_SWORD, joints.grips[0] - math.pi / 2 + 0.55, *joints.hands[0]))


def _shield(joints: Joints) -> Shape:
    x, y = joints.hands[1]
    return Shape(
        turned(_SHIELD, 0.08 + 0.04 * wave(joints.phase, 2), x + 0.02, y + 0.03), 0.12, tint=True
    )


_GREAVES = Tube(
    3,
    stations(
        "-0.06:5.4/6 0.3:5.6/6 0.7:4.4/4.6 0.92:4.6/4 1:5.4/3.6 1.1:3.8/3.6 1.3:3.4/4.4"
        " 1.7:2.8/3 1.92:3.2/3.2"
    ),
    0.12,
)
_VAMBRACE = Tube(
    3,
    stations(
        "-0.16:3/3 0:5/4.6 0.2:5.2/4.6 0.3:3.6/3.4 0.8:3/3 0.95:3.6/4.4 1.1:3.2/3"
        " 1.5:3.2/3.2 1.9:2.4/2.4"
    ),
    0.12,
)
_SABATON = polygon("-6.4,6.4 -3,4.4 1,3.2 5,2 7.6,0.4 7.4,0 -11.4,0 -12,2 -11,5.6")
knight = Biped(
    "knight",
    1.95,
    {"walk": EVERYDAY["walk"], "stand": EVERYDAY["stand"], "run": EVERYDAY["run"]},
    (
        Costume(
            trunk=outline(
                "2.6,33.4 6,31 8.6,26 9,20 6.6,13 6,9! 8.4,2 9.4,-6! 7,-8.6! 4,-6! 0,-9! -4,-6!"
                " -7.6,-8.6! -9,-5! -7.4,3 -6,10! -7,16 -8.4,23 -7.8,29.6 -4.6,33 -3,34.6"
            ),
            head=outline(
                "3.6,-1.4! 6.4,1.4 6.6,4! 9.6,6.2! 7.4,7.6! 8.8,9! 7.6,10.4! 7.4,13.4 5.4,16.4"
                " 2,18 0.4,20! -1,18 -4.4,16.6 -6.6,12.6 -6.8,7 -5.4,2 -5.6,-1.4!"
            ),
            leg=_GREAVES,
            arm=_VAMBRACE,
            shoe=_SABATON,
            behind=(_plume, _cape),
            middle=(_shield,),
            before=(_sword,),
        ),
    ),
    holds=((0.34, 1.0), (0.55, 0.9)),
)

_STAFF = outline(
    "-0.8,-49! -0.7,-20 -0.9,20 -1.2,34 -3.6,39 -4.6,44 -2.6,49.4! -3,44.4 -1.6,40"
    " 0.4,37.6 2.4,40 3.4,44 2.8,49! 4.8,44 4,39 1.4,34 1,20 0.9,-20 0.8,-49!"
)


def _staff(joints: Joints) -> Shape:
    x, y = joints.hands[0]
    return Shape(turned(_STAFF, -0.06 + 0.05 * wave(joints.phase, 2, 0.1), x + 0.005, y))


def _orb(joints: Joints) -> Shape:
    x, y = joints.hands[0]
    tilt = -0.06 + 0.05 * wave(joints.phase, 2, 0.1)
    r = 0.026 + 0.002 * wave(joints.phase, 5)
    return Shape(
        disc(x + 0.005 - 0.45 * math.sin(tilt), y + 0.45 * math.cos(tilt), r, n=16),
        0.1,
        0.9 + 0.08 * wave(joints.phase, 3),
    )


def _robe(joints: Joints) -> Shape:
    return Shape(hanging(joints, 0.5, 0.075, waist=0.06), tint=True)


_BEARD = Tube(4, stations("0:4.4/4.6 0.6:4.4/4.2 1.4:3.6/3.2 2.3:2/1.8 3:0.2"), 0.45)


def _beard(joints: Joints) -> Shape:
    root = carried((0.042, 0.04), joints.head)
    bends = tuple(0.04 * wave(joints.phase, 2, -0.14 * i) + 0.06 for i in range(3))
    return Shape(_BEARD.outline(chain(root, -1.62, bends, 0.07)), 0.1)


_HAT_TIP = Tube(4, stations("0:7/7.4 0.5:5.6/5.8 1:4.2/4.2 1.6:3/2.8 2.2:2/1.8 3:0.2"), 0.45)


def _hat_tip(joints: Joints) -> Shape:
    root = carried((-0.005, 0.125), joints.head)
    bends = (0.1, 0.22 + 0.05 * wave(joints.phase, 2), 0.7 + 0.12 * wave(joints.phase, 2, -0.15))
    return Shape(_HAT_TIP.outline(chain(root, 1.65, bends, 0.105)), tint=True)


_WIDE_SLEEVE = Tube(
    3, stations("-0.12:2/2 0:3.6/3.6 0.6:4/4.4 1:4.2/5 1.5:3.6/8 1.85:2.6/12 1.95:2/3"), 0.3
)
wizard = Biped(
    "wizard",
    1.85,
    {"walk": Rhythm(1.3, 0.46, (0.0, 0.5)), "stand": EVERYDAY["stand"]},
    (
        Costume(
            trunk=outline(
                "2.6,33 6.6,29 8,22 7,13 6.6,6 7,0! -8,0! -7.4,8 -7,16 -9,24 -7.4,30 -4,33.4"
            ),
            head=outline(
                "2.6,-2 3.4,3 6,3 7,5.6 10,6.8! 7.6,9.6 7.4,11.4! 15,9.4! 15.4,10.6! 8,15!"
                " -7,15.6! -15.4,12! -15.4,10.6! -7,11.4! -7.4,6 -8,0 -9,-6 -6,-9 -3,-4"
            ),
            leg=Tube(3, stations("0:4/4 1:3/3 1.9:2.4/2.6")),
            arm=_WIDE_SLEEVE,
            middle=(_robe,),
            before=(_staff, _orb, _beard, _hat_tip),
            tinted=True,
        ),
    ),
    lean=0.05,
    holds=((0.5, 0.9), None),
    body=Anatomy(
        hip=0.46, thigh=0.22, shin=0.21, spine=0.27, neck=0.3, upper_arm=0.145, forearm=0.125
    ),
)

_SUIT_LEG = Tube(
    3,
    stations(
        "-0.1:7/8 0.3:7.4/7.6 0.7:6.4/6.4 0.95:5.4/5.4 1.05:6/6 1.4:5.8/6 1.75:5.2/5.4 1.85:6/6"
    ),
    0.3,
)
_SUIT_ARM = Tube(
    3,
    stations(
        "-0.2:3.4/3.4 0:5.4/5.2 0.4:5.2/5 0.8:4.6/4.6 1:4.4/4.4 1.5:4.4/4.4 1.8:4/4"
        " 1.86:4.6/4.6 1.95:4.4/4.4"
    ),
    0.3,
)
_BOOT = polygon("-3.4,8 -0.6,6 3,5.4 6.4,4 7,1.6 6.6,0 -12,0 -13.4,2 -13.4,8")
_MOON = Tread(0.52, 0.0, 0.13, 0.9, 0.6, 0.25)
astronaut = Biped(
    "astronaut",
    1.9,
    {
        "walk": Rhythm(1.7, 0.42, (0.0, 0.5)),
        "stand": Rhythm(9.0),
        "jump": Rhythm(2.6, 0.0, (0.64,)),
        "fly": Rhythm(8.0, 0.06),
    },
    (
        Costume(
            trunk=outline(
                "3,34 8,32 10.4,26 10.6,18 9.4,10 9.6,3 8.4,-4! -8.4,-5! -9,2 -8.4,8 -9.4,16"
                " -9.6,26 -7,32 -3,35"
            ),
            head=outline(
                "-8,-2! 7.6,-2! 10.4,1.6 12.6,7 12.4,13 9.4,18 4,21 -2,21 -7.4,18.4 -10.6,13"
                " -11,7 -9.6,1.6"
            ),
            leg=_SUIT_LEG,
            arm=_SUIT_ARM,
            shoe=_BOOT,
            hand=polygon("3.4,-1 3.8,2 3.2,5.6 1,7.6 -1.6,6.8 -3,4 -3.4,0"),
            behind=(on_trunk("-7,33! -9,35 -17,35! -19.4,32 -19.6,8 -18,3! -8,3! -6,8"),),
            before=(
                on_head(
                    "3,2.4 8.4,3 10.8,7 10.6,12.4 8,16.6 2.6,17 0,13.6 -0.6,7",
                    tone=0.42,
                    light=0.18,
                ),
            ),
        ),
    ),
    Anatomy(
        hip=0.5,
        thigh=0.235,
        shin=0.215,
        spine=0.27,
        neck=0.31,
        upper_arm=0.15,
        forearm=0.13,
        ankle=(-0.075, 0.065),
    ),
    stride=(_MOON, _MOON),
    holds=(None, None),
)


def _eye(joints: Joints) -> Shape:
    blink = 0.15 if 0.47 < joints.phase < 0.5 else 0.95
    return Shape(carried_all(_EYE, joints.head), 0.1, blink)


def _antenna(joints: Joints) -> Shape:
    sway = 0.12 * wave(joints.phase, 2, -0.1)
    x, y = carried((-0.01, 0.17), joints.head)
    return Shape(turned(_ANTENNA, sway, x, y))


_EYE = disc(0.055, 0.085, 0.024, n=16)
_ANTENNA = outline("-0.5,0! -0.4,7! -1.6,8.2 -1.6,9.8 0,10.8 1.6,9.8 1.6,8.2 0.4,7! 0.5,0!")
_LAMPS = tuple(disc(x, y, 0.014, n=10) for x, y in ((0.045, 0.22), (0.045, 0.16)))


def _lamp(i: int) -> Trim:
    def trim(joints: Joints) -> Shape:
        on = 0.9 if (joints.phase * 4 + 0.5 * i) % 1.0 < 0.5 else 0.25
        return Shape(carried_all(_LAMPS[i], joints.trunk), 0.2, on)

    return trim


robot = Biped(
    "robot",
    1.8,
    {
        "walk": Rhythm(1.2, 0.46, (0.0, 0.5)),
        "stand": Rhythm(8.0),
        "dance": Rhythm(1.9, 0.0, (0.0, 0.5)),
    },
    (
        Costume(
            trunk=polygon(
                "11,31 12,29 11,4 7,2 7,-3 5,-6 -5,-6 -7,-3 -7,2 -11,4 -12,29 -11,31 -3.4,31.6"
                " -3,34 3,34 3.4,31.6"
            ),
            head=polygon(
                "-2.6,-1 2.6,-1 2.6,1.6 8.4,1.6 8.8,4 11.4,4 11.4,5.6 8.9,6.4 9,13 6.6,16.4"
                " 2.4,17.8 -3.6,17.8 -7.6,16.2 -9.4,13 -9.4,11 -11.4,11 -11.4,6 -9.4,6 -9,1.6"
                " -2.6,1.6"
            ),
            leg=Tube(
                3,
                stations("0:3.4 0.1:2.2 0.86:2.2 0.88:4 1:4.4 1.12:4 1.14:3 1.3:4.4/5 1.86:5.6/6"),
                0.02,
            ),
            arm=Tube(
                3,
                stations(
                    "-0.12:3 0:4.6 0.12:4.4 0.2:1.9 0.84:1.9 0.88:3.4 1:3.8 1.12:3.4 1.16:2 1.4:2.2"
                    " 1.5:3.8 1.9:3.8"
                ),
                0.02,
            ),
            shoe=polygon("-2,6 4,5 7.4,2.6 7.4,0 -12,0 -12,2.6 -13,6"),
            hand=polygon(
                "3.6,0 5,3 4.6,7 2.4,9 2.8,5.4 1,3 -1,3 -2.8,5.4 -2.4,9 -4.6,7 -5,3 -3.6,0"
            ),
            behind=(_antenna,),
            before=(_eye, _lamp(0), _lamp(1)),
        ),
    ),
    Anatomy(hip=0.48, thigh=0.22, shin=0.205, spine=0.27, neck=0.33, ankle=(-0.05, 0.06)),
    stride=(Tread(0.62, 0.0, 0.09, 0.35, 0.25, 0.1),) * 2,
)
