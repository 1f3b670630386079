"""Plants as outlines: those of `art/scenery`, and the few that are worked out for their place."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from importlib import resources

import numpy as np

from shadowplay import exact
from shadowplay.art.paths import split
from shadowplay.art.svg import read
from shadowplay.colour import Floats
from shadowplay.errors import ShadowplayError

Plant = list[Floats]
"""Closed outlines in pixels, y down."""

Grow = Callable[[np.random.Generator, float, float, float], Plant]
"""dice, x and y of the root, height: the plant."""

_FLAW = 0.3
"""How far straight pieces may be from a curve, in hundredths of the height."""


_FOLDER = resources.files("shadowplay.art").joinpath("scenery")


@cache
def kinds() -> frozenset[str]:
    """What is drawn in `art/scenery`, by its name in a setting's TOML."""
    return frozenset(file.name.removesuffix(".svg") for file in _FOLDER.iterdir())


@cache
def _layers(kind: str) -> tuple[Plant, ...]:
    """The layers of an SVG of `art/scenery`: plants of one kind, in heights.

    Raises:
        ShadowplayError: `invalid_art`; there is none of that name.
    """
    if kind not in kinds():
        known = ", ".join(sorted(kinds()))
        raise ShadowplayError("invalid_art", f"In a setting, {kind!r} is none of {known}.")
    file = _FOLDER.joinpath(f"{kind}.svg")
    layers: dict[str, Plant] = {}
    for part in read(file.read_text(encoding="utf-8")).parts:
        outlines = [split(line, _FLAW)[::3] / 100 for line in part.outlines]
        layers.setdefault(part.group, []).extend(line.astype(np.float32) for line in outlines)
    return tuple(layers.values())


def drawn(kind: str) -> Grow:
    """What grows plants that are drawn in `art/scenery`: one of its layers, to either side."""

    def grow(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
        layers = _layers(kind)
        plant = layers[int(dice.integers(len(layers)))]
        side = 1 if dice.random() < 0.5 else -1
        size = np.asarray([side * height * dice.uniform(0.88, 1.12), height], np.float32)
        return [line * size + np.asarray([x, y], np.float32) for line in plant]

    return grow


_TURN = np.linspace(0, 2 * np.pi, 40, endpoint=False)
_ACROSS, _DOWN = exact.cos(_TURN), exact.sin(_TURN)
"""The outline of a round mass: angles, and where they are on a circle."""

_ALONG = np.linspace(0, 1, 11)
_LEAF = exact.sin(np.pi * exact.power(_ALONG, 0.8))
_NOTCHES = np.where(np.arange(11) % 2, 1.0, 0.74)
"""The outline of a leaf: places along it, half its breadth there, and how deep it is cut."""


def _array(points: list[tuple[float, float]]) -> Floats:
    return np.asarray(points, np.float32)


def taper(
    start: tuple[float, float], end: tuple[float, float], wide: float, narrow: float
) -> Floats:
    """A limb from `start` to `end`, `wide` pixels across at its foot and `narrow` at its tip."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = max(1e-6, math.sqrt(across * across + down * down))
    x, y = -down / length / 2, across / length / 2
    return _array(
        [
            (start[0] + x * wide, start[1] + y * wide),
            (end[0] + x * narrow, end[1] + y * narrow),
            (end[0] - x * narrow, end[1] - y * narrow),
            (start[0] - x * wide, start[1] - y * wide),
        ]
    )


def blob(
    dice: np.random.Generator, x: float, y: float, wide: float, high: float, lumps: int = 7
) -> Floats:
    """A lumpy round mass of leaves."""
    phase = dice.uniform(0, 6.28, 2)
    edge = (
        1
        + 0.07 * exact.sin(_TURN * lumps + phase[0])
        + 0.05 * exact.sin(_TURN * (lumps + 4) + phase[1])
    )
    return np.stack([x + _ACROSS * wide * edge, y + _DOWN * high * edge], 1).astype(np.float32)


def leaf(x: float, y: float, length: float, turn: float, wide: float = 0.32) -> Floats:
    """One big pointed leaf with notches, for jungles."""
    half = _LEAF * wide * length * _NOTCHES
    along = length * _ALONG
    droop = length * 0.22 * _ALONG**2
    cos, sin = math.cos(turn), math.sin(turn)
    upper = np.stack([x + cos * along - sin * half, y + sin * along + cos * half + droop], 1)
    lower = np.stack([x + cos * along + sin * half, y + sin * along - cos * half + droop], 1)
    return np.concatenate([upper, lower[::-1]]).astype(np.float32)
