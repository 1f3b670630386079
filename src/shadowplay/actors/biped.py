"""Biped: a two-legged figure in a costume, its limbs solved from a posture."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from shadowplay import exact
from shadowplay.actors.base import Points, Shape
from shadowplay.actors.curves import (
    Matrix,
    Tube,
    Vec,
    carried,
    carried_all,
    frame,
    polygon,
    turned,
)
from shadowplay.actors.figure import Figure, Rhythm
from shadowplay.actors.postures import (
    Anatomy,
    Arm,
    Posture,
    dancing,
    floating,
    jumping,
    perching,
    sitting,
    standing,
    striding,
)
from shadowplay.actors.rig import Build, Foothold, Tread, knee, offset, polar
from shadowplay.scene import Action

SHOE = polygon(
    "-6.6,6.6 -4,4.4 -0.5,3.2 3,2.7 4.6,1.5 4.4,0.2 3.4,0 -4,0 -5,0.7 -8,0.7 -8.4,0"
    " -11.4,0 -12,2 -11,5.6"
)
MITT = polygon("1.6,-1.5 2.1,1 2.4,3.8 1.7,6.6 0.7,7.4 -0.6,6.6 -1.4,4 -1.6,1")
"""A hand at rest, the wrist at the origin, fingers up; it is turned along the forearm."""


class Joints(NamedTuple):
    """A solved figure, as the trims of a costume need it; pairs are near, far."""

    posture: Posture
    trunk: Matrix
    head: Matrix
    knees: tuple[Vec, Vec]
    ankles: tuple[Vec, Vec]
    hands: tuple[Vec, Vec]
    grips: tuple[float, float]
    phase: float


Trim = Callable[[Joints], Shape]
"""Something worn or carried, drawn from the joints (a ponytail, a skirt, a sword)."""


@dataclass(frozen=True, kw_only=True)
class Costume:
    """Everything that can be seen of a two-legged figure.

    Attributes:
        trunk: outline about the pelvis, upright.
        head: outline about the base of the neck, looking forward; hats belong to it.
        leg, arm: their outlines along hip, knee, ankle and shoulder, elbow, wrist.
        behind, middle, before: trims behind everything, over the legs, over everything.
        far_tone: how much lighter the far limbs are.
    """

    trunk: Points
    head: Points
    leg: Tube
    arm: Tube
    shoe: Points = field(default_factory=lambda: SHOE)
    hand: Points = field(default_factory=lambda: MITT)
    behind: tuple[Trim, ...] = ()
    middle: tuple[Trim, ...] = ()
    before: tuple[Trim, ...] = ()
    far_tone: float = 0.16
    tinted: bool = False


WALKING = Tread(0.6, 0.0, 0.075, 0.85, 0.62, 0.3)
RUNNING = Tread(0.34, 0.0, 0.26, 1.75, 0.75, 0.1)
_POSTURES: dict[Action, Callable[[float, Anatomy], Posture]] = {
    "stand": standing,
    "sit": sitting,
    "perch": perching,
    "jump": jumping,
    "dance": dancing,
    "fly": floating,
}


class Biped(Figure):
    """A figure on two legs.

    Args:
        costumes: one for each kind in a group, by the build's pick.
        body: its bones.
        lean: how far forward it always is, radians.
        holds: an arm that carries something keeps its place, whatever the action.
        stride: the treads of its walk and run; their sweep follows from the speed.
    """

    def __init__(
        self,
        name: str,
        height: float,
        rhythms: Mapping[Action, Rhythm],
        costumes: tuple[Costume, ...],
        body: Anatomy | None = None,
        lean: float = 0.0,
        holds: tuple[Arm | None, Arm | None] = (None, None),
        stride: tuple[Tread, Tread] = (WALKING, RUNNING),
    ) -> None:
        super().__init__(name, height, "ground", rhythms)
        self.costumes = costumes
        self.body = body or Anatomy()
        self.lean = lean
        self.holds = holds
        self.stride = stride

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Far limbs, trunk, head, near limbs, with the costume's trims in between."""
        posture = self.posture(action, phase, build)
        return dressed(posture, self.body, self.costumes[build.pick % len(self.costumes)], phase)

    def tread(self, action: Action, phase: float, build: Build) -> list[Foothold]:
        """The balls of the near and of the far foot."""
        return list(self.posture(action, phase, build).feet)

    def posture(self, action: Action, phase: float, build: Build) -> Posture:
        """Where the body is at a phase of an action."""
        if action in ("walk", "run"):
            made = self.going(action, phase, self.pace(action, build))
        else:
            made = _POSTURES.get(action, standing)(phase, self.body)
        near, far = (held or arm for held, arm in zip(self.holds, made.arms, strict=True))
        return made._replace(lean=made.lean + self.lean, arms=(near, far))

    def going(self, action: Action, phase: float, pace: float) -> Posture:
        """Walking or running at a pace in this body's own units a second."""
        tread = self.stride[action == "run"]
        sweep = pace * self.rhythms[action].cycle * tread.duty
        tread = tread._replace(sweep=sweep)
        if action == "walk":
            return striding(
                phase,
                self.body,
                tread,
                lean=0.045,
                bob=0.013,
                drop=0.018,
                swing=0.46,
                elbow=0.3,
                gust=0.3,
            )
        return striding(
            phase,
            self.body,
            tread,
            lean=0.2,
            bob=-0.022,
            drop=0.035,
            swing=0.8,
            elbow=1.35,
            gust=1.0,
        )


