"""Butterfly, bat and dragon."""

from __future__ import annotations

import math

import numpy as np

from shadowplay import exact
from shadowplay.actors.base import Points, Shape
from shadowplay.actors.birds import whole
from shadowplay.actors.curves import Tube, outline, stations, turned
from shadowplay.actors.figure import Rhythm
from shadowplay.actors.rig import chain, wave
from shadowplay.actors.wings import Flap, Flyer, Wing

_FLUTTER = Flap(up=1.5, down=-0.15, droop=0.22, sweep=0.0, flaps=1, bob=0.07)
butterfly = Flyer(
    "butterfly",
    0.07,
    {"fly": Rhythm(0.42, 1.1), "sit": Rhythm(3.6)},
    wings=(
        Wing(
            "0,-4 6,-22 16,-42 30,-50 42,-44 47,-33 44,-22 36,-12 24,-3 10,2 0,3",
            90,
            (0.0, 0.0),
            (-0.16, -0.5),
        ),
        Wing(
            "0,0 12,-6 30,-4 48,2 60,13 69,28 74,44 70,52 60,53 46,46 30,34 14,18 0,8",
            90,
            (0.02, 0.0),
            (-0.16, -0.5),
        ),
    ),
    flap=_FLUTTER,
    body=whole(
        "24,3 21,5.4 17,4.6 13,4.6 8,5 2,3.6 -12,2.4 -26,1 -36,-1 -26,-2.4 -12,-3 0,-3"
        " 10,-3 17,-2 22,-0.6",
        "21,4.4 26,12 32,20 38,24.6 40.6,25.4 41,27.6 38.4,27.6 36,25.6 30,20.6 24,13 19.6,5",
    ),
    pitch=0.35,
    far_tone=0.26,
)


def _resting_butterfly(phase: float) -> list[Shape]:
    """On a flower: the wings open and close slowly."""
    arm = 1.32 + 0.2 * wave(phase)
    shapes = [Shape(w.cast(arm, arm, 0.0, -1), 0.26) for w in butterfly.wings]
    shapes += butterfly.body(phase) + [Shape(w.cast(arm, arm, 0.0, 1)) for w in butterfly.wings]
    return [s._replace(points=turned(s.points, 0.35, 0.0, 0.12)) for s in shapes]


butterfly.rest = _resting_butterfly

_BAT_FLAP = Flap(up=0.85, down=-0.55, droop=0.7, sweep=0.1, bob=0.1)
bat = Flyer(
    "bat",
    0.2,
    {"fly": Rhythm(0.34, 2.2, _BAT_FLAP.beats())},
    # Its wings tell it, so it is seen from ahead: the near one to the left, the far to the right.
    wings=(
        Wing(
            "0,6 8,10 20,12 30,15 35,19.6! 36,15.6! 50,12 64,3 75,-13! 64,-9 57,-11 53,-20!"
            " 46,-11 38,-11 33,-21! 25,-12 17,-12 11,-19! 6,-12 0,-12",
            30,
            (0.0, 0.02),
            (-0.92, 0.0),
            tall=0.92,
        ),
    ),
    flap=_BAT_FLAP,
    body=whole(
        "0,11 3,12! 7.6,20.4! 9.4,12! 10,8 8.6,4 7.4,0 8,-6 6,-14 2.4,-19! 0,-16.4"
        " -2.4,-19! -6,-14 -8,-6 -7.4,0 -8.6,4 -10,8 -9.4,12! -7.6,20.4! -3,12!"
    ),
    far_tone=0.0,
    pitch=-0.1,
)

