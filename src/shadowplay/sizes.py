"""Sizes: one plane has one scale, at which the largest fits and the smallest is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from shadowplay.marks import FEW, Figure
from shadowplay.names import is_puppet

_SEEN = (0.17, 0.6)
"""How high the lead is at least and at most, in shares of the frame's height."""

_SMALLEST = 0.1
"""How high a small one beside the lead should be, in shares of the frame's height."""

_LARGEST, _SCENERY = 0.62, 0.85
"""How high the largest, or a house or tree, should be at most, in shares of the frame's height."""

_RATIO = 5.0
"""How many times as high as the other one is drawn at most, where both are in one plane."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The room there is.

    Attributes:
        width, height: of the frame, in pixels.
        ground: the row that feet stand on, if there is ground.
        water: the row that hulls float on, if there is water.
        sky: the row of what flies.
        facing: which way the lead looks.
        follows: the camera goes with the lead.
        close: the lead is wanted large.
    """

    width: int
    height: int
    ground: float | None
    water: float | None
    sky: float
    facing: float
    follows: bool
    close: bool


class Extent(NamedTuple):
    """How many metres high one is, and whether it is a house, a tree or the like."""

    high: float
    scenery: bool


def metres(figure: Figure) -> float:
    """How many metres high a figure is."""
    return figure.actor.height * figure.box.room(figure.role.action)


def resize(figure: Figure, factor: float) -> None:
    """Make a figure larger or smaller about its foot, or its middle if it flies."""
    middle = figure.box.middle[0] * figure.facing
    figure.x += middle * figure.scale * (1 - factor)
    if not figure.grounded and not figure.afloat:
        figure.row -= figure.box.middle[1] * figure.scale * (1 - factor)
    figure.scale *= factor
    figure.speed *= factor


def come_closer(group: list[Figure], others: list[Extent], height: int) -> None:
    """Choose how long a metre is for the lead and all in its plane.

    Who is seen with something much larger stays large enough to be seen.

    Args:
        group: the lead, as many times as the prompt says; they are resized.
        others: those in its plane.
        height: of the frame, in pixels.
    """
    lead = group[0]
    if lead.role.count > FEW or is_puppet(lead.role.actor):
        return
    own, metre = metres(lead), lead.scale / lead.actor.height
    least, most = (share * height / own for share in _SEEN)
    for high, scenery in others:
        most = min(most, (_SCENERY if scenery else _LARGEST) * height / high)
        if high < own:
            metre = max(metre, _SMALLEST * height / high)
    factor = max(least, min(metre, most)) * lead.actor.height / lead.scale
    if others and (len(group) == 1 or factor < 1):
        for figure in group:
            resize(figure, factor)


def beside(lead: Figure, high: float) -> float:
    """How many pixels high one of so many metres is beside the lead, within bounds."""
    ratio = min(_RATIO, max(1 / _RATIO, high / metres(lead)))
    return ratio * lead.scale * lead.box.height
