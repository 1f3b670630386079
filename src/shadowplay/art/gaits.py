"""Gaits: how a figure cut from one piece of paper moves when it walks, flies, swims or dances."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.art.treads import ease
from shadowplay.scene import Action
from shadowplay.tables import load


class Frame(NamedTuple):
    """What a gait needs to know of a cut-out, in its own heights.

    Attributes:
        width: from its hindmost to its foremost point.
        foot: where it touches the ground, measured from its middle.
        lag: sets apart the gaits of two who move together, 0 or 1.
    """

    width: float
    foot: float
    lag: int


class Stance(NamedTuple):
    """How a cut-out is held at one moment.

    Attributes:
        turn: the matrix that its points are multiplied by, after the wave.
        shift: what is added then, in its own heights.
        reach: how far the wave goes that runs along its length; 0 for none.
        phase: where that wave is, in radians.
    """

    turn: NDArray[np.float64]
    shift: tuple[float, float]
    reach: float = 0.0
    phase: float = 0.0


AT_REST = Stance(np.eye(2), (0.0, 0.0))
"""Upright, and without any motion."""


_GAITS = load("art/gaits.toml", dict[str, dict[str, Any]])
_SWAYS = _GAITS.pop("sway")
SPEEDS: dict[str, float] = _GAITS.pop("speeds")
"""Travel in heights a second."""

ACTIONS: tuple[Action, ...] = (
    "stand", "walk", "run", "fly", "swim", "dance", "jump", "sit", "sail", "drive", "glow",
)  # fmt: skip
"""All that a cut-out can do; the first is what it does when nothing is said."""

JUMP = 1.7
"""Seconds from one jump to the next."""

_CROUCH, _TAKE_OFF, _LAND = 0.1, 0.3, 0.72
"""Phases of a jump at which it begins to crouch, leaves the ground and is back."""

BEAT = 0.56
"""Seconds of one beat of a dance."""


def stance(action: Action, t: float, frame: Frame) -> Stance:
    """How a cut-out is held at `t` seconds of an action. Same arguments, same stance."""
    gait = _GAITS.get(action)
    if gait is not None:
        return _hop(gait, SPEEDS[action], t + 0.5 * frame.lag * gait["period"], frame)
    if action in ("dance", "jump"):
        return (_dance if action == "dance" else _jump)(t, frame)
    return _sway(_SWAYS.get(action, _SWAYS["stand"]), t, frame)


def beats(action: Action, lag: int) -> tuple[float, float]:
    """Period and first moment of the touches of the ground, (0, 0) when there are none."""
    gait = _GAITS.get(action)
    if gait is not None:
        return gait["period"], 0.5 * lag * gait["period"]
    if action == "jump":
        return JUMP, (_LAND * JUMP - 0.35 * lag) % JUMP
    return (BEAT, 0.0) if action == "dance" else (0.0, 0.0)


def _hop(gait: Mapping[str, float], speed: float, t: float, frame: Frame) -> Stance:
    """Hops with rests between, during which the ground carries it along."""
    step = t / gait["period"]
    phase = step % 1
    air = min(1.0, max(0.0, (phase - gait["dwell"]) / (1 - gait["dwell"])))
    ahead = speed * gait["period"] * (0.6 * air + 0.4 * ease(air) - phase + 0.2)
    up = 4 * air * (1 - air)
    down = math.sin(math.pi * phase / gait["dwell"]) if phase < gait["dwell"] else 0.0
    tall = 1 - gait["squash"] * down + 0.4 * gait["squash"] * up
    angle = -gait["lean"] + gait["rock"] * math.cos(math.pi * step)
    return _held(frame, tall, angle, (ahead, gait["rise"] * up))


def _sway(how: Mapping[str, Any], t: float, frame: Frame) -> Stance:
    """Tips, stretches and rises to and fro; who floats leans forward, the narrower, the more."""
    t += how["lag"] * frame.lag
    angle, tall, rise = (
        sum(size * math.sin(math.tau * t / most + turn) for size, most, turn in how.get(part, ()))
        for part in ("angle", "tall", "rise")
    )
    tall, rise = how.get("high", 1.0) + tall, how.get("up", 0.0) + rise
    angle += how.get("tip", 0.0)
    if "lean" not in how:
        return _held(frame, tall, angle, (0.0, rise))
    angle -= 0.06 + how["lean"] * min(1.0, max(0.0, (1.25 - frame.width) / 0.6))
    turn = exact.product(_turned(angle), np.diag([1 / math.sqrt(tall), tall]))
    x, y = exact.product(turn, np.asarray([0.0, 0.5])).tolist()  # about its middle
    reach, seconds = how.get("wave", (0.0, 1.0))
    return Stance(turn, (-x, rise - y), reach, math.tau * t / seconds if reach else 0.0)


def _dance(t: float, frame: Frame) -> Stance:
    """Sways to the beat; every fourth beat it turns round like a card."""
    beat = t / BEAT
    side = -1 if frame.lag else 1
    bounce = abs(math.sin(math.pi * beat))
    angle = side * 0.13 * math.sin(math.pi * beat + 0.5 * math.pi)
    turns, part = divmod(beat / 4 + 0.5 * frame.lag, 1)
    half = turns + ease((part - 0.72) / 0.28)
    wide = math.cos(math.pi * half)
    wide = math.copysign(max(abs(wide), 0.07), wide)
    held = _held(frame, 0.97 + 0.05 * bounce, angle, (0.0, 0.05 * bounce))
    across = np.asarray([[wide, 0.0], [0.0, 1.0]])
    return held._replace(
        turn=exact.product(across, held.turn), shift=(held.shift[0] * wide, held.shift[1])
    )


def _jump(t: float, frame: Frame) -> Stance:
    """Crouches, leaps in an arc, lands softly and rests a moment."""
    phase = ((t + 0.35 * frame.lag) / JUMP) % 1
    air = min(1.0, max(0.0, (phase - _TAKE_OFF) / (_LAND - _TAKE_OFF)))
    ahead = SPEEDS["jump"] * JUMP * (air - phase)
    if phase < _TAKE_OFF:
        share = min(1.0, max(0.0, (phase - _CROUCH) / (_TAKE_OFF - _CROUCH)))
        return _held(frame, 1 - 0.16 * math.sin(math.pi * math.pow(share, 1.4)), 0.0, (ahead, 0.0))
    if phase < _LAND:
        stretch = 1 + 0.08 * math.sin(math.pi * air) * (1 - air)
        up = 4 * air * (1 - air)
        return _held(frame, stretch, 0.12 * math.sin(math.tau * air), (ahead, 0.46 * up))
    share = (phase - _LAND) / (1 - _LAND)
    return _held(frame, 1 - 0.13 * math.sin(math.pi * share) * (1 - share), 0.0, (ahead, 0.0))


def _held(frame: Frame, tall: float, angle: float, shift: tuple[float, float]) -> Stance:
    """Squashed and tipped about the foot, which stays at the origin before the shift."""
    turn = exact.product(_turned(angle), np.diag([1 / math.sqrt(tall), tall]))
    foot = exact.product(turn, np.asarray([frame.foot, 0.0]))
    # A broad foot tips over its edge, so that nothing dips into the ground.
    edge = 0.2 * frame.width * abs(math.sin(angle))
    return Stance(turn, (frame.foot - float(foot[0]) + shift[0], shift[1] - float(foot[1]) + edge))


def _turned(angle: float) -> NDArray[np.float64]:
    cos, sin = math.cos(angle), math.sin(angle)
    return np.asarray([[cos, -sin], [sin, cos]])
