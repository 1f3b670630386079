"""Plants as outlines: every function gives the shapes of one plant, rooted where it is told."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.colour import Floats

Plant = list[Floats]
"""Closed outlines in pixels, y down."""

Grow = Callable[[np.random.Generator, float, float, float], Plant]
"""dice, x and y of the root, height: the plant."""


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


def pine(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A fir: tiers of drooping branches, never twice the same."""
    tiers = int(np.clip(height / 13, 5, 26))
    half = height * dice.uniform(0.15, 0.2)
    right: list[tuple[float, float]] = []
    left: list[tuple[float, float]] = []
    for k in range(tiers):
        share = (k + 1) / tiers
        row = y - height + height * share * 0.93
        for side, points in ((1, right), (-1, left)):
            reach = half * math.pow(share, 0.86) * (1 + dice.uniform(-0.24, 0.16)) * side
            points.append((x + reach, row + height * 0.014))
            points.append((x + reach * 0.48, row - height * 0.012))
    trunk = height * 0.018 + 0.6
    foot = [(x + trunk, y - height * 0.04), (x + trunk, y + 3), (x - trunk, y + 3)]
    tail = [(x - trunk, y - height * 0.04)]
    return [_array([(x, y - height), *right, *foot, *tail, *left[::-1]])]


def broadleaf(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A round-crowned tree."""
    shapes = [taper((x, y + 3), (x, y - height * 0.55), height * 0.075, height * 0.04)]
    for side in (-1, 1):
        end = (x + side * height * 0.2, y - height * 0.62)
        shapes.append(taper((x, y - height * 0.3), end, height * 0.04, height * 0.015))
    for k in range(6):
        turn = k / 6 * 6.28 + dice.uniform(-0.4, 0.4)
        reach = height * 0.19 * dice.uniform(0.8, 1.15)
        centre = (
            x + math.cos(turn) * reach * 1.25,
            y - height * 0.7 + math.sin(turn) * reach * 0.8,
        )
        size = height * dice.uniform(0.14, 0.2)
        shapes.append(blob(dice, centre[0], centre[1], size * 1.1, size * 0.85, 9))
    shapes.append(blob(dice, x, y - height * 0.72, height * 0.27, height * 0.24, 11))
    return shapes


def poplar(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A tall narrow tree, such as a cypress."""
    turn = np.linspace(0, np.pi, 22)
    half = height * dice.uniform(0.07, 0.1)
    edge = 1 + 0.1 * exact.sin(turn * 13 + dice.uniform(0, 6))
    profile = exact.power(exact.sin(turn), 0.75) * half * edge
    rows = y - height * 0.06 - (1 - exact.cos(turn)) / 2 * height * 0.94
    outline = np.concatenate(
        [np.stack([x + profile, rows], 1), np.stack([x - profile[::-1], rows[::-1]], 1)]
    )
    return [outline.astype(np.float32), taper((x, y + 3), (x, y - height * 0.2), height * 0.04, 2)]


def acacia(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """An umbrella thorn: forked trunk under flat plates of leaves."""
    lean = dice.uniform(-0.12, 0.12) * height
    fork = (x + lean * 0.4, y - height * 0.42)
    shapes = [taper((x, y + 3), fork, height * 0.075, height * 0.045)]
    for reach, high, wide in ((-0.42, 0.8, 0.34), (0.05, 0.95, 0.42), (0.44, 0.84, 0.32)):
        crown = (x + lean + reach * height * dice.uniform(0.85, 1.1), y - high * height)
        shapes.append(taper(fork, (crown[0], crown[1] + height * 0.02), height * 0.04, 2))
        shapes.append(
            blob(dice, crown[0], crown[1], wide * height, height * dice.uniform(0.055, 0.075), 12)
        )
    return shapes


def palm(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A leaning palm with hanging fronds."""
    lean = dice.uniform(-0.28, 0.28) * height
    share = np.linspace(0, 1, 9)
    spine = np.stack([x + lean * exact.power(share, 1.7), y + 3 - height * share], 1)
    half = height * (0.03 - 0.014 * share)
    shapes = [
        np.concatenate(
            [spine + np.stack([half, half * 0], 1), (spine - np.stack([half, half * 0], 1))[::-1]]
        ).astype(np.float32)
    ]
    top = spine[-1]
    for turn in np.linspace(-2.9, 0.1, 9) + dice.uniform(-0.12, 0.12, 9):
        shapes.append(_frond(top, float(turn), height * dice.uniform(0.4, 0.52)))
    return shapes


def _frond(root: np.ndarray, turn: float, length: float) -> Floats:
    """A feathered leaf that leaves its root at an angle and droops."""
    share = np.linspace(0, 1, 30)
    x = root[0] + math.cos(turn) * length * share
    y = root[1] + math.sin(turn) * length * share * 0.8 + length * 0.62 * exact.power(share, 2.1)
    comb = np.where(np.arange(30) % 2, 1.0, 0.3) * exact.sin(
        np.pi * np.clip(share * 0.9 + 0.1, 0, 1)
    )
    depth = length * 0.17 * comb
    side = np.sign(math.cos(turn)) if abs(math.cos(turn)) > 0.05 else 1.0
    upper = np.stack([x + side * depth * 0.2, y - depth * 0.12], 1)
    lower = np.stack([x + side * depth * 0.35, y + depth], 1)
    return np.concatenate([upper, lower[::-1]]).astype(np.float32)


def birch(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A thin, tall, slightly bent trunk with a few twigs; its crown is above the frame."""
    lean = dice.uniform(-0.04, 0.04) * height
    wide = height * dice.uniform(0.022, 0.04)
    shapes = [taper((x, y + 4), (x + lean, y - height), wide, wide * 0.72)]
    for _ in range(4):
        share = dice.uniform(0.4, 0.95)
        side = 1 if dice.random() < 0.5 else -1
        root = (x + lean * share, y - height * share)
        tip = (root[0] + side * height * dice.uniform(0.06, 0.14), root[1] - height * 0.07)
        shapes.append(taper(root, tip, wide * 0.4, 1))
    flare = wide * 1.1
    shapes.append(_array([(x - flare, y + 4), (x, y - wide * 2.5), (x + flare, y + 4)]))
    return shapes


def cactus(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A saguaro with one or two arms."""
    half = height * 0.075
    shapes = [_pill(x, y + 3, y - height, half)]
    for side in (-1, 1):
        if dice.random() < 0.25:
            continue
        elbow = y - height * dice.uniform(0.3, 0.5)
        reach = x + side * height * dice.uniform(0.2, 0.26)
        tip = elbow - height * dice.uniform(0.22, 0.36)
        shapes.append(_pill(reach, elbow + half * 0.6, tip, half * 0.72))
        shapes.append(taper((x, elbow), (reach, elbow), half * 1.35, half * 1.35))
    return shapes


def _pill(x: float, low: float, high: float, half: float) -> Floats:
    turn = np.linspace(0, np.pi, 9)
    cap = np.stack([x + half * exact.cos(turn), high + half - half * exact.sin(turn)], 1)
    return np.concatenate([[[x + half, low]], cap, [[x - half, low]]]).astype(np.float32)


def bush(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A low round bush."""
    return [
        blob(dice, x + k * height * 0.55, y - height * 0.3, height * 0.62, height * size, 8)
        for k, size in ((-1, 0.48), (0, 0.68), (1, 0.44))
    ]


def blade(x: float, y: float, height: float, lean: float, wide: float) -> Floats:
    """One bent blade of grass or reed."""
    one = np.asarray([[height]])
    outline: Floats = _blades(np.asarray([[x]]), y, one, np.asarray([[lean]]), wide)[0]
    return outline


_SHARE = np.asarray([0, 0.35, 0.7, 1.0])
_BENT = exact.power(_SHARE, 1.8)
_THIN = exact.power(1 - _SHARE, 0.7) / 2


def _blades(
    x: NDArray[np.float64],
    y: float,
    height: NDArray[np.float64],
    lean: NDArray[np.float64],
    wide: float,
) -> Floats:
    """Outlines of shape (n, 8, 2) of blades; all but `y` and `wide` have shape (n, 1)."""
    spine, rows = x + lean * height * _BENT, y - height * _SHARE
    half = wide * _THIN
    outlines = np.empty((len(x), 8, 2), np.float32)
    outlines[:, :4, 0], outlines[:, 4:, 0] = spine - half, (spine + half)[:, ::-1]
    outlines[:, :4, 1], outlines[:, 4:, 1] = rows, rows[:, ::-1]
    return outlines


def tuft(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A handful of grass."""
    spread, tall, lean = dice.uniform((-0.35, 0.5, -0.5), (0.35, 1, 0.6), (7, 3)).T[:, :, None]
    return list(
        _blades(x + spread * height, y + 2, height * tall, lean, height * 0.09 + 0.8),
    )


def reed(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """Reeds, one of them with a bulrush."""
    shapes = [
        blade(
            x + dice.uniform(-6, 6), y + 2, height * share, dice.uniform(-0.2, 0.25), height * 0.03
        )
        for share in (0.6, 0.75, 0.85)
    ]
    shapes.append(taper((x, y), (x + 2, y - height), height * 0.012 + 0.8, 1.2))
    head = height * 0.026
    shapes.append(_pill(x + 1.6, y - height * 0.78, y - height * 0.96, head))
    return shapes


def kelp(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A waving ribbon of seaweed with leaves."""
    share = np.linspace(0, 1, 18)
    sway = exact.sin(share * dice.uniform(5, 8) + dice.uniform(0, 6)) * height * 0.04
    spine = np.stack([x + sway, y + 3 - height * share], 1)
    half = height * 0.013 * (1.1 - share)
    shapes: Plant = [
        np.concatenate(
            [spine + np.stack([half, half * 0], 1), (spine - np.stack([half, half * 0], 1))[::-1]]
        ).astype(np.float32)
    ]
    for k in range(2, 17):
        side = 1 if k % 2 else -1
        root = (float(spine[k, 0]), float(spine[k, 1]))
        size = height * 0.09 * (1.15 - share[k])
        tip = (root[0] + side * size, root[1] - size * 0.9)
        middle = ((root[0] + tip[0]) / 2 + side * size * 0.1, (root[1] + tip[1]) / 2 + size * 0.28)
        shapes.append(
            _array([root, middle, tip, (middle[0] - side * size * 0.2, middle[1] - size * 0.4)])
        )
    return shapes


def coral(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A branching coral."""
    shapes: Plant = []

    def grow(root: tuple[float, float], turn: float, length: float, wide: float, left: int) -> None:
        tip = (root[0] + math.cos(turn) * length, root[1] - math.sin(turn) * length)
        shapes.append(taper(root, tip, wide, wide * 0.8))
        shapes.append(blob(dice, tip[0], tip[1], wide * 0.42, wide * 0.42, 3))
        if left:
            for side in (-0.45, 0.05, 0.5):
                grow(
                    tip,
                    turn + side + dice.uniform(-0.15, 0.15),
                    length * 0.74,
                    wide * 0.74,
                    left - 1,
                )

    grow((x, y + 3), np.pi / 2, height * 0.36, height * 0.14, 2)
    return shapes


def leaf(x: float, y: float, length: float, turn: float, wide: float = 0.32) -> Floats:
    """One big pointed leaf with notches, for jungles."""
    half = _LEAF * wide * length * _NOTCHES
    along = length * _ALONG
    droop = length * 0.22 * _ALONG**2
    cos, sin = math.cos(turn), math.sin(turn)
    upper = np.stack([x + cos * along - sin * half, y + sin * along + cos * half + droop], 1)
    lower = np.stack([x + cos * along + sin * half, y + sin * along - cos * half + droop], 1)
    return np.concatenate([upper, lower[::-1]]).astype(np.float32)


def fern(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A rosette of big leaves."""
    return [
        leaf(x, y, height * dice.uniform(0.7, 1.05), -np.pi / 2 + turn, 0.16)
        for turn in np.linspace(-1.25, 1.25, 7) + dice.uniform(-0.1, 0.1, 7)
    ]


def flower(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A stalk with a round flower head."""
    lean = dice.uniform(-0.2, 0.2) * height
    shapes = [taper((x, y + 2), (x + lean, y - height), height * 0.03 + 1, 1.2)]
    shapes.append(leaf(x + lean * 0.4, y - height * 0.35, height * 0.3, -0.6, 0.25))
    shapes.append(blob(dice, x + lean, y - height, height * 0.13, height * 0.12, 6))
    return shapes


def wheat(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A few stalks of corn with heavy ears."""
    shapes: Plant = []
    for _ in range(4):
        foot = x + dice.uniform(-0.3, 0.3) * height
        tall, lean = height * dice.uniform(0.75, 1.0), dice.uniform(-0.12, 0.2) * height
        tip = (foot + lean, y - tall)
        shapes.append(taper((foot, y + 2), tip, height * 0.03 + 0.6, 0.8))
        side = 1.0 if lean > 0 else -1.0
        end = (tip[0] + side * height * 0.07, tip[1] - height * 0.16)
        shapes.append(taper(tip, end, height * 0.075 + 0.6, height * 0.03))
    return shapes


def bamboo(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """A jointed cane with tufts of narrow leaves."""
    lean = dice.uniform(-0.06, 0.06) * height
    wide = height * 0.022 + 0.6
    shapes: Plant = [taper((x, y + 3), (x + lean, y - height), wide, wide * 0.6)]
    for k in range(1, 9):
        share = k / 9
        at = (x + lean * share, y - height * share)
        joint = (at[0] - wide * 0.8, at[1]), (at[0] + wide * 0.8, at[1])
        shapes.append(taper(*joint, wide * 0.35, wide * 0.35))
        if k > 3:
            for side in (-1, 1):
                turn = -math.pi / 2 + side * dice.uniform(0.9, 1.9)
                size = height * dice.uniform(0.08, 0.15)
                shapes.append(leaf(at[0], at[1], size, turn, 0.12))
    return shapes


def fruit(dice: np.random.Generator, x: float, y: float, height: float) -> Plant:
    """Fruit in the crown of a round tree."""
    shapes: Plant = []
    for _ in range(11):
        turn, away = dice.uniform(0, 6.28), dice.uniform(0.1, 0.34) * height
        at = (x + math.cos(turn) * away, y - height * 0.68 + math.sin(turn) * away * 0.75)
        shapes.append(blob(dice, at[0], at[1], height * 0.02 + 0.6, height * 0.02 + 0.6, 2))
    return shapes
