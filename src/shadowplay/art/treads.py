"""What moves the figures: treads that do not skate, keyed easing, and motions of rigid parts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

_GOLDEN = 0.6180339887498949

_NO_BONES = ("idle", "keys", "hand", "hands", "hide", "show", "expression", "both", "blow")
"""Keys of a table of arms, or of an expression, that are no bones."""

_BLIND = 0.4  # how much of a wave a burst is not seen


class Build(NamedTuple):
    """What sets one member of a group apart."""

    phase: float = 0.0  # how far into its cycle it is at time 0, 0 to 1
    size: float = 1.0  # its height beside the usual
    pick: int = 0  # chooses between kinds (a hat, a skirt)
    look: int = 0  # chooses between looks of one kind (hair, a beard)


@lru_cache(maxsize=256)
def build_of(variant: int, look: int = 0) -> Build:
    """The build of one member; variant 0 is the usual one, and `look` is that one's look."""
    spread = (variant * _GOLDEN) % 1.0
    size = 1.0 - 0.11 * ((variant * 0.7548776662) % 1.0)
    return Build(spread, size, variant, look + variant)


class Foothold(NamedTuple):
    """One foot at one moment."""

    x: float  # forward, actor units
    y: float  # up from the ground
    pitch: float = 0.0  # radians; negative is heel up
    planted: bool = True  # it stands on the ground and carries


class Tread(NamedTuple):
    """The way of a foot: straight back while planted, lifted and brought forward in between."""

    duty: float  # the share of the cycle that it is planted
    sweep: float  # how far it goes back while planted, actor units
    lift: float  # how high it is lifted
    fold: float  # how far it is turned heel up when lifted, radians
    push: float = 0.5  # heel up at the end of the stance, radians
    strike: float = 0.2  # toe up just before it lands, radians

    def at(self, phase: float) -> Foothold:
        """The foot at a phase of the cycle; phase 0 is its touchdown."""
        phase %= 1.0
        if phase < self.duty:
            s = phase / self.duty
            heel = -self.push * ease((s - 0.62) / 0.38)
            toe = self.strike * (1 - ease(s / 0.16))
            return Foothold(self.sweep * (0.5 - s), 0.0, heel + toe)
        u = (phase - self.duty) / (1 - self.duty)
        slope = -(1 - self.duty) / self.duty  # at both ends as fast as the ground
        forward = ease(u) - 0.5 + slope * u * (u - 1) * (2 * u - 1)
        high = math.sin(math.pi * math.pow(u, 0.85))
        pitch = keyed(u, ((0.0, -self.push), (0.34, -self.fold), (0.86, self.strike)))
        return Foothold(self.sweep * forward, self.lift * high * high, pitch, planted=False)


def ease(u: float) -> float:
    """From 0 to 1 with a soft start and end."""
    u = min(max(u, 0.0), 1.0)
    return u * u * (3 - 2 * u)


def settled(u: float) -> float:
    """From 0 to 1, a little beyond, and back, as whoever stops short does."""
    beyond = math.sin(math.pi * min(max(u - 0.62, 0.0) / 0.38, 1.0))
    return ease(u / 0.62) + 0.08 * beyond * beyond


def keyed(u: float, keys: Sequence[tuple[float, float]]) -> float:
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


def add(pose: dict[str, float], more: Mapping[str, float]) -> None:
    """Add to what the bones of a pose do."""
    for bone, value in more.items():
        pose[bone] = pose.get(bone, 0.0) + value


def stirred(how: Mapping[str, Any], said: Mapping[str, Any], phase: float) -> dict[str, float]:
    """What an action adds to a pose, of its moving parts.

    `how` is what the TOML `said` of the action; `phase` is that of its cycle, 0 to 1.
    """
    pose = _flapped(how["flap"], phase) if "flap" in how else {}
    for name, (size, cycles, *shift) in how.get("idle", {}).items():
        add(pose, {name: size * wave(phase, cycles, *(shift or [len(name) * 0.13]))})
    add(pose, {name: -360 * turns * phase for name, turns in how.get("turn", {}).items()})
    for name, (turns, least) in how.get("sweep", {}).items():
        add(pose, {name: (1 - least) * (abs(math.cos(math.tau * turns * phase)) - 1)})
    for name, (size, cycles, *shift) in how.get("burst", {}).items():
        seen = max(0.0, wave(phase, cycles, *shift) - _BLIND) / (1 - _BLIND)
        add(pose, {name: size * seen})
    for name, keys in how.get("track", {}).items():
        add(pose, {name: keyed(phase * keys[-1][0], keys)})
    for name, (radius, arms) in said.get("roll", {}).items() if how.get("speed") else ():
        add(pose, {name: -360 * rolled(how, said, radius, arms) * phase})
    return pose


