"""What moves the figures: treads that do not skate, keyed easing, builds."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

_GOLDEN = 0.6180339887498949


class Build(NamedTuple):
    """What sets one member of a group apart.

    Attributes:
        phase: how far into its cycle it is at time 0, 0 to 1.
        size: its height beside the usual.
        pick: chooses between kinds (a hat, a skirt).
        look: chooses between looks of one kind (hair, a beard).
    """

    phase: float = 0.0
    size: float = 1.0
    pick: int = 0
    look: int = 0


@lru_cache(maxsize=256)
def build_of(variant: int, look: int = 0) -> Build:
    """The build of one member; variant 0 is the usual one, and `look` is that one's look."""
    spread = (variant * _GOLDEN) % 1.0
    size = 1.0 - 0.11 * ((variant * 0.7548776662) % 1.0)
    return Build(spread, size, variant, look + variant)


class Foothold(NamedTuple):
    """One foot at one moment.

    Attributes:
        x: forward, actor units.
        y: up from the ground.
        pitch: radians; negative is heel up.
        planted: it stands on the ground and carries.
    """

    x: float
    y: float
    pitch: float = 0.0
    planted: bool = True


class Tread(NamedTuple):
    """The way of a foot: straight back while planted, lifted and brought forward in between.

    Attributes:
        duty: the share of the cycle that it is planted.
        sweep: how far it goes back while planted, actor units.
        lift: how high it is lifted.
        fold: how far it is turned heel up when lifted, radians.
        push: heel up at the end of the stance, radians.
        strike: toe up just before it lands, radians.
    """

    duty: float
    sweep: float
    lift: float
    fold: float
    push: float = 0.5
    strike: float = 0.2

    def at(self, phase: float) -> Foothold:
        """The foot at a phase of the cycle; phase 0 is its touchdown."""
        phase %= 1.0
        if phase < self.duty:
            s = phase / self.duty
            heel = -self.push * ease((s - 0.62) / 0.38)
            toe = self.strike * (1 - ease(s / 0.16))
            return Foothold(self.sweep * (0.5 - s), 0.0, heel + toe)
        u = (phase - self.duty) / (1 - self.duty)
        slope = -(1 - self.duty) / self.duty
        cube, square = u * u * u, u**2
        forward = -0.5 * (2 * cube - 3 * square + 1) + slope * (cube - 2 * square + u)
        forward += 0.5 * (3 * square - 2 * cube)
        forward += slope * (cube - square)
        high = math.sin(math.pi * math.pow(u, 0.85))
        pitch = keyed(
            u, ((0.0, -self.push), (0.34, -self.fold), (0.86, self.strike), (1.0, self.strike))
        )
        return Foothold(self.sweep * forward, self.lift * high * high, pitch, planted=False)


def even_beats(moments: tuple[float, ...], cycle: float) -> tuple[float, float]:
    """Period and first moment of as many beats as are even; (0, 0) for no moments.

    Args:
        moments: of one cycle, the strongest first.
        cycle: seconds.
    """
    half = cycle / 2

    def heard(moment: float) -> bool:
        return any(abs((m - moment + half) % cycle - half) < 1e-6 * cycle for m in moments)

    for count in range(len(moments), 0, -1):
        period = cycle / count
        if all(heard(moments[0] + i * period) for i in range(count)):
            return period, moments[0] % period
    return 0.0, 0.0


def ease(u: float) -> float:
    """From 0 to 1 with a soft start and end."""
    u = min(max(u, 0.0), 1.0)
    return u * u * (3 - 2 * u)


def keyed(u: float, keys: tuple[tuple[float, float], ...]) -> float:
    """The eased value at `u` between (moment, value) keys in rising order."""
    before = keys[0]
    for key in keys[1:]:
        if u < key[0]:
            return before[1] + (key[1] - before[1]) * ease((u - before[0]) / (key[0] - before[0]))
        before = key
    return before[1]


def wave(phase: float, cycles: int = 1, shift: float = 0.0) -> float:
    """A sine that closes with the cycle; `shift` in cycles."""
    return math.sin(math.tau * (phase * cycles + shift))
