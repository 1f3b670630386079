"""People in their parts: child, couple, dancer, the walker with an umbrella."""

from __future__ import annotations

import numpy as np

from shadowplay.actors.base import Shape
from shadowplay.actors.biped import Biped, Costume, Joints, dressed
from shadowplay.actors.curves import (
    Tube,
    carried,
    carried_all,
    moved,
    outline,
    polygon,
    stations,
    turned,
)
from shadowplay.actors.figure import Figure, Rhythm
from shadowplay.actors.people import (
    BARE_ARM,
    BODICE,
    COAT,
    EVERYDAY,
    HEAD_BUN,
    HEAD_CROPPED,
    JACKET,
    MAN,
    SLEEVE,
    STOCKINGS,
    TROUSERS,
    WOMAN,
    person,
    skirt,
)
from shadowplay.actors.postures import Anatomy, Posture, standing
from shadowplay.actors.rig import Build, Foothold, chain, keyed, wave
from shadowplay.scene import Action

_SMALL = Anatomy(0.462, 0.214, 0.206, 0.25, 0.285, 0.13, 0.115)
_SHORT = np.array((1.02, 0.84), np.float32)


def _pigtail(joints: Joints) -> Shape:
    bends = tuple(0.25 + 0.2 * wave(joints.phase, 2, -0.13 * i) for i in range(2))
    root = carried((-0.08, 0.17), joints.head)
    return Shape(_PIGTAIL.outline(chain(root, 3.3, bends, 0.06)))


_PIGTAIL = Tube(3, stations("0:1 0.4:2.8 1:3.4 1.5:2.6 2:0.3"), 0.45)
_CAP = outline(
    "3,-1 3.2,2.2 6.6,1.8 8.2,3.4 8.2,5 9.2,6.4 10.2,7.4 8.9,9 8.7,11.4 9,13.4!"
    " 15,13! 15.4,14.4! 9.6,16.6! 8,20 3.6,23 1,23.2 0,24.6 -1.4,23.2 -6,21.4"
    " -8.8,17.6 -9,13.4! -8.6,9 -7.4,5.6 -4.6,3.4 -3.8,-1"
)
_FRINGE = outline(
    "2.6,-1 2.8,2.2 6.2,1.8 7.8,3.4 7.8,5 8.8,6.4 9.8,7.4 8.5,9 8.6,12 9.2,14.6!"
    " 8,19 3.6,22.6 -1.4,23 -6.4,21 -9,17 -9,12 -7.4,6 -4.6,3 -3.4,-1"
)
_BOY = Costume(trunk=JACKET * _SHORT, head=_CAP, leg=TROUSERS, arm=SLEEVE, tinted=True)
_GIRL = Costume(
    trunk=BODICE * _SHORT,
    head=_FRINGE,
    leg=STOCKINGS,
    arm=BARE_ARM,
    behind=(_pigtail,),
    middle=(skirt(0.2, 0.06),),
    tinted=True,
)
child = Biped(
    "child",
    1.15,
    {
        "walk": Rhythm(0.84, 0.72, (0.0, 0.5)),
        "run": Rhythm(0.58, 1.95, (0.0, 0.5)),
        "stand": Rhythm(7.0),
        "jump": Rhythm(1.3, 0.0, (0.64,)),
        "sit": Rhythm(7.0),
        "perch": Rhythm(7.0),
        "dance": Rhythm(1.5, 0.0, (0.0, 0.5)),
    },
    (_BOY, _GIRL),
    _SMALL,
)

_CANOPY = outline(
    "0,33.4! 1,31 10,29.4 21,24 28.6,15.4 32,6! 27,9.4 21.4,6! 16,9.6 10.6,6! 5,9.8"
    " 0,6.4! -5,9.8 -10.6,6! -16,9.6 -21.4,6! -27,9.4 -32,6! -28.6,15.4 -21,24"
    " -10,29.4 -1,31"
)
_RIBS = polygon(
    "-0.5,34 -0.6,-5 -1.6,-7.4 -3.4,-7.2 -3.8,-5.4 -4.8,-5.6 -4.2,-8.2 -1.4,-8.8 0.4,-6 0.6,34"
)


