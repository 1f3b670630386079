"""People of every day: person, child, couple, dancer, the one with the umbrella."""

from __future__ import annotations

import math

from shadowplay.actors.base import Points, Shape
from shadowplay.actors.biped import Biped, Costume, Joints, Trim, drape
from shadowplay.actors.curves import Tube, carried, outline, stations
from shadowplay.actors.figure import Rhythm
from shadowplay.actors.rig import chain, wave
from shadowplay.scene import Action

TROUSERS = Tube(
    3,
    stations(
        "-0.06:5/6.2 0.2:5.2/6.2 0.5:4.6/4.8 0.8:3.6/3.6 1:3.3/3.1 1.25:2.8/3.7"
        " 1.6:2.4/3 1.9:2.2/2.5"
    ),
)
STOCKINGS = Tube(
    3,
    stations(
        "-0.06:4.4/5.4 0.3:4.6/5.4 0.7:3.6/3.6 1:2.9/2.7 1.3:2.3/3.5 1.6:1.9/2.5 1.92:1.7/1.9"
    ),
)
SLEEVE = Tube(
    3, stations("-0.12:1.6/1.6 -0.02:3/3 0.3:3.1/3 0.7:2.7/2.6 1:2.5/2.4 1.4:2.3/2.2 1.9:2.1/1.9")
)
BARE_ARM = Tube(3, stations("-0.12:1/1 -0.02:2.1/2.1 0.4:2/2 1:1.6/1.6 1.3:1.7/1.6 1.9:1.1/1.1"))

COAT = outline(
    "2.2,34.2 5,31.5 6.8,27 7.2,22 6.4,15 6.8,8 7.6,0 8,-7 7.4,-10.5! -7.8,-10.5!"
    " -8.4,-4 -7.6,4 -6.6,11 -7.4,18 -8.4,24 -7.6,29.5 -4.4,33 -2.4,35.4"
)
JACKET = outline(
    "2.2,34.2 5,31.5 6.8,27 7,21 6,13 5.8,5 6,-1 5.4,-3.5! -6.6,-3.5! -7.2,0 -6.2,6"
    " -5.6,12 -6.8,18 -8,24 -7.4,29.5 -4.4,33 -2.4,35.4"
)
BODICE = outline(
    "1.8,33.6 4,31 6.4,26.5 7.4,23 6,18.5 4.2,14 4.6,9 6.2,4 6,-2! -7,-2! -7.4,3"
    " -5.4,9 -4.4,14 -5,20 -6,26 -5,30.5 -2.8,33 -1.8,34.4"
)

HEAD_CROPPED = outline(
    "2.6,-1 2.9,2.4 5.4,1.9 6.9,2.9 7,4.6 6.7,5.3 7.5,5.8! 7.1,6.5 7.3,7.2 9,8!"
    " 7.4,10.4 7.2,12 7.6,13.4 6.4,16 3,17.6 -1.4,17.6 -5,15.6 -6.4,12 -6,8.6"
    " -4.6,6 -3.6,4 -3.6,-1"
)
HEAD_HAT = outline(
    "2.6,-1 2.9,2.4 5.4,1.9 6.9,2.9 7,4.6 6.7,5.3 7.5,5.8! 7.1,6.5 7.3,7.2 9,8!"
    " 7.4,10.2 7.3,12 12.6,11.6! 12.8,12.6! 7,14.2! 6.2,18.6 3.8,19.2 1,18.4"
    " -2.4,19.4 -5,18.4 -6,14.4! -10,13.6! -10.4,12.6! -6.4,11.6! -6,8.6 -4.6,6"
    " -3.6,4 -3.6,-1"
)
HEAD_BUN = outline(
    "2.1,-1 2.3,2.4 4.8,2.1 6.2,3 6.3,4.6 6,5.3 6.9,5.8! 6.5,6.5 6.6,7.2 8.2,8.1!"
    " 6.8,10.2 6.6,12 6.6,14 5,16.4 2,17.6 -1.6,17 -4,16 -6.2,17.6 -9,16.8 -9.8,14"
    " -8,11.6 -5.6,11.2 -5,8.6 -3.8,6 -2.6,3.6 -2.7,-1"
)
HEAD_LONG = outline(
    "2.1,-1 2.3,2.4 4.8,2.1 6.2,3 6.3,4.6 6,5.3 6.9,5.8! 6.5,6.5 6.6,7.2 8.2,8.1!"
    " 6.8,10.2 6.8,12.4 5.6,15.6 2,17.6 -2,17.4 -5.6,15 -6.4,11 -6,7 -5,3 -4,-1"
)


