"""Postures of two-legged figures: where pelvis, feet and arms are at a phase of each action."""

from __future__ import annotations

import math
from typing import NamedTuple

from shadowplay.actors.curves import Vec
from shadowplay.actors.rig import Foothold, Tread, keyed, pulse, wave

Arm = tuple[float, float]
"""Shoulder and elbow: radians forward of hanging, radians of bend."""


class Anatomy(NamedTuple):
    """The bones of a two-legged figure, as shares of its height."""

    hip: float = 0.53
    thigh: float = 0.247
    shin: float = 0.237
    spine: float = 0.295
    neck: float = 0.33
    upper_arm: float = 0.158
    forearm: float = 0.14
    ankle: Vec = (-0.082, 0.05)
    ball: float = 0.062

    def scaled(self, by: float) -> Anatomy:
        """The same body, `by` times as large."""
        x, y = self.ankle
        return Anatomy(
            self.hip * by,
            self.thigh * by,
            self.shin * by,
            self.spine * by,
            self.neck * by,
            self.upper_arm * by,
            self.forearm * by,
            (x * by, y * by),
            self.ball * by,
        )


class Posture(NamedTuple):
    """A figure before its limbs are solved; pairs are near, far.

    Attributes:
        pelvis: where the hips are.
        lean: the trunk's, radians forward.
        nod: the head's, radians down.
        feet: the balls of the feet.
        arms: shoulder and elbow of each.
        gust: how strongly cloth and hair are blown back, 0 to 1.
    """

    pelvis: Vec
    lean: float
    nod: float
    feet: tuple[Foothold, Foothold]
    arms: tuple[Arm, Arm]
    gust: float = 0.0


def striding(
    phase: float,
    body: Anatomy,
    tread: Tread,
    *,
    lean: float,
    bob: float,
    drop: float,
    swing: float,
    elbow: float,
    gust: float,
) -> Posture:
    """Walking and running: one tread, half a cycle apart."""
    near, far = _planted(tread, phase, body), _planted(tread, phase + 0.5, body)
    high = body.hip - drop + bob * math.cos(math.tau * 2 * (phase - tread.duty / 2))
    beat = math.cos(math.tau * (phase - 0.03))
    arms = (
        (-swing * beat + 0.08, elbow + 0.35 * swing * max(-beat, -0.4)),
        (swing * beat + 0.08, elbow + 0.35 * swing * max(beat, -0.4)),
    )
    return Posture((0.0, high), lean, 0.03 * wave(phase, 2), (near, far), arms, gust)


def _planted(tread: Tread, phase: float, body: Anatomy) -> Foothold:
    step = tread.at(phase)
    return step._replace(x=step.x + body.ball)


def standing(phase: float, body: Anatomy) -> Posture:
    """Standing, breathing, the weight going over once and back."""
    breath, sway = wave(phase, 3), wave(phase)
    feet = Foothold(body.ball - 0.05, 0.0), Foothold(body.ball + 0.07, 0.0)
    arms = (-0.42 + 0.02 * breath, 0.85 + 0.05 * sway), (0.24 + 0.03 * breath, 0.3)
    turn = 0.16 * pulse(phase, 0.62, 0.16) - 0.14 * pulse(phase, 0.2, 0.12)
    pelvis = 0.012 + 0.008 * sway, body.hip - 0.004 + 0.0015 * breath
    return Posture(pelvis, 0.015 - 0.012 * sway, turn, feet, arms, 0.1)


def sitting(phase: float, body: Anatomy) -> Posture:
    """Sitting on the ground, knees drawn up, one hand behind."""
    breath = wave(phase, 3)
    feet = Foothold(0.33, 0.0), Foothold(0.4, 0.0)
    arms = (0.88 + 0.02 * breath, 0.3), (-0.72, 0.05)
    nod = 0.12 * wave(phase) - 0.1
    return Posture((-0.06, 0.075), -0.16 + 0.012 * breath, nod, feet, arms, 0.05)


