"""The anatomy of four-legged figures: legs, gaits, tails, and the skin that bends with them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from shadowplay import exact
from shadowplay.actors.base import Points, Shape
from shadowplay.actors.curves import (
    Matrix,
    Skin,
    Tube,
    Vec,
    carried,
    controls,
    frame,
    outline,
    polygon,
    stations,
    turned,
)
from shadowplay.actors.rig import Foothold, chain, knee, offset, wave
from shadowplay.scene import Action

Hinge = tuple[Vec, Vec]
"""A joint's pivot, and the way along which the part beyond it lies."""


class Leg:
    """One leg at rest, from which its bones, bend and widths follow.

    Args:
        joints: hip (or shoulder), stifle (or elbow), hock (or wrist), ankle; `x,y` in hundredths.
        sole: x of the point that the foot stands on, in hundredths.
        widths: stations along the four joints.
        foot: outline of the foot about its sole, from the shin's front to its back.
        bend: +1 when the third joint bends backward (hind), -1 when forward (fore).
        give: how much of the leg's swing the uppermost bone takes.
    """

    def __init__(
        self, joints: str, sole: float, widths: str, foot: str, *, bend: float, give: float = 0.35
    ) -> None:
        root, upper, middle, ankle = controls(joints)[0]
        self.root, self.upper, self.ankle = root, upper, ankle
        self.sole = sole * 0.01
        self.long = (math.dist(upper, middle), math.dist(middle, ankle))
        self.bend = bend
        self.give = give
        self.tube = Tube(4, stations(widths))
        self.foot = polygon(foot)
        self.to_ankle = (ankle[0] - self.sole, ankle[1])

    def outline(self, step: Foothold, by: Matrix) -> Points:
        """The leg's outline when its foot is at `step` and its root is carried by the trunk."""
        root = carried(self.root, by)
        swing = (step.x - self.sole) * self.give / self.root[1]
        upper = offset(root, (self.upper[0] - self.root[0], self.upper[1] - self.root[1]), swing)
        ankle = offset((step.x, step.y), self.to_ankle, step.pitch)
        foot = turned(self.foot, step.pitch, step.x, step.y)
        sunk = min(float(foot[:, 1].min()), 0.0)
        if sunk < 0.0 <= step.y:
            foot[:, 1] -= sunk
            ankle = ankle[0], ankle[1] - sunk
        middle = knee(upper, ankle, *self.long, self.bend)
        return self.tube.outline((root, upper, middle, ankle), foot)


class Gait(NamedTuple):
    """How a quadruped goes.

    Attributes:
        order: touchdown phases of near hind, near fore, far hind, far fore.
        duty: share of the cycle each foot is planted.
        lift, fold: of the fore and hind feet in the swing (see `Tread`).
        bob: how far the trunk goes up and down, `bobs` times a cycle.
        rock: how far it pitches, radians, once a cycle.
        nod: how far the neck goes, radians.
        neck, head: held up (positive) or down, radians.
        sink: how much lower than standing it is carried.
        flex: how much the loins gather and stretch, radians.
        tail: how far the tail is raised, radians.
    """

    order: tuple[float, float, float, float]
    duty: float
    lift: float
    fold: float
    bob: float = 0.01
    bobs: int = 2
    rock: float = 0.0
    nod: float = 0.05
    neck: float = 0.0
    head: float = 0.0
    sink: float = 0.0
    flex: float = 0.0
    tail: float = 0.0


WALK = Gait((0.0, 0.25, 0.5, 0.75), 0.63, 0.07, 0.75, bob=0.006, nod=0.045, sink=0.008)
TROT = Gait(
    (0.0, 0.5, 0.5, 0.0), 0.42, 0.13, 1.2, bob=0.018, nod=0.02, neck=0.05, tail=0.3, sink=0.01
)
GALLOP = Gait(
    (0.12, 0.48, 0.0, 0.36),
    0.27,
    0.2,
    1.5,
    bob=0.03,
    bobs=1,
    rock=0.075,
    nod=0.13,
    neck=-0.22,
    head=0.16,
    sink=0.02,
    flex=0.13,
    tail=1.0,
)


class Skin4(Skin):
    """A skin with joints at the loins, at the base of the neck, at the poll.

    The frames are trunk, neck, head, rump in this order, though the rump hangs on the trunk.
    """

    def __init__(self, points: Points, loins: Vec, neck: Hinge, head: Hinge) -> None:
        super().__init__(points, [(*neck, 0.07), (*head, 0.05)])
        rump = np.clip((loins[0] + 0.08 - points[:, 0]) / 0.16, 0, 1)
        rump = rump * rump * (3 - 2 * rump)
        trunk = self._own[:, :1] * (1 - rump[:, None])
        self._own = np.concatenate(
            [trunk, self._own[:, 1:], self._own[:, :1] * rump[:, None]], 1
        ).astype(np.float32)
        self.loins = loins

    def posed(self, base: Matrix, neck: float, head: float, rump: float) -> Matrix:
        """The frames of trunk, neck, head and rump."""
        bones = self.frames((neck, head), base)
        hinge = frame(rump, 0, 0, self.loins)
        tail = exact.product(base[:, :2], hinge)
        tail[:, 2] += base[:, 2]
        return np.concatenate([bones, tail[None].astype(np.float32)])


@dataclass(frozen=True, kw_only=True)
class Tail:
    """A tail: a tapered tube that follows through.

    Attributes:
        root: where it grows, at rest.
        angle: radians it leaves the rump at.
        curl: bend from link to link at rest.
        sway: how far each link swings.
        link: length of a link.
        tube: its outline.
    """

    root: Vec
    angle: float
    curl: tuple[float, ...]
    sway: float
    link: float
    tube: Tube

    def outline(self, root: Vec, phase: float, cycles: int, raised: float = 0.0) -> Points:
        """Swung `cycles` times a cycle, and `raised` radians above its rest."""
        straight = 1 - 0.5 * min(max(raised, 0.0), 1.0)
        bends = tuple(
            bend * straight + self.sway * wave(phase, cycles, -0.14 * i)
            for i, bend in enumerate(self.curl)
        )
        return self.tube.outline(chain(root, self.angle - raised, bends, self.link))


@dataclass(frozen=True, kw_only=True)
class Seat:
    """How an animal sits: a drawing of its own, with a head that turns and a tail.

    Attributes:
        skin: the outline, with joints at neck and head.
        tail: lying or raised.
        turn: how far the neck and the head go, radians; a howling head goes far.
    """

    skin: Skin
    tail: Tail | None
    turn: tuple[float, float] = (0.06, 0.1)


@dataclass(frozen=True, kw_only=True)
class Anatomy4:
    """The body of a four-legged animal at rest, 1.0 being its height at the head.

    Attributes:
        skin: trunk, neck, head; joints: loins (turns the rump), neck, head.
        hind, fore: legs of the near side.
        aside: how far the far legs stand ahead.
        tail: if it has one worth showing.
    """

    skin: Skin4
    hind: Leg
    fore: Leg
    tail: Tail | None
    aside: float = 0.045
    seat: Seat | None = None


Extra = Callable[["Pose4"], list[Shape]]
"""Something more on the animal (a mane, a rider), drawn from its pose."""


class Pose4(NamedTuple):
    """A solved trunk, as extras need it."""

    frames: Matrix
    phase: float
    action: Action
    gust: float


def skinned(body: str, *, loins: Vec, neck: Hinge, head: Hinge) -> Skin4:
    """The skin of a trunk drawn in hundredths, with its three usual joints."""
    return Skin4(outline(body), loins, neck, head)