def solved(posture: Posture, body: Anatomy, phase: float) -> Joints:
    """The joints of a posture."""
    px, py = posture.pelvis
    trunk = frame(-posture.lean, px, py)
    neck = carried((0.008, body.neck), trunk)
    head = frame(-posture.lean * 0.45 - posture.nod, *neck)
    ankles, knees, hands, grips = [], [], [], []
    feet = tuple(grounded(foot) for foot in posture.feet)
    posture = posture._replace(feet=(feet[0], feet[1]))
    for foot, (swing, bend), side in zip(posture.feet, posture.arms, (-0.012, 0.012), strict=True):
        ankle = offset((foot.x, foot.y), body.ankle, foot.pitch)
        ankles.append(ankle)
        knees.append(knee(posture.pelvis, ankle, body.thigh, body.shin, 1.0))
        shoulder = carried((side, body.spine), trunk)
        elbow = polar(shoulder, swing - math.pi / 2, body.upper_arm)
        grips.append(swing + bend - math.pi / 2)
        hands.append(polar(elbow, grips[-1], body.forearm))
    return Joints(
        posture,
        trunk,
        head,
        (knees[0], knees[1]),
        (ankles[0], ankles[1]),
        (hands[0], hands[1]),
        (grips[0], grips[1]),
        phase,
    )


def grounded(foot: Foothold) -> Foothold:
    """A foot whose toe or heel would be under the ground, lifted so that it stands on it."""
    down = 0.046 * math.sin(-foot.pitch) if foot.pitch < 0 else 0.118 * math.sin(foot.pitch)
    return foot if foot.y >= down or foot.y < 0 else foot._replace(y=down)


def dressed(posture: Posture, body: Anatomy, wear: Costume, phase: float) -> list[Shape]:
    """The shapes of a posture in a costume, back to front."""
    joints = solved(posture, body, phase)
    tone = wear.far_tone
    return [
        *(trim(joints) for trim in wear.behind),
        Shape(_arm(joints, body, wear, 1), tone),
        Shape(_leg(joints, wear, 1), tone),
        Shape(_leg(joints, wear, 0)),
        *(trim(joints) for trim in wear.middle),
        Shape(carried_all(wear.trunk, joints.trunk), tint=wear.tinted),
        Shape(carried_all(wear.head, joints.head)),
        Shape(_arm(joints, body, wear, 0), tint=wear.tinted),
        *(trim(joints) for trim in wear.before),
    ]


def _leg(joints: Joints, wear: Costume, side: int) -> Points:
    foot = joints.posture.feet[side]
    shoe = turned(wear.shoe, foot.pitch, foot.x, foot.y)
    return wear.leg.outline((joints.posture.pelvis, joints.knees[side], joints.ankles[side]), shoe)


def _arm(joints: Joints, body: Anatomy, wear: Costume, side: int) -> Points:
    shoulder = carried(((-0.012, 0.012)[side], body.spine), joints.trunk)
    elbow = polar(shoulder, joints.posture.arms[side][0] - math.pi / 2, body.upper_arm)
    wrist = joints.hands[side]
    hand = turned(wear.hand, joints.grips[side] - math.pi / 2, *wrist)[::-1]
    return wear.arm.outline((shoulder, elbow, wrist), hand)


_SIDE = np.array([[(1 - u) ** 2, 2 * u * (1 - u), u * u] for u in np.linspace(0, 1, 9)], np.float32)


def drape(front: tuple[Vec, Vec, Vec], back: tuple[Vec, Vec, Vec], sag: float = 0.02) -> Points:
    """Hanging cloth: each side a curve from waist to hem, the hem sagging between them."""
    a = exact.product(_SIDE, np.array(front, np.float32))
    b = exact.product(_SIDE, np.array(back, np.float32))
    middle = ((front[2][0] + back[2][0]) / 2, (front[2][1] + back[2][1]) / 2 - sag * 2)
    hem = exact.product(_SIDE, np.array((front[2], middle, back[2]), np.float32))
    return np.concatenate([a, hem[1:-1], b[::-1]])