def perching(phase: float, body: Anatomy) -> Posture:
    """Sitting on a seat: the origin is on the seat, the feet are on the ground below."""
    breath = wave(phase, 3)
    down = -0.025 - body.shin
    feet = (
        Foothold(body.thigh + 0.045, down, planted=False),
        Foothold(body.thigh + 0.085, down, planted=False),
    )
    arms = (0.62 + 0.02 * breath, 0.85), (0.5 + 0.02 * breath, 0.95)
    nod = 0.14 * wave(phase) + 0.04
    return Posture((0.0, 0.062), 0.05 + 0.012 * breath, nod, feet, arms, 0.05)


def jumping(phase: float, body: Anatomy) -> Posture:
    """A standing jump: crouch, flight from 0.36 to 0.64 of the cycle, landing."""
    crouch = keyed(
        phase, ((0, 0.0), (0.22, 0.15), (0.36, -0.012), (0.64, 0.02), (0.72, 0.11), (1, 0))
    )
    flight = min(max((phase - 0.36) / 0.28, 0.0), 1.0)
    high = 0.34 * 4 * flight * (1 - flight)
    tuck = 0.11 * math.sin(math.pi * flight) ** 2
    feet = (
        _aloft(body.ball - 0.02 - tuck * 0.7, high + tuck, flight),
        _aloft(body.ball + 0.06 + tuck, high + tuck * 1.5, flight),
    )
    raised = keyed(phase, ((0, 0.0), (0.2, -0.85), (0.4, 2.3), (0.62, 1.5), (0.8, 0.3), (1, 0)))
    arms = (raised, 0.35 + 0.1 * raised), (raised + 0.25, 0.3)
    lean = keyed(phase, ((0, 0.02), (0.22, 0.5), (0.38, 0.0), (0.64, 0.1), (0.72, 0.36), (1, 0.02)))
    return Posture((-crouch * 0.35, body.hip - crouch + high), lean, -lean * 0.6, feet, arms, 0.4)


def _aloft(x: float, y: float, flight: float) -> Foothold:
    return Foothold(x, y, -0.8 * math.sin(math.pi * flight), planted=not 0 < flight < 1)


def dancing(phase: float, body: Anatomy) -> Posture:
    """A step dance of four beats: one foot taps while the other carries, arms overhead."""
    sway = wave(phase)
    hop = abs(wave(phase, 2))
    near, far = max(0.0, wave(phase, 1)), max(0.0, -wave(phase, 1))
    feet = (
        Foothold(body.ball - 0.07 + 0.16 * near**2, 0.13 * near**2, -0.7 * near**2, near == 0),
        Foothold(body.ball + 0.09 - 0.1 * far**2, 0.13 * far**2, -0.7 * far**2, far == 0),
    )
    arms = (1.9 + 0.85 * sway, 0.75 - 0.35 * sway), (2.25 - 1.5 * sway, 0.85 + 0.3 * sway)
    pelvis = 0.02 * sway, body.hip - 0.035 + 0.025 * hop
    return Posture(pelvis, 0.02 - 0.09 * sway, 0.1 * sway, feet, arms, 0.35)


def floating(phase: float, body: Anatomy) -> Posture:
    """Adrift without weight; the origin is on the ground below, the feet never touch it."""
    drift = wave(phase)
    lag = wave(phase, 1, -0.2)
    feet = (
        Foothold(-0.16 + 0.05 * lag, 0.26 + 0.03 * drift, -0.9, False),
        Foothold(0.1 + 0.05 * drift, 0.2 + 0.03 * lag, -0.6, False),
    )
    arms = (1.05 + 0.2 * lag, 0.5 + 0.2 * drift), (-0.75 - 0.2 * drift, 0.55)
    return Posture((0.0, 0.62 + 0.03 * drift), 0.2 + 0.06 * lag, -0.1, feet, arms, 0.2)