_DRAGON_FLAP = Flap(up=0.95, down=-0.5, droop=0.55, sweep=0.3, bob=0.03)
_LINKS = 10
_SPINE = Tube(
    _LINKS + 1,
    stations(
        "0:2.6/2.4 0.6:2.8/2.8 1.3:3/3.4 2:3.6/4.4 2.6:4.6/6.2 3.3:5.2/7.2 4:4.8/6.6"
        " 4.7:4/5 5.4:3.2/3.6 6.2:2.5/2.7 7:1.9/2 8:1.3/1.3 9:0.9/0.9 10:0.4/0.4"
    ),
    0.45,
)
_HEAD = outline(
    "15.6,-2.2 15.8,0.4 13.6,2.2 11,2 9,3.8 6,5 4.4,7.4 -1,10.4 -7,12! -3,7.6"
    " -1.6,5.6 -6,6.6 -10,6! -4,3 -3,-2.6 1,-3.4 4,-5.4 8,-6.6 12.4,-6.8!"
    " 11.6,-5.2! 13,-4.6! 8,-4 6,-2.8 10,-2.2"
)
_BARB = outline("0,-1.4 -5,-5.4 -3.6,-0.6 -12,0! -3.6,0.6 -5,5.4 0,1.4")
_LEG = outline(
    "2,2 4,-2 2.6,-6 -1,-9 -3,-11.6 0.6,-13! -3.4,-14! -5,-12.6! -8,-13.6!"
    " -6.4,-10.6 -5,-8 -3.4,-4.6 -4,0 -2,3"
)


def _dragon_body(phase: float) -> list[Shape]:
    """A serpent's line in waves from the head back, spiked, the tail ending in a barb."""
    rest = (0.2, 0.34, 0.1, -0.32, -0.2, 0.0, 0.12, 0.14, 0.05, -0.12)
    bends = tuple(
        bend + (0.05 + 0.012 * i) * wave(phase, 1, -0.1 * i) for i, bend in enumerate(rest)
    )
    line = chain((0.36, 0.16), math.pi - 0.12 + 0.05 * wave(phase), bends, 0.098)
    spine = _SPINE.outline(line)
    tip, before = line[-1], line[-2]
    barb = math.atan2(before[1] - tip[1], before[0] - tip[0])
    look = 0.14 + 0.08 * wave(phase, 1, 0.12)
    legs = [
        turned(_LEG, 0.15 * wave(phase, 1, -0.3) - 0.5, *line[2]),
        turned(_LEG, 0.12 * wave(phase) - 0.75, *line[4]),
    ]
    return [
        *(Shape(leg) for leg in legs),
        Shape(_ridge(spine)),
        Shape(spine),
        Shape(turned(_HEAD, look - 0.15, *line[0])),
        Shape(turned(_BARB, barb, *tip)),
    ]


def _ridge(spine: Points) -> Points:
    """Spikes along the back, which is the right-hand side of the way from head to tail."""
    n = len(spine) // 2
    back = spine[::-1][: n - 2]
    tips = (back[:-1] + back[1:]) / 2
    way = back[1:] - back[:-1]
    out = np.stack([way[:, 1], -way[:, 0]], 1)
    out /= exact.lengths(out)[:, None] + 1e-6
    high = np.linspace(0.028, 0.012, len(tips), dtype=np.float32)[:, None]
    teeth = np.empty((2 * len(tips) + 1, 2), np.float32)
    teeth[::2] = back
    teeth[1::2] = tips + out * high + way * 0.5
    return np.concatenate([teeth, back[::-1] - 0.5 * np.concatenate([out, out[-1:]])[::-1] * 0.02])


dragon = Flyer(
    "dragon",
    9.0,
    {"fly": Rhythm(1.5, 0.75, _DRAGON_FLAP.beats())},
    wings=(
        Wing(
            "0,7 8,12 18,17 27,19.4 30,22.6! 31,18.6! 46,15 60,5 74,-12! 61,-5 54,-8"
            " 50,-20! 42,-9 35,-10 30,-23! 24,-12 16,-12 10,-20! 4,-12 0,-9",
            28,
            (0.1, 0.13),
            (-0.26, -0.2),
        ),
    ),
    flap=_DRAGON_FLAP,
    body=_dragon_body,
)