def armed(
    pose: dict[str, float], arms: Mapping[str, Any], lean: Mapping[str, float], cycle: float,
    phase: float, along: Mapping[str, tuple[float, ...]] = {},
) -> dict[str, float]:  # fmt: skip
    """A pose with its arms as a table says, bent by `lean`, and moving to and fro.

    `along` says how far each bone goes along with each degree by which the chest of one at work is
    bent, and by which its arms swing, and how far it is braced for a whole blow.
    """
    pose |= {bone: value for bone, value in arms.items() if bone not in _NO_BONES}
    for bone, keys in arms.get("keys", {}).items():
        pose[bone] = keyed(phase * cycle % keys[-1][0], keys)
    add(pose, lean if arms else {})
    swing, bend, blow = 0.0, -pose.get("chest", 0.0), arms.get("blow", 0.0)
    for bone, (size, seconds, *shift) in arms.get("idle", {}).items():
        turn = phase * max(1, round(cycle / seconds))
        turn -= blow * wave(turn) / math.tau  # slowly up and fast down
        moved = size * wave(turn, 1, *shift)
        add(pose, {bone: moved})
        swing += moved / 2 if bone.startswith("upper") else 0.0
    if not arms.keys().isdisjoint(("upper.n", "upper.f")):
        for bone, (bent, swung, braced) in along.items():
            add(pose, {bone: bent * bend + swung * swing + braced * blow})
    return pose


def mixed(pose: Mapping[str, float], other: Mapping[str, float], share: float) -> dict[str, float]:
    """A pose with so much of another in it; wings are as in the first."""
    names = sorted(pose.keys() | other.keys())
    return dict(pose) | {
        name: (1 - share) * pose.get(name, 0.0) + share * other.get(name, 0.0)
        for name in names if not name.startswith("wing.")
    }  # fmt: skip


def _flapped(flap: Mapping[str, float], phase: float) -> dict[str, float]:
    """Beat wings: the hands lag behind the arms and are drawn back while they rise."""
    beating = 1 - flap.get("glide", 0.0)
    turn = min(phase / beating, 1.0) * flap.get("flaps", 1)
    fade = 0.5 * beating / flap.get("flaps", 1)
    strength = 1.0
    if beating < 1:
        strength = min(ease(phase / fade), ease((beating - phase) / fade))
    middle, reach = (flap["up"] + flap["down"]) / 2, (flap["up"] - flap["down"]) / 2
    held = flap.get("held", middle) + 2 * wave(phase)
    falling = math.sin(math.tau * turn)
    return {
        "wing.arm": held + (middle + reach * math.cos(math.tau * turn) - held) * strength,
        "wing.hand": flap["droop"] * (0.7 * falling - 0.3) * strength - 6 * (1 - strength),
        "wing.sweep": flap.get("sweep", 0.0) * (0.25 + 0.75 * max(-falling, 0.0) * strength),
        "y": -flap.get("bob", 0.0) * strength * math.sin(math.tau * (turn - 0.12)),
    }


def unit_of(said: Mapping[str, Any]) -> float:
    """Metres a unit of the SVG."""
    return float(said.get("unit", said.get("height", 1.0) / 100))


def rolled(how: Mapping[str, Any], said: Mapping[str, Any], radius: float, arms: int) -> float:
    """Turns of a wheel in a cycle over the way that is covered.

    They are rounded to whole spokes, so that the cycle closes.
    """
    way: float = how["speed"] / unit_of(said) * how["cycle"]
    return round(way / (math.tau * radius) * arms) / arms
