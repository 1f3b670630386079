"""Buildings as outlines, with the windows that may be lit in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shadowplay import colour
from shadowplay.colour import Floats
from shadowplay.scene import Rgb
from shadowplay.terrain.site import Site


class Building(NamedTuple):
    """Outlines in pixels, y down: what is cut from paper, and the windows in it."""

    walls: list[Floats]
    windows: list[Floats]


def window_light(site: Site) -> Rgb:
    """The colour of a lit window."""
    if site.scene.palette in ("noir", "neon"):
        return site.palette.key
    return colour.mix(site.palette.key, colour.rgb("#ffb648"), 0.6)


def lit(site: Site) -> bool:
    """Whether lamps and windows are lit."""
    return site.palette.dark or site.scene.time in ("dusk", "night")


def _array(points: list[tuple[float, float]]) -> Floats:
    return np.asarray(points, np.float32)


def box(left: float, top: float, right: float, bottom: float) -> Floats:
    """An upright rectangle."""
    return _array([(left, top), (right, top), (right, bottom), (left, bottom)])


def tower_block(
    dice: np.random.Generator, x: float, y: float, wide: float, high: float, pane: float
) -> Building:
    """A high house of a city, with a roof of its own and a grid of windows."""
    left, right, top = x - wide / 2, x + wide / 2, y - high
    walls = [box(left, top, right, y + 400)]
    kind = dice.integers(0, 6)
    if kind == 0:
        inset = wide * 0.18
        walls.append(box(left + inset, top - high * 0.08, right - inset, top + 2))
        walls.append(box(left + inset * 2, top - high * 0.13, right - inset * 2, top + 2))
    elif kind == 1:
        walls.append(box(x - 1.2, top - high * 0.22, x + 1.2, top + 2))
        walls.append(box(x - wide * 0.18, top - high * 0.05, x + wide * 0.18, top + 2))
    elif kind == 2:
        walls.append(_array([(left, top + 1), (right, top - wide * 0.32), (right, top + 2)]))
    elif kind == 3:
        walls.append(_array([(left, top + 1), (x, top - wide * 0.5), (right, top + 1)]))
    elif kind == 4:
        tank = wide * 0.2
        walls.append(box(x - tank, top - tank * 1.8, x + tank, top - tank * 0.5))
        walls.append(
            _array(
                [
                    (x - tank, top - tank * 1.75),
                    (x, top - tank * 2.5),
                    (x + tank, top - tank * 1.75),
                ]
            )
        )
        walls.extend(
            box(x + s * tank * 0.7 - 1, top - tank * 0.6, x + s * tank * 0.7 + 1, top + 2)
            for s in (-1, 1)
        )
    return Building(walls, _panes(dice, left, top, right, y, pane, 0.3))


def _panes(
    dice: np.random.Generator,
    left: float,
    top: float,
    right: float,
    bottom: float,
    pane: float,
    lit: float,
) -> list[Floats]:
    """Lit windows of a grid, in the clusters people live in."""
    columns = max(1, int((right - left - pane) / (pane * 1.9)))
    rows = max(1, int((bottom - top - pane) / (pane * 2.3)))
    pitch = (right - left) / columns
    floors = dice.random(rows) < 0.5
    glow = dice.random((rows, columns)) < np.where(floors, lit * 1.5, lit * 0.4)[:, None]
    windows = []
    for row, column in np.argwhere(glow):
        x = left + (column + 0.5) * pitch
        y = top + pane * 1.4 + row * pane * 2.3
        windows.append(box(x - pane * 0.42, y, x + pane * 0.42, y + pane * 1.15))
    return windows


def cottage(dice: np.random.Generator, x: float, y: float, wide: float, high: float) -> Building:
    """A small house with a pitched roof and a chimney."""
    left, right = x - wide / 2, x + wide / 2
    eaves = y - high * dice.uniform(0.5, 0.62)
    ridge = y - high
    over = wide * 0.07
    walls = [box(left, eaves, right, y + 300)]
    if dice.random() < 0.5:
        walls.append(_array([(left - over, eaves + 2), (x, ridge), (right + over, eaves + 2)]))
        chimney = x + wide * 0.24
    else:
        slope = wide * 0.16
        walls.append(
            _array(
                [
                    (left - over, eaves + 2),
                    (left + slope, ridge),
                    (right - slope, ridge),
                    (right + over, eaves + 2),
                ]
            )
        )
        chimney = right - slope * 1.8
    walls.append(box(chimney - wide * 0.045, ridge - high * 0.06, chimney + wide * 0.045, eaves))
    windows = []
    count = max(1, int(wide / (high * 0.32)))
    for k in range(count):
        if dice.random() < 0.72:
            middle = left + (k + 0.5) * wide / count
            size = high * 0.075
            windows.append(
                box(middle - size, eaves + high * 0.09, middle + size, eaves + high * 0.27)
            )
    if dice.random() < 0.4:
        size = high * 0.05
        windows.append(box(x - size, eaves - high * 0.2, x + size, eaves - high * 0.09))
    return Building(walls, windows)


def town_house(dice: np.random.Generator, x: float, y: float, wide: float, high: float) -> Building:
    """A narrow house of an old street, with its gable to the front."""
    left, right, eaves = x - wide / 2, x + wide / 2, y - high
    gable = wide * dice.uniform(0.45, 0.75)
    walls = [box(left, eaves, right, y + 300)]
    if dice.random() < 0.35:
        steps = 4
        for k in range(steps):
            inset = wide / 2 * (k + 0.4) / steps
            walls.append(
                box(left + inset, eaves - gable * (k + 1) / steps, right - inset, eaves + 2)
            )
    else:
        walls.append(_array([(left - 3, eaves + 2), (x, eaves - gable), (right + 3, eaves + 2)]))
    walls.append(box(left + wide * 0.15, eaves - gable * 0.85, left + wide * 0.27, eaves))
    return Building(walls, _panes(dice, left, eaves, right, y - wide * 0.2, wide * 0.17, 0.42))


def lamp_post(x: float, y: float, high: float) -> tuple[list[Floats], tuple[float, float]]:
    """A street lamp: its iron, and where its light is."""
    thin = high * 0.014 + 0.6
    head = y - high
    iron = [
        box(x - thin, head, x + thin, y + 3),
        box(x - thin * 2.6, y - high * 0.06, x + thin * 2.6, y + 3),
        _array(
            [
                (x - high * 0.05, head - high * 0.02),
                (x, head - high * 0.085),
                (x + high * 0.05, head - high * 0.02),
            ]
        ),
        box(x - high * 0.03, head + high * 0.06, x + high * 0.03, head + high * 0.075),
    ]
    return iron, (x, head + high * 0.02)