def _umbrella(joints: Joints) -> Shape:
    tilt = -0.1 + 0.035 * wave(joints.phase, 2, 0.2)
    x, y = joints.hands[0]
    return Shape(turned(_CANOPY, tilt, x, y + 0.075), tint=True)


def _handle(joints: Joints) -> Shape:
    tilt = -0.1 + 0.035 * wave(joints.phase, 2, 0.2)
    x, y = joints.hands[0]
    return Shape(turned(_RIBS, tilt, x, y + 0.02))


umbrella_walker = Biped(
    "umbrella_walker",
    1.74,
    {"walk": EVERYDAY["walk"], "stand": EVERYDAY["stand"]},
    (
        Costume(
            trunk=COAT, head=HEAD_CROPPED, leg=TROUSERS, arm=SLEEVE, behind=(_umbrella, _handle)
        ),
        Costume(
            trunk=BODICE,
            head=HEAD_BUN,
            leg=STOCKINGS,
            arm=SLEEVE,
            behind=(_umbrella, _handle),
            middle=(skirt(0.34, 0.05),),
        ),
    ),
    holds=((0.42, 2.05), None),
)

_SLIPPER = polygon(
    "-5.4,5.4 -2.4,2.6 2,1.4 5.4,0.6 5.6,-0.2 4,-0.5 0,-0.6 -5.6,-0.4 -9,0.4 -10.6,2 -10.4,5"
)
_TUTU = outline(
    "4.6,13 7,8 15,8.6 23,7.4! 21.6,5.4 25,3.4! 21,1.6 24,-1! 18,-2 19.6,-5!"
    " 12,-4.6 11,-8! 4,-6.4 0,-9! -4,-6.4 -11,-8! -12,-4.6 -19.6,-5! -18,-2 -24,-1!"
    " -21,1.6 -25,3.4! -21.6,5.4 -23,7.4! -15,8.6 -7,8 -4.6,13"
)


def _tutu(joints: Joints) -> Shape:
    bounce = 1 + 0.07 * wave(joints.phase, 8)
    return Shape(carried_all(_TUTU * np.array((1, bounce), np.float32), joints.trunk), tint=True)


class Dancer(Biped):
    """A ballerina: fifth position, arabesque, développé, and the ways between them."""

    _STEPS = (0.0, 0.14, 0.3, 0.5, 0.64, 0.84, 1.0)

    def posture(self, action: Action, phase: float, build: Build) -> Posture:
        """Keyed values for each joint, all on the same steps."""
        if action != "dance":
            return super().posture(action, phase, build)

        def key(*values: float) -> float:
            return keyed(phase, tuple(zip(self._STEPS, values, strict=True)))

        breath = 0.02 * wave(phase, 3)
        near = Foothold(0.0, 0.044, -1.22)
        free = (
            key(0.02, 0.02, -0.5, -0.5, 0.3, 0.44, 0.02),
            key(0.044, 0.044, 0.6, 0.64, 0.3, 0.62, 0.044),
            key(-1.22, -1.22, -2.75, -2.8, -0.9, -0.1, -1.22),
        )
        far = Foothold(free[0], free[1], free[2], planted=free[1] < 0.045)
        lean = key(0.0, 0.0, 0.42, 0.5, 0.0, -0.14, 0.0)
        arms = (
            (
                key(2.75, 2.75, 1.9, 2.0, 0.5, 1.3, 2.75) + breath,
                key(0.75, 0.75, 0.1, 0.08, 0.7, 0.2, 0.75),
            ),
            (
                key(2.5, 2.5, -1.05, -1.15, 0.7, 2.5, 2.5) + breath,
                key(0.85, 0.85, 0.15, 0.1, 0.7, 0.6, 0.85),
            ),
        )
        pelvis = (
            key(0.012, 0.012, 0.03, 0.035, 0.0, -0.02, 0.012),
            0.592 - 0.012 * abs(wave(phase, 3)),
        )
        return Posture(
            pelvis, lean, key(-0.1, -0.15, -0.3, -0.35, 0.1, -0.25, -0.1), (near, far), arms, 0.3
        )