def _tail_of_hair(joints: Joints) -> Shape:
    gust, p = joints.posture.gust, joints.phase
    root = carried((-0.045, 0.125), joints.head)
    bends = tuple(
        (0.30 - 0.18 * gust) + (0.1 + 0.16 * gust) * wave(p, 2, -0.12 * i) for i in range(3)
    )
    return Shape(_PONYTAIL.outline(chain(root, math.pi - 0.25 + 0.35 * (1 - gust), bends, 0.062)))


_PONYTAIL = Tube(4, stations("0:1.6 0.3:2.6 1:3 1.8:2.6 2.5:1.7 3:0.2"), 0.45)


def skirt(length: float, flare: float) -> Trim:
    """A skirt to `length` below the hips."""

    def trim(joints: Joints) -> Shape:
        return Shape(hanging(joints, length, flare), tint=True)

    return trim


def hanging(joints: Joints, length: float, flare: float, waist: float = 0.045) -> Points:
    """The outline of a skirt or robe: it follows the legs, lags behind and swings."""
    posture = joints.posture
    hem_y = max(posture.pelvis[1] - length, 0.012)
    share = min(length / 0.48, 1.0)
    reach = [a[0] * share + posture.pelvis[0] * (1 - share) for a in joints.ankles]
    reach += [k[0] for k in joints.knees]
    swing = 0.02 * wave(joints.phase, 2, -0.15) - 0.03 * posture.gust
    ahead, behind = max(reach) + flare + swing * 0.3, min(reach) - flare + swing
    front, back = carried((waist, 0.1), joints.trunk), carried((-waist, 0.1), joints.trunk)
    knees = posture.pelvis[1] - length * 0.4
    lift = 0.012 * wave(joints.phase, 2, 0.1)
    return drape(
        (
            front,
            (max(front[0], max(k[0] for k in joints.knees) * 0.75 + 0.03), knees),
            (ahead, hem_y),
        ),
        (back, (min(back[0] - 0.05, behind * 0.6), knees + 0.05), (behind, hem_y + lift + 0.01)),
    )


MAN = Costume(trunk=COAT, head=HEAD_HAT, leg=TROUSERS, arm=SLEEVE, tinted=True)
WOMAN = Costume(
    trunk=BODICE,
    head=HEAD_BUN,
    leg=STOCKINGS,
    arm=BARE_ARM,
    middle=(skirt(0.3, 0.06),),
    tinted=True,
)
YOUTH = Costume(trunk=JACKET, head=HEAD_CROPPED, leg=TROUSERS, arm=SLEEVE, tinted=True)
GIRL = Costume(
    trunk=JACKET, head=HEAD_LONG, leg=TROUSERS, arm=SLEEVE, behind=(_tail_of_hair,), tinted=True
)

EVERYDAY: dict[Action, Rhythm] = {
    "walk": Rhythm(1.06, 0.66, (0.0, 0.5)),
    "stand": Rhythm(9.0),
    "run": Rhythm(0.7, 2.0, (0.0, 0.5)),
    "sit": Rhythm(9.0),
    "perch": Rhythm(9.0),
    "dance": Rhythm(1.9, 0.0, (0.0, 0.5)),
    "jump": Rhythm(1.7, 0.0, (0.64,)),
}

person = Biped("person", 1.74, EVERYDAY, (YOUTH, WOMAN, MAN, GIRL))
