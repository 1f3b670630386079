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
    """What a gait needs to know of a cut-out, in its own heights."""

    width: float  # from its hindmost to its foremost point
    foot: float  # where it touches the ground, measured from its middle
    lag: int  # sets apart the gaits of two who move together, 0 or 1


class Stance(NamedTuple):
    """How a cut-out is held at one moment."""

    turn: NDArray[np.float64]  # the matrix that its points are multiplied by, after the wave
    shift: tuple[float, float]  # what is added then, in its own heights
    reach: float = 0.0  # how far the wave goes that runs along its length; 0 for none
    phase: float = 0.0  # where that wave is, in radians


AT_REST = Stance(np.eye(2), (0.0, 0.0))  # upright, and without any motion
ACTIONS: tuple[Action, ...] = (
    "stand", "walk", "run", "fly", "swim", "dance", "jump", "sit", "sail", "drive", "glow",
)  # fmt: skip
"""All that a cut-out can do; the first is what it does when nothing is said."""

_GAITS = load("art/gaits.toml", dict[str, dict[str, Any]])


def speed(action: Action) -> float:
    """Travel in heights a second."""
    return float(_GAITS.get(action, {}).get("speed", 0.0))


def beats(action: Action, lag: int) -> tuple[float, float]:
    """Period and first moment of the touches of the ground, (0, 0) when there are none."""
    how = _GAITS.get(action, {})
    period = how.get("period", 0.0)
    return (period, -how["lag"] * lag % period) if period else (0.0, 0.0)


def stance(action: Action, t: float, frame: Frame) -> Stance:
    """How a cut-out is held at `t` seconds of an action. Same arguments, same stance."""
    how = _GAITS.get(action, _GAITS["stand"])
    t += how["lag"] * frame.lag
    return _hop(how, t, frame) if "dwell" in how else _sway(how, t, frame)


def _hop(how: Mapping[str, float], t: float, frame: Frame) -> Stance:
    """Hops with rests between, during which the ground carries it along."""
    step, dwell, squash = t / how["period"], how["dwell"], how["squash"]
    phase = step % 1
    air = max(0.0, (phase - dwell) / (1 - dwell))
    ahead = how["speed"] * how["period"] * (0.6 * air + 0.4 * ease(air) - phase + 0.2)
    up = 4 * air * (1 - air)
    down = math.sin(math.pi * phase / dwell) if phase < dwell else 0.0
    angle = how["rock"] * math.cos(math.pi * step) - how["lean"]
    return _on_foot(frame, 1 + squash * (0.4 * up - down), angle, ahead, how["rise"] * up)


def _sway(how: Mapping[str, Any], t: float, frame: Frame) -> Stance:
    """Tips, stretches and rises to and fro; who floats leans forward, the narrower, the more."""
    angle, tall, rise = (
        sum(size * math.sin(math.tau * t / most + turn) for size, most, turn in how.get(part, ()))
        for part in ("angle", "tall", "rise")
    )
    angle, tall, rise = angle + how["tip"], tall + how["high"], rise + how["up"]
    if "lean" in how:
        turn = _turned(angle - how["lean"] * min(1.0, max(0.0, (1.25 - frame.width) / 0.6)), tall)
        x, y = exact.product(turn, np.asarray([0.0, 0.5])).tolist()  # about its middle
        reach, seconds = how.get("wave", (0.0, 1.0))
        return Stance(turn, (-x, rise - y), reach, math.tau * t / seconds if reach else 0.0)
    held = _on_foot(frame, tall, angle, 0.0, rise)
    if "flip" not in how:
        return held
    sides, part = divmod(t / how["flip"], 1)  # it turns round like a card
    wide = math.cos(math.pi * (sides + ease((part - 0.72) / 0.28)))
    wide = math.copysign(max(abs(wide), 0.07), wide)
    turn = exact.product(np.diag([wide, 1.0]), held.turn)
    return Stance(turn, (held.shift[0] * wide, held.shift[1]))


def _on_foot(frame: Frame, tall: float, angle: float, ahead: float, high: float) -> Stance:
    """Squashed and tipped about the foot, which stays at the origin before the shift."""
    turn = _turned(angle, tall)
    x, y = exact.product(turn, np.asarray([frame.foot, 0.0])).tolist()
    # A broad foot tips over its edge, so that nothing dips into the ground.
    edge = 0.2 * frame.width * abs(math.sin(angle))
    return Stance(turn, (frame.foot - x + ahead, high - y + edge))


def _turned(angle: float, tall: float) -> NDArray[np.float64]:
    """The matrix of a figure that is so many times as high, narrower by that, and turned."""
    cos, sin = math.cos(angle), math.sin(angle)
    turn = np.asarray([[cos, -sin], [sin, cos]])
    return exact.product(turn, np.diag([1 / math.sqrt(tall), tall]))