dancer = Dancer(
    "dancer",
    1.75,
    {"dance": Rhythm(5.2), "walk": EVERYDAY["walk"], "stand": EVERYDAY["stand"]},
    (
        Costume(
            trunk=BODICE * np.array((0.92, 1.0), np.float32),
            head=HEAD_BUN,
            leg=STOCKINGS,
            arm=BARE_ARM,
            shoe=_SLIPPER,
            middle=(_tutu,),
        ),
    ),
)


class Couple(Figure):
    """A man and a woman: hand in hand when they go, face to face when they stay."""

    _HIM, _HER = Anatomy(), Anatomy()
    _HER_SIZE = 0.93

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Him behind, her before."""
        him, her, apart, facing = self._postures(action, phase, build)
        size = np.array((self._HER_SIZE * (-1 if facing else 1), self._HER_SIZE), np.float32)
        shapes = [
            s._replace(points=moved(s.points, -apart, 0.0))
            for s in dressed(him, self._HIM, MAN, phase)
        ]
        shapes += [
            s._replace(points=moved(s.points * size, apart, 0.0))
            for s in dressed(her, self._HER, WOMAN, phase)
        ]
        return shapes

    def tread(self, action: Action, phase: float, build: Build) -> list[Foothold]:
        """His feet, then hers."""
        him, her, apart, facing = self._postures(action, phase, build)
        flip = -self._HER_SIZE if facing else self._HER_SIZE
        return [f._replace(x=f.x - apart) for f in him.feet] + [
            f._replace(x=f.x * flip + apart, y=f.y * self._HER_SIZE) for f in her.feet
        ]

    def _postures(
        self, action: Action, phase: float, build: Build
    ) -> tuple[Posture, Posture, float, bool]:
        if action == "walk":
            pace = self.pace(action, build)
            him = person.going("walk", phase, pace)
            her = person.going("walk", phase, pace / self._HER_SIZE)
            swing = 0.06 * wave(phase)
            him = him._replace(arms=((0.48 + swing, 0.14), him.arms[1]), nod=-0.02)
            her = her._replace(arms=(her.arms[0], (-0.54 + swing, 0.1)))
            return him, her, 0.165, False
        if action == "dance":
            return self._waltz(phase)
        him, her = standing(phase, self._HIM), standing((phase + 0.07) % 1, self._HER)
        lean = 0.03 + 0.02 * wave(phase)
        him = him._replace(
            arms=((0.62, 0.5), (0.7, 0.45)), lean=lean, nod=0.16 + 0.04 * wave(phase, 1, 0.1)
        )
        her = her._replace(
            arms=((0.62, 0.45), (0.7, 0.4)), lean=lean, nod=-0.16 + 0.04 * wave(phase, 1, 0.2)
        )
        return him, her, 0.2, True

    def _waltz(self, phase: float) -> tuple[Posture, Posture, float, bool]:
        """Rise and fall in three: they sway as one, a foot drawn in on each bar."""
        sway, rise = wave(phase), 0.012 * wave(phase, 2, 0.2)
        him, her = standing(phase, self._HIM), standing(phase, self._HER)
        near, far = max(0.0, wave(phase)), max(0.0, -wave(phase))
        feet = (
            Foothold(0.0, 0.05 * near**2, -0.8 * near**2, near == 0.0),
            Foothold(0.12, 0.05 * far**2, -0.8 * far**2, far == 0.0),
        )
        him = him._replace(
            pelvis=(0.02 * sway, him.pelvis[1] - 0.012 + rise),
            feet=feet,
            lean=0.02 + 0.05 * sway,
            nod=0.1,
            arms=((0.95, 0.4), (1.5 + 0.08 * sway, 0.1)),
        )
        her = her._replace(
            pelvis=(-0.02 * sway, her.pelvis[1] - 0.012 + rise),
            feet=(feet[1]._replace(x=0.0), feet[0]._replace(x=0.12)),
            lean=0.0 - 0.05 * sway,
            nod=-0.22,
            arms=((1.5, 0.35), (1.75 + 0.08 * sway, 0.1)),
            gust=0.5,
        )
        return him, her, 0.152, True


couple = Couple(
    "couple",
    1.76,
    "ground",
    {"walk": EVERYDAY["walk"], "stand": Rhythm(9.0), "dance": Rhythm(3.0, 0.0, (0.0, 0.5))},
)
